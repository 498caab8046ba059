//! The listener of the metrics: one thread of its own, never on the port of the API.

use super::counts::Metrics;
use super::text::{Beside, page};
use crate::acme::Keeper;
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
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

/// How long a reader may take.
const WITHIN: Duration = Duration::from_secs(5);
/// LIMIT: bytes of a request.
const REQUEST_BYTES_MAX: usize = 8 * 1024;
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
    runtime.block_on(accepting(socket, told, stopping));
}

async fn accepting(socket: TcpListener, told: Told, mut stopping: watch::Receiver<bool>) {
    let Ok(socket) = tokio::net::TcpListener::from_std(socket) else { return };
    let room = Arc::new(Semaphore::new(READERS_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => return,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let Ok(place) = room.clone().try_acquire_owned() else { continue };
        let told = told.clone();
        tokio::spawn(async move {
            let _ = tokio::time::timeout(WITHIN, answer(stream, &told)).await;
            drop(place);
        });
    }
}

async fn answer(mut stream: TcpStream, told: &Told) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut piece = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut piece).await?;
        request.extend_from_slice(piece.get(..count).unwrap_or_default());
        if count == 0 || request.len() > REQUEST_BYTES_MAX {
            return Ok(());
        }
    }
    let (status, body) = match request.split(|byte| *byte == b'\r').next() {
        Some(line) if line.starts_with(b"GET /metrics HTTP/1.") => ("200 OK", text(told)),
        Some(line) if line.starts_with(b"GET ") => ("404 Not Found", String::new()),
        _ => ("405 Method Not Allowed", String::new()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\n\
         content-length: {length}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
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
