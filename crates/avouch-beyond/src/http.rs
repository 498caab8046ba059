//! A plain HTTP client for the few services that a ledger talks to: bounded, blocking, without
//! redirects.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// A request.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method.
    pub method: http::Method,
    /// The path and the query, as they are to be sent.
    pub target: String,
    /// Headers besides `host` and `content-length`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// A header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// An address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address that begins with `http://` or `https://`")]
pub struct AddressError(String);

/// Talks to one service.
pub struct Client {
    runtime: Runtime,
    tls: Option<Arc<ClientConfig>>,
    host: String,
    port: u16,
    path: String,
    /// How long an exchange may take.
    time: Duration,
    /// LIMIT: bytes of an answer.
    bytes_max: usize,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({}:{}{})", self.host, self.port, self.path)
    }
}

fn plain(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let known = ["http", "https"].contains(&url.scheme());
    let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (known && bare && url.host_str().is_some()).then_some(url)
}

impl Client {
    /// Talks to the service at an address, within a time and with answers up to so many bytes.
    pub fn new(address: &str, time: Duration, bytes_max: usize) -> io::Result<Self> {
        Self::made(address, time, bytes_max, tls)
    }

    /// The same, where TLS is spoken as the configuration given says.
    pub fn with_tls(
        address: &str,
        time: Duration,
        bytes_max: usize,
        config: Arc<ClientConfig>,
    ) -> io::Result<Self> {
        Self::made(address, time, bytes_max, || Ok(config))
    }

    fn made(
        address: &str,
        time: Duration,
        bytes_max: usize,
        tls: impl FnOnce() -> io::Result<Arc<ClientConfig>>,
    ) -> io::Result<Self> {
        let url =
            plain(address).ok_or_else(|| io::Error::other(AddressError(address.to_owned())))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let tls = if url.scheme() == "https" { Some(tls()?) } else { None };
        Ok(Self {
            runtime,
            tls,
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or(80),
            path: url.path().trim_end_matches('/').to_owned(),
            time,
            bytes_max,
        })
    }

    /// The path of the service's address, without a slash at its end.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value of the header `host`.
    pub fn authority(&self) -> String {
        let usual = if self.tls.is_some() { 443 } else { 80 };
        if self.port == usual { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// Sends a request over a connection of its own and reads the answer.
    pub fn call(&self, call: Call) -> io::Result<Answer> {
        let exchange = async {
            let done = timeout(self.time, self.exchange(call)).await;
            done.unwrap_or_else(|_| Err(late("no answer in time")))
        };
        self.runtime.block_on(exchange)
    }

    async fn exchange(&self, call: Call) -> io::Result<Answer> {
        let host = self.host.trim_matches(['[', ']']);
        let connecting = timeout(CONNECT, TcpStream::connect((host, self.port))).await;
        let tcp = connecting.map_err(|_| late("no connection in time"))??;
        tcp.set_nodelay(true)?;
        match &self.tls {
            None => self.over(tcp, call).await,
            Some(config) => {
                let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
                let stream = TlsConnector::from(config.clone()).connect(name, tcp).await?;
                self.over(stream, call).await
            }
        }
    }

    async fn over<S>(&self, stream: S, call: Call) -> io::Result<Answer>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(io::Error::other)?;
        let mut request = Request::builder()
            .method(call.method)
            .uri(call.target)
            .header("host", self.authority())
            .header("connection", "close");
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(call.body)).map_err(io::Error::other)?;
        let talk = async {
            let answer = sender.send_request(request).await.map_err(io::Error::other)?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, self.bytes_max).collect().await;
            let body = body.map_err(io::Error::other)?.to_bytes();
            Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
        };
        tokio::pin!(talk, connection);
        // The connection moves the bytes; it may end before the answer was taken from it.
        tokio::select! {
            answer = &mut talk => answer,
            ended = &mut connection => {
                ended.map_err(io::Error::other)?;
                talk.await
            }
        }
    }
}

fn late(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, why)
}

/// Trusts Mozilla's roots and the machine's own.
fn tls() -> io::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain() {
        for bad in ["ftp://a", "a", "http://", "http://a/?q", "http://u@a/", "file:///a"] {
            assert!(Client::new(bad, CONNECT, 1).is_err(), "{bad}");
        }
        let client = Client::new("http://[::1]:81/a/", CONNECT, 1).unwrap();
        assert_eq!((client.authority().as_str(), client.path()), ("[::1]:81", "/a"));
    }
}
