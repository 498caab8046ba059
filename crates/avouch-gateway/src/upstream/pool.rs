//! The connections of one thread to the API.

use super::connect::{Instance, Sender, connect};
use crate::body::RequestBody;
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, Response};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// Why the API gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpstreamError {
    /// No instance takes connections.
    Unreachable,
    /// The connection broke, or what came was no answer.
    Broken,
    /// It took too long.
    TooSlow,
}

/// Why a request was not answered on a connection.
struct Failed {
    error: UpstreamError,
    /// Whether the connection had waited for work, so that it may have been closed meanwhile.
    waited: bool,
    /// The request, where nothing of it was sent.
    unsent: Option<Box<Request<RequestBody>>>,
}

impl From<UpstreamError> for Failed {
    fn from(error: UpstreamError) -> Self {
        Self { error, waited: false, unsent: None }
    }
}

/// How long an instance that takes no connections is left alone, at first and at most.
const AWAY_FIRST: Duration = Duration::from_millis(500);
const AWAY_MOST: Duration = Duration::from_secs(30);
/// How long a connection may wait for work: less than servers usually keep one.
const IDLE_MOST: Duration = Duration::from_secs(20);

/// One instance as one thread sees it.
#[derive(Debug)]
struct Member {
    instance: Instance,
    idle: RefCell<Vec<(SendRequest<RequestBody>, Instant)>>,
    shared: RefCell<Option<hyper::client::conn::http2::SendRequest<RequestBody>>>,
    under_way: Cell<usize>,
    failures: Cell<u32>,
    away_until: Cell<Option<Instant>>,
}

impl Member {
    fn failed(&self) {
        let failures = self.failures.get().saturating_add(1);
        self.failures.set(failures);
        let away = AWAY_FIRST.saturating_mul(1 << (failures - 1).min(6)).min(AWAY_MOST);
        self.away_until.set(Some(Instant::now() + away));
    }

    fn well(&self) {
        if self.failures.get() > 0 {
            self.failures.set(0);
            self.away_until.set(None);
        }
    }

    fn is_away(&self, now: Instant) -> bool {
        !self.instance.health.is_well() || self.away_until.get().is_some_and(|until| until > now)
    }

    fn take_idle(&self) -> Option<SendRequest<RequestBody>> {
        let mut idle = self.idle.borrow_mut();
        let now = Instant::now();
        while let Some((sender, since)) = idle.pop() {
            if sender.is_ready() && now.duration_since(since) < IDLE_MOST {
                return Some(sender);
            }
        }
        None
    }
}

/// The connections of one thread.
#[derive(Debug)]
pub(crate) struct Pool {
    members: Vec<Rc<Member>>,
    next: Cell<usize>,
    idle_max: usize,
    connect_within: Duration,
    answer_within: Duration,
}

/// An answer's head, and what gives the connection back when its body was read.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) answer: Response<Incoming>,
    pub(crate) give_back: GiveBack,
}

/// Gives a connection back to its pool.
#[derive(Debug)]
pub(crate) struct GiveBack {
    member: Rc<Member>,
    sender: Option<SendRequest<RequestBody>>,
    idle_max: usize,
}

impl GiveBack {
    /// Where the instance is, as it is written in the settings.
    pub(crate) fn instance(&self) -> &str {
        &self.member.instance.health.address
    }

    /// The answer was read whole: the connection may be used again.
    pub(crate) fn read(mut self) {
        let Some(mut sender) = self.sender.take() else { return };
        let (member, idle_max) = (self.member.clone(), self.idle_max);
        let keep = move |member: &Member, sender| {
            let mut idle = member.idle.borrow_mut();
            if idle.len() < idle_max {
                idle.push((sender, Instant::now()));
            }
        };
        if sender.is_ready() {
            keep(&member, sender);
            return;
        }
        tokio::task::spawn_local(async move {
            if sender.ready().await.is_ok() {
                keep(&member, sender);
            }
        });
    }
}

impl Drop for GiveBack {
    fn drop(&mut self) {
        self.member.under_way.set(self.member.under_way.get().saturating_sub(1));
    }
}

impl Pool {
    pub(crate) fn new(
        instances: Vec<Instance>,
        idle_max: usize,
        connect_within: Duration,
        answer_within: Duration,
    ) -> Self {
        let member = |instance| {
            Rc::new(Member {
                instance,
                idle: RefCell::default(),
                shared: RefCell::default(),
                under_way: Cell::new(0),
                failures: Cell::new(0),
                away_until: Cell::new(None),
            })
        };
        Self {
            members: instances.into_iter().map(member).collect(),
            next: Cell::new(0),
            idle_max,
            connect_within,
            answer_within,
        }
    }

    /// Whether the API is spoken to in HTTP/2.
    pub(crate) fn is_http2(&self) -> bool {
        self.members.iter().all(|member| member.instance.http2)
    }

    /// The less busy of the next two that are not away; when all are away, the next one anyway.
    fn choose(&self) -> Option<Rc<Member>> {
        let count = self.members.len();
        let first = self.next.get();
        self.next.set(first.wrapping_add(1));
        let now = Instant::now();
        let in_turn = || (0..count).filter_map(|step| self.members.get((first + step) % count));
        let mut here = in_turn().filter(|member| !member.is_away(now));
        let chosen = match (here.next(), here.next()) {
            (Some(one), Some(other)) if other.under_way.get() < one.under_way.get() => Some(other),
            (Some(one), _) => Some(one),
            (None, _) => in_turn().next(),
        };
        chosen.cloned()
    }

    /// Sends a request and waits for the head of its answer. A request that found a connection closed
    /// that had waited is sent once more over a new one: in any case when nothing of it was sent, else
    /// when to do it twice is to do it once (RFC 9110, section 9.2.2).
    pub(crate) async fn send(
        &self,
        request: Request<RequestBody>,
    ) -> Result<Answered, UpstreamError> {
        let (parts, body) = request.into_parts();
        let again = if parts.method.is_idempotent() { body.again() } else { None };
        let kept = again.map(|body| Request::from_parts(parts.clone(), body));
        let failed = match self.once(Request::from_parts(parts, body), true).await {
            Ok(answered) => return Ok(answered),
            Err(failed) => failed,
        };
        // Who broke off is left alone for a while, so that another instance is asked.
        let others = self.members.len() > 1 && failed.error == UpstreamError::Broken;
        let kept = kept.filter(|_| failed.waited || others);
        match failed.unsent.map(|unsent| *unsent).or(kept) {
            Some(request) => self.once(request, false).await.map_err(|failed| failed.error),
            None => Err(failed.error),
        }
    }

    async fn once(&self, request: Request<RequestBody>, reuse: bool) -> Result<Answered, Failed> {
        let (member, sender, waited) = self.sender(reuse).await?;
        member.under_way.set(member.under_way.get() + 1);
        let mut give_back =
            GiveBack { member: member.clone(), sender: None, idle_max: self.idle_max };
        let (began, progress) = (Instant::now(), request.body().progress());
        let since = || progress.as_ref().map_or(Some(began), |progress| progress.whole());
        let sent = async {
            match sender {
                Sender::One(mut sender) => {
                    let answer = sender.try_send_request(request).await;
                    give_back.sender = Some(sender);
                    answer
                }
                Sender::Many(mut sender) => sender.try_send_request(request).await,
            }
        };
        let sent = tokio::select! {
            sent = sent => sent,
            () = self.too_slow(since) => return Err(UpstreamError::TooSlow.into()),
        };
        match sent {
            Ok(answer) => Ok(Answered { answer, give_back }),
            Err(mut error) => {
                if !waited {
                    member.failed();
                }
                let unsent = error.take_message().map(Box::new);
                Err(Failed { error: UpstreamError::Broken, waited, unsent })
            }
        }
    }

    /// Ends when the answer took too long since the request was whole: one that still arrives has times
    /// of its own.
    async fn too_slow(&self, since: impl Fn() -> Option<Instant>) {
        loop {
            let until = since().unwrap_or_else(Instant::now) + self.answer_within;
            tokio::time::sleep_until(until).await;
            if since().is_some_and(|since| since + self.answer_within <= until) {
                return;
            }
        }
    }

    async fn sender(&self, reuse: bool) -> Result<(Rc<Member>, Sender, bool), UpstreamError> {
        for _ in 0..self.members.len().min(3) {
            let member = self.choose().ok_or(UpstreamError::Unreachable)?;
            if member.instance.http2 {
                let shared = member.shared.borrow().clone();
                if let Some(sender) = shared.filter(|sender| reuse && !sender.is_closed()) {
                    return Ok((member, Sender::Many(sender), true));
                }
            } else if reuse && let Some(sender) = member.take_idle() {
                return Ok((member, Sender::One(sender), true));
            }
            // Apart: a handshake is large, and most requests need none.
            match Box::pin(connect(&member.instance, self.connect_within)).await {
                Some(sender) => {
                    member.well();
                    if let Sender::Many(sender) = &sender {
                        *member.shared.borrow_mut() = Some(sender.clone());
                    }
                    return Ok((member, sender, false));
                }
                None => member.failed(),
            }
        }
        Err(UpstreamError::Unreachable)
    }
}
