//! What holds at a moment, as far as it decides which answer is right.

use super::clock::Clock;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a change may take to hold. The gateway promises a second; the rest is for a busy machine.
const SETTLES_IN: Duration = Duration::from_secs(3);
/// How long tokens of a new key may be answered with 503: until its set is fetched in any case.
const KEYS_SETTLE_IN: Duration = Duration::from_secs(super::provider::MAX_AGE_S + 15);

/// Something that changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    now: bool,
    before: bool,
    since: Duration,
}

impl Held {
    fn always(now: bool) -> Self {
        Self { now, before: now, since: Duration::ZERO }
    }

    fn becomes(&mut self, now: bool, at: Duration) {
        // What changed a moment ago may still be as it was before that.
        let unsettled = self.before != self.now && at < self.since + SETTLES_IN;
        *self = Self { now, before: if unsettled { !now } else { self.now }, since: at };
    }

    /// Whether it may be so for the gateway.
    pub(super) fn may_be(self, value: bool, at: Duration) -> bool {
        self.now == value || (self.before == value && at < self.since + SETTLES_IN)
    }
}

/// An API key and whether it is accepted.
#[derive(Clone, Debug)]
pub(super) struct ApiKey {
    pub(super) id: String,
    pub(super) key: String,
    pub(super) accepted: Held,
}

impl ApiKey {
    /// One that is accepted from the start.
    pub(super) fn first(id: String, key: String) -> Self {
        Self { id, key, accepted: Held::always(true) }
    }
}

/// All of it.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) at: Duration,
    pub(super) upstream: Held,
    pub(super) blocked: Held,
    pub(super) forbidden: Held,
    pub(super) narrow: Held,
    pub(super) keys: Vec<ApiKey>,
    /// The issuer's key of now, by its number, and since when.
    pub(super) signing: (usize, Duration),
}

impl Moment {
    /// Whether it may be that the issuer's newest key is not known yet.
    pub(super) fn keys_are_new(&self) -> bool {
        self.signing.0 > 0 && self.at < self.signing.1 + KEYS_SETTLE_IN
    }
}

/// What holds, and the clock.
#[derive(Debug)]
pub(super) struct World {
    clock: Clock,
    moment: Mutex<Moment>,
}

impl World {
    pub(super) fn new(clock: Clock, key: ApiKey) -> Self {
        let moment = Moment {
            at: Duration::ZERO,
            upstream: Held::always(true),
            blocked: Held::always(false),
            forbidden: Held::always(false),
            narrow: Held::always(false),
            keys: vec![key],
            signing: (0, Duration::ZERO),
        };
        Self { clock, moment: Mutex::new(moment) }
    }

    fn moment(&self) -> MutexGuard<'_, Moment> {
        self.moment.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    /// What holds now.
    pub(super) fn now(&self) -> Moment {
        let mut moment = self.moment().clone();
        moment.at = self.clock.now();
        moment
    }

    pub(super) fn upstream(&self, up: bool) {
        self.moment().upstream.becomes(up, self.clock.now());
    }

    pub(super) fn blocked(&self, is: bool) {
        self.moment().blocked.becomes(is, self.clock.now());
    }

    pub(super) fn forbidden(&self, is: bool) {
        self.moment().forbidden.becomes(is, self.clock.now());
    }

    pub(super) fn narrow(&self, is: bool) {
        self.moment().narrow.becomes(is, self.clock.now());
    }

    /// The issuer has a new key.
    pub(super) fn signed_by(&self, number: usize) {
        self.moment().signing = (number, self.clock.now());
    }

    /// An API key is new. The oldest of many is not used any more.
    pub(super) fn issued(&self, id: String, key: String) {
        let mut accepted = Held::always(false);
        accepted.becomes(true, self.clock.now());
        let mut moment = self.moment();
        moment.keys.push(ApiKey { id, key, accepted });
        let extra = moment.keys.len().saturating_sub(KEYS_MAX);
        moment.keys.drain(..extra);
    }

    pub(super) fn revoked(&self, id: &str) {
        let at = self.clock.now();
        for key in self.moment().keys.iter_mut().filter(|key| key.id == id) {
            key.accepted.becomes(false, at);
        }
    }
}

/// API keys that are used.
const KEYS_MAX: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_holds_surely_after_a_while_and_maybe_before() {
        let at = Duration::from_secs;
        let mut held = Held::always(false);
        held.becomes(true, at(10));
        assert!(held.may_be(true, at(10)) && held.may_be(false, at(12)));
        assert!(held.may_be(true, at(14)) && !held.may_be(false, at(14)));
        held.becomes(false, at(20));
        held.becomes(true, at(21));
        assert!(held.may_be(false, at(22)) && held.may_be(true, at(22)));
        assert!(!held.may_be(false, at(30)));
    }
}
