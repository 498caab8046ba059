//! A registry and the logs of which it tells, judged by both verifiers.

use crate::program::Avouch;
use crate::witnesses::copy;
use std::process::Command;

const LOGS: [&str; 2] = ["a", "b"];

/// The registry `r`, and two logs that are in it.
async fn begun() -> Avouch {
    let avouch = Avouch::new();
    for name in ["r", "a", "b"] {
        let origin = format!("example.com/{name}");
        avouch.run(&["ledger", "init", name, "--origin", &origin]).await.ended(0);
    }
    let add = ["ledger", "registry", "add", "r", "--log", "a", "--log", "b"];
    avouch.run(&add).await.ended(0).answered(&["`example.com/a` is registered"]);
    avouch.run(&add).await.ended(0).answered(&["nothing new"]);
    avouch
}

/// What both verifiers find, which must be the same.
async fn found(avouch: &Avouch, logs: &[&str]) -> Vec<String> {
    let mut words = vec!["ledger", "registry", "verify", "r", "--json"];
    for log in logs {
        words.extend(["--log", log]);
    }
    let ran = avouch.run(&words).await;
    let ours = codes(&ran.out);
    let folder = avouch.folder();
    let paths = logs.iter().map(|log| folder.join(log).join("log"));
    let theirs = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../verify/verify.py"))
        .arg("--json")
        .arg("--public-key")
        .arg(folder.join("r/identity.vkey"))
        .args(["logs"])
        .arg(folder.join("r/log"))
        .args(paths)
        .output()
        .unwrap();
    assert_eq!(ours, codes(&String::from_utf8_lossy(&theirs.stdout)), "{theirs:?}");
    assert_eq!(ran.code, if ours.is_empty() { 0 } else { 4 });
    ours
}

fn codes(report: &str) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(report).expect(report);
    let code = |finding: &serde_json::Value| finding["code"].as_str().unwrap().to_owned();
    let mut codes: Vec<String> = report["findings"].as_array().unwrap().iter().map(code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[tokio::test]
async fn a_log_that_is_dropped_cut_off_or_strange_is_found() {
    let avouch = begun().await;
    assert_eq!(found(&avouch, &LOGS).await, [""; 0]);
    let old = avouch.folder().join("old");
    copy(&avouch.folder().join("a"), &old);
    avouch.run(&["ledger", "rotate", "a"]).await.ended(0);
    let add = ["ledger", "registry", "add", "r", "--log", "a"];
    avouch.run(&add).await.ended(0).answered(&["entries"]);
    let close = ["ledger", "registry", "close", "r", "--log", "b"];
    avouch.run(&close).await.ended(0).answered(&["was closed"]);
    avouch.run(&["ledger", "registry", "show", "r"]).await.ended(0).answered(&["closed"]);
    assert_eq!(found(&avouch, &LOGS).await, [""; 0]);
    assert_eq!(found(&avouch, &["a"]).await, ["log-missing"]);
    assert_eq!(found(&avouch, &["old", "b"]).await, ["registry-contradicted"]);
    let behind = ["ledger", "registry", "add", "r", "--log", "old"];
    avouch.run(&behind).await.ended(4).complained(&["do not continue"]);
    avouch.run(&["ledger", "init", "c", "--origin", "example.com/c"]).await.ended(0);
    assert_eq!(found(&avouch, &["a", "b", "c"]).await, ["log-unregistered"]);
    let unborn = ["ledger", "registry", "close", "r", "--log", "c"];
    avouch.run(&unborn).await.ended(2).complained(&["not registered"]);
    // Another ledger that took the name.
    avouch.run(&["ledger", "init", "d", "--origin", "example.com/b"]).await.ended(0);
    let other = ["ledger", "registry", "add", "r", "--log", "d"];
    avouch.run(&other).await.ended(4).complained(&["another identity"]);
    assert!(found(&avouch, &["a", "d"]).await.contains(&"genesis-signature-invalid".to_owned()));
}
