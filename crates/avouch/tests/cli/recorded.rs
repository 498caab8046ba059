//! Scans that are recorded in a ledger.

use crate::program::{Avouch, Ran};
use crate::servers::{address, answering, serving, shop, shop_with, usual};
use avouch_range::{ShopOptions, Weakness, accounts};
use serde_json::Value;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;

const LEDGER: [&str; 2] = ["--ledger", "l"];

/// With a ledger in the folder `l`.
async fn with_ledger(avouch: Avouch) -> Avouch {
    avouch.run(&["ledger", "init", "l", "--origin", "example.com/scans"]).await.ended(0);
    avouch
}

/// The facts that a query finds.
async fn facts(avouch: &Avouch, conditions: &[&str]) -> Vec<Value> {
    let words = [&["ledger", "query", "l"], conditions].concat();
    let ran = avouch.run(&words).await;
    let body = |line| serde_json::from_str::<Value>(line).unwrap()["body"].take();
    ran.ended(0).out.lines().map(body).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_is_in_the_ledger_from_its_beginning_to_its_end() {
    let weak = shop(&[Weakness::OrderOwnerUnchecked]).await;
    let avouch = with_ledger(Avouch::new().with_logins()).await;
    let only = [&LEDGER[..], &["--only", "BOLA-01,TLS-01"]].concat();
    let ran = avouch.scan_described(&weak, &only).await;
    ran.ended(1).complained(&["recorded in the ledger `l`"]);
    let report = avouch.report();
    let trace = format!("trace={}", report.scan_id);

    let scans = facts(&avouch, &["kind=scan", &trace]).await;
    let [begun, ended] = &scans[..] else { panic!("{scans:#?}") };
    assert_eq!(begun["event"], "begun");
    assert_eq!(begun["identities"], serde_json::json!(["a", "b", "high"]));
    assert_eq!(ended["ending"], "complete");
    assert_eq!(ended["configuration"], begun["configuration"]);
    assert_eq!(ended["findings"], report.findings.len());
    for (name, file) in [("report", "last-report.json"), ("recording", "last-recording.json")] {
        let kept = std::fs::read(avouch.path(&format!(".avouch/{file}"))).unwrap();
        assert_eq!(ended[name], avouch_ledger::merkle::Hash::of(&kept).to_hex(), "{file}");
    }

    let exchanges = facts(&avouch, &["kind=request", &trace]).await;
    assert_eq!(ended["recorded"], exchanges.len());
    assert!(exchanges.iter().any(|one| one["path"] == "/auth/login"), "logins are exchanges too");
    let digests: Vec<&Value> = exchanges.iter().map(|one| &one["digest"]).collect();
    let found = facts(&avouch, &["kind=finding", &trace]).await;
    assert_eq!(found.len(), report.findings.len());
    for (fact, finding) in found.iter().zip(&report.findings) {
        assert_eq!(fact["fingerprint"], finding.fingerprint);
        let deciding = fact["exchanges"].as_array().unwrap();
        assert_eq!(deciding.len(), finding.exchanges.len());
        assert!(deciding.iter().all(|digest| digests.contains(&digest)), "{fact}");
    }
    let runs = facts(&avouch, &["kind=control-run", &trace]).await;
    let result = |test: &str| runs.iter().find(|run| run["test"] == test).map(|run| &run["result"]);
    assert_eq!(result("BOLA-01"), Some(&"fail".into()));
    assert!(result("TLS-01").is_some_and(|result| result != "pass"), "there is no TLS: {runs:#?}");
    avouch.run(&["ledger", "verify", "l", "--open"]).await.ended(0).answered(&["INTACT"]);

    let events = avouch.run(&["ledger", "export", "l", "--format", "ocsf", &trace]).await;
    let events: Vec<Value> =
        events.ended(0).out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |class: u64| events.iter().filter(|event| event["class_uid"] == class).count();
    let expected = [(6007, 2), (6003, exchanges.len()), (2002, found.len()), (2003, runs.len())];
    for (class, count) in expected {
        assert_eq!(of(class), count, "{class}");
    }
    assert!(events.iter().all(|event| event["metadata"]["version"] == "1.8.0"));

    let whole = avouch.run(&["ledger", "show", "l", "--count", "999999", "--json"]).await;
    for account in [accounts().a, accounts().b, accounts().admin] {
        assert!(!whole.out.contains(account.password), "a password is in the ledger");
        assert!(!whole.out.contains(account.email), "an address is in the ledger");
    }
    assert!(!whole.out.contains("eyJ"), "a token is in the ledger");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_of_the_ledger_is_asked_again_and_its_end_recorded() {
    let weak = shop(&[Weakness::OrderOwnerUnchecked]).await;
    let at = address(&weak);
    let avouch = with_ledger(Avouch::new().with_logins()).await;
    let only = [&LEDGER[..], &["--only", "BOLA-01"]].concat();
    avouch.scan_described(&weak, &only).await.ended(1);
    let fingerprint = avouch.report().findings.first().unwrap().fingerprint.clone();
    let replay = ["replay", &fingerprint, "--ledger", "l", "--scan", "last"];
    let again = [&replay[..], &["--openapi", "openapi.json"]].concat();

    let kept = avouch.run(&[&replay[..], &["--recorded"]].concat()).await;
    kept.ended(1).answered(&["still failing"]).complained(&["are those in the ledger"]);
    std::fs::rename(avouch.path(".avouch/last-report.json"), avouch.path("gone")).unwrap();
    avouch.run(&again).await.ended(1).answered(&["still failing: BOLA-01"]);
    weak.stop().await;
    let mended = shop_with(ShopOptions { bind: at, ..usual() }).await;
    avouch.run(&again).await.ended(0).answered(&["fixed: BOLA-01"]);
    mended.stop().await;
    let object = format!("object={fingerprint}");
    let life = facts(&avouch, &["kind=finding", &object]).await;
    let events: Vec<&Value> = life.iter().map(|finding| &finding["event"]).collect();
    assert_eq!(events, ["proven", "proven", "fixed"]);

    let scans = facts(&avouch, &["kind=scan"]).await;
    let first = scans[0]["id"].as_str().unwrap();
    let replay = ["replay", &fingerprint, "--ledger", "l", "--scan", first, "--recorded"];
    let recording = avouch.path(".avouch/last-recording.json");
    let text = std::fs::read_to_string(&recording).unwrap();
    std::fs::write(&recording, text.replacen("200", "201", 1)).unwrap();
    let ran = avouch.run(&replay).await;
    ran.ended(3).answered(&["not the one of which the ledger has the digest"]);
    let ran = avouch.run(&["replay", "abc", "--scan", "last"]).await;
    ran.ended(2).complained(&["there is no ledger", "--ledger"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_fails_ends_the_scan_as_not_tested() {
    let avouch = with_ledger(Avouch::new()).await;
    // The first segment is nearly full, so that the next one has to be begun within the scan.
    let mut child =
        avouch.command(&["ledger", "append", "l"]).stdin(Stdio::piped()).spawn().unwrap();
    let line = format!("{{\"text\":\"{}\"}}\n", "x".repeat(60_000));
    child.stdin.take().unwrap().write_all(line.repeat(15).as_bytes()).await.unwrap();
    Ran::of(child).await.ended(0);
    let segments = avouch.path("l/log/seg");
    let target = answering(move |path| {
        // Nothing can be begun any more from the first request on.
        let _ = std::fs::remove_dir_all(&segments);
        let body = if path == "/" { "{\"a\":1}" } else { "{}" };
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length";
        format!("{head}: {}\r\n\r\n{body}", body.len()).into_bytes()
    })
    .await;
    let ran = avouch.run(&["scan", &target, "--ledger", "l"]).await;
    ran.ended(3).complained(&["the scan could not be recorded in full", "not claimed"]);
    assert!(!ran.err.contains("recorded in the ledger"), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_was_broken_off_is_seen_to_have_no_end() {
    let avouch = with_ledger(Avouch::new()).await;
    let (asked, mut was_asked) = tokio::sync::mpsc::unbounded_channel();
    let silent = serving(move |stream| {
        let _ = asked.send(());
        async move {
            // It is never answered.
            std::future::pending::<()>().await;
            drop(stream);
        }
    })
    .await;
    let mut scan = avouch.command(&["scan", &silent, "--ledger", "l"]).spawn().unwrap();
    was_asked.recv().await.unwrap();
    scan.kill().await.unwrap();
    let scans = facts(&avouch, &["kind=scan"]).await;
    assert_eq!(scans.len(), 1);
    assert_eq!(scans[0]["event"], "begun");
    let ran = avouch.run(&["replay", "abc", "--ledger", "l", "--scan", "last"]).await;
    ran.ended(2).complained(&["was broken off"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_whose_beginning_cannot_be_recorded_does_not_begin() {
    let (asked, mut was_asked) = tokio::sync::mpsc::unbounded_channel();
    let target = answering(move |_| {
        let _ = asked.send(());
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()
    })
    .await;
    let avouch = with_ledger(Avouch::new()).await;
    let scan = ["scan", &target, "--ledger", "nowhere"];
    avouch.run(&scan).await.ended(2).complained(&["no ledger in `nowhere`", "ledger init"]);
    avouch.write("avouch.toml", "[ledger]\nfolder = \"l\"\nclass = \"nope\"\n");
    let ran = avouch.run(&["scan", &target]).await;
    ran.ended(2).complained(&["no retention class `nope`", "nothing was scanned"]);
    assert!(was_asked.try_recv().is_err(), "the target was asked");
}
