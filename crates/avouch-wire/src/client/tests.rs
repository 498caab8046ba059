//! The client against servers that misbehave, each on its own loopback port.

use super::*;
use crate::address::AddressPolicy;
use crate::clock::Clock;
use crate::limits::Limits;
use crate::redact::Redactor;
use avouch_model::exchange::{Answer, Exchange, Failure, Outcome};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Reads a request's head and hands it back as text.
pub(super) async fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Serves each connection with `serve`, on a free port.
pub(super) async fn serve<F, T>(serve: F) -> Origin
where
    F: Fn(TcpStream) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    Origin { scheme: Scheme::Http, host: "127.0.0.1".into(), port }
}

/// Serves the same bytes to each request of each connection, then closes if asked to.
async fn fixed(bytes: impl Into<Vec<u8>>, close: bool) -> Origin {
    let bytes: Arc<Vec<u8>> = Arc::new(bytes.into());
    serve(move |mut stream| {
        let bytes = Arc::clone(&bytes);
        async move {
            while !head(&mut stream).await.is_empty() {
                if stream.write_all(&bytes).await.is_err() || close {
                    break;
                }
            }
        }
    })
    .await
}

pub(super) fn client(origin: &Origin, change: impl FnOnce(&mut ClientOptions)) -> Client {
    let mut options = ClientOptions {
        policy: AddressPolicy { allow_private: true },
        limits: Limits {
            connect_ms: 2_000,
            answer_ms: 500,
            body_bytes_max: 10_000,
            header_bytes_max: 8192,
            ..Limits::default()
        },
        user_agent: "avouch/test (+scan)".into(),
        scan_id: "scan-1".into(),
        extra_roots: Vec::new(),
        danger_accept_untrusted: false,
        clock: Clock::start(),
        redactor: Arc::new(Redactor::new([1; 32])),
        resolved: Vec::new(),
        allowed_origins: vec![origin.clone()],
    };
    change(&mut options);
    Client::new(options).expect("a client")
}

async fn get(origin: &Origin) -> Exchange {
    client(origin, |_| ()).send(Outgoing::new("GET", origin.clone(), "/")).await
}

pub(super) fn answered(exchange: Exchange) -> Answer {
    match exchange.outcome {
        Outcome::Answered(answer) => answer,
        Outcome::Failed(failure) => panic!("no answer: {failure}"),
    }
}

pub(super) fn failed(exchange: Exchange) -> Failure {
    match exchange.outcome {
        Outcome::Answered(answer) => panic!("an answer: {answer:?}"),
        Outcome::Failed(failure) => failure,
    }
}

#[tokio::test]
async fn a_plain_answer_is_captured_with_its_timing() {
    let origin = fixed("HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 2\r\n\r\nhi", false).await;
    let answer = answered(get(&origin).await);
    assert_eq!((answer.status, answer.body.as_str(), answer.body_bytes), (200, "hi", 2));
    assert_eq!(answer.headers.first("x-a"), Some("b"));
    assert_eq!(answer.protocol, "HTTP/1.1");
    assert!(answer.timing.connect_us > 0 && answer.timing.total_us >= answer.timing.connect_us);
    assert!(!answer.truncated);
}

#[tokio::test]
async fn odd_paths_and_our_marks_travel_as_they_are() {
    let origin = serve(|mut stream| async move {
        let head = head(&mut stream).await;
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len());
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let client = client(&origin, |_| ());
    for target in ["//p", "/./p/../q", "/p;x=1", "/%2e%2E/", "/a?b=%00&c={}|"] {
        let mut request = Outgoing::new("GET", origin.clone(), target);
        request.headers.push(("X-Odd".into(), "a\tb ' \" \u{e9}".into()));
        request.headers.push(("User-Agent".into(), "somebody else".into()));
        let body = answered(client.send(request).await).body;
        assert!(body.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{body}");
        assert!(body.contains("user-agent: avouch/test (+scan)\r\n"), "{body}");
        assert!(body.contains("x-scan-id: scan-1\r\n"), "{body}");
        assert!(body.contains("x-odd: a\tb ' \" \u{e9}\r\n"), "{body}");
        assert!(!body.contains("somebody"), "{body}");
    }
}

#[tokio::test]
async fn placeholders_are_sent_as_what_they_stand_for_and_shown_as_placeholders() {
    let origin = serve(|mut stream| async move {
        let head = head(&mut stream).await;
        let ok = head.starts_with("GET /u/ada%40lovelace.org HTTP") && head.contains("x: ada@lo");
        let status = if ok { "204 ok" } else { "400 bad" };
        let _ = stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await;
    })
    .await;
    let client = client(&origin, |_| ());
    let redactor = Arc::clone(&client.options().redactor);
    let shown =
        redactor.placeholder(avouch_model::data_class::DataClass::Email, "ada@lovelace.org", "");
    let mut request = Outgoing::new("GET", origin.clone(), &format!("/u/{shown}"));
    request.headers.push(("x".into(), shown.clone()));
    let exchange = client.send(request).await;
    assert!(exchange.request.url.ends_with(&format!("/u/{shown}")), "{}", exchange.request.url);
    assert_eq!(exchange.request.headers.first("x"), Some(shown.as_str()));
    assert_eq!(answered(exchange).status, 204);
}

#[tokio::test]
async fn connections_are_used_again_unless_fresh_ones_are_asked_for() {
    let origin = fixed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", false).await;
    let client = client(&origin, |_| ());
    for _ in 0..3 {
        answered(client.send(Outgoing::new("GET", origin.clone(), "/")).await);
    }
    assert_eq!(client.traffic().connections, 1);
    let mut fresh = Outgoing::new("GET", origin.clone(), "/");
    fresh.fresh_connection = true;
    answered(client.send(fresh).await);
    assert_eq!(client.traffic().connections, 2);
    assert_eq!(client.traffic().requests, 4);
    assert!(client.traffic().bytes_sent > 100 && client.traffic().bytes_received > 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_sent_at_once_share_a_bounded_number_of_connections() {
    let open = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (open_now, most_ever) = (Arc::clone(&open), Arc::clone(&most));
    let origin = serve(move |mut stream| {
        let (open, most) = (Arc::clone(&open_now), Arc::clone(&most_ever));
        async move {
            most.fetch_max(open.fetch_add(1, Relaxed) + 1, Relaxed);
            while !head(&mut stream).await.is_empty() {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
            }
            open.fetch_sub(1, Relaxed);
        }
    })
    .await;
    let client = Arc::new(client(&origin, |options| {
        options.limits.connections_max = 3;
        options.limits.answer_ms = 5_000;
    }));
    let mut sent = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (client, origin) = (Arc::clone(&client), origin.clone());
        sent.spawn(async move { client.send(Outgoing::new("GET", origin, "/")).await });
    }
    for exchange in sent.join_all().await {
        assert_eq!(answered(exchange).status, 200);
    }
    assert!(client.traffic().connections <= 3 && most.load(Relaxed) <= 3);
}
