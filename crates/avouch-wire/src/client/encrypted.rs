//! The client against TLS servers: good, bad, old, and not TLS at all.

use super::tests::{answered, client, failed, serve};
use super::{Client, ClientOptions, Origin, Outgoing, Protocol, Scheme};
use avouch_model::exchange::Failure;
use avouch_model::tls::{HelloAnswer, TlsVersion};
use hyper::body::{Body, Frame};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::convert::Infallible;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio_rustls::TlsAcceptor;
use url::Url;

/// A certificate that signs itself, and its key.
struct Own {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

fn own(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Own {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    change(&mut params);
    let key = KeyPair::generate().expect("a key");
    Own { certificate: params.self_signed(&key).expect("a certificate"), key }
}

/// A body that says the same so many times, or without end.
struct Repeated {
    text: String,
    left: Option<usize>,
}

impl Body for Repeated {
    type Data = bytes::Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if self.left == Some(0) {
            return Poll::Ready(None);
        }
        self.left = self.left.map(|left| left - 1);
        Poll::Ready(Some(Ok(Frame::data(bytes::Bytes::from(self.text.clone())))))
    }
}

/// Serves HTTP over TLS with that certificate; the body is the request's target.
async fn https(own: &Own, alpn: &[&[u8]]) -> Origin {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![own.certificate.der().clone()], key)
        .expect("a certificate with its key");
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let origin = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = service_fn(|request: hyper::Request<_>| async move {
                let _: &hyper::body::Incoming = request.body();
                let host = request.headers().get("host").map(|h| h.to_str().unwrap_or_default());
                let body = if request.uri().path() == "/endless" {
                    Repeated { text: "x".repeat(4096), left: None }
                } else {
                    let text = format!("{} host={host:?}", request.uri());
                    Repeated { text, left: Some(1) }
                };
                Ok::<_, Infallible>(hyper::Response::new(body))
            });
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            let io = TokioIo::new(stream);
            if is_http2 {
                let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                let _ = builder.serve_connection(io, service).await;
            } else {
                let builder = hyper::server::conn::http1::Builder::new();
                let _ = builder.serve_connection(io, service).await;
            }
        }
    })
    .await;
    Origin { scheme: Scheme::Https, host: "localhost".into(), ..origin }
}

fn trusting(origin: &Origin, own: &Own) -> Client {
    client(origin, |options| options.extra_roots.push(own.certificate.pem()))
}

fn careless(options: &mut ClientOptions) {
    options.danger_accept_untrusted = true;
}

fn url(origin: &Origin) -> Url {
    Url::parse(&origin.to_string()).expect("an origin is a url")
}

async fn distrusted(own: &Own) -> String {
    let origin = https(own, &[]).await;
    let strict = client(&origin, |_| ());
    let failure = failed(strict.send(Outgoing::new("GET", origin.clone(), "/")).await);
    assert!(matches!(failure, Failure::Tls(_)), "{failure}");
    let careless = client(&origin, careless);
    answered(careless.send(Outgoing::new("GET", origin.clone(), "/")).await);
    let facts = careless.tls_facts(&url(&origin)).await.expect("a handshake");
    facts.distrusted_because.expect("a reason")
}

#[tokio::test]
async fn a_trusted_server_is_spoken_to_and_its_facts_are_known() {
    let own = own("localhost", |_| ());
    let origin = https(&own, &[b"h2", b"http/1.1"]).await;
    let client = trusting(&origin, &own);
    let facts = client.tls_facts(&url(&origin)).await.expect("a handshake");
    assert_eq!(facts.version, "TLSv1.3");
    assert!(facts.cipher_suite.starts_with("TLS_"), "{}", facts.cipher_suite);
    assert_eq!((facts.alpn.as_deref(), facts.distrusted_because.as_deref()), (Some("h2"), None));
    let leaf = facts.certificates.first().expect("a certificate");
    assert_eq!(leaf.names, ["localhost"]);
    assert_eq!((leaf.key_algorithm.as_str(), leaf.key_bits), ("EC", 256));
    assert_eq!(leaf.signature_algorithm, "ecdsa-with-SHA256");
    assert_eq!(leaf.fingerprint_sha256.len(), 64);
}

#[tokio::test]
async fn both_versions_of_http_carry_odd_paths() {
    let own = own("localhost", |_| ());
    let origin = https(&own, &[b"h2", b"http/1.1"]).await;
    let client = trusting(&origin, &own);
    for (protocol, name) in
        [(Protocol::Any, "HTTP/2"), (Protocol::Http1, "HTTP/1.1"), (Protocol::Http2, "HTTP/2")]
    {
        let mut request = Outgoing::new("GET", origin.clone(), "//a/./%2e;x?y");
        request.protocol = protocol;
        let answer = answered(client.send(request).await);
        assert_eq!(answer.protocol, name);
        assert!(answer.body.contains("//a/./%2e;x?y"), "{}", answer.body);
    }
    assert_eq!(client.traffic().connections, 2, "the HTTP/2 connection is shared");
    let mut named = Outgoing::new("GET", origin.clone(), "/");
    named.headers.push(("Host".into(), "other.example".into()));
    let answer = answered(client.send(named).await);
    assert!(answer.body.contains("other.example") && answer.protocol == "HTTP/1.1");
}

#[tokio::test]
async fn an_endless_body_over_http2_is_cut_and_the_connection_goes_on() {
    let own = own("localhost", |_| ());
    let origin = https(&own, &[b"h2"]).await;
    let client = trusting(&origin, &own);
    let answer = answered(client.send(Outgoing::new("GET", origin.clone(), "/endless")).await);
    assert!(answer.truncated && answer.body_bytes == 10_000 && answer.protocol == "HTTP/2");
    answered(client.send(Outgoing::new("GET", origin, "/")).await);
    assert_eq!(client.traffic().connections, 1);
}

#[tokio::test]
async fn a_server_without_http2_says_so() {
    let own = own("localhost", |_| ());
    let origin = https(&own, &[b"http/1.1"]).await;
    let client = trusting(&origin, &own);
    let mut request = Outgoing::new("GET", origin, "/");
    request.protocol = Protocol::Http2;
    assert!(matches!(failed(client.send(request).await), Failure::Tls(_)));
}

#[tokio::test]
async fn each_reason_for_distrust_is_named() {
    let stranger = distrusted(&own("localhost", |_| ())).await;
    assert_eq!(stranger, "unknown issuer");
    let misnamed = distrusted(&own("other.example", |_| ())).await;
    assert!(misnamed.contains("unknown issuer") && misnamed.contains("name mismatch"));
    let old = own("localhost", |params| {
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 1);
    });
    assert!(distrusted(&old).await.contains("expired"));
    let early = own("localhost", |params| {
        params.not_before = date_time_ymd(2090, 1, 1);
        params.not_after = date_time_ymd(2091, 1, 1);
    });
    assert!(distrusted(&early).await.contains("not yet valid"));
}

#[tokio::test]
async fn a_trusted_issuer_does_not_excuse_date_or_name() {
    let old = own("localhost", |params| params.not_after = date_time_ymd(2020, 1, 1));
    let origin = https(&old, &[]).await;
    let client = client(&origin, |options| {
        careless(options);
        options.extra_roots.push(old.certificate.pem());
    });
    let facts = client.tls_facts(&url(&origin)).await.expect("a handshake");
    assert_eq!(facts.distrusted_because.as_deref(), Some("expired"));
}

#[tokio::test]
async fn a_modern_server_takes_new_hellos_and_refuses_old_ones() {
    let own = own("localhost", |_| ());
    let origin = https(&own, &[]).await;
    let client = client(&origin, |_| ());
    let url = url(&origin);
    let ask = |version, suites: &'static [u16]| client.hello(&url, version, suites);
    assert_eq!(
        ask(TlsVersion::Tls13, &[0x1302]).await,
        HelloAnswer::Accepted { version: TlsVersion::Tls13, cipher_suite: 0x1302 }
    );
    assert_eq!(
        ask(TlsVersion::Tls12, &[0xc02b]).await,
        HelloAnswer::Accepted { version: TlsVersion::Tls12, cipher_suite: 0xc02b }
    );
    for version in [TlsVersion::Ssl3, TlsVersion::Tls10, TlsVersion::Tls11] {
        let answer = ask(version, &[0x002f, 0xc013, 0xc009]).await;
        assert!(matches!(answer, HelloAnswer::Refused { .. }), "{version:?}: {answer:?}");
    }
    assert!(matches!(ask(TlsVersion::Tls12, &[0x0005]).await, HelloAnswer::Refused { .. }));
}

#[tokio::test]
async fn silence_and_noise_are_unclear_and_a_close_refuses() {
    let noise = b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice();
    for (bytes, hangs, unclear) in [(noise, false, true), (b"", false, false), (b"", true, true)] {
        let plain = serve(move |mut stream| async move {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(bytes).await;
            if hangs {
                std::future::pending::<()>().await;
            }
        })
        .await;
        let origin = Origin { scheme: Scheme::Https, ..plain };
        let client = client(&origin, |_| ());
        let answer = client.hello(&url(&origin), TlsVersion::Tls12, &[0x002f]).await;
        match answer {
            HelloAnswer::Unclear { .. } => assert!(unclear, "{answer:?}"),
            _ => assert!(!unclear && answer == HelloAnswer::Refused { alert: None }, "{answer:?}"),
        }
    }
}

#[tokio::test]
async fn an_old_server_takes_old_hellos() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = own("localhost", |_| ());
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, own.certificate.pem()).expect("a file");
    std::fs::write(&key, own.key.serialize_pem()).expect("a file");
    let server = tokio::process::Command::new("openssl")
        .args(["s_server", "-accept", "127.0.0.1:0", "-tls1", "-cipher", "ALL:@SECLEVEL=0"])
        .arg("-cert")
        .arg(&certificate)
        .arg("-key")
        .arg(&key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let Ok(mut server) = server else {
        println!("skipped: no `openssl` on this machine");
        return;
    };
    let mut lines = BufReader::new(server.stdout.take().expect("its output")).lines();
    let port = loop {
        match lines.next_line().await.expect("readable output") {
            Some(line) if line.starts_with("ACCEPT") => {
                break line.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
            }
            Some(_) => (),
            None => {
                println!("skipped: this `openssl` does not serve TLS 1.0");
                return;
            }
        }
    };
    let origin = Origin { scheme: Scheme::Https, host: "127.0.0.1".into(), port };
    let client = client(&origin, |_| ());
    let old = client.hello(&url(&origin), TlsVersion::Tls10, &[0xc009, 0xc00a]).await;
    assert!(
        matches!(
            old,
            HelloAnswer::Accepted { version: TlsVersion::Tls10, cipher_suite: 0xc009 | 0xc00a }
        ),
        "{old:?}"
    );
    let failure = client.tls_facts(&url(&origin)).await.expect_err("no TLS 1.2 here");
    assert!(matches!(failure, Failure::Tls(_)), "{failure}");
}
