//! What became of a request, as a fact.

use crate::body::{BodyError, Progress};
use crate::exchange::Connection;
use crate::metrics::{Counted, Metrics, Pending};
use crate::recording::Ticket;
use crate::tally::Decided;
use crate::traces::{About, Ending, Trace, trace_id};
use crate::waiting::Waiting;
use crate::worker::{Worker, ms};
use avouch_guard::{Course, Refusal};
use avouch_model::coding::{Digest, Later};
use avouch_model::data_class::Classes;
use avouch_model::fact::request::{Answer, ProvenBy, Request, SeenBy};
use http::Version;
use http::request::Parts;
use std::mem::take;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use tokio::time::Instant;

/// What is known of an exchange apart from the decision.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) id: String,
    /// The address that asks.
    pub(crate) address: IpAddr,
    method: String,
    host: String,
    path: Option<String>,
    version: Version,
    connection: Rc<Connection>,
    started: Instant,
    forwarded: Option<Instant>,
    upstream_us: Option<u64>,
    status: Option<u16>,
    refused: Option<(u16, &'static str, &'static str)>,
    /// How far the request's body came; nothing where nobody read it.
    sent: Option<Rc<Progress>>,
    answer_bytes: Option<u64>,
    broken: Option<BodyError>,
    ended: Option<Instant>,
    bundle: Option<[u8; 32]>,
    classes: Vec<String>,
    pub(crate) trace: Option<Box<Trace>>,
    /// The trace that it belongs to, as whoever asks says, also where none is told to a collector.
    within: Option<String>,
}

/// Bytes of a path that are kept.
const PATH_BYTES_MAX: usize = 512;
/// Bytes of a method that are kept.
const METHOD_BYTES_MAX: usize = 32;

impl Story {
    pub(crate) fn begin(
        id: String,
        parts: &Parts,
        connection: &Rc<Connection>,
        bundle: Option<[u8; 32]>,
    ) -> Self {
        Self {
            id,
            address: connection.peer.ip(),
            method: cut(parts.method.as_str(), METHOD_BYTES_MAX),
            host: String::new(),
            path: None,
            version: parts.version,
            connection: connection.clone(),
            started: Instant::now(),
            forwarded: None,
            upstream_us: None,
            status: None,
            refused: None,
            sent: None,
            answer_bytes: None,
            broken: None,
            ended: None,
            bundle,
            classes: Vec::new(),
            trace: None,
            within: trace_id(&parts.headers),
        }
    }

    /// Whether there may be others on the same connection at the same time.
    pub(crate) fn is_beside_others(&self) -> bool {
        self.version == Version::HTTP_2
    }

    /// The head that was read stands for one that cannot be read.
    pub(crate) fn forget_head(&mut self) {
        self.method.clear();
        self.sent = None;
    }

    pub(crate) fn admitted(&mut self, host: &str, path: &str) {
        host.clone_into(&mut self.host);
        self.path = Some(cut(path, PATH_BYTES_MAX));
    }

    /// The whole story; what is left has nothing to tell.
    pub(crate) fn taken(&mut self) -> Self {
        Self {
            id: take(&mut self.id),
            method: take(&mut self.method),
            host: take(&mut self.host),
            path: self.path.take(),
            connection: self.connection.clone(),
            sent: self.sent.take(),
            classes: take(&mut self.classes),
            trace: self.trace.take(),
            within: self.within.take(),
            ..*self
        }
    }

    /// The request's body is read, or there is none.
    pub(crate) fn sends(&mut self, progress: Rc<Progress>) {
        self.sent = Some(progress);
    }

    pub(crate) fn forwarded(&mut self) {
        self.forwarded = Some(Instant::now());
    }

    pub(crate) fn answered(&mut self, status: u16) {
        self.status = Some(status);
        self.upstream_us = self.forwarded.map(|since| micros(since, Instant::now()));
    }

    /// Classes of data that the answer holds.
    pub(crate) fn shown(&mut self, classes: Classes) {
        self.classes = classes.iter().map(|class| class.name().to_owned()).collect();
    }

    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        self.refused = Some((refusal.status, refusal.policy, refusal.code));
        self.ended = Some(Instant::now());
    }

    pub(crate) fn ended(&mut self, bytes: u64, broken: Option<BodyError>) {
        self.answer_bytes = Some(bytes);
        self.broken = broken;
        self.ended = Some(Instant::now());
    }

    /// The client does not wait any more.
    pub(crate) fn left(&mut self) {
        self.broken = Some(BodyError::Left);
        self.ended = Some(Instant::now());
    }

    fn answer(&self, course: &Course) -> Answer {
        // Whoever left before that was decided was allowed nothing.
        let is_undecided = self.broken == Some(BodyError::Left) && self.forwarded.is_none();
        match self.refused {
            Some((503, ..)) => Answer::Error,
            None if is_undecided => Answer::Error,
            Some((_, policy, _)) if policy != "upstream" => Answer::Deny,
            _ if !course.observed.is_empty() => Answer::Observe,
            _ => Answer::Allow,
        }
    }

    /// What was decided, and by which policy and code it gets no answer of the API.
    pub(crate) fn decided(&self, course: &Course) -> Decided {
        (self.answer(course), self.refused.map(|(_, policy, code)| (policy, code)))
    }

    fn because(&self, course: &Course) -> Option<String> {
        if let Some((_, policy, code)) = self.refused {
            return Some(format!("{policy}: {code}"));
        }
        if let Some(broken) = self.broken {
            return Some(broken.to_string());
        }
        let observed = course.observed.iter();
        let observed: Vec<String> =
            observed.map(|refusal| format!("{}: {}", refusal.policy, refusal.code)).collect();
        (!observed.is_empty()).then(|| observed.join(", "))
    }

    /// What is counted of it.
    pub(crate) fn counted<'c>(&self, course: &'c Course) -> Counted<'c> {
        let ended = self.ended.unwrap_or_else(Instant::now);
        let observed = course.observed.iter();
        Counted {
            status: self.refused.map(|(status, ..)| status).or(self.status).map(u64::from),
            outcome: outcome(self.answer(course)),
            refused: self.refused.map(|(_, policy, code)| (policy, code)),
            observed: observed.map(|refusal| (refusal.policy, refusal.code)).collect(),
            operation: course.operation.as_ref(),
            took_us: micros(self.started, ended),
            upstream_us: self.upstream_us,
        }
    }

    /// Ends its trace, where it has one: only its record is missing then.
    fn trace_ends(&mut self, course: &Course) -> Option<Ending> {
        let trace = self.trace.take()?;
        trace.ended(course.steps.as_ref(), || About {
            request: self.id.clone(),
            method: self.method.clone(),
            host: self.host.clone(),
            is_tls: self.connection.tls.is_some(),
            version: self.version,
            operation: course.operation.clone(),
            status: self.refused.map(|(status, ..)| status).or(self.status).map(u64::from),
            answered: self.status.map(u64::from),
            outcome: outcome(self.answer(course)),
            refused: self.refused.map(|(_, policy, code)| (policy, code)),
            is_broken: self.broken.is_some(),
        })
    }

    fn fact(&self, course: &Course) -> Request {
        let principal = course.principal.as_ref();
        let tls = self.connection.tls.as_ref();
        let ended = self.ended.unwrap_or_else(Instant::now);
        Request {
            id: self.id.clone(),
            seen_by: SeenBy::Gateway,
            within: self.trace.as_ref().map(|trace| trace.id()).or_else(|| self.within.clone()),
            session: None,
            principal: principal
                .filter(|principal| !principal.is_anybody())
                .map(|principal| principal.id.as_str().into()),
            proven_by: principal.map(|principal| principal.proven_by).or(Some(ProvenBy::Nothing)),
            address: Some(self.address.to_string().as_str().into()),
            method: self.method.clone(),
            host: self.host.clone(),
            operation: course.operation.as_deref().map(str::to_owned),
            objects: course.objects.iter().map(|object| object.as_str().into()).collect(),
            answer: Some(self.answer(course)),
            policies: course.policies.iter().map(ToString::to_string).collect(),
            bundle: self.bundle.map(Digest),
            because: self.because(course),
            status: self.refused.map(|(status, ..)| status).or(self.status).map(u64::from),
            protocol: Some(format!("{:?}", self.version)),
            request_bytes: self.sent.as_ref().map(|sent| sent.bytes()),
            answer_bytes: self.answer_bytes,
            took_us: Some(micros(self.started, ended)),
            upstream_us: self.upstream_us,
            classes: self.classes.clone(),
            tls: tls.map(|tls| tls.version.clone()),
            cipher: tls.map(|tls| tls.cipher.clone()),
            client_print: None,
            digest: None,
            path: self.path.as_deref().map(Into::into),
            later: Later::default(),
        }
    }
}

fn outcome(answer: Answer) -> &'static str {
    match answer {
        Answer::Allow => "allow",
        Answer::Observe => "observe",
        Answer::Deny => "deny",
        Answer::Error => "error",
    }
}

fn micros(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.duration_since(from).as_micros()).unwrap_or(u64::MAX)
}

fn cut(text: &str, bytes: usize) -> String {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default().to_owned()
}

/// What became of a fact that was to be recorded.
#[derive(Debug)]
pub(crate) enum Recorded {
    /// Nothing is recorded here, or this goes on without it.
    Without,
    /// It was appended.
    Appended(Appended),
    /// It was not.
    Missed,
}

/// A fact that was appended.
#[derive(Debug)]
pub(crate) struct Appended {
    waiting: Rc<Waiting>,
    ticket: Ticket,
    since: Instant,
    /// When it is waited for no longer.
    until: Instant,
    pending: Pending,
    passes: bool,
    metrics: Arc<Metrics>,
    trace: Option<Ending>,
}

impl Recorded {
    /// Waits until it is safe.
    pub(crate) async fn safe(self) -> Result<(), BodyError> {
        let appended = match self {
            Self::Without => return Ok(()),
            Self::Missed => return Err(BodyError::Unrecorded),
            Self::Appended(appended) => appended,
        };
        let Appended { waiting, ticket, since, until, pending, passes, metrics, mut trace } =
            appended;
        let reached = tokio::time::timeout_at(until, waiting.safe(ticket)).await;
        let is_safe = matches!(reached, Ok(Ok(())));
        if let Some(trace) = &mut trace {
            trace.recorded(is_safe);
        }
        pending.ended(is_safe.then(|| micros(since, Instant::now())));
        match (is_safe, passes) {
            (true, _) => Ok(()),
            (false, true) => {
                metrics.passed_unrecorded();
                Ok(())
            }
            (false, false) => Err(BodyError::Unrecorded),
        }
    }
}

impl Worker {
    /// Records what became of a request, and counts it. It may pass without a record.
    pub(crate) fn record(&self, story: &mut Story, course: &Course, passes: bool) -> Recorded {
        let recorded = match &self.recording {
            None => {
                story.trace_ends(course);
                Recorded::Without
            }
            Some((recorder, waiting)) => {
                let since = Instant::now();
                let fact = story.fact(course);
                let mut trace = story.trace_ends(course);
                if let Ok(ticket) = recorder.append(&fact) {
                    Recorded::Appended(Appended {
                        waiting: waiting.clone(),
                        ticket,
                        since,
                        until: since + ms(self.plan.load().timeouts.record_ms),
                        pending: self.metrics.appended(),
                        passes,
                        metrics: self.metrics.clone(),
                        trace,
                    })
                } else {
                    if let Some(trace) = &mut trace {
                        trace.recorded(false);
                    }
                    self.metrics.unrecorded();
                    if !passes {
                        return Recorded::Missed;
                    }
                    self.metrics.passed_unrecorded();
                    Recorded::Without
                }
            }
        };
        self.metrics.count(&story.counted(course));
        recorded
    }
}
