//! Answers that no API should give: endless, slow, broken, huge, always the same.

use crate::program::{Avouch, Ran};
use crate::servers::{DESCRIPTION, answer, answering, request, serving};
use avouch_model::report::Report;
use avouch_model::severity::{Confidence, Severity};
use std::io::Write;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// Scans with a described API and a token that means nothing to the server.
async fn scan(url: &str, more: &[&str]) -> (Ran, Report) {
    let avouch = Avouch::new().knowing("TOKEN", "tok-3f9a77c1d2");
    avouch.write("api.json", DESCRIPTION);
    let usual = ["--openapi", "api.json", "--identity", "a=env:TOKEN", "--timeout", "1"];
    let arguments: Vec<&str> = usual.iter().chain(more).copied().collect();
    let ran = avouch.scan(url, &arguments).await;
    (ran, avouch.report())
}

/// Nothing was proven that a person would be woken for.
#[track_caller]
fn proves_nothing(ran: &Ran, report: &Report) {
    assert!([1, 3, 0].contains(&ran.code), "{ran:#?}");
    assert!(!ran.err.contains("panicked"), "{ran:#?}");
    let grave = report.findings.iter().filter(|finding| {
        finding.severity >= Severity::Medium && finding.confidence > Confidence::Tentative
    });
    let grave: Vec<_> = grave.map(|f| (&f.check, &f.operation, &f.summary)).collect();
    assert!(grave.is_empty(), "{grave:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_web_page_for_everything_proves_nothing() {
    let page =
        b"<!doctype html><html><head><title>App</title></head><body><div id=app></div></body>";
    let url = answering(|_| answer(200, "text/html; charset=utf-8", page)).await;
    let (ran, report) = scan(&url, &["--active"]).await;
    proves_nothing(&ran, &report);
    let avouch = Avouch::new();
    let ran = avouch.scan(&url, &["--timeout", "2"]).await;
    proves_nothing(&ran, &avouch.report());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_json_answer_for_everything_proves_nothing() {
    let url = answering(|_| answer(200, "application/json", br#"{"status":"ok"}"#)).await;
    let (ran, report) = scan(&url, &["--active"]).await;
    proves_nothing(&ran, &report);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_everywhere_prove_nothing() {
    let url = answering(|_| answer(500, "application/json", br#"{"error":"internal"}"#)).await;
    let (ran, report) = scan(&url, &["--active"]).await;
    proves_nothing(&ran, &report);
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_answers_are_cut() {
    let url = serving(|mut stream| async move {
        if request(&mut stream).await.is_none() {
            return;
        }
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[";
        let mut sent = stream.write_all(head).await;
        let chunk = vec![b'1'; 64 * 1024];
        while sent.is_ok() {
            sent = stream.write_all(&chunk).await;
        }
    })
    .await;
    let (ran, report) = scan(&url, &["--max-requests", "12"]).await;
    proves_nothing(&ran, &report);
    assert!(report.traffic.bytes_received < 200 * 1024 * 1024);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_drips_costs_no_more_than_the_timeout() {
    let url = serving(|mut stream| async move {
        if request(&mut stream).await.is_none() {
            return;
        }
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[";
        let mut sent = stream.write_all(head).await;
        let mut drip = tokio::time::interval(Duration::from_millis(50));
        while sent.is_ok() {
            drip.tick().await;
            sent = stream.write_all(b"1,").await;
        }
    })
    .await;
    let (ran, report) = scan(&url, &[]).await;
    proves_nothing(&ran, &report);
    ran.ended(3);
    assert!(report.took_ms < 5_000, "{}", report.took_ms);
}

#[tokio::test(flavor = "multi_thread")]
async fn drips_behind_a_good_front_page_end_the_scan_and_prove_nothing() {
    let url = serving(|mut stream| async move {
        let Some(path) = request(&mut stream).await else { return };
        if path == "/" {
            // A client that has gone away misses nothing.
            let _ = stream.write_all(&answer(200, "application/json", b"{}")).await;
            return;
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
        std::future::pending::<()>().await;
    })
    .await;
    let (ran, report) = scan(&url, &[]).await;
    ran.ended(3).answered(&["stopped answering", "timed out"]);
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert!(report.took_ms < 15_000, "{}", report.took_ms);
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_redirects_are_not_followed_for_ever() {
    let url = answering(|path| {
        let next = path.len() % 97;
        format!(
            "HTTP/1.1 302 Found\r\nlocation: /{next}{path}\r\ncontent-length: 0\r\n\
             connection: close\r\n\r\n"
        )
        .into_bytes()
    })
    .await;
    let (ran, report) = scan(&url, &[]).await;
    proves_nothing(&ran, &report);
    let avouch = Avouch::new();
    let ran = avouch.scan(&url, &["--timeout", "2"]).await;
    proves_nothing(&ran, &avouch.report());
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_text_are_survived() {
    let url =
        answering(|_| answer(200, "application/json", b"{\"name\":\"\xff\xfe\xc3\x28\x00\"}"))
            .await;
    let (ran, report) = scan(&url, &["--active"]).await;
    proves_nothing(&ran, &report);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_of_zeros_is_cut_and_not_unpacked() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![b'0'; 1024 * 1024];
    for _ in 0..256 {
        packer.write_all(&zeros).unwrap();
    }
    let bomb = packer.finish().unwrap();
    let url = answering(move |_| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            bomb.len()
        );
        [head.as_bytes(), &bomb].concat()
    })
    .await;
    let (ran, report) = scan(&url, &["--max-requests", "12"]).await;
    proves_nothing(&ran, &report);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_headers_are_no_answer_and_no_crash() {
    let url = answering(|_| {
        let headers = "x-one-of-many: 1\r\n".repeat(5_000);
        format!("HTTP/1.1 200 OK\r\n{headers}content-length: 2\r\n\r\n{{}}").into_bytes()
    })
    .await;
    let (ran, report) = scan(&url, &[]).await;
    proves_nothing(&ran, &report);
    ran.ended(3);
}
