//! What a person writes under `[gateway]` in `avouch.toml`: sockets, addresses, times.

pub use crate::acme::{AcmeSettings, AcmeSettingsError, ExternalAccountSettings};
use crate::tls::TlsError;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where the gateway listens and what it stands before.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewaySettings {
    /// Where requests arrive.
    pub listen: Vec<ListenerSettings>,
    /// Where they go.
    pub upstream: UpstreamSettings,
    /// How long things may take.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// What becomes of requests that cannot be recorded.
    #[serde(default)]
    pub record: RecordSettings,
    /// Protocols that a client may switch to, such as `websocket`. A wish for another is not passed
    /// on.
    #[serde(default)]
    pub upgrades: Vec<String>,
    /// Threads that serve, each with its own runtime; as many as there are cores by default.
    #[serde(default)]
    pub threads: Option<usize>,
    /// Connections that are open at once, over all listeners.
    #[serde(default = "connections_max")]
    pub connections_max: usize,
    /// Connections that are open at once from one address.
    #[serde(default = "connections_per_address_max")]
    pub connections_per_address_max: usize,
    /// Where Prometheus reads what is counted; nowhere by default.
    #[serde(default)]
    pub metrics: Option<MetricsSettings>,
    /// Where it is told what requests went through; nowhere by default.
    #[serde(default)]
    pub traces: Option<TraceSettings>,
    /// How it is told what the gateway does.
    #[serde(default)]
    pub log: LogSettings,
}

/// Traces of requests, for a collector of OpenTelemetry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceSettings {
    /// Where the collector takes them (OTLP over HTTP), such as `http://127.0.0.1:4318/v1/traces`.
    pub endpoint: String,
    /// Lets them go over the network without TLS.
    #[serde(default)]
    pub plain: bool,
    /// The share of requests that is traced, from 0 to 1.
    #[serde(default = "all")]
    pub ratio: f64,
    /// Goes on with the trace that a client names, and records what it says is recorded: for clients that
    /// are one's own.
    #[serde(default)]
    pub inherit: bool,
    /// What the gateway is called there.
    #[serde(default = "service")]
    pub service: String,
    /// The value of `Authorization` for the collector: `env:NAME` or `file:PATH`.
    #[serde(default)]
    pub authorization: Option<String>,
}

fn all() -> f64 {
    1.0
}

fn service() -> String {
    "avouch-gateway".to_owned()
}

/// The listener of the metrics.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsSettings {
    /// The address and port, which are no listener's of the API.
    pub listen: SocketAddr,
    /// Lets it listen at an address that others can reach, where it speaks plainly too.
    #[serde(default)]
    pub plain: bool,
}

/// What becomes of requests that cannot be recorded.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordSettings {
    /// While the ledger takes nothing.
    pub on_failure: OnFailure,
}

/// What becomes of requests while the ledger takes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// None reaches the API, and none is answered.
    #[default]
    Refuse,
    /// Those that only read pass. The ledger tells how many it missed when it is open again.
    PassReads,
}

/// How it is told what the gateway does.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// The form of each line on standard error.
    pub format: LogFormat,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A sentence.
    #[default]
    Text,
    /// An object of JSON.
    Json,
}

fn connections_max() -> usize {
    10_000
}

fn connections_per_address_max() -> usize {
    1_000
}

/// One address to listen at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenerSettings {
    /// The address and port.
    pub address: SocketAddr,
    /// TLS. Without it the listener speaks plainly, which only a loopback address may.
    #[serde(default)]
    pub tls: Option<TlsSettings>,
    /// Lets a listener speak plainly on an address that others can reach.
    #[serde(default)]
    pub plain: bool,
}

/// How a listener speaks TLS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The chain of certificates, PEM.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// Its private key, PEM.
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// The authority that gives both, in the place of files.
    #[serde(default)]
    pub acme: Option<AcmeSettings>,
    /// The oldest version that is spoken.
    #[serde(default)]
    pub min_version: TlsVersion,
    /// Authorities whose certificates clients may show, PEM.
    #[serde(default)]
    pub client_authorities: Option<PathBuf>,
    /// Whether clients must show one.
    #[serde(default)]
    pub client_certificate: ClientCertificateRule,
}

/// Where a listener's certificate comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Files: the chain and its key.
    Files(&'a Path, &'a Path),
    /// An authority.
    Acme(&'a AcmeSettings),
}

impl TlsSettings {
    /// Where the certificate comes from; one of both, and whole.
    pub fn source(&self) -> Result<Source<'_>, TlsError> {
        match (&self.certificate, &self.key, &self.acme) {
            (Some(certificate), Some(key), None) => Ok(Source::Files(certificate, key)),
            (None, None, Some(acme)) => Ok(Source::Acme(acme)),
            _ => Err(TlsError::Source),
        }
    }
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    #[default]
    #[serde(rename = "1.2")]
    Tls12,
    /// TLS 1.3 (RFC 8446).
    #[serde(rename = "1.3")]
    Tls13,
}

/// Whether clients show a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientCertificateRule {
    /// They are not asked.
    #[default]
    None,
    /// They may.
    Optional,
    /// They must.
    Required,
}

/// The API behind the gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamSettings {
    /// Its instances, each `http://host:port` or `https://host:port`.
    pub addresses: Vec<String>,
    /// The Host it is asked for; the one the client sent by default.
    #[serde(default)]
    pub host: Option<String>,
    /// Speaks HTTP/2 to it; needed for gRPC.
    #[serde(default)]
    pub http2: bool,
    /// Authorities its certificate may come from, PEM; those of the machine by default.
    #[serde(default)]
    pub authorities: Option<PathBuf>,
    /// Connections that wait for work, to each instance and on each thread.
    #[serde(default = "idle_max")]
    pub idle_max: usize,
    /// How it is found out whether an instance is well; only by requests by default.
    #[serde(default)]
    pub health: Option<HealthSettings>,
}

/// How it is found out whether an instance of the API is well.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthSettings {
    /// What it is asked for; well is who answers with a status from 200 to 299.
    pub path: String,
    /// Between two questions, in milliseconds.
    #[serde(default = "interval_ms")]
    pub interval_ms: u64,
    /// How long an answer may take, in milliseconds.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// Bad answers in a row after which it gets no requests.
    #[serde(default = "unhealthy_after")]
    pub unhealthy_after: u32,
    /// Good answers in a row after which it gets requests again.
    #[serde(default = "healthy_after")]
    pub healthy_after: u32,
}

fn interval_ms() -> u64 {
    5_000
}

fn timeout_ms() -> u64 {
    2_000
}

fn unhealthy_after() -> u32 {
    3
}

fn healthy_after() -> u32 {
    2
}

fn idle_max() -> usize {
    64
}

/// How long things may take, in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// A TLS handshake.
    pub handshake_ms: u64,
    /// A head, from its first byte or from the end of the exchange before.
    pub head_ms: u64,
    /// Between two pieces of a body.
    pub body_idle_ms: u64,
    /// A whole body of a request.
    pub body_ms: u64,
    /// Connecting to the API.
    pub connect_ms: u64,
    /// From the request's end to the head of the API's answer.
    pub answer_ms: u64,
    /// Between two pieces of an answer.
    pub answer_idle_ms: u64,
    /// How long an answer waits until its request is safe in the ledger; it is broken off then.
    pub record_ms: u64,
    /// What is under way when the gateway ends.
    pub drain_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            handshake_ms: 5_000,
            head_ms: 10_000,
            body_idle_ms: 10_000,
            body_ms: 60_000,
            connect_ms: 2_000,
            answer_ms: 30_000,
            answer_idle_ms: 30_000,
            record_ms: 10_000,
            drain_ms: 30_000,
        }
    }
}
