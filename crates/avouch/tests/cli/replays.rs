//! Asking again about one finding.

use crate::program::Avouch;
use crate::servers::{address, shop, shop_with, usual};
use avouch_range::{Running, ShopOptions, Weakness};

const ONLY: [&str; 2] = ["--only", "BOLA-01"];

/// A scan that found one thing, and its fingerprint.
async fn scanned(shop: &Running) -> (Avouch, String) {
    let avouch = Avouch::new().with_logins();
    avouch.scan_described(shop, &ONLY).await.ended(1);
    let report = avouch.report();
    let finding = report.findings.first().unwrap();
    (avouch, finding.fingerprint.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_asked_again_until_it_is_mended_or_the_target_gone() {
    let weak = shop(&[Weakness::OrderOwnerUnchecked]).await;
    let at = address(&weak);
    let (avouch, fingerprint) = scanned(&weak).await;
    let replay = ["replay", &fingerprint, "--openapi", "openapi.json"];
    avouch.run(&replay).await.ended(1).answered(&["still failing: BOLA-01 on GET /orders/"]);
    let beginning = fingerprint.get(..6).unwrap();
    avouch.run(&["replay", beginning, "--openapi", "openapi.json"]).await.ended(1);

    weak.stop().await;
    avouch.run(&replay).await.ended(3).answered(&["not runnable: BOLA-01", "refused"]);

    let mended = shop_with(ShopOptions { bind: at, ..usual() }).await;
    avouch.run(&replay).await.ended(0).answered(&["fixed: BOLA-01 on GET /orders/"]);
    mended.stop().await;

    // The recording needs nobody.
    let recorded = avouch.run(&["replay", &fingerprint, "--recorded"]).await;
    recorded.ended(1).answered(&["still failing: the recorded exchanges prove BOLA-01"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_without_the_identities_is_not_runnable() {
    let weak = shop(&[Weakness::OrderOwnerUnchecked]).await;
    let (avouch, fingerprint) = scanned(&weak).await;
    std::fs::remove_file(avouch.path("avouch.toml")).unwrap();
    let ran = avouch.run(&["replay", &fingerprint, "--openapi", "openapi.json"]).await;
    ran.ended(3).answered(&["not runnable: BOLA-01"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_of_nothing_is_a_mistake() {
    let avouch = Avouch::new();
    let ran = avouch.run(&["replay", "abc"]).await;
    ran.ended(2).complained(&["last-report.json", "needs an earlier `avouch scan`"]);
    let weak = shop(&[Weakness::OrderOwnerUnchecked]).await;
    let (avouch, _) = scanned(&weak).await;
    let ran = avouch.run(&["replay", "nothing-like-it"]).await;
    ran.ended(2).complained(&["the last scan has no finding `nothing-like-it`"]);
    avouch.write(".avouch/last-report.json", "{\"schema\":");
    let ran = avouch.run(&["replay", "abc"]).await;
    ran.ended(2).complained(&["is not what a scan leaves"]);
}
