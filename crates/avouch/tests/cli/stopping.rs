//! Ctrl-C.

use crate::program::{Avouch, Ran};
use crate::servers::{ask, shop_with, token, usual};
use avouch_model::report::Ending;
use avouch_range::{ShopOptions, Switches, Trouble, accounts};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_shows_what_was_found_and_removes_what_was_created() {
    let options = ShopOptions {
        switches: Switches::all(),
        trouble: Trouble { delay_ms: Some((2, 6)), ..Default::default() },
        ..usual()
    };
    let shop = shop_with(options).await;
    let reader = token(&shop, &accounts().a).await;
    let notes = async || ask(&shop.base_url, "GET", "/notes", Some(&reader), "").await.1;
    let before = notes().await;
    let avouch = Avouch::new().with_logins();
    avouch.describe(&shop);
    let arguments = ["scan", &shop.base_url, "-v", "--active", "--openapi", "openapi.json"];
    let child = avouch.command(&arguments).spawn().unwrap();
    let mut looking = tokio::time::interval(Duration::from_millis(5));
    let created = || shop.requests_by_operation().get("POST /notes").copied().unwrap_or(0);
    while created() == 0 || shop.requests() < 400 {
        looking.tick().await;
    }
    let at = shop.requests();
    let id = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ran = Ran::of(child).await;
    ran.ended(3).complained(&["stopping: removing what was created"]);
    ran.answered(&["FINDINGS", "interrupted"]);
    let report = avouch.report();
    assert_eq!(report.ending, Ending::Interrupted);
    assert!(!report.findings.is_empty());
    // It stops asking: what still comes are requests under way and removals.
    assert!(shop.requests() - at < 400, "{} more requests", shop.requests() - at);
    assert_eq!(notes().await.len(), before.len(), "a note was left behind");
    let stays: Vec<_> = report.cleanup.iter().filter(|o| !o.gone && !o.remove.is_empty()).collect();
    assert!(stays.is_empty(), "{stays:#?}");
}
