//! Targets that block or die while they are scanned, and budgets that are spent.

use crate::program::Avouch;
use crate::servers::{shop, shop_with, usual};
use avouch_model::report::Ending;
use avouch_range::{ShopOptions, Switches, Trouble, accounts};
use std::time::Duration;

/// Ids of everything that was proven.
fn proven(avouch: &Avouch) -> Vec<(String, String)> {
    let report = avouch.report();
    report.findings.iter().map(|f| (f.check.clone(), f.summary.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_blocks_early_proves_nothing() {
    let shop = shop_with(ShopOptions {
        trouble: Trouble { block_after: Some(50), ..Default::default() },
        ..usual()
    })
    .await;
    let avouch = Avouch::new().with_logins();
    let ran = avouch.scan_described(&shop, &[]).await;
    ran.ended(3);
    let ending = avouch.report().ending;
    assert!(matches!(ending, Ending::Blocked(_)), "{ending:?}");
    assert!(proven(&avouch).is_empty(), "{:#?}", proven(&avouch));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_blocks_strangers_early_proves_nothing() {
    let shop = shop_with(ShopOptions {
        trouble: Trouble { block_after: Some(50), ..Default::default() },
        ..usual()
    })
    .await;
    let avouch = Avouch::new();
    let ran = avouch.scan(&shop.base_url, &[]).await;
    ran.ended(3);
    let ending = avouch.report().ending;
    assert!(matches!(ending, Ending::Blocked(_)), "{ending:?}");
    assert!(proven(&avouch).is_empty(), "{:#?}", proven(&avouch));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_blocks_half_way_proves_nothing_after_that() {
    let steady = shop(&[]).await;
    let whole = Avouch::new().with_logins();
    whole.scan_described(&steady, &[]).await;
    let half_way = Some(steady.requests() * 2 / 3);
    let shop = shop_with(ShopOptions {
        trouble: Trouble { block_after: half_way, ..Default::default() },
        ..usual()
    })
    .await;
    let avouch = Avouch::new().with_logins();
    avouch.scan_described(&shop, &[]).await.ended(3);
    let ending = avouch.report().ending;
    assert!(matches!(ending, Ending::Blocked(_)), "{ending:?}");
    // What the same shop shows when it does not block is all that may stand here.
    let open = proven(&whole);
    let more: Vec<_> = proven(&avouch).into_iter().filter(|p| !open.contains(p)).collect();
    assert!(more.is_empty(), "{more:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_dies_is_untested_and_its_last_probes_are_named() {
    let options = ShopOptions {
        switches: Switches::all(),
        trouble: Trouble { delay_ms: Some((1, 4)), ..Default::default() },
        ..usual()
    };
    let shop = shop_with(options).await;
    let avouch = Avouch::new().with_login("a", &accounts().a);
    let arguments = ["scan", &shop.base_url, "-v", "--timeout", "2"];
    let child = avouch.command(&arguments).spawn().unwrap();
    let mut looking = tokio::time::interval(Duration::from_millis(5));
    while shop.requests() < 400 {
        looking.tick().await;
    }
    shop.stop().await;
    let ran = crate::program::Ran::of(child).await;
    ran.ended(3).answered(&["stopped answering", "the last were"]);
    let ending = avouch.report().ending;
    assert!(matches!(ending, Ending::TargetGone(_)), "{ending:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_budget_is_told_and_is_never_a_pass() {
    let shop = shop(&[]).await;
    let avouch = Avouch::new().with_login("a", &accounts().a);
    let more = ["--max-requests", "250", "--fail-on", "never"];
    let ran = avouch.scan_described(&shop, &more).await;
    ran.ended(3).answered(&["250 requests"]);
    assert!(matches!(avouch.report().ending, Ending::BudgetSpent(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn less_coverage_than_the_minimum_is_untested_even_without_findings() {
    let shop = shop(&[]).await;
    let avouch = Avouch::new();
    let only = ["--only", "AUTH-02,CFG-03", "--fail-on", "never"];
    let minimum = [only.as_slice(), &["--min-coverage", "100"]].concat();
    avouch.scan_described(&shop, &minimum).await.ended(3);
}
