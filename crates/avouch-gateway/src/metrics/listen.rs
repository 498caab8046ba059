//! The listener of the metrics: one thread of its own, never on the port of the API.

use super::counts::Metrics;
use super::text::{Beside, page};
use crate::acme::Keeper;
use crate::aside::{self, Answer};
use crate::recording::Recorder;
use crate::seats::Seats;
use crate::server::StartError;
use crate::settings::{GatewaySettings, MetricsSettings};
use crate::shown::Slot;
use crate::upstream::Health;
use crate::worker::{Plan, now_ms};
use arc_swap::ArcSwap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use tokio::sync::watch;

/// LIMIT: readers at once.
const READERS_MAX: usize = 8;

/// Where the settings say that it listens, if they may.
pub(crate) fn may_listen(settings: &GatewaySettings) -> Result<Option<SocketAddr>, StartError> {
    let Some(MetricsSettings { listen, plain }) = settings.metrics else { return Ok(None) };
    if plain || listen.ip().is_loopback() {
        Ok(Some(listen))
    } else {
        Err(StartError::PlainMetrics(listen))
    }
}

/// Listens where the settings say, if they say so. An address of the API's listeners is taken by then.
pub(crate) fn bound(settings: &GatewaySettings) -> Result<Option<TcpListener>, StartError> {
    let Some(listen) = may_listen(settings)? else { return Ok(None) };
    let failed = |source| StartError::Listen { address: listen, source };
    let socket = TcpListener::bind(listen).map_err(failed)?;
    socket.set_nonblocking(true).map_err(failed)?;
    Ok(Some(socket))
}

/// What the page is made of.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) plan: Arc<ArcSwap<Plan>>,
    pub(crate) seats: Arc<Seats>,
    pub(crate) recorder: Option<Arc<Recorder>>,
    pub(crate) instances: Vec<Arc<Health>>,
    /// Where each listener finds its certificate, and how many were issued.
    pub(crate) certificates: Vec<(SocketAddr, Arc<Slot>)>,
    pub(crate) acme: Arc<Keeper>,
}

/// Answers until the gateway ends.
pub(crate) fn serve(socket: TcpListener, told: Told, stopping: watch::Receiver<bool>) {
    // Without a runtime nobody reads the metrics, and everything else goes on.
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return;
    };
    let answer = move |request: &[u8]| answer(request, &told);
    runtime.block_on(aside::serve(socket, READERS_MAX, stopping, answer));
}

fn answer(request: &[u8], told: &Told) -> Answer {
    let (status, body) = match request.split(|byte| *byte == b'\r').next() {
        Some(line) if line.starts_with(b"GET /metrics HTTP/1.") => ("200 OK", text(told)),
        Some(line) if line.starts_with(b"GET ") => ("404 Not Found", String::new()),
        _ => ("405 Method Not Allowed", String::new()),
    };
    Answer { status, content_type: "text/plain; version=0.0.4; charset=utf-8", body }
}

fn text(told: &Told) -> String {
    let plan = told.plan.load();
    let recorder = told.recorder.as_deref();
    let beside = Beside {
        guard: &plan.guard,
        connections: told.seats.count(),
        now_ms: now_ms(),
        ledger_is_open: recorder.is_some_and(Recorder::is_open),
        instances: &told.instances,
        certificates: &told.certificates,
        acme: &told.acme.states(),
        ledger_missed: recorder.map_or(0, Recorder::missed),
    };
    page(&told.metrics, &beside)
}

/// The address that is listened at.
pub(crate) fn address(socket: Option<&TcpListener>) -> Option<SocketAddr> {
    socket.and_then(|socket| socket.local_addr().ok())
}
