//! Resolves, judges and pins addresses, and opens connections.

use super::outgoing::{Origin, Protocol, Scheme};
use super::watched::{Marks, Meter, Watched};
use crate::address::AddressPolicy;
use crate::clock::Clock;
use crate::limits::Limits;
use crate::tls::{Handshake, Trust};
use avouch_model::exchange::Failure;
use avouch_model::tls::TlsFacts;
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use tokio::time::timeout;

/// Addresses of one name that are tried. // LIMIT: addresses
const ADDRESSES_MAX: usize = 4;

/// What carries requests.
pub(super) enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// Ends a connection's task, and with it the connection, when the last owner is gone.
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// An open connection.
pub(super) struct Connection {
    pub sender: Sender,
    pub marks: Arc<Marks>,
    task: Arc<Task>,
}

impl Connection {
    pub(super) fn is_closed(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        }
    }

    /// Another handle on an HTTP/2 connection that still stands.
    pub(super) fn shared(&self) -> Option<Self> {
        match &self.sender {
            Sender::Http2(sender) if !sender.is_closed() => Some(Self {
                sender: Sender::Http2(sender.clone()),
                marks: Arc::clone(&self.marks),
                task: Arc::clone(&self.task),
            }),
            _ => None,
        }
    }
}

/// A stream of bytes to a target.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A stream that stands, and what TLS agreed on.
pub(super) struct Opened {
    pub stream: Watched<Box<dyn Stream>>,
    pub tls: Option<TlsFacts>,
}

/// The addresses of a name, or why none of them is used.
type Judged = Result<Vec<SocketAddr>, Failure>;

/// Opens connections to addresses that were judged once.
pub(super) struct Connector {
    pub policy: AddressPolicy,
    pub limits: Limits,
    pub clock: Clock,
    pub trust: Trust,
    pub meter: Arc<Meter>,
    resolved: Vec<(String, IpAddr)>,
    pinned: Mutex<HashMap<(String, u16), Judged>>,
}

impl Connector {
    pub(super) fn new(
        policy: AddressPolicy,
        limits: Limits,
        clock: Clock,
        trust: Trust,
        meter: Arc<Meter>,
        resolved: Vec<(String, IpAddr)>,
    ) -> Self {
        Self { policy, limits, clock, trust, meter, resolved, pinned: Mutex::default() }
    }

    /// The addresses of an origin: resolved once, so that a name cannot lead elsewhere later.
    async fn addresses(&self, origin: &Origin) -> Judged {
        let key = (origin.host.clone(), origin.port);
        let mut pinned = self.pinned.lock().await;
        if let Some(known) = pinned.get(&key) {
            return known.clone();
        }
        let found = match self.told(origin) {
            Some(addresses) => addresses,
            None => self.looked_up(origin).await?,
        };
        let judged = if found.is_empty() {
            Err(Failure::NoSuchHost)
        } else {
            // One forbidden address condemns the name: the next answer may list it alone.
            match found.iter().find_map(|address| self.policy.judge(address.ip()).err()) {
                Some(why) => Err(Failure::AddressForbidden(why)),
                None => Ok(found.into_iter().take(ADDRESSES_MAX).collect()),
            }
        };
        pinned.insert(key, judged.clone());
        judged
    }

    /// The addresses of a name that is not looked up; `None` for every other name.
    fn told(&self, origin: &Origin) -> Option<Vec<SocketAddr>> {
        let told = self.resolved.iter().filter(|(host, _)| host.eq_ignore_ascii_case(&origin.host));
        let addresses: Vec<SocketAddr> =
            told.map(|(_, address)| SocketAddr::new(*address, origin.port)).collect();
        (!addresses.is_empty()).then_some(addresses)
    }

    /// The addresses that the resolver gives; none for a name that does not exist.
    async fn looked_up(&self, origin: &Origin) -> Judged {
        let lookup = tokio::net::lookup_host((origin.host.as_str(), origin.port));
        match timeout(self.limits.connect(), lookup).await {
            // A slow resolver may recover: this is not remembered.
            Err(_) => Err(Failure::TimedOut("the name was not resolved in time".into())),
            Ok(Err(_)) => Ok(Vec::new()),
            Ok(Ok(addresses)) => Ok(addresses.collect()),
        }
    }

    /// A TCP connection, within the time a connection may take.
    pub(super) async fn tcp(&self, origin: &Origin) -> Result<TcpStream, Failure> {
        let addresses = self.addresses(origin).await?;
        let attempt = async {
            let mut last = Failure::NoSuchHost;
            for address in addresses {
                match TcpStream::connect(address).await {
                    Ok(stream) => return Ok(stream),
                    Err(e) => last = refusal(&e),
                }
            }
            Err(last)
        };
        let stream = timeout(self.limits.connect(), attempt)
            .await
            .map_err(|_| Failure::TimedOut("no connection in time".into()))??;
        // Small requests must not wait for company.
        stream.set_nodelay(true).map_err(|e| Failure::Broken(e.to_string()))?;
        Ok(stream)
    }

    /// A stream, through TLS where the origin says so. `alpn` is offered in that order.
    pub(super) async fn open(&self, origin: &Origin, alpn: &[&[u8]]) -> Result<Opened, Failure> {
        let tcp = self.tcp(origin).await?;
        let (stream, tls): (Box<dyn Stream>, _) = match origin.scheme {
            Scheme::Http => (Box::new(tcp), None),
            Scheme::Https => {
                let Handshake { stream, facts } =
                    timeout(self.limits.connect(), self.trust.handshake(tcp, &origin.host, alpn))
                        .await
                        .map_err(|_| Failure::TimedOut("TLS was not agreed on in time".into()))??;
                (Box::new(stream), Some(facts))
            }
        };
        let stream = Watched {
            stream,
            clock: self.clock,
            marks: Arc::default(),
            meter: Arc::clone(&self.meter),
        };
        Ok(Opened { stream, tls })
    }

    /// A connection that speaks HTTP.
    pub(super) async fn http(
        &self,
        origin: &Origin,
        protocol: Protocol,
    ) -> Result<Connection, Failure> {
        let alpn: &[&[u8]] = match protocol {
            Protocol::Any => &[b"h2", b"http/1.1"],
            Protocol::Http1 => &[b"http/1.1"],
            Protocol::Http2 => &[b"h2"],
        };
        let Opened { stream, tls } = self.open(origin, alpn).await?;
        let agreed = tls.and_then(|facts| facts.alpn);
        let marks = Arc::clone(&stream.marks);
        let broken = |e: hyper::Error| Failure::Broken(e.to_string());
        let in_clear = protocol == Protocol::Http2 && origin.scheme == Scheme::Http;
        let is_http2 = in_clear || agreed.as_deref() == Some("h2");
        if protocol == Protocol::Http2 && !is_http2 {
            return Err(Failure::Tls("the target does not agree to HTTP/2".into()));
        }
        let (sender, task) = if is_http2 {
            let header_bytes = u32::try_from(self.limits.header_bytes_max).unwrap_or(u32::MAX);
            let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                .max_header_list_size(header_bytes)
                .handshake(TokioIo::new(stream))
                .await
                .map_err(broken)?;
            (Sender::Http2(sender), tokio::spawn(async { drop(connection.await) }))
        } else {
            let (sender, connection) = http1::Builder::new()
                .max_buf_size(self.limits.header_bytes_max.max(8192))
                .max_headers(self.limits.headers_max)
                .allow_spaces_after_header_name_in_responses(true)
                .allow_obsolete_multiline_headers_in_responses(true)
                .ignore_invalid_headers_in_responses(true)
                .handshake(TokioIo::new(stream))
                .await
                .map_err(broken)?;
            (Sender::Http1(sender), tokio::spawn(async { drop(connection.await) }))
        };
        Ok(Connection { sender, marks, task: Arc::new(Task(task.abort_handle())) })
    }
}

fn refusal(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::Refused,
        io::ErrorKind::TimedOut => Failure::TimedOut("no connection in time".into()),
        _ => Failure::Broken(format!("cannot connect: {error}")),
    }
}
