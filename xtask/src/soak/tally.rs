//! What clients saw.

use super::asks::Kind;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What clients saw.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Seen>);

/// All of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Requests that were made, whether their answer was waited for or not.
    pub(super) requests: u64,
    /// Answers by kind and status; 0 where nobody waited.
    pub(super) answers: BTreeMap<(Kind, u16), u64>,
    /// Hashes of the ids of answers.
    pub(super) ids: Vec<u64>,
    /// Answers that were not right, and why, of the first ones of each kind.
    pub(super) wrong: u64,
    pub(super) wrongs: BTreeMap<Kind, Vec<String>>,
    /// Answers that took so long, in powers of two milliseconds.
    pub(super) took: [u64; 16],
}

/// Wrong answers that are kept, of each kind.
const WRONGS_MAX: usize = 8;

impl Tally {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn answered(&self, kind: Kind, status: u16, id: &str, took: Duration) {
        let mut seen = self.seen();
        seen.requests += 1;
        *seen.answers.entry((kind, status)).or_default() += 1;
        seen.ids.push(hash(id));
        let power = usize::try_from((took.as_millis().max(1)).ilog2()).unwrap_or(usize::MAX);
        let last = seen.took.len() - 1;
        if let Some(count) = seen.took.get_mut(power.min(last)) {
            *count += 1;
        }
    }

    /// A request whose answer nobody waited for.
    pub(super) fn left(&self, kind: Kind) {
        let mut seen = self.seen();
        seen.requests += 1;
        *seen.answers.entry((kind, 0)).or_default() += 1;
    }

    pub(super) fn wrong(&self, kind: Kind, at: Duration, why: &str) {
        let mut seen = self.seen();
        seen.wrong += 1;
        let kept = seen.wrongs.entry(kind).or_default();
        if kept.len() < WRONGS_MAX {
            kept.push(format!("{:.1} s, {kind:?}: {why}", at.as_secs_f64()));
        }
    }

    /// Requests and wrong answers so far.
    pub(super) fn so_far(&self) -> (u64, u64) {
        let seen = self.seen();
        (seen.requests, seen.wrong)
    }

    pub(super) fn all(&self) -> Seen {
        self.seen().clone()
    }
}

/// An id as a number: millions of them are compared.
pub(super) fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
