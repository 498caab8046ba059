//! A task that shows whether a model did as it was told: a word it has to put together itself.
//!
//! The word's halves are in the question, the word is not, so an answer that repeats its question
//! shows nothing. Putting two halves together is within reach of the smallest model.

use super::chat::Chat;
use super::said::said;
use crate::context::Context;
use crate::oracle::block;
use crate::oracle::refusal::refuses;
use crate::step::{Request, Step};
use crate::tape::Tape;
use avouch_model::exchange::Outcome;
use avouch_model::identity::Who;

/// Letters of each half.
const HALF: usize = 7;

/// A word in two halves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Task {
    first: String,
    second: String,
}

/// What came of saying something.
pub(super) enum Heard {
    /// The words of the answer, and its place among the exchanges.
    Words(String, usize),
    /// What was said was turned away, as a guard in front of a model does: how.
    Refused(String),
    /// There was no answer of a model: why.
    Silence(String),
}

impl Heard {
    /// The words, and their place among the exchanges; else why there are none.
    pub(super) fn words(self) -> Result<(String, usize), String> {
        match self {
            Self::Words(text, index) => Ok((text, index)),
            Self::Refused(why) | Self::Silence(why) => Err(why),
        }
    }
}

impl Task {
    /// A word for that label.
    pub(super) fn new(ctx: &Context<'_>, label: &str) -> Self {
        let half = |which: &str| ctx.nonces.word(&format!("{label} {which}"), HALF);
        Self { first: half("first"), second: half("second") }
    }

    /// What is to be done, in words.
    pub(super) fn words(&self) -> String {
        format!(
            "write one word made of {} directly followed by {}, without a space between",
            self.first, self.second
        )
    }

    /// The halves.
    pub(super) fn halves(&self) -> (&str, &str) {
        (&self.first, &self.second)
    }

    /// Whether the word was put together.
    pub(super) fn is_done(&self, text: &str) -> bool {
        text.to_lowercase().contains(&format!("{}{}", self.first, self.second))
    }
}

/// Says something as somebody.
pub(super) fn say(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    chat: &Chat<'_>,
    who: Who,
    words: &str,
) -> Result<Heard, Step> {
    hear(tape, chat.say(ctx, words), who)
}

/// Sends what was said as somebody, and takes the words of the answer.
pub(super) fn hear(tape: &mut Tape<'_>, request: Request, who: Who) -> Result<Heard, Step> {
    let tried = tape.send_any(request.by(who))?;
    Ok(match &tried.exchange.outcome {
        Outcome::Failed(failure) => Heard::Silence(failure.to_string()),
        Outcome::Answered(answer) => match block::blocked(answer) {
            Some(why) => Heard::Silence(why),
            None if refuses(answer) => {
                let why = format!("{who} was answered {}", answer.status);
                match answer.status {
                    200..=299 | 400 | 403 | 406 | 409 | 413 | 418 | 422 | 451 => {
                        Heard::Refused(why)
                    }
                    _ => Heard::Silence(why),
                }
            }
            None => Heard::Words(said(answer), tried.index),
        },
    })
}
