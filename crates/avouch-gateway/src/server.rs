//! Threads that serve, from the first socket to the last answer.

use crate::acme::{self, AcmeSettingsError, AcmeState, Challenges, Keeper, StoreError};
use crate::asking::Asker;
use crate::exchange::{self, Connection};
use crate::http2;
use crate::ids::Ids;
use crate::listeners::{self, Certificates, Listener, Listeners};
use crate::metrics::{self, Metrics, Trouble, Troubles};
use crate::recording::{RecordError, Recorder};
use crate::seats::{Seat, Seats};
use crate::settings::GatewaySettings;
use crate::shown::ShownCertificate;
use crate::strict::Strict;
use crate::tally::{Counts, Tally};
use crate::tls::{self, TlsError};
use crate::traces::{self, Tracer};
use crate::upstream::{Health, Instance, Pool, instances, keep_asking};
use crate::waiting::Waiting;
use crate::worker::{Plan, Worker, ms, now_ms};
use arc_swap::ArcSwap;
use avouch_guard::request::Handshake;
use avouch_model::coding::Fact;
use avouch_model::fact::tally::TallyEvent;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use std::cell::Cell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::LocalSet;

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened at.
    #[error("cannot listen at {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// A listener would speak plainly to everybody.
    #[error(
        "the listener at {0} has no `tls`, and others can reach it: give it one, or write \
         `plain = true` if something before it ends TLS"
    )]
    Plain(SocketAddr),
    /// The metrics would be told to everybody.
    #[error(
        "others can reach the metrics at {0}: take a loopback address, or write `plain = true` if \
         only who may read them comes there"
    )]
    PlainMetrics(SocketAddr),
    /// The collector's address is none.
    #[error("`{0}` is no address of a collector: one such as `https://host:4318/v1/traces` is")]
    Collector(String),
    /// Traces would go through the network for everybody to read.
    #[error(
        "traces would go to {0} without TLS: take `https` or a loopback address, or write \
         `plain = true` if only your own machines lie between"
    )]
    PlainCollector(String),
    /// The share of traces is none.
    #[error("`gateway.traces.ratio` is {0}: a share is from 0 to 1")]
    Ratio(f64),
    /// TLS cannot be spoken.
    #[error("TLS cannot be spoken as configured")]
    Tls(#[from] TlsError),
    /// A certificate cannot be asked for.
    #[error("a certificate cannot be asked for as configured")]
    Acme(#[from] AcmeSettingsError),
    /// What an authority gave earlier cannot be used.
    #[error("what an authority gave earlier cannot be used")]
    Store(#[from] StoreError),
    /// An address of the API is none.
    #[error("`{0}` is no address of an API: `http://host:port` or `https://host:port` is")]
    Upstream(String),
    /// The machine gives no thread or no randomness.
    #[error("the machine gives no {0}")]
    Machine(&'static str),
}

/// A gateway that runs.
#[derive(Debug)]
pub struct Gateway {
    threads: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    listeners: Listeners,
    pub(crate) health: Vec<Arc<Health>>,
    pub(crate) plan: Arc<ArcSwap<Plan>>,
    pub(crate) recorder: Option<Arc<Recorder>>,
    pub(crate) seats: Arc<Seats>,
    metrics: Arc<Metrics>,
    tally: Tally,
    metrics_address: Option<SocketAddr>,
    keeper: Arc<Keeper>,
}

impl Gateway {
    /// Listens, and serves from now on.
    pub fn start(
        settings: &GatewaySettings,
        plan: Plan,
        recorder: Option<Recorder>,
    ) -> Result<Self, StartError> {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let count = settings.threads.unwrap_or_else(cores).max(1);
        let instances = instances(&settings.upstream)?;
        let health: Vec<_> = instances.iter().map(|instance| instance.health.clone()).collect();
        let (mut by_thread, asked_plainly, listeners) = Listeners::bind(settings, count)?;
        let keeper = Arc::new(Keeper::new(listeners.wants()));
        let plan = Arc::new(ArcSwap::from_pointee(plan));
        let recorder = recorder.map(Arc::new);
        let seats = Seats::new(settings.connections_max, settings.connections_per_address_max);
        let (stop, stopping) = watch::channel(false);
        let metrics = Arc::<Metrics>::default();
        metrics.reloaded(now_ms());
        let told = metrics::bound(settings)?;
        let metrics_address = metrics::address(told.as_ref());
        let (tracer, exporter) = traces::may_send(settings)?
            .map(|settings| Tracer::new(settings, metrics.clone()))
            .unzip();
        let asker = Arc::new(Asker::new(metrics.clone()));
        // Keys are there before the first request is.
        asker.ask_due(&plan.load_full());
        let mut tally = Tally::begin(random()?, metrics.clone(), recorder.as_deref());
        let mut threads = Vec::new();
        for listeners in by_thread.drain(..) {
            let thread = Thread {
                listeners,
                plan: plan.clone(),
                recorder: recorder.clone(),
                asker: asker.clone(),
                metrics: metrics.clone(),
                counts: tally.thread(),
                tracer: tracer.clone(),
                challenges: keeper.challenges.clone(),
                seats: seats.clone(),
                stopping: stopping.clone(),
                instances: instances.clone(),
                idle_max: settings.upstream.idle_max,
                random: random()?,
            };
            threads.push(spawn("gateway", move || thread.run())?);
        }
        let (keeping, until) = (plan.clone(), stopping.clone());
        threads.push(spawn("key sets", move || asker.keep_fresh(&keeping, &until))?);
        // Ends when those above have, which hold the other end of its queue.
        if let Some(exporter) = exporter {
            let (plan, stopping) = (plan.clone(), stopping.clone());
            threads.push(spawn("traces", move || exporter.run(&plan, &stopping))?);
        }
        let keeping = keeper.work(asked_plainly, plan.clone(), stopping.clone());
        threads.push(spawn("acme", keeping)?);
        threads.extend(asking_instances(settings, &instances, &stopping)?);
        if let Some(socket) = told {
            let (metrics, plan, seats) = (metrics.clone(), plan.clone(), seats.clone());
            let recorder = recorder.clone();
            let instances = health.clone();
            let (certificates, acme) = (listeners.shown(), keeper.clone());
            let told =
                metrics::Told { metrics, plan, seats, recorder, instances, certificates, acme };
            threads.push(spawn("metrics", move || metrics::serve(socket, told, stopping))?);
        }
        Ok(Self {
            threads,
            stop,
            listeners,
            health,
            plan,
            recorder,
            seats,
            metrics,
            tally,
            metrics_address,
            keeper,
        })
    }

    /// Where it listens, in the order of the settings.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.listeners.addresses
    }

    /// Where the metrics are read, if anywhere.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// What went wrong outside of the gateway since it started.
    pub fn troubles(&self) -> Troubles {
        let mut troubles = self.metrics.troubles();
        for (listener, slot) in self.listeners.shown() {
            troubles.0.insert(Trouble::NoCertificate(listener), slot.turned_away());
        }
        troubles
    }

    /// Counts a changed configuration that could not be used.
    pub fn reload_failed(&self) {
        self.metrics.reload_failed();
    }

    /// Records a fact that is not about a request, such as what was done to a key, and waits until it
    /// is safe. Without a ledger it is recorded nowhere.
    pub fn record(&self, fact: &impl Fact) -> Result<(), RecordError> {
        self.recorder.as_ref().map_or(Ok(()), |recorder| recorder.record(fact))
    }

    /// Records what was counted of requests so far, where that is more than was recorded of it last.
    pub fn record_counts(&self) -> Result<(), RecordError> {
        let tell = |recorder: &Arc<Recorder>| self.tally.tell(recorder, TallyEvent::Running);
        self.recorder.as_ref().map_or(Ok(()), tell)
    }

    /// What it decides by now.
    pub fn plan(&self) -> Arc<Plan> {
        self.plan.load_full()
    }

    /// Reads the certificates of the listeners anew, as settings say; all of them must be usable.
    pub fn certificates(&self, settings: &GatewaySettings) -> Result<Certificates, StartError> {
        self.listeners.certificates(settings)
    }

    /// Shows other certificates from the next handshake on.
    pub fn show(&self, certificates: Certificates) {
        self.listeners.show(certificates);
        self.keeper.want(self.listeners.wants());
    }

    /// The certificate of each listener that speaks TLS, by where the configuration says that it listens;
    /// nothing where an authority gave none yet.
    pub fn shown(&self) -> Vec<(SocketAddr, Option<Arc<ShownCertificate>>)> {
        let shown = self.listeners.shown().into_iter();
        shown.map(|(address, slot)| (address, slot.about())).collect()
    }

    /// How it stands with certificates that authorities give.
    pub fn acme(&self) -> Vec<AcmeState> {
        self.keeper.states()
    }

    /// Decides by another plan from the next request on.
    pub fn replace(&self, plan: Plan) {
        self.plan.store(Arc::new(plan));
        self.metrics.reloaded(now_ms());
    }

    /// Takes no more connections, ends what is under way within the time for it, and closes the
    /// ledger in good order.
    pub fn stop(self) -> Option<Recorder> {
        let _ = self.stop.send(true);
        for thread in self.threads {
            // A panic there is told by the runtime's own message.
            let _ = thread.join();
        }
        let recorder = self.recorder.and_then(Arc::into_inner);
        if let Some(recorder) = &recorder {
            // Where that fails, it is seen that its counters have no end.
            let _ = self.tally.tell(recorder, TallyEvent::Ended);
        }
        recorder
    }
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The certificate that each listener would show at its start; nothing of one that has none yet, or
    /// speaks plainly.
    pub listeners: Vec<Option<Arc<ShownCertificate>>>,
}

/// Reads what a gateway would read to start, and listens at nothing.
pub fn check(settings: &GatewaySettings) -> Result<Checked, StartError> {
    instances(&settings.upstream)?;
    let listeners = listeners::check(settings)?;
    metrics::may_listen(settings)?;
    traces::may_send(settings)?;
    Ok(Checked { listeners })
}

/// The thread that asks whether instances of the API are well, where they are asked.
fn asking_instances(
    settings: &GatewaySettings,
    instances: &[Instance],
    stopping: &watch::Receiver<bool>,
) -> Result<Option<JoinHandle<()>>, StartError> {
    let Some(health) = settings.upstream.health.clone() else { return Ok(None) };
    let (instances, stopping) = (instances.to_vec(), stopping.clone());
    let host = settings.upstream.host.clone();
    let asking = move || keep_asking(&instances, host.as_deref(), &health, stopping);
    spawn("health", asking).map(Some)
}

fn spawn(
    name: &'static str,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, StartError> {
    let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    spawned.map_err(|_| StartError::Machine("thread"))
}

pub(crate) fn random() -> Result<u64, StartError> {
    let mut bytes = [0; 8];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| StartError::Machine("randomness"))?;
    Ok(u64::from_ne_bytes(bytes))
}

struct Thread {
    listeners: Vec<Listener>,
    plan: Arc<ArcSwap<Plan>>,
    recorder: Option<Arc<Recorder>>,
    asker: Arc<Asker>,
    metrics: Arc<Metrics>,
    counts: Arc<Counts>,
    tracer: Option<Arc<Tracer>>,
    challenges: Arc<Challenges>,
    seats: Arc<Seats>,
    stopping: watch::Receiver<bool>,
    instances: Vec<Instance>,
    idle_max: usize,
    random: u64,
}

/// A runtime that cannot be made is tried again: a thread that is gone would be a core that is gone.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

impl Thread {
    #[expect(clippy::disallowed_methods, reason = "there is no runtime yet to wait in")]
    fn run(self) {
        let runtime = loop {
            match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => break runtime,
                Err(_) => std::thread::sleep(AGAIN_AFTER),
            }
        };
        LocalSet::new().block_on(&runtime, self.serve());
    }

    async fn serve(self) {
        let times = self.plan.load().timeouts;
        let pool =
            Pool::new(self.instances, self.idle_max, ms(times.connect_ms), ms(times.answer_ms));
        let worker = Rc::new(Worker {
            plan: self.plan.clone(),
            pool: Rc::new(pool),
            ids: Ids::new(self.random),
            recording: self.recorder.map(|recorder| {
                let waiting = Waiting::new(recorder.safe());
                (recorder, waiting)
            }),
            asker: self.asker,
            metrics: self.metrics,
            counts: self.counts,
            tracer: self.tracer,
            challenges: self.challenges,
        });
        let mut accepting = tokio::task::JoinSet::new();
        for listener in self.listeners {
            let (seats, stopping) = (self.seats.clone(), self.stopping.clone());
            accepting.spawn_local(accept(listener, worker.clone(), seats, stopping));
        }
        while accepting.join_next().await.is_some() {}
    }
}

/// After an error of the machine, such as too many open files.
const REST_AFTER_ERROR: Duration = Duration::from_millis(20);

async fn accept(
    listener: Listener,
    worker: Rc<Worker>,
    seats: Arc<Seats>,
    mut stopping: watch::Receiver<bool>,
) {
    let Ok(socket) = tokio::net::TcpListener::from_std(listener.socket) else { return };
    let mut open = tokio::task::JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => break,
            Some(_) = open.join_next() => continue,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(REST_AFTER_ERROR).await;
            continue;
        };
        // No room: the connection is closed at once, which costs least.
        let Some(seat) = seats.take(peer.ip()) else {
            worker.metrics.connection_refused();
            continue;
        };
        let _ = stream.set_nodelay(true);
        let tls = listener.tls.as_ref().map(|tls| tls.load_full());
        let visit = Visit { worker: worker.clone(), peer, stopping: stopping.clone(), seat };
        open.spawn_local(visit.serve(stream, tls));
    }
    drop(socket);
    let drain = ms(worker.plan.load().timeouts.drain_ms);
    let _ = tokio::time::timeout(drain, async { while open.join_next().await.is_some() {} }).await;
}

/// Runs a connection to its end. When the gateway ends, or the connection is at rest, what is under way
/// is the last of it, and is waited for as long as something leaves.
macro_rules! drained {
    ($stopping:expr, $connection:expr, $at_rest:expr, $stuck:expr) => {
        // Apart from the task, which would otherwise be as large as the largest kind of connection.
        let (mut stopping, mut connection) = ($stopping, Box::pin($connection));
        tokio::select! {
            // What goes wrong on a connection is its end; the requests on it are recorded.
            _ = connection.as_mut() => return,
            _ = stopping.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
            () = $at_rest => connection.as_mut().graceful_shutdown(),
        }
        tokio::select! {
            _ = connection => (),
            () = $stuck => (),
        }
    };
}

/// One connection.
struct Visit {
    worker: Rc<Worker>,
    peer: SocketAddr,
    stopping: watch::Receiver<bool>,
    /// Held until the connection ends.
    seat: Seat,
}

impl Visit {
    async fn serve(self, stream: TcpStream, tls: Option<Arc<ServerConfig>>) {
        let Some(config) = tls else { return self.speak(stream, None, None).await };
        let within = ms(self.worker.plan.load().timeouts.handshake_ms);
        let handshake = acme::handshake(stream, config, &self.worker.challenges);
        let Ok(Ok(Some(stream))) = tokio::time::timeout(within, handshake).await else { return };
        let facts = tls::facts(stream.get_ref().1);
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        self.speak(stream, Some(facts), Some(is_http2)).await;
    }

    async fn speak<S>(self, stream: S, tls: Option<Handshake>, agreed: Option<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let plan = self.worker.plan.load_full();
        let (times, limits) = (plan.timeouts, plan.guard.settings().admit.limits());
        let mut strict = Strict::new(stream, limits, ms(times.answer_idle_ms));
        let spoken = tokio::time::timeout(ms(times.head_ms), strict.is_http2(agreed)).await;
        let Ok(Ok(is_http2)) = spoken else { return };
        let connection = Rc::new(Connection {
            peer: self.peer,
            tls,
            watch: strict.watch(),
            count: Cell::new(0),
            _seat: self.seat,
        });
        let (worker, asked) = (self.worker.clone(), connection.clone());
        let service = service_fn(move |request| {
            // Apart from the connection, which keeps room for it while it rests.
            let answered = Box::pin(exchange::answer(worker.clone(), asked.clone(), request));
            async move { Ok::<_, Infallible>(answered.await) }
        });
        let io = TokioIo::new(strict);
        if is_http2 {
            let serving = http2::builder(limits.head_bytes).serve_connection(io, service);
            let rest = http2::at_rest(&connection, ms(times.head_ms));
            let stuck = http2::stuck(&connection, ms(times.answer_idle_ms));
            drained!(self.stopping, serving, rest, stuck);
        } else {
            let mut builder = http1::Builder::new();
            builder
                .timer(TokioTimer::new())
                .header_read_timeout(ms(times.head_ms))
                .max_buf_size(limits.head_bytes.max(HTTP1_BUFFER_BYTES))
                .max_headers(limits.headers + 1);
            let serving = builder.serve_connection(io, service).with_upgrades();
            drained!(self.stopping, serving, std::future::pending(), std::future::pending());
        }
    }
}

/// The least that the HTTP library takes.
const HTTP1_BUFFER_BYTES: usize = 16 * 1024;
