//! Every way a server may misbehave ends as an answer or a named failure, within the limits.

use super::tests::{answered, client, failed, head, serve};
use super::{Origin, Outgoing, Scheme};
use crate::address::AddressPolicy;
use avouch_model::exchange::{Exchange, Failure};
use avouch_model::identity::Who;
use avouch_model::secret::Secret;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// Sends a request in both ways a request can be sent, to a server that writes `first` and then
/// `again` without end.
async fn both(first: &'static [u8], again: &'static [u8]) -> [Exchange; 2] {
    let origin = serve(move |mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(first).await;
        while !again.is_empty() && stream.write_all(again).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let client = client(&origin, |_| ());
    let url = Url::parse(&origin.to_string()).expect("an origin is a url");
    let raw = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec();
    [
        client.send(Outgoing::new("GET", origin, "/")).await,
        client.send_raw(&url, raw, Who::Nobody).await,
    ]
}

fn is_broken(exchange: Exchange) {
    let failure = failed(exchange);
    assert!(matches!(failure, Failure::Broken(_)), "{failure}");
}

#[tokio::test]
async fn an_endless_body_is_cut_and_marked() {
    for exchange in both(b"HTTP/1.1 200 OK\r\n\r\n", b"xxxxxxxxxxxxxxxx").await {
        let answer = answered(exchange);
        assert!(answer.truncated && answer.body_bytes == 10_000);
    }
    let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for exchange in both(chunks, b"4\r\nabcd\r\n").await {
        let answer = answered(exchange);
        assert!(answer.truncated && answer.body_bytes == 10_000);
    }
}

#[tokio::test]
async fn endless_headers_are_a_failure() {
    for exchange in both(b"HTTP/1.1 200 OK\r\n", b"X-Filler: yyyyyyyyyyyyyyyyyyyyyyy\r\n").await {
        is_broken(exchange);
    }
    for exchange in both(b"HTTP/1.1 200 OK\r\nX-Long: ", b"yyyyyyyyyyyyyyyyyyyyy").await {
        is_broken(exchange);
    }
}

#[tokio::test]
async fn a_storm_of_interim_answers_is_a_failure() {
    for exchange in both(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n").await {
        let failure = failed(exchange);
        assert!(matches!(failure, Failure::TimedOut(_) | Failure::Broken(_)), "{failure}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_a_failure() {
    for exchange in both(b"SSH-2.0-OpenSSH_9.9\r\n", b"").await {
        is_broken(exchange);
    }
    for exchange in both(b"", b"").await {
        is_broken(exchange);
    }
    for exchange in both(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", b"").await {
        is_broken(exchange);
    }
    let chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    for exchange in both(chunk, b"").await {
        is_broken(exchange);
    }
}

#[tokio::test]
async fn a_reset_is_a_failure() {
    let origin = serve(|mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").await;
        stream.set_zero_linger().expect("a socket option");
    })
    .await;
    let client = client(&origin, |_| ());
    is_broken(client.send(Outgoing::new("GET", origin.clone(), "/")).await);
    let url = Url::parse(&origin.to_string()).expect("an origin is a url");
    let raw = b"GET / HTTP/1.1\r\n\r\n".to_vec();
    is_broken(client.send_raw(&url, raw, Who::Nobody).await);
}

#[tokio::test]
async fn own_credentials_and_personal_data_leave_no_trace_in_an_exchange() {
    let body = r#"{"echo":"own-token-0123456789","mail":"ada@lovelace.org"}"#;
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Echo: own-token-0123456789\r\n\
         Set-Cookie: sid=abcdefgh12345678\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let origin = serve(move |mut stream| {
        let answer = answer.clone();
        async move {
            head(&mut stream).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    let client = client(&origin, |_| ());
    client.options().redactor.know(&Secret::new("own-token-0123456789"), "a");
    let mut request = Outgoing::new("POST", origin, "/?token=own-token-0123456789");
    request.headers.push(("Authorization".into(), "Bearer own-token-0123456789".into()));
    request.body = Some(b"own-token-0123456789 ada@lovelace.org".to_vec());
    let exchange = client.send(request).await;
    let recorded = format!("{exchange:?}");
    for secret in ["own-token", "lovelace", "abcdefgh"] {
        assert!(!recorded.contains(secret), "{recorded}");
    }
    assert_eq!(recorded.matches("own-credential").count(), 5, "{recorded}");
    answered(exchange);
}

#[tokio::test]
async fn bytes_that_are_not_text_are_replaced() {
    let first = b"HTTP/1.1 200 OK\r\nX-A: \xff\xe9\r\nContent-Length: 3\r\n\r\na\xffb";
    for exchange in both(first, b"").await {
        let answer = answered(exchange);
        assert_eq!(answer.body, "a\u{fffd}b");
        assert_eq!(answer.headers.first("x-a"), Some("\u{fffd}\u{fffd}"));
    }
}

#[tokio::test]
async fn a_slow_drip_ends_with_the_time_limit() {
    for part in ["HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", "HTTP/1.1 20"] {
        let origin = serve(move |mut stream| async move {
            head(&mut stream).await;
            let _ = stream.write_all(part.as_bytes()).await;
            // Says nothing more and keeps the connection.
            std::future::pending::<()>().await;
        })
        .await;
        let client = client(&origin, |_| ());
        let failure = failed(client.send(Outgoing::new("GET", origin.clone(), "/")).await);
        assert!(matches!(failure, Failure::TimedOut(_)), "{failure}");
        let url = Url::parse(&origin.to_string()).expect("an origin is a url");
        let raw = client.send_raw(&url, b"GET / HTTP/1.1\r\n\r\n".to_vec(), Who::A).await;
        assert!(matches!(failed(raw), Failure::TimedOut(_)));
    }
}

#[tokio::test]
async fn a_compression_bomb_is_cut_and_marked() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![b'x'; 3_000_000]).expect("memory takes it");
    let bomb = encoder.finish().expect("memory takes it");
    let bomb = Arc::new(bomb);
    let origin = serve(move |mut stream| {
        let bomb = Arc::clone(&bomb);
        async move {
            head(&mut stream).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                bomb.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&bomb).await;
        }
    })
    .await;
    let client = client(&origin, |_| ());
    let answer = answered(client.send(Outgoing::new("GET", origin, "/")).await);
    assert!(answer.truncated && answer.body_bytes == 10_000);
}

#[tokio::test]
async fn nobody_listening_is_told_from_nobody_allowed() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        listener.local_addr().expect("an address").port()
    };
    let origin = Origin { scheme: Scheme::Http, host: "127.0.0.1".into(), port };
    let get = || Outgoing::new("GET", origin.clone(), "/");
    assert_eq!(failed(client(&origin, |_| ()).send(get()).await), Failure::Refused);
    let server_mode = client(&origin, |options| {
        options.policy = AddressPolicy { allow_private: false };
    });
    let failure = failed(server_mode.send(get()).await);
    assert!(matches!(&failure, Failure::AddressForbidden(why) if why.contains("loopback")));
    let out_of_scope = client(&origin, |options| options.allowed_origins.clear());
    let failure = failed(out_of_scope.send(get()).await);
    assert!(matches!(&failure, Failure::AddressForbidden(why) if why.contains("scope")));
    let url = Url::parse(&origin.to_string()).expect("an origin is a url");
    let failure = failed(out_of_scope.send_raw(&url, b"GET /".to_vec(), Who::A).await);
    assert!(matches!(failure, Failure::AddressForbidden(_)));
    let unknown = Origin { host: "no-such-host.invalid".into(), ..origin };
    let client = client(&unknown, |_| ());
    let failure = failed(client.send(Outgoing::new("GET", unknown, "/")).await);
    assert!(matches!(failure, Failure::NoSuchHost | Failure::TimedOut(_)), "{failure}");
}

#[tokio::test]
async fn a_name_that_was_told_is_judged_and_not_looked_up() {
    let origin = answers_once(Arc::default()).await;
    let named = Origin { host: "api.invalid".into(), ..origin };
    let told = |address: &'static str, allow_private| {
        client(&named, |options| {
            options.policy = AddressPolicy { allow_private };
            options.resolved = vec![("API.invalid".into(), address.parse().expect("an address"))];
        })
    };
    let get = || Outgoing::new("GET", named.clone(), "/");
    answered(told("127.0.0.1", true).send(get()).await);
    for (address, allow_private) in [("127.0.0.1", false), ("169.254.169.254", true)] {
        let failure = failed(told(address, allow_private).send(get()).await);
        assert!(matches!(failure, Failure::AddressForbidden(_)), "{address}: {failure}");
    }
}

/// Answers the first request of each connection and closes when the second comes; counts
/// connections and requests.
async fn answers_once(requests: Arc<AtomicUsize>) -> Origin {
    serve(move |mut stream: TcpStream| {
        let requests = Arc::clone(&requests);
        async move {
            head(&mut stream).await;
            requests.fetch_add(1, Relaxed);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await;
            if !head(&mut stream).await.is_empty() {
                requests.fetch_add(1, Relaxed);
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_stale_connection_is_replaced_once_for_what_may_be_repeated() {
    let requests = Arc::new(AtomicUsize::new(0));
    let origin = answers_once(Arc::clone(&requests)).await;
    let client = client(&origin, |_| ());
    for _ in 0..2 {
        answered(client.send(Outgoing::new("GET", origin.clone(), "/")).await);
    }
    assert_eq!((client.traffic().connections, requests.load(Relaxed)), (2, 3));
    // The second connection is kept now, and may be closing: a write takes a new one, once.
    answered(client.send(Outgoing::new("POST", origin.clone(), "/")).await);
    assert_eq!((client.traffic().connections, requests.load(Relaxed)), (3, 4));
}

/// Takes a request and closes without a word.
async fn never_answers(requests: Arc<AtomicUsize>) -> Origin {
    serve(move |mut stream: TcpStream| {
        let requests = Arc::clone(&requests);
        async move {
            head(&mut stream).await;
            requests.fetch_add(1, Relaxed);
        }
    })
    .await
}

#[tokio::test]
async fn a_write_without_an_answer_is_not_sent_again() {
    let requests = Arc::new(AtomicUsize::new(0));
    let origin = never_answers(Arc::clone(&requests)).await;
    let client = client(&origin, |_| ());
    is_broken(client.send(Outgoing::new("POST", origin.clone(), "/")).await);
    assert_eq!(requests.load(Relaxed), 1);
}

#[tokio::test]
async fn what_cannot_be_written_says_so() {
    let origin = Origin { scheme: Scheme::Http, host: "127.0.0.1".into(), port: 9 };
    let client = client(&origin, |_| ());
    let get = || Outgoing::new("GET", origin.clone(), "/");
    for (request, part) in [
        (Outgoing { target: "/a b".into(), ..get() }, "path"),
        (Outgoing { method: "G T".into(), ..get() }, "method"),
        (Outgoing { headers: vec![("a".into(), "b\r\nc: d".into())], ..get() }, "header"),
        (Outgoing { headers: vec![("a b".into(), String::new())], ..get() }, "header"),
        (Outgoing { headers: vec![("Content-Length".into(), "1".into())], ..get() }, "raw"),
    ] {
        let failure = failed(client.send(request).await);
        assert!(matches!(&failure, Failure::Unsendable(why) if why.contains(part)), "{failure}");
    }
}

#[tokio::test]
async fn raw_bytes_travel_as_they_are_with_our_marks() {
    let origin = serve(|mut stream| async move {
        let head = head(&mut stream).await;
        let chunked = format!("{:x}\r\n{head}\r\n0\r\n\r\n", head.len());
        let head =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let _ = stream.write_all(format!("{head}{chunked}").as_bytes()).await;
    })
    .await;
    let client = client(&origin, |_| ());
    let url = Url::parse(&origin.to_string()).expect("an origin is a url");
    let raw = b"GeT  /a b HTTP/1.1\r\nContent-Length: 1\r\nContent-Length : 2\r\n\r\n".to_vec();
    let exchange = client.send_raw(&url, raw, Who::B).await;
    assert_eq!(exchange.request.who, Who::B);
    assert_eq!(exchange.request.headers.all("content-length").count(), 1);
    let body = answered(exchange).body;
    assert!(body.starts_with("GeT  /a b HTTP/1.1\r\nUser-Agent: avouch/test"), "{body}");
    assert!(body.contains("X-Scan-Id: scan-1\r\n"), "{body}");
    assert!(body.ends_with("Content-Length: 1\r\nContent-Length : 2\r\n\r\n"), "{body}");
}
