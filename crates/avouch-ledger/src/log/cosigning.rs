//! Having checkpoints cosigned by witnesses, beside the writing: nobody waits for a witness but the
//! next checkpoint, and that not for long.

use super::consult::{Consulted, Seat, consult};
use super::core::{Core, Stop, lock};
use crate::merkle::{Frontier, Hash, Range};
use crate::note::{Note, Signature};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long the next checkpoint waits for witnesses to answer to the last one.
const HOLD: Duration = Duration::from_secs(6);

/// How long a witness that failed is left alone, at first and at most.
const BACK_OFF_FIRST: Duration = Duration::from_secs(1);
const BACK_OFF_MOST: Duration = Duration::from_mins(5);

/// How long to wait for something to do.
const PAUSE: Duration = Duration::from_millis(500);

/// Rounds after which the place to go on from is written down again.
const ROUNDS_A_NOTE: u64 = 64;

/// LIMIT: witnesses of one log. With the log's own, a note has no more than 16 signatures.
pub const WITNESSES_MAX: usize = 15;

/// How a witness stands to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// Entries that it cosigned since the writer started.
    pub size: Option<u64>,
    /// Why it did not cosign what was asked last.
    pub problem: Option<String>,
}

/// A published checkpoint.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) note: Note,
    pub(crate) frontier: Frontier,
}

/// A witness with what is known of it.
#[derive(Debug)]
struct Chair {
    seat: Seat,
    /// The tree that it cosigned last, and what came since.
    base: Option<(Frontier, Range)>,
    /// The same for the checkpoint that it is being asked about.
    next: Option<(Frontier, Range)>,
    size: Option<u64>,
    failures: u32,
    not_before: Duration,
    problem: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    chairs: Vec<Chair>,
    offer: Option<Offer>,
    busy_since: Option<Duration>,
    rounds: u64,
    ending: bool,
    contradiction: Option<String>,
}

/// What is shared between who publishes and who asks.
#[derive(Debug, Default)]
pub(crate) struct Cosigning {
    state: Mutex<State>,
    bell: Condvar,
}

/// A question to one witness.
struct Question {
    place: usize,
    seat: Seat,
    /// The size that it cosigned last and the proof from there, if it is known.
    from: Option<(u64, Vec<Hash>)>,
}

impl Cosigning {
    /// Lets these witnesses be asked from now on.
    pub(crate) fn seat(&self, seats: Vec<Seat>) {
        let chair = |seat| Chair {
            seat,
            base: None,
            next: None,
            size: None,
            failures: 0,
            not_before: Duration::ZERO,
            problem: None,
        };
        lock(&self.state).chairs = seats.into_iter().take(WITNESSES_MAX).map(chair).collect();
    }

    /// Tells of a checkpoint that was published, and of what was added since the one before.
    pub(crate) fn offer(&self, note: &Note, frontier: &Frontier, grown: &Range) {
        let mut state = lock(&self.state);
        for chair in &mut state.chairs {
            for known in [&mut chair.base, &mut chair.next] {
                if known.as_mut().is_some_and(|(_, range)| !range.append(grown)) {
                    *known = None;
                }
            }
        }
        state.offer = Some(Offer { note: note.clone(), frontier: frontier.clone() });
        drop(state);
        self.bell.notify_all();
    }

    /// Whether the next checkpoint should wait until the witnesses answered to the last one.
    pub(crate) fn holds(&self, now: Duration) -> bool {
        let since = lock(&self.state).busy_since;
        since.is_some_and(|since| now.saturating_sub(since) < HOLD)
    }

    /// How the witnesses stand.
    pub(crate) fn standings(&self) -> Vec<Standing> {
        let standing = |chair: &Chair| Standing {
            name: chair.seat.name().to_owned(),
            size: chair.size,
            problem: chair.problem.clone(),
        };
        lock(&self.state).chairs.iter().map(standing).collect()
    }

    /// Why the log cannot be the one that a witness knows.
    pub(crate) fn contradiction(&self) -> Option<String> {
        lock(&self.state).contradiction.clone()
    }

    /// Lets the asking end, after a last round unless it is to end at once.
    pub(crate) fn end(&self, at_once: bool) {
        let mut state = lock(&self.state);
        state.ending = true;
        if at_once {
            state.offer = None;
        }
        drop(state);
        self.bell.notify_all();
    }

    /// Waits until there is something to ask; `false` when there never will be.
    pub(crate) fn wait(&self, now: impl Fn() -> Duration) -> bool {
        let mut state = lock(&self.state);
        loop {
            if state.is_due(now()) {
                return true;
            }
            if state.ending {
                return false;
            }
            let waited = self.bell.wait_timeout(state, PAUSE);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn begin(&self, now: Duration) -> Option<(Offer, Vec<Question>)> {
        let mut state = lock(&self.state);
        let offer = state.offer.clone()?;
        let size = offer.frontier.size();
        let mut questions = Vec::new();
        for (place, chair) in state.chairs.iter_mut().enumerate() {
            if !chair.is_due(size, now) {
                continue;
            }
            let from = chair.base.as_ref().and_then(|(frontier, range)| {
                Some((frontier.size(), range.consistency(frontier)?))
            });
            chair.next = Some((offer.frontier.clone(), Range::at(size)));
            questions.push(Question { place, seat: chair.seat.clone(), from });
        }
        state.busy_since = Some(now);
        Some((offer, questions))
    }

    /// Takes in what was answered. Whether it is time to write down where to go on from.
    fn finish(&self, size: u64, answers: &[(usize, Consulted)], now: Duration) -> bool {
        let mut state = lock(&self.state);
        state.busy_since = None;
        state.rounds += 1;
        let due = state.rounds.is_multiple_of(ROUNDS_A_NOTE);
        for (place, answer) in answers {
            if let Some(why) = answer.contradiction() {
                state.contradiction.get_or_insert(why.to_owned());
            }
            let Some(chair) = state.chairs.get_mut(*place) else { continue };
            match answer {
                Consulted::Cosigned(_) => {
                    chair.base = chair.next.take();
                    (chair.size, chair.failures, chair.problem) = (Some(size), 0, None);
                }
                Consulted::Failed(why) | Consulted::Contradicted(why) => {
                    let factor = 1_u32 << chair.failures.min(16);
                    let pause = BACK_OFF_FIRST.saturating_mul(factor).min(BACK_OFF_MOST);
                    (chair.base, chair.next) = (None, None);
                    (chair.failures, chair.not_before) = (chair.failures + 1, now + pause);
                    chair.problem = Some(why.clone());
                }
            }
        }
        due
    }
}

impl Chair {
    fn is_due(&self, size: u64, now: Duration) -> bool {
        self.size != Some(size) && (self.failures == 0 || now >= self.not_before)
    }
}

impl State {
    fn is_due(&self, now: Duration) -> bool {
        let Some(offer) = &self.offer else { return false };
        self.chairs.iter().any(|chair| chair.is_due(offer.frontier.size(), now))
    }
}

impl Core {
    /// Asks the witnesses that are due about the newest checkpoint, all at once, and publishes it
    /// again with what they signed.
    pub(crate) fn cosign_round(&self) {
        let clock = &self.parts.clock;
        let Some((offer, questions)) = self.cosigning.begin(clock.steady()) else { return };
        let answers: Vec<(usize, Consulted)> = std::thread::scope(|scope| {
            let ask = |question: Question| {
                let offer = &offer;
                let answer = move || consult(self, &question.seat, question.from, offer);
                (question.place, scope.spawn(answer))
            };
            let asked: Vec<_> = questions.into_iter().map(ask).collect();
            let answer =
                |(place, thread): (usize, std::thread::ScopedJoinHandle<'_, Consulted>)| {
                    let lost =
                        |_| Consulted::Failed("asking ended in a mistake of ours".to_owned());
                    (place, thread.join().unwrap_or_else(lost))
                };
            asked.into_iter().map(answer).collect()
        });
        let signatures: Vec<Signature> =
            answers.iter().filter_map(|(_, answer)| answer.signature()).cloned().collect();
        let contradicted = answers.iter().find_map(|(_, answer)| answer.contradiction());
        if let Some(why) = contradicted {
            self.stop(Stop::Contradicted(why.to_owned()));
        } else if !signatures.is_empty() {
            self.add_cosignatures(&offer.note.text, signatures);
        }
        let size = offer.frontier.size();
        if self.cosigning.finish(size, &answers, clock.steady()) {
            self.remember(&offer.frontier);
        }
    }

    /// Asks as long as the ledger is open, and once more when it is closed.
    pub(crate) fn keep_cosigning(&self) {
        while self.cosigning.wait(|| self.parts.clock.steady()) {
            self.cosign_round();
        }
        let newest = lock(&self.cosigning.state).offer.clone();
        if let Some(offer) = newest {
            self.remember(&offer.frontier);
        }
    }

    /// Publishes the newest checkpoint again, with signatures that it did not have yet.
    fn add_cosignatures(&self, text: &str, signatures: Vec<Signature>) {
        let mut output = self.output();
        if matches!(self.durable().stop, Some(Stop::Failed(_) | Stop::Contradicted(_))) {
            return;
        }
        match output.publisher.cosign(text, signatures) {
            Ok(_) => self.note_cover(&output),
            Err(error) => {
                output.writer.stopped = true;
                self.stop(Stop::Failed(error.to_string()));
            }
        }
    }
}

#[cfg(test)]
mod tests;
