//! One request, one exchange.

use super::body;
use super::connect::{Connection, Connector, Sender};
use super::message::Ready;
use super::outgoing::{Origin, Outgoing};
use super::pool::Pool;
use super::watched::Meter;
use crate::address::AddressPolicy;
use crate::clock::Clock;
use crate::limits::Limits;
use crate::redact::Redactor;
use crate::tls::{Trust, TrustError};
use avouch_model::exchange::{Answer, Exchange, Failure, Outcome, SentRequest, Timing};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::timeout;

/// What a client is made of.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Which addresses may be spoken to.
    pub policy: AddressPolicy,
    /// What a target may cost us.
    pub limits: Limits,
    /// The `User-Agent` of every request.
    pub user_agent: String,
    /// The `X-Scan-Id` of every request.
    pub scan_id: String,
    /// Root certificates trusted besides the usual ones: PEM texts, each of one or more.
    pub extra_roots: Vec<String>,
    /// Whether to go on with a certificate that is not trusted; the facts say why it is not.
    pub danger_accept_untrusted: bool,
    /// The scan's clock.
    pub clock: Clock,
    /// Redacts what is captured.
    pub redactor: Arc<Redactor>,
    /// Names that are not looked up, and where they are. An address told here is judged as one that
    /// was looked up, and certificates are judged by the name.
    pub resolved: Vec<(String, IpAddr)>,
    /// The origins in scope; a request to any other is not sent.
    pub allowed_origins: Vec<Origin>,
}

/// What the scan has cost the target so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests that were begun.
    pub requests: u64,
    /// Of these, those without an answer.
    pub failures: u64,
    /// Connections opened for HTTP.
    pub connections: u64,
    /// Bytes sent, TLS overhead excluded.
    pub bytes_sent: u64,
    /// Bytes received, TLS overhead excluded.
    pub bytes_received: u64,
}

#[derive(Default)]
pub(super) struct Counters {
    pub requests: AtomicU64,
    pub failures: AtomicU64,
    pub connections: AtomicU64,
}

/// Sends requests and captures what comes of them.
pub struct Client {
    pub(super) options: ClientOptions,
    pub(super) connector: Connector,
    pub(super) counters: Counters,
    meter: Arc<Meter>,
    pool: Pool,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Why an attempt came to nothing, and whether an old connection is the likely cause.
struct Setback {
    failure: Failure,
    unanswered: bool,
}

impl From<Failure> for Setback {
    fn from(failure: Failure) -> Self {
        Self { failure, unanswered: false }
    }
}

impl Client {
    /// A client with no connection yet.
    pub fn new(options: ClientOptions) -> Result<Self, TrustError> {
        let trust =
            Trust::new(&options.extra_roots, options.danger_accept_untrusted, options.clock)?;
        let meter = Arc::new(Meter::default());
        let connector = Connector::new(
            options.policy,
            options.limits,
            options.clock,
            trust,
            Arc::clone(&meter),
            options.resolved.clone(),
        );
        let pool = Pool::new(options.limits);
        Ok(Self { options, connector, counters: Counters::default(), meter, pool })
    }

    /// What the client was made of.
    pub fn options(&self) -> &ClientOptions {
        &self.options
    }

    /// What the scan has cost the target so far.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            requests: self.counters.requests.load(Relaxed),
            failures: self.counters.failures.load(Relaxed),
            connections: self.counters.connections.load(Relaxed),
            bytes_sent: self.meter.sent.load(Relaxed),
            bytes_received: self.meter.received.load(Relaxed),
        }
    }

    /// Sends a request. Whatever goes wrong is part of the exchange.
    pub async fn send(&self, request: Outgoing) -> Exchange {
        let sent_at_us = self.options.clock.micros();
        let stage = Mutex::new("waiting for a free connection");
        let answer = async {
            self.in_scope(&request.origin)?;
            let ready = self.ready(&request)?;
            self.exchange(&request, &ready, &stage).await
        };
        let limit = self.options.limits.answer();
        let result = timeout(limit, answer).await.unwrap_or_else(|_| {
            let stage = *stage.lock().unwrap_or_else(PoisonError::into_inner);
            Err(Failure::TimedOut(format!("{stage} took more than {} ms", limit.as_millis())))
        });
        self.captured(self.recorded(&request), result, sent_at_us)
    }

    /// Counts an exchange and puts it together.
    pub(super) fn captured(
        &self,
        request: SentRequest,
        result: Result<Answer, Failure>,
        sent_at_us: u64,
    ) -> Exchange {
        self.counters.requests.fetch_add(1, Relaxed);
        let outcome = match result {
            Ok(answer) => Outcome::Answered(answer),
            Err(failure) => {
                self.counters.failures.fetch_add(1, Relaxed);
                Outcome::Failed(failure)
            }
        };
        Exchange { request, outcome, sent_at_us }
    }

    pub(super) fn count_connection(&self) {
        self.counters.connections.fetch_add(1, Relaxed);
    }

    pub(super) fn in_scope(&self, origin: &Origin) -> Result<(), Failure> {
        if self.options.allowed_origins.contains(origin) {
            return Ok(());
        }
        Err(Failure::AddressForbidden(format!("{origin} is not in the scan's scope")))
    }

    async fn exchange(
        &self,
        outgoing: &Outgoing,
        ready: &Ready,
        stage: &Mutex<&'static str>,
    ) -> Result<Answer, Failure> {
        let origin = &outgoing.origin;
        let places = self.pool.places(origin);
        let _place = places.acquire().await.map_err(|_| Failure::Stopped)?;
        let began_us = self.options.clock.micros();
        // An old connection may be closing just now, and what must not be repeated would be lost.
        let fresh = outgoing.fresh_connection || !outgoing.is_idempotent();
        let pooled = if fresh { None } else { self.pool.take(origin, ready.protocol) };
        if let Some(connection) = pooled {
            match self.attempt(outgoing, ready, connection, (began_us, 0), stage).await {
                Err(setback) if setback.unanswered => (),
                settled => return settled.map_err(|setback| setback.failure),
            }
        }
        set(stage, "connecting");
        let connection = self.connector.http(origin, ready.protocol).await?;
        self.count_connection();
        let connect_us = self.options.clock.micros().saturating_sub(began_us);
        self.attempt(outgoing, ready, connection, (began_us, connect_us), stage)
            .await
            .map_err(|setback| setback.failure)
    }

    /// Sends over one connection and reads the answer; the connection is kept when it can be.
    async fn attempt(
        &self,
        outgoing: &Outgoing,
        ready: &Ready,
        mut connection: Connection,
        (began_us, connect_us): (u64, u64),
        stage: &Mutex<&'static str>,
    ) -> Result<Answer, Setback> {
        set(stage, "waiting for the answer's head");
        connection.marks.reset();
        let sent_us = self.options.clock.micros();
        let request = ready.request.clone();
        let shared = connection.shared();
        let (response, protocol) = match &mut connection.sender {
            Sender::Http1(sender) => {
                let sending = async {
                    sender.ready().await?;
                    sender.send_request(request).await
                };
                (sending.await, "HTTP/1.1")
            }
            Sender::Http2(sender) => {
                if let Some(shared) = shared.filter(|_| !outgoing.fresh_connection) {
                    self.pool.put(&outgoing.origin, ready.protocol, shared);
                }
                (sender.send_request(absolute(request, &outgoing.origin)?).await, "HTTP/2")
            }
        };
        let first_byte_us = match (protocol, connection.marks.first_byte_us()) {
            ("HTTP/1.1", Some(us)) => us,
            _ => self.options.clock.micros().saturating_sub(sent_us),
        };
        let response = response.map_err(|error| Setback {
            unanswered: protocol == "HTTP/2" && error.is_closed()
                || protocol == "HTTP/1.1" && connection.marks.first_byte_us().is_none(),
            failure: broken(&error),
        })?;
        set(stage, "reading the answer's body");
        let mut timing = Timing { connect_us, first_byte_us, total_us: 0 };
        let (head, incoming) = response.into_parts();
        let kept = body::read(incoming, self.options.limits.body_bytes_max)
            .await
            .map_err(|error| Setback::from(broken(&error)))?;
        timing.total_us = self.options.clock.micros().saturating_sub(began_us);
        if !kept.truncated && !outgoing.fresh_connection && protocol == "HTTP/1.1" {
            self.pool.put(&outgoing.origin, ready.protocol, connection);
        }
        Ok(self.answer(&Response::from_parts(head, ()), kept, protocol, timing)?)
    }

    fn answer(
        &self,
        head: &Response<()>,
        kept: body::Kept,
        protocol: &str,
        timing: Timing,
    ) -> Result<Answer, Failure> {
        let headers = head.headers().iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        self.redacted(head.status().as_u16(), headers.collect(), kept, protocol, timing)
    }
}

/// HTTP/2 has scheme and authority in place of the `Host` header (RFC 9113, section 8.3.1).
fn absolute(
    mut request: Request<Full<Bytes>>,
    origin: &Origin,
) -> Result<Request<Full<Bytes>>, Failure> {
    let target = request.uri().path_and_query().cloned();
    let uri = http::Uri::builder()
        .scheme(origin.scheme.name())
        .authority(origin.authority())
        .path_and_query(target.unwrap_or_else(|| http::uri::PathAndQuery::from_static("/")))
        .build()
        .map_err(|e| Failure::Unsendable(e.to_string()))?;
    *request.uri_mut() = uri;
    request.headers_mut().remove(http::header::HOST);
    Ok(request)
}

fn set(stage: &Mutex<&'static str>, now: &'static str) {
    *stage.lock().unwrap_or_else(PoisonError::into_inner) = now;
}

/// A transport error with its cause, which hyper keeps apart.
fn broken(error: &hyper::Error) -> Failure {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    Failure::Broken(text)
}
