//! Targets that cannot be reached or spoken to.

use crate::program::Avouch;
use crate::servers::{answer, answering, nobody, serving, shop};
use avouch_model::report::Ending;
use tokio::io::AsyncWriteExt;

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_is_untested_and_says_so() {
    let avouch = Avouch::new();
    let ran = avouch.scan(&nobody(), &[]).await;
    ran.ended(3).answered(&["could not be reached: the connection was refused", "NO FINDINGS"]);
    assert!(matches!(avouch.report().ending, Ending::Unreachable(_)));
    assert_eq!(avouch.report().score.value, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_name_is_untested_and_says_so() {
    let avouch = Avouch::new();
    let ran = avouch.scan("http://nobody.invalid", &["--timeout", "5"]).await;
    ran.ended(3).answered(&["could not be reached: the host name does not resolve"]);
    assert!(avouch.report().findings.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_server_asked_for_tls_is_untested_and_says_so() {
    let shop = shop(&[]).await;
    let avouch = Avouch::new();
    let ran = avouch.scan(&shop.base_url.replace("http:", "https:"), &[]).await;
    ran.ended(3).answered(&["could not be reached: TLS failed"]);
    assert!(avouch.report().findings.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_up_is_untested_and_says_so() {
    let url = serving(|stream| async move { drop(stream) }).await;
    let avouch = Avouch::new();
    let ran = avouch.scan(&url, &["--timeout", "2"]).await;
    ran.ended(3).answered(&["could not be reached: the connection broke"]);
    assert!(avouch.report().findings.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_speak_http_is_untested() {
    let url = serving(|mut stream| async move {
        // The client may have hung up already.
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n").await;
        std::future::pending::<()>().await;
    })
    .await;
    let avouch = Avouch::new();
    avouch.scan(&url, &["--timeout", "2"]).await.ended(3);
    assert!(avouch.report().findings.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_costs_no_more_than_the_timeout() {
    let url = serving(|stream| async move {
        let _open = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let avouch = Avouch::new();
    let ran = avouch.scan(&url, &["--timeout", "1"]).await;
    ran.ended(3).answered(&["could not be reached: timed out"]);
    assert!((900..6_000).contains(&avouch.report().took_ms), "{}", avouch.report().took_ms);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_under_a_path_of_a_server_that_has_nothing_there_proves_nothing() {
    let url = answering(|_| answer(404, "application/json", br#"{"error":"not found"}"#)).await;
    let avouch = Avouch::new();
    avouch.scan(&format!("{url}/api/v1"), &["--timeout", "2"]).await;
    let report = avouch.report();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}
