//! The trace of one request, from its head until its record is safe.

use super::context::{self, TRACEPARENT, TRACESTATE};
use super::export::Tracer;
use avouch_guard::Steps;
use avouch_ledger::format::canonical::to_hex;
use http::header::{HeaderMap, HeaderValue};
use std::sync::Arc;
use std::time::Instant;

/// The trace of a request on its way.
#[derive(Debug)]
pub(crate) struct Trace {
    tracer: Arc<Tracer>,
    pub(super) id: [u8; 16],
    /// The id of the request's span; those of its steps count from there.
    first: u64,
    /// The span of whoever asks, where that is believed.
    pub(super) parent: Option<[u8; 8]>,
    pub(super) state: Option<HeaderValue>,
    is_sampled: bool,
    /// Nanoseconds since 1970.
    pub(super) began_ns: u64,
    began: Instant,
    /// The instance of the API that answered.
    pub(super) instance: Option<String>,
}

/// What is told of a request.
#[derive(Debug)]
pub(crate) struct About {
    /// Its id in the ledger.
    pub(crate) request: String,
    pub(crate) method: String,
    /// The host it was for, with its port where one was given.
    pub(crate) host: String,
    pub(crate) is_tls: bool,
    pub(crate) version: http::Version,
    /// The operation of the description.
    pub(crate) operation: Option<Arc<str>>,
    /// The status of the answer, and of the API's own.
    pub(crate) status: Option<u64>,
    pub(crate) answered: Option<u64>,
    pub(crate) outcome: &'static str,
    /// The policy that refused it, and the code.
    pub(crate) refused: Option<(&'static str, &'static str)>,
    /// Whether its answer came to no good end.
    pub(crate) is_broken: bool,
}

/// A step of a request: its name, and when it began and ended, in nanoseconds since the request did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) from_ns: u64,
    pub(super) to_ns: u64,
}

/// A request that came to its end.
#[derive(Debug)]
pub(crate) struct Told {
    pub(super) trace: Trace,
    pub(super) about: About,
    pub(super) steps: Vec<Step>,
    pub(super) took_ns: u64,
}

/// A request whose record is not safe yet. It is told when this is dropped.
#[derive(Debug)]
pub(crate) struct Ending {
    told: Option<Box<Told>>,
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl Trace {
    pub(super) fn begin(
        tracer: Arc<Tracer>,
        (id, first): ([u8; 16], u64),
        outer: Option<context::Outer>,
        is_sampled: bool,
        now_ms: u64,
    ) -> Self {
        let (parent, state) = outer.map_or((None, None), |outer| (Some(outer.parent), outer.state));
        Self {
            tracer,
            id,
            // Never zero, which no id of a span may be.
            first: (first >> 1) | 1,
            parent,
            state,
            is_sampled,
            began_ns: now_ms.saturating_mul(1_000_000),
            began: now(),
            instance: None,
        }
    }

    /// What keeps when the steps of the request end, where anybody will be told.
    pub(crate) fn steps(&self) -> Option<Steps> {
        self.is_sampled.then(|| Steps::new(now))
    }

    /// The id of the trace, in hexadecimal.
    pub(crate) fn id(&self) -> String {
        to_hex(&self.id)
    }

    /// The id of one of its spans.
    pub(super) fn span(&self, number: u64) -> [u8; 8] {
        self.first.saturating_add(number).to_be_bytes()
    }

    /// Tells the API which trace this is, in the place of what the client said.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        headers.remove(TRACEPARENT);
        headers.remove(TRACESTATE);
        let parent = context::written(self.id, self.span(UPSTREAM), self.is_sampled);
        if let Ok(parent) = HeaderValue::from_str(&parent) {
            headers.insert(TRACEPARENT, parent);
            if let Some(state) = &self.state {
                headers.insert(TRACESTATE, state.clone());
            }
        }
    }

    /// An instance of the API answered.
    pub(crate) fn answered_by(&mut self, instance: &str) {
        if self.is_sampled {
            self.instance = Some(instance.to_owned());
        }
    }

    /// The request is answered, but for its record. Nothing where nobody is told.
    pub(crate) fn ended(
        self,
        steps: Option<&Steps>,
        about: impl FnOnce() -> About,
    ) -> Option<Ending> {
        let ended = steps.filter(|_| self.is_sampled)?.ended();
        let mut from_ns = 0;
        let steps = ended.iter().map(|(name, at)| {
            let to_ns = nanos(at.saturating_duration_since(self.began)).max(from_ns);
            Step { name, from_ns: std::mem::replace(&mut from_ns, to_ns), to_ns }
        });
        let steps = steps.collect();
        let took_ns = nanos(now().saturating_duration_since(self.began));
        let told = Told { trace: self, about: about(), steps, took_ns };
        Some(Ending { told: Some(Box::new(told)) })
    }
}

/// The numbers of the spans of a request: itself, what was asked of the API, and the first of the others.
pub(super) const REQUEST: u64 = 0;
pub(super) const UPSTREAM: u64 = 1;
pub(super) const OTHERS: u64 = 2;

fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Ending {
    /// The record is safe, or will never be.
    pub(crate) fn recorded(&mut self, is_safe: bool) {
        let Some(told) = &mut self.told else { return };
        let to_ns = nanos(now().saturating_duration_since(told.trace.began));
        told.steps.push(Step { name: "record", from_ns: told.took_ns, to_ns });
        told.took_ns = to_ns;
        if !is_safe {
            told.about.is_broken = true;
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(told) = self.told.take() {
            let tracer = told.trace.tracer.clone();
            tracer.tell(told);
        }
    }
}

impl Told {
    /// How many spans it is.
    pub(super) fn spans(&self) -> u64 {
        self.steps.len() as u64 + 1
    }
}
