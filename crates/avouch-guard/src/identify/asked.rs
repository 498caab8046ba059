//! What issuers said of tokens when they were asked (RFC 7662), and who is asking now.

use super::cache::{Cache, Print};
use super::faults::Fault;
use super::verified::Verified;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long a good answer is believed, in milliseconds, and never past the token's end.
const GOOD_MS: u64 = 30_000;
/// How long an answer is believed that the token is not good.
const BAD_MS: u64 = 5_000;
/// How long an issuer is not asked again about a token after it could not be asked.
const FAILED_MS: u64 = 1_000;
/// A question that was not heard of for so long is given up.
const QUESTION_MS_MAX: u64 = 10_000;
/// LIMIT: tokens that are remembered as not good.
const BAD_MAX: usize = 16_384;
/// LIMIT: questions on their way at once. Who makes up tokens cannot make us ask without end.
const QUESTIONS_MAX: usize = 256;

/// What is known of a token.
#[derive(Clone, Debug)]
pub(super) enum Answered {
    Good(Verified),
    Bad(Fault),
    Failed,
}

/// What is to be done about a token.
#[derive(Clone, Debug)]
pub(super) enum Next {
    Known(Answered),
    /// Ask, and put in the answer.
    Ask,
    /// It is being asked about.
    Wait,
    /// Too many are.
    Busy,
}

/// The memory.
#[derive(Debug)]
pub(super) struct Asked {
    good: Cache<(Answered, u64)>,
    /// Apart, so that who makes up tokens does not make good ones be forgotten.
    bad: Cache<(Answered, u64)>,
    questions: Mutex<HashMap<Print, u64>>,
}

impl Asked {
    pub(super) fn new(entries_max: usize) -> Self {
        Self {
            good: Cache::new(entries_max),
            bad: Cache::new(BAD_MAX),
            questions: Mutex::default(),
        }
    }

    /// What to do about a token. Whoever is told to ask is the only one.
    pub(super) fn next(&self, print: &Print, now_ms: u64) -> Next {
        let holds = |(_, until): &(Answered, u64)| now_ms < *until;
        let known =
            self.good.find(print).filter(holds).or_else(|| self.bad.find(print).filter(holds));
        if let Some((answer, _)) = known {
            return Next::Known(answer);
        }
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        let flies = |began: &u64| now_ms < began.saturating_add(QUESTION_MS_MAX);
        if questions.get(print).is_some_and(flies) {
            return Next::Wait;
        }
        if questions.len() >= QUESTIONS_MAX {
            questions.retain(|_, began| flies(began));
        }
        if questions.len() >= QUESTIONS_MAX {
            return Next::Busy;
        }
        questions.insert(*print, now_ms);
        Next::Ask
    }

    /// Puts in an answer.
    pub(super) fn put(&self, print: Print, answer: Answered, now_ms: u64) {
        let (memory, until) = match &answer {
            Answered::Good(verified) => {
                let end = verified.times.expires_ms;
                // Its issuer's clock may be behind ours: the answer holds for a moment all the same,
                // or it would be asked for without end.
                let end = if end > now_ms { end } else { now_ms.saturating_add(FAILED_MS) };
                (&self.good, now_ms.saturating_add(GOOD_MS).min(end))
            }
            Answered::Bad(_) => (&self.bad, now_ms.saturating_add(BAD_MS)),
            Answered::Failed => (&self.bad, now_ms.saturating_add(FAILED_MS)),
        };
        memory.keep(print, (answer, until));
        self.questions.lock().unwrap_or_else(PoisonError::into_inner).remove(&print);
    }
}
