//! The gateway as a user runs it: from a description to a protected API.

use crate::program::Avouch;
use crate::servers::{shop_with, usual};
use avouch_range::{Running, ShopOptions, Switches};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};

/// A gateway that serves.
struct Serving {
    child: tokio::process::Child,
    base_url: String,
}

impl Serving {
    async fn start(avouch: &Avouch) -> Self {
        let mut child = avouch.command(&["gateway"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("it ended before it served");
            if let Some(rest) = line.strip_prefix("listening at ") {
                break rest.split(',').next().unwrap().to_owned();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, base_url: format!("http://{address}") }
    }

    async fn end(mut self) {
        let id = self.child.id().unwrap().to_string();
        assert!(
            std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success()
        );
        assert_eq!(self.child.wait().await.unwrap().code(), Some(0));
    }
}

/// A shop with every weakness there is, whose tokens others can verify.
async fn weak_shop() -> Running {
    shop_with(ShopOptions { switches: Switches::all(), rs256: true, ..usual() }).await
}

/// What `avouch init` writes for a shop, in a folder of its own.
async fn protected(shop: &Running) -> Avouch {
    let avouch = Avouch::new();
    avouch.write("openapi.json", shop.openapi().to_string());
    let jwks = format!("{}/.well-known/jwks.json", shop.base_url);
    let init = [
        "init",
        "--openapi",
        "openapi.json",
        "--upstream",
        &shop.base_url,
        "--listen",
        "127.0.0.1:0",
        "--issuer",
        "https://id.shop.example",
        "--audience",
        "shop",
        "--jwks",
        &jwks,
    ];
    avouch.run(&init).await.ended(0).complained(&["wrote", "avouch gateway check"]);
    avouch.run(&["ledger", "init", "ledger", "--origin", "shop.example/gateway"]).await.ended(0);
    avouch.run(&["key", "issue", "--owner", "exports"]).await.ended(0);
    avouch.run(&["gateway", "check"]).await.ended(0);
    avouch
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_becomes_a_protected_api_whose_every_request_is_recorded() {
    let shop = weak_shop().await;
    let avouch = protected(&shop).await;
    let gateway = Serving::start(&avouch).await;
    let status = |path: &str| {
        let url = format!("{}{path}", gateway.base_url);
        async move {
            let mut curl = tokio::process::Command::new("curl");
            let out =
                curl.args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "--path-as-is", &url]);
            String::from_utf8(out.output().await.unwrap().stdout).unwrap()
        }
    };
    assert_eq!(status("/products").await, "200");
    assert_eq!(status("/orders").await, "401");
    assert_eq!(status("/nothing-of-the-kind").await, "404");
    assert_eq!(status("/products/../orders").await, "400");
    assert_eq!(status("/products?unheard-of=1").await, "400");
    gateway.end().await;
    let ran = avouch.run(&["ledger", "query", "ledger", "kind=request"]).await;
    let facts: Vec<serde_json::Value> =
        ran.ended(0).out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answers: Vec<u64> =
        facts.iter().map(|fact| fact["body"]["status"].as_u64().unwrap()).collect();
    assert_eq!(answers, [200, 401, 404, 400, 400]);
    avouch.run(&["ledger", "verify", "ledger"]).await.ended(0);
}
