//! What an auditor does: marked requests through a gateway, and tests that are done again.

use crate::gateways::{Serving, protected, weak_shop};
use crate::program::Avouch;
use crate::servers::shop;
use avouch_range::Weakness;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// SHA-256 of a nonce of the auditor.
const COMMITMENT: &str = "a8faed6abbf35c12a4b26e40f6feb19d736d90045c83b9f9a31f638d323e6811";

/// Today, as engagements name days.
fn today() -> String {
    jiff::Timestamp::now().to_string().chars().take(10).collect()
}

/// An engagement of today, with more words.
async fn open(avouch: &Avouch, more: &[&str]) {
    let today = today();
    let words = [
        "audit",
        "open",
        "ledger",
        "--id",
        "t",
        "--system",
        "Shop",
        "--auditor",
        "CPAs",
        "--from",
        &today,
        "--to",
        &today,
        "--nonce-commitment",
        COMMITMENT,
    ];
    avouch.run(&[&words, more].concat()).await.ended(0);
}

/// Asks for the products once, as part of a trace; gives the status. Whoever asks too often is
/// refused, and that is a request as well.
async fn marked(base_url: &str, marker: &str) -> u16 {
    let address = base_url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let ask = format!(
        "GET /products HTTP/1.1\r\nHost: shop\r\ntraceparent: 00-{marker}-00f067aa0ba902b7-01\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// What a package says of marked requests.
async fn summary(avouch: &Avouch, out: &str) -> Value {
    let words = ["audit", "package", "ledger", "--canaries", "canaries.txt", "--out", out];
    avouch.run(&words).await.ended(0);
    let path = avouch.path(&format!("{out}/canaries/summary.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marked_request_that_passes_by_the_gateway_is_missed_and_the_bound_changes() {
    let shop = weak_shop().await;
    let avouch = protected(&shop).await;
    // However fast this machine is, some are answered and some are refused.
    let config = std::fs::read_to_string(avouch.path("avouch.toml")).unwrap();
    let slow = config.replacen("rate = \"100/s\"\nburst = 200", "rate = \"1/s\"\nburst = 100", 1);
    assert_ne!(slow, config);
    avouch.write("avouch.toml", slow);
    let made = avouch.run(&["audit", "canary", "--count", "300"]).await;
    let digest = made.ended(0).out.trim().to_owned();
    open(&avouch, &["--canaries-commitment", &digest]).await;
    let list = std::fs::read_to_string(avouch.path("canaries.txt")).unwrap();
    let markers: Vec<&str> = list.lines().collect();
    assert_eq!(markers.len(), 300);

    let gateway = Serving::start(&avouch).await;
    let mut statuses = std::collections::BTreeSet::new();
    for marker in &markers[..299] {
        statuses.insert(marked(&gateway.base_url, marker).await);
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [200, 429]);
    // One is answered like the others, and by nobody who records it.
    assert_eq!(marked(&shop.base_url, markers[299]).await, 200);
    gateway.end().await;
    let said = summary(&avouch, "one-less").await;
    let missed = said["loss_bound_ppm"].as_u64().unwrap();
    assert_eq!(
        (&said["sent"], &said["found"], &said["missing"]),
        (&300.into(), &299.into(), &1.into())
    );
    assert!((15_000..16_500).contains(&missed), "{missed}");
    let found = std::fs::read_to_string(avouch.path("one-less/canaries/found.ndjson")).unwrap();
    let absent: Value = serde_json::from_str(found.lines().last().unwrap()).unwrap();
    assert_eq!(absent, serde_json::json!({"canary": markers[299], "missing": true}));
    let report = std::fs::read_to_string(avouch.path("one-less/report/report.html")).unwrap();
    assert!(report.contains("1 of 300 marked requests are missing"));
    let layer = |report: &str, holds: bool, what: &str| {
        let (class, word) = if holds { ("good", "holds") } else { ("gap", "does not hold") };
        report.contains(&format!("<span class=\"word {class}\">{word}</span> {what}"))
    };
    assert!(layer(&report, false, "marked requests of the auditor were looked for"));
    assert!(layer(&report, false, "witnesses that do not lie beside the ledger"));
    assert!(report.contains("1 marked requests of the auditor are not in the ledger"));
    assert!(report.contains("<b>GET /products</b>"), "the inventory names what was asked for");
    let words = ["audit", "verify", "one-less", "--key", "ledger/identity.vkey"];
    let judged = avouch.run(&[&words[..], &["--canaries", "canaries.txt"]].concat()).await;
    judged.ended(3).answered(&["canary-missing", markers[299]]);

    // It is sent again, through the gateway.
    let gateway = Serving::start(&avouch).await;
    assert_eq!(marked(&gateway.base_url, markers[299]).await, 200);
    gateway.end().await;
    let said = summary(&avouch, "none-less").await;
    assert_eq!((&said["found"], &said["missing"]), (&300.into(), &0.into()));
    let report = std::fs::read_to_string(avouch.path("none-less/report/report.html")).unwrap();
    assert!(layer(&report, true, "marked requests of the auditor were looked for"));
    assert!(layer(&report, false, "witnesses that do not lie beside the ledger"));
    let none = said["loss_bound_ppm"].as_u64().unwrap();
    assert!((9_800..10_000).contains(&none), "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_asks_a_check_again_and_signs_what_was_answered() {
    let weak = shop(&[Weakness::OrderOwnerUnchecked]).await;
    let avouch = Avouch::new().with_logins();
    avouch.describe(&weak);
    avouch.run(&["ledger", "init", "ledger", "--origin", "shop.example/audit"]).await.ended(0);
    let key = avouch.run(&["audit", "key", "auditor.key"]).await.ended(0).out.trim().to_owned();
    open(&avouch, &["--auditor-key", &key]).await;
    let ask = [
        "audit",
        "reperform",
        "--auditor-key",
        "auditor.key",
        "--only",
        "BOLA-01",
        "--openapi",
        "openapi.json",
        &weak.base_url,
    ];
    avouch.run(&ask).await.ended(1).answered(&["BOLA-01 on ", " fail"]);
    let sealed = std::fs::read_to_string(avouch.path("transcript.dsse.json")).unwrap();
    let payload =
        serde_json::from_str::<Value>(&sealed).unwrap()["payload"].as_str().unwrap().to_owned();
    let payload = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, payload).unwrap();
    let payload = String::from_utf8(payload).unwrap();
    for account in [&avouch_range::accounts().a, &avouch_range::accounts().b] {
        assert!(!payload.contains(account.password), "a password is in the transcript");
    }
    let verify = ["audit", "verify", "transcript.dsse.json", "--engagement", "engagement.json"];
    avouch.run(&verify).await.ended(0).answered(&["INTACT", "BOLA-01"]);

    avouch
        .run(&["audit", "request", "import", "ledger", "--file", "transcript.dsse.json.act"])
        .await
        .ended(0);
    let listed = avouch.run(&["audit", "package", "ledger", "--out", "p"]).await;
    listed.ended(0);
    let report = std::fs::read_to_string(avouch.path("p/report/report.html")).unwrap();
    assert!(report.contains("reperformed") && report.contains("signed"), "{report}");

    // One letter of what was answered: the signature does not hold.
    avouch.write("transcript.dsse.json", sealed.replacen("cGF", "cGG", 1));
    avouch.run(&verify).await.ended(4).answered(&["TAMPERED"]);
    let other = avouch.run(&["audit", "key", "other.key"]).await;
    other.ended(0);
    let mut ask = ask.to_vec();
    ask[3] = "other.key";
    ask.extend(["--out", "other.json"]);
    avouch.run(&ask).await.ended(2).complained(&["not the auditor's key"]);
}
