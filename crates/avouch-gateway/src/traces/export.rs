//! From requests that ended to the collector: a queue, and a thread that sends batches.

use super::context;
use super::encode;
use super::protobuf::rejected;
use super::trace::{Told, Trace};
use crate::metrics::Metrics;
use crate::server::StartError;
use crate::settings::{GatewaySettings, TraceSettings};
use crate::worker::{Plan, now_ms};
use arc_swap::ArcSwap;
use avouch_beyond::http::{Call, Client};
use http::{HeaderMap, Method};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use url::{Host, Url};

/// LIMIT: requests that wait to be told of. About 2 KB each.
const WAITING_MAX: usize = 4_096;
/// Requests that are told of at once.
const BATCH_MAX: usize = 256;
/// How long a batch is gathered.
const GATHERING: Duration = Duration::from_secs(1);
/// How long the collector may take.
const WITHIN: Duration = Duration::from_secs(5);
/// LIMIT: bytes of its answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Begins traces, and takes those that ended. Shared by all threads.
#[derive(Debug)]
pub(crate) struct Tracer {
    /// Traces whose last seven bytes are below this number are not recorded.
    from: u64,
    inherits: bool,
    queue: SyncSender<Box<Told>>,
    metrics: Arc<Metrics>,
}

/// Sends what ended to the collector.
#[derive(Debug)]
pub(crate) struct Exporter {
    settings: TraceSettings,
    queue: Receiver<Box<Told>>,
    metrics: Arc<Metrics>,
}

/// Where the settings say that traces go, if they may go there.
pub(crate) fn may_send(settings: &GatewaySettings) -> Result<Option<&TraceSettings>, StartError> {
    let Some(traces) = &settings.traces else { return Ok(None) };
    let no_place = || StartError::Collector(traces.endpoint.clone());
    let url = Url::parse(&traces.endpoint).map_err(|_| no_place())?;
    let is_bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let is_here = match url.host().ok_or_else(no_place)? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    match url.scheme() {
        _ if !is_bare => Err(no_place()),
        "https" => Ok(Some(traces)),
        "http" if is_here || traces.plain => Ok(Some(traces)),
        "http" => Err(StartError::PlainCollector(traces.endpoint.clone())),
        _ => Err(no_place()),
    }?;
    if (0.0..=1.0).contains(&traces.ratio) {
        Ok(Some(traces))
    } else {
        Err(StartError::Ratio(traces.ratio))
    }
}

impl Tracer {
    /// One that records as the settings say, and what sends what it records.
    pub(crate) fn new(settings: &TraceSettings, metrics: Arc<Metrics>) -> (Arc<Self>, Exporter) {
        let (sender, queue) = sync_channel(WAITING_MAX);
        let from = threshold(settings.ratio);
        let inherits = settings.inherit;
        let tracer = Self { from, inherits, queue: sender, metrics: metrics.clone() };
        (Arc::new(tracer), Exporter { settings: settings.clone(), queue, metrics })
    }

    /// Begins the trace of a request, or goes on with the one it belongs to. Nothing where the machine
    /// gives no randomness.
    pub(crate) fn begin(self: &Arc<Self>, headers: &HeaderMap) -> Option<Trace> {
        let mut random = [0; 24];
        aws_lc_rs::rand::fill(&mut random).ok()?;
        let (trace, first) = random.split_at(16);
        let (own, first) = (trace.try_into().ok()?, u64::from_be_bytes(first.try_into().ok()?));
        let outer = self.inherits.then(|| context::read(headers)).flatten();
        let id = outer.as_ref().map_or(own, |outer| outer.trace);
        let is_sampled = match &outer {
            // Whoever records a trace wants all of it.
            Some(outer) => outer.is_sampled,
            None => drawn(own) >= self.from,
        };
        Some(Trace::begin(self.clone(), (id, first), outer, is_sampled, now_ms()))
    }

    /// Takes a request that ended; one that finds no room is counted and gone.
    pub(super) fn tell(&self, told: Box<Told>) {
        let spans = told.spans();
        if self.queue.try_send(told).is_err() {
            self.metrics.spans_dropped(spans);
        }
    }
}

/// Below which number nothing is recorded, so that a share of all is: all at 1, none at 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share from 0 to 1 of 2^56, which is exact enough"
)]
fn threshold(ratio: f64) -> u64 {
    ((1.0 - ratio) * (1_u64 << 56) as f64) as u64
}

/// The number that a trace is chosen by: its last seven bytes, by which others choose as well.
fn drawn(trace: [u8; 16]) -> u64 {
    u64::try_from(u128::from_be_bytes(trace) & ((1 << 56) - 1)).unwrap_or(0)
}

impl Exporter {
    /// Sends until nobody tells anything any more.
    pub(crate) fn run(self, plan: &ArcSwap<Plan>, stopping: &watch::Receiver<bool>) {
        let client = Client::new(&self.settings.endpoint, WITHIN, ANSWER_BYTES_MAX).ok();
        loop {
            let (batch, is_last) = self.gathered();
            let is_taken = batch.is_empty() || self.sent(client.as_ref(), &plan.load(), &batch);
            // Nobody waits at the end for a collector that is away.
            if is_last || (!is_taken && *stopping.borrow()) {
                break;
            }
        }
        let left = self.queue.try_iter().map(|told| told.spans()).sum();
        self.metrics.spans_dropped(left);
    }

    /// The next batch, and whether it is the last.
    fn gathered(&self) -> (Vec<Told>, bool) {
        let Ok(first) = self.queue.recv() else { return (Vec::new(), true) };
        let mut batch = vec![*first];
        let until = Instant::now() + GATHERING;
        while batch.len() < BATCH_MAX {
            match self.queue.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(told) => batch.push(*told),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return (batch, true),
            }
        }
        (batch, false)
    }

    /// Sends a batch once; whether the collector took it.
    fn sent(&self, client: Option<&Client>, plan: &Plan, batch: &[Told]) -> bool {
        let spans: u64 = batch.iter().map(Told::spans).sum();
        let mut headers = vec![("content-type".to_owned(), "application/x-protobuf".to_owned())];
        if let Some(secret) = &plan.traces_authorization {
            headers.push(("authorization".to_owned(), secret.danger_reveal().to_owned()));
        }
        let answer = client.and_then(|client| {
            let target = if client.path().is_empty() { "/" } else { client.path() }.to_owned();
            let body = encode::request(batch, &self.settings.service).into();
            client.call(Call { method: Method::POST, target, headers, body }).ok()
        });
        match answer {
            Some(answer) if answer.status == 200 => {
                let rejected = rejected(&answer.body).min(spans);
                self.metrics.spans_sent(spans - rejected, rejected);
                true
            }
            _ => {
                self.metrics.spans_sent(0, spans);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_traces_is_recorded() {
        assert_eq!(threshold(1.0), 0);
        assert!(drawn([0xff; 16]) < threshold(0.0));
        let half = threshold(0.5);
        let low = drawn(0x7f_ffff_ffff_ffff_u128.to_be_bytes());
        let high = drawn(0x80_0000_0000_0000_u128.to_be_bytes());
        assert!(low < half && high >= half, "{low} {high} {half}");
    }
}
