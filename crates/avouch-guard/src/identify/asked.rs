//! What issuers said of tokens when they were asked (RFC 7662), and who is asking now.

use super::cache::{Cache, Print};
use super::faults::Fault;
use super::verified::Verified;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long a good answer is believed, in milliseconds, and never past the token's end.
pub(super) const GOOD_MS: u64 = 30_000;
/// How long an answer is believed that the token is not good.
const BAD_MS: u64 = 5_000;
/// How long an issuer is not asked again about a token after it could not be asked.
const FAILED_MS: u64 = 1_000;
/// A question that was not heard of for so long is given up.
const QUESTION_MS_MAX: u64 = 10_000;
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
    answers: Cache<(Answered, u64)>,
    questions: Mutex<HashMap<Print, u64>>,
}

impl Asked {
    pub(super) fn new(entries_max: usize) -> Self {
        Self { answers: Cache::new(entries_max), questions: Mutex::default() }
    }

    /// What to do about a token. Whoever is told to ask is the only one.
    pub(super) fn next(&self, print: &Print, now_ms: u64) -> Next {
        if let Some((answer, until)) = self.answers.find(print)
            && now_ms < until
        {
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
        let until = match &answer {
            Answered::Good(verified) => now_ms.saturating_add(GOOD_MS).min(verified.times.until_ms),
            Answered::Bad(_) => now_ms.saturating_add(BAD_MS),
            Answered::Failed => now_ms.saturating_add(FAILED_MS),
        };
        self.answers.keep(print, (answer, until));
        self.questions.lock().unwrap_or_else(PoisonError::into_inner).remove(&print);
    }
}
