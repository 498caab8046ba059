//! The gateway as a user runs it: from a description to a protected API.

use crate::program::Avouch;
use crate::servers::{answering, shop_with, usual};
use avouch_model::score::Grade;
use avouch_range::{Part, Running, ShopOptions, Switches, Weakness};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

/// A gateway that serves.
pub(crate) struct Serving {
    child: tokio::process::Child,
    pub(crate) base_url: String,
}

impl Serving {
    pub(crate) async fn start(avouch: &Avouch) -> Self {
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

    pub(crate) async fn end(mut self) {
        let id = self.child.id().unwrap().to_string();
        assert!(
            std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success()
        );
        assert_eq!(self.child.wait().await.unwrap().code(), Some(0));
    }
}

/// A shop with every weakness there is, whose tokens others can verify.
pub(crate) async fn weak_shop() -> Running {
    shop_with(ShopOptions { switches: Switches::all(), rs256: true, ..usual() }).await
}

/// What `avouch init` writes for a shop, in a folder of its own.
pub(crate) async fn protected(shop: &Running) -> Avouch {
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

/// Asks over one connection until it breaks, and gives the ids of the answers that came whole.
async fn asking(base_url: &str) -> Vec<String> {
    let address = base_url.trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let (mut ids, mut held) = (Vec::new(), String::new());
    let ask = b"GET /some HTTP/1.1\r\nHost: a\r\n\r\n";
    while stream.write_all(ask).await.is_ok() {
        let end = loop {
            // The body is as long as its head says, and says `whole` last.
            if let Some(at) = held.find("whole") {
                break at + "whole".len();
            }
            let mut piece = [0; 4096];
            match stream.read(&mut piece).await {
                Ok(count @ 1..) => held.push_str(std::str::from_utf8(&piece[..count]).unwrap()),
                _ => return ids,
            }
        };
        let answer: String = held.drain(..end).collect();
        let id = answer.split("x-request-id: ").nth(1).unwrap().split('\r').next().unwrap();
        ids.push(id.to_owned());
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_saw_an_answer_is_in_the_ledger_although_the_gateway_was_killed() {
    let upstream = answering(|_| {
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nwhole".to_vec()
    })
    .await;
    let avouch = Avouch::new();
    avouch.write(
        "avouch.toml",
        format!(
            "[gateway]\nlisten = [{{ address = \"127.0.0.1:0\" }}]\n[gateway.upstream]\naddresses = [\"{upstream}\"]\n\
             [ledger]\nfolder = \"ledger\"\n[guard.identify]\nanybody = true\n"
        ),
    );
    avouch.run(&["ledger", "init", "ledger", "--origin", "example.com/killed"]).await.ended(0);
    let mut seen = Vec::new();
    for wait in [120, 250, 400] {
        let mut gateway = Serving::start(&avouch).await;
        let url = gateway.base_url.clone();
        let clients = (0..8).map(|_| {
            let url = url.clone();
            tokio::spawn(async move { asking(&url).await })
        });
        let clients: Vec<_> = clients.collect();
        tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
        gateway.child.kill().await.unwrap();
        for client in clients {
            seen.extend(client.await.unwrap());
        }
    }
    assert!(seen.len() > 20, "{}", seen.len());
    // The next start signs what the last one left unsigned.
    Serving::start(&avouch).await.end().await;
    avouch.run(&["ledger", "verify", "ledger"]).await.ended(0);
    let recorded = avouch.run(&["ledger", "query", "ledger", "kind=request"]).await;
    let recorded = &recorded.ended(0).out;
    for id in &seen {
        assert!(recorded.contains(id.as_str()), "{id} was answered and is not in the ledger");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_works_from_its_issue_to_its_revocation_and_both_are_recorded_by_the_gateway() {
    let shop = weak_shop().await;
    let avouch = protected(&shop).await;
    let gateway = Serving::start(&avouch).await;
    let issue = ["key", "issue", "--owner", "reports", "--json"];
    let issued = avouch.run(&issue).await;
    let issued: serde_json::Value = serde_json::from_str(&issued.ended(0).out).unwrap();
    let (id, key) = (issued["id"].as_str().unwrap(), issued["key"].as_str().unwrap());
    let status = || async {
        let header = format!("X-Export-Key: {key}");
        let url = format!("{}/reports/sales", gateway.base_url);
        let mut curl = tokio::process::Command::new("curl");
        let out = curl.args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", &header, &url]);
        String::from_utf8(out.output().await.unwrap().stdout).unwrap()
    };
    // What it asks for is not there, and who asks is known first: 401 says that the key is none.
    let becomes = |wanted: bool| {
        let status = &status;
        async move {
            for _ in 0..30 {
                if (status().await == "401") != wanted {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            panic!("a changed key does not hold after three seconds");
        }
    };
    becomes(true).await;
    avouch.run(&["key", "revoke", id]).await.ended(0);
    becomes(false).await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    gateway.end().await;
    let facts = avouch.run(&["ledger", "query", "ledger", "kind=key"]).await;
    let facts = &facts.ended(0).out;
    let about: Vec<&str> = facts.lines().filter(|line| line.contains(id)).collect();
    assert!(about.len() == 2 && about[1].contains("revoked"), "{facts}");
}

/// What of the shop's weaknesses no gateway can mend, and why.
const LEFT: [(&str, &str); 4] = [
    ("BOLA-13", "the API makes the ids"),
    ("CORS-01", "which origins may read is the API's to say"),
    ("HDR-02", "what a page loads is the API's to say"),
    ("UC-04", "what a page loads is the API's to say"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_through_the_gateway_finds_only_what_no_gateway_can_mend() {
    // Tokens that never end are refused by the gateway, and nobody would come in.
    let all = Switches::all();
    let on = all.iter().filter(|weakness| *weakness != Weakness::JwtSensitiveClaims);
    let shop = shop_with(ShopOptions {
        switches: Switches::only(on),
        part: Part::Counter,
        rs256: true,
        ..usual()
    })
    .await;
    let scanner = Avouch::new().with_logins();
    scanner.write("openapi.json", shop.openapi().to_string());
    let scan = ["--openapi", "openapi.json"];
    scanner.scan(&shop.base_url, &scan).await.ended(1);
    let bare = scanner.report();
    assert_eq!(bare.score.grade, Some(Grade::F));
    assert!(bare.findings.len() > 30, "{}", bare.findings.len());

    let avouch = protected(&shop).await;
    let gateway = Serving::start(&avouch).await;
    scanner.scan(&gateway.base_url, &scan).await.ended(1);
    let protected = scanner.report();
    gateway.end().await;
    let left = |check: &str| LEFT.iter().any(|(id, _)| *id == check);
    let more: Vec<_> = protected.findings.iter().filter(|finding| !left(&finding.check)).collect();
    assert!(more.is_empty(), "{more:#?}");
    // What keeps it from an A is only what was not evaluated.
    assert!(protected.score.grade.is_some_and(|grade| grade <= Grade::B), "{:?}", protected.score);
    assert!(protected.score.before_caps >= Some(95), "{:?}", protected.score);
}
