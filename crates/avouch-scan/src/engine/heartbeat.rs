//! O12: a valid request now and then, so that a dead session is not taken for an answer.

use super::sender::Sender;
use crate::corpus::{Corpus, Sample};
use crate::oracle::block::blocked;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::same_shape;
use crate::step::Request;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::report::Ending;
use std::collections::{BTreeMap, BTreeSet};

/// A request that says whether a session lives.
#[derive(Clone, Debug)]
struct Beat {
    request: Request,
    good: Answer,
}

/// One beat for each identity.
#[derive(Clone, Debug, Default)]
pub struct Heartbeat {
    beats: BTreeMap<Who, Beat>,
}

/// What the beats said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pulse {
    /// All sessions asked about live.
    Alive,
    /// These do not.
    Dead(BTreeSet<Who>),
    /// Nothing can be said: the target blocks us or is gone.
    Lost(Ending),
}

impl Heartbeat {
    /// Knows only what the front page was answered: enough to notice a target that blocks everybody.
    pub fn of_front(path: &str, front: Option<&Answer>) -> Self {
        let good = front.filter(|answer| blocked(answer).is_none());
        let beat = good.map(|good| Beat { request: Request::read(path), good: good.clone() });
        Self { beats: beat.map(|beat| (Who::Nobody, beat)).into_iter().collect() }
    }

    /// Chooses for each identity a read that it may make and nobody else without a credential may,
    /// and for nobody a read that anybody may make; the front page when there is none.
    pub fn choose(corpus: &Corpus, identities: &[Who], front: &Self) -> Self {
        let beats =
            Who::ALL.into_iter().filter(|who| identities.contains(who) || *who == Who::Nobody);
        let beats = beats.filter_map(|who| {
            let good = |sample: &&Sample| {
                sample.who == who && sample.answer().is_some_and(|answer| !refuses(answer))
            };
            let mut samples = corpus.samples().iter().filter(good);
            let chosen = samples.find(|sample| who == Who::Nobody || is_guarded(corpus, sample))?;
            Some((who, Beat { request: chosen.request.clone(), good: chosen.answer()?.clone() }))
        });
        Self { beats: front.beats.clone().into_iter().chain(beats).collect() }
    }

    /// Identities whose session's death could not be noticed.
    pub fn deaf_to(&self, identities: &[Who]) -> Vec<Who> {
        let has_none = |who: &&Who| **who != Who::Nobody && !self.beats.contains_key(who);
        identities.iter().filter(has_none).copied().collect()
    }

    /// Asks whether the sessions of these identities live.
    pub async fn beat(&self, sender: &Sender, identities: &BTreeSet<Who>) -> Pulse {
        let mut dead = BTreeSet::new();
        for who in std::iter::once(&Who::Nobody).chain(identities) {
            let Some(beat) = self.beats.get(who) else { continue };
            let mut exchange = sender.send_vital(&beat.request).await;
            if !exchange.answer().is_some_and(|answer| lives(beat, answer)) {
                // Once more: one broken connection or odd answer is no death.
                exchange = sender.send_vital(&beat.request).await;
            }
            let Some(answer) = exchange.answer() else {
                let last = sender.last_probes();
                let why =
                    format!("a request that worked before has no answer; the last were {last}");
                return Pulse::Lost(Ending::TargetGone(why));
            };
            if let Some(why) = blocked(answer) {
                return Pulse::Lost(Ending::Blocked(why));
            }
            if lives(beat, answer) {
                continue;
            }
            if *who == Who::Nobody {
                let path = beat.request.path();
                let why =
                    format!("{path}, which anybody could read, is answered {} now", answer.status);
                return Pulse::Lost(Ending::Blocked(why));
            }
            dead.insert(*who);
        }
        if dead.is_empty() { Pulse::Alive } else { Pulse::Dead(dead) }
    }
}

/// Whether strangers are refused where this sample was answered.
fn is_guarded(corpus: &Corpus, sample: &Sample) -> bool {
    let mut strangers = corpus.of(&sample.operation, Who::Nobody).peekable();
    strangers.peek().is_some()
        && strangers.all(|s| s.answer().is_some_and(|answer| matches!(answer.status, 401 | 403)))
}

fn lives(beat: &Beat, answer: &Answer) -> bool {
    if answer.status != beat.good.status || blocked(answer).is_some() {
        return false;
    }
    // A front page that refuses from the beginning is told by its status alone.
    refuses(&beat.good) || (!refuses(answer) && same_shape(&beat.good, answer))
}
