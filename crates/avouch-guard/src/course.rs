//! What is known of a request on its way, and why it may not go on.

use crate::identify::{Pending, Question};
use crate::limit::Told;
use crate::own::Look;
use crate::principal::Principal;
use crate::refusal::Refusal;
use crate::validate::BodyPlan;
use std::sync::Arc;
use std::time::Instant;

/// What is known of a request, as far as it came. It is recorded whole, whatever became of it.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// The operation's id.
    pub operation: Option<Arc<str>>,
    /// Its place in the catalogue.
    pub index: Option<usize>,
    /// Who asks.
    pub principal: Option<Arc<Principal>>,
    /// Ids of objects it is about.
    pub objects: Vec<String>,
    /// The policies that decided.
    pub policies: Vec<Arc<str>>,
    /// What would have been refused, had the policy not only watched.
    pub observed: Vec<Refusal>,
    /// Headers that carried credentials, which the API does not get.
    pub withheld: Vec<http::HeaderName>,
    /// What may come after its head.
    pub body: Option<BodyPlan>,
    /// What the API is to be asked before it goes on: whose the object is.
    pub looks: Vec<Look>,
    /// The limit that it is nearest to.
    pub told: Option<Told>,
    /// Whether it only asks which methods a path has, and is forwarded.
    pub(crate) preflight: bool,
    /// Whether the limits that are asked first were asked: a request that waits for its issuer is
    /// counted once.
    pub(crate) counted: bool,
    /// When its steps ended, where somebody wants to know.
    pub steps: Option<Steps>,
}

impl Course {
    /// A step of it came to its end.
    pub fn step(&mut self, name: &'static str) {
        if let Some(steps) = &mut self.steps {
            steps.end(name);
        }
    }
}

/// LIMIT: steps that are kept. A request has about ten.
const STEPS_MAX: usize = 32;

/// When the steps of a request ended, one after the other. The clock is the caller's.
#[derive(Clone, Debug)]
pub struct Steps {
    clock: fn() -> Instant,
    ended: Vec<(&'static str, Instant)>,
}

impl Steps {
    /// None yet, by that clock.
    pub fn new(clock: fn() -> Instant) -> Self {
        Self { clock, ended: Vec::new() }
    }

    fn end(&mut self, name: &'static str) {
        if self.ended.len() < STEPS_MAX {
            self.ended.push((name, (self.clock)()));
        }
    }

    /// Each with its end.
    pub fn ended(&self) -> &[(&'static str, Instant)] {
        &self.ended
    }
}

/// Why a request does not go on.
#[derive(Clone, Debug)]
pub enum Halt {
    /// It is refused.
    Refused(Refusal),
    /// Somebody else knows who asks: ask, and decide again.
    Ask(Question),
    /// The same was asked before: decide again when it was answered.
    Wait(Pending),
    /// It is answered here: the value of `Allow` for a question for methods.
    Allow(String),
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
