//! What the requests through the gateway amount to. They are counted, not kept: there are too many.

use avouch_model::coding::Digest;
use avouch_model::fact::request::{Request, SeenBy};
use std::collections::BTreeMap;

/// LIMIT: callers whose last request is remembered. Of others it is not known.
pub const CALLERS_MAX: usize = 100_000;

/// LIMIT: bundles of policies that are told apart.
pub const BUNDLES_MAX: usize = 10_000;

/// LIMIT: entries that are named for one thing that is missing.
pub const NAMED_MAX: usize = 100;

const DAY_MS: u64 = 86_400_000;

/// Somebody's last request that was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// The entry.
    pub index: u64,
    /// When, in milliseconds since 1970.
    pub time_ms: u64,
}

/// Entries with something in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub entries: Vec<u64>,
}

impl Counted {
    fn add(&mut self, index: u64) {
        self.count += 1;
        if self.entries.len() < NAMED_MAX {
            self.entries.push(index);
        }
    }
}

/// What requests within a period amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Requests that a gateway decided about.
    pub decided: u64,
    /// Of these, how many were refused.
    pub refused: u64,
    /// Days, counted since 1970, with how many of them.
    pub days: BTreeMap<u64, u64>,
    /// The first and the last entry.
    pub range: Option<(u64, u64)>,
    /// The last moment, in milliseconds since 1970.
    pub last_ms: Option<u64>,
    /// Decided, and the record does not say what was decided, with which policies in force, or what
    /// came of it.
    pub unclear: Counted,
    /// Nothing could be decided, so it was refused.
    pub errors: Counted,
    /// The policies that were in force, with the first and the last entry under each.
    pub bundles: BTreeMap<Digest, (u64, u64)>,
    /// The last request of each caller that was let through. A caller is named as the facts do.
    pub last_use: BTreeMap<String, LastUse>,
    /// Whether there were more callers or bundles than are remembered.
    pub is_cut: bool,
}

impl Requests {
    /// Counts one.
    pub fn add(&mut self, index: u64, time_ms: u64, request: &Request) {
        if !matches!(request.seen_by, SeenBy::Gateway | SeenBy::Adapter) {
            return;
        }
        self.decided += 1;
        *self.days.entry(time_ms / DAY_MS).or_default() += 1;
        self.range = Some((self.range.map_or(index, |(first, _)| first), index));
        self.last_ms = self.last_ms.max(Some(time_ms));
        let outcome = request.status.is_some() || request.because.is_some();
        if request.answer.is_none() || !outcome {
            self.unclear.add(index);
        }
        self.judge(index, time_ms, request);
        if let Some(bundle) = request.bundle {
            let full = self.bundles.len() >= BUNDLES_MAX;
            match self.bundles.get_mut(&bundle) {
                Some((_, last)) => *last = index,
                None if full => self.is_cut = true,
                None => {
                    self.bundles.insert(bundle, (index, index));
                }
            }
        }
    }

    fn judge(&mut self, index: u64, time_ms: u64, request: &Request) {
        use avouch_model::fact::request::Answer;
        match request.answer {
            Some(Answer::Deny) => self.refused += 1,
            Some(Answer::Error) => {
                self.refused += 1;
                self.errors.add(index);
            }
            Some(Answer::Allow | Answer::Observe) => {
                let Some(caller) =
                    request.principal.as_ref().map(avouch_model::coding::Personal::shown)
                else {
                    return;
                };
                let full = self.last_use.len() >= CALLERS_MAX;
                match self.last_use.get_mut(&caller) {
                    Some(last) => *last = LastUse { index, time_ms },
                    None if full => self.is_cut = true,
                    None => {
                        self.last_use.insert(caller, LastUse { index, time_ms });
                    }
                }
            }
            None => (),
        }
    }
}
