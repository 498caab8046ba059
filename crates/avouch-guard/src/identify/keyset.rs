//! When an issuer's keys are fetched, which ones hold meanwhile, and what is said of a key that is not
//! among them.
//!
//! A machine of values: it is told the time and what came of each fetch, and says whether to fetch. Two
//! troubles pull at it. An issuer that changes its keys must not cost a customer an answer of 401; and
//! whoever makes up key ids must not be able to make us ask the issuer. So a key that is missing is asked
//! for once in a cool-down, and until it is known to be missing the answer is that we cannot tell.

use super::jwk::KeySet;
use super::text::sha256;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// LIMIT: milliseconds between two fetches that tokens caused, at first and at most.
const COOL_DOWN_MS: std::ops::RangeInclusive<u64> = 30_000..=300_000;
/// Milliseconds between two attempts after one that failed, at first and at most.
const RETRY_MS: std::ops::RangeInclusive<u64> = 1_000..=60_000;
/// Milliseconds for which an issuer may say that its answer holds.
const AGE_MS: std::ops::RangeInclusive<u64> = 30_000..=3_600_000;
/// A set is fetched again after this many milliseconds, whatever the issuer says.
const REFRESH_MS_MAX: u64 = 600_000;
/// How long the last set holds when the issuer gives none.
pub(super) const STALE_MS_MAX: u64 = 24 * 3_600_000;
/// A fetch that was not heard of for so long is given up.
const FETCH_MS_MAX: u64 = 10_000;
/// How long an id that was not in the set is known to be none.
const ABSENT_MS: u64 = 60_000;
/// LIMIT: ids that are remembered as asked for, and as absent.
const IDS_MAX: usize = 1_024;

/// The right to fetch, given to one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    number: u64,
    /// Whether a token caused it.
    demanded: bool,
    began_ms: u64,
}

/// What is known of a key.
#[derive(Clone, Debug)]
pub(super) enum Look {
    /// It is among these, which are the set of that generation.
    Keys(Arc<KeySet>, u64),
    /// Fetch, and look again.
    Fetch(Ticket),
    /// It is being fetched; look again when it was.
    Wait,
    /// It was not in the set, which was fetched after it was asked for.
    Absent,
    /// It is not in the set that is known, and the next one is not fetched before these seconds.
    Undecided(u32),
    /// There is no set, or none that still holds.
    Unavailable(u32),
}

/// The keys of one issuer through time. All times are in milliseconds since 1970.
#[derive(Clone, Debug)]
pub(super) struct Clockwork {
    seed: u64,
    set: Option<Arc<KeySet>>,
    generation: u64,
    /// When the fetch began that brought the set or confirmed it.
    fetched_ms: u64,
    /// How long the set holds since then.
    holds_ms: u64,
    /// Whether the set was kept over a restart, and the issuer was not heard of since.
    is_restored: bool,
    refresh_ms: u64,
    retry_ms: u64,
    failures: u32,
    flight: Option<Ticket>,
    flights: u64,
    cool_ms: u64,
    cool_until_ms: u64,
    /// Ids asked for since the last fetch began, and those it was to find.
    asked: HashSet<Id>,
    sought: HashSet<Id>,
    /// Ids that were not in the set, and until when that is believed.
    absent: HashMap<Id, u64>,
}

/// The digest of an id, so that what a stranger makes up takes no room.
type Id = [u8; 32];

fn id(kid: Option<&str>) -> Id {
    sha256(kid.unwrap_or_default().as_bytes())
}

fn seconds(milliseconds: u64) -> u32 {
    u32::try_from(milliseconds.div_ceil(1_000).max(1)).unwrap_or(u32::MAX)
}

impl Clockwork {
    /// One that knows nothing yet. The seed spreads the fetches of many over time.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            set: None,
            generation: 0,
            fetched_ms: 0,
            holds_ms: STALE_MS_MAX,
            is_restored: false,
            refresh_ms: 0,
            retry_ms: 0,
            failures: 0,
            flight: None,
            flights: 0,
            cool_ms: *COOL_DOWN_MS.start(),
            cool_until_ms: 0,
            asked: HashSet::new(),
            sought: HashSet::new(),
            absent: HashMap::new(),
        }
    }

    /// The number of changes the set has seen.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.set.as_ref().map_or(0, |set| set.len())
    }

    /// Until when the set holds that is known.
    pub(super) fn holds_until_ms(&self) -> u64 {
        if self.set.is_some() { self.fetched_ms.saturating_add(self.holds_ms) } else { 0 }
    }

    /// Whether the set was kept over a restart, and the issuer was not heard of since.
    pub(super) fn is_restored(&self) -> bool {
        self.is_restored
    }

    /// When it was fetched or confirmed last.
    pub(super) fn fetched_ms(&self) -> Option<u64> {
        self.set.is_some().then_some(self.fetched_ms)
    }

    /// The fetch that is due by the clock alone.
    pub(super) fn due(&mut self, now_ms: u64) -> Option<Ticket> {
        let at = if self.failures > 0 { self.retry_ms } else { self.refresh_ms };
        (now_ms >= at && !self.flying(now_ms)).then(|| self.begin(false, now_ms))
    }

    /// What is known of the key with that id, or of any key.
    pub(super) fn look(&mut self, kid: Option<&str>, now_ms: u64) -> Look {
        let Some(set) = self.set.clone() else { return self.nothing(now_ms) };
        if now_ms >= self.holds_until_ms() {
            return self.nothing(now_ms);
        }
        if set.len() == 0 {
            return self.demand(now_ms).unwrap_or_else(|ms| Look::Unavailable(seconds(ms)));
        }
        if set.knows(kid) {
            return Look::Keys(set, self.generation);
        }
        let id = id(kid);
        if self.absent.get(&id).is_some_and(|until| now_ms < *until) {
            return Look::Absent;
        }
        if self.asked.len() < IDS_MAX {
            self.asked.insert(id);
        }
        self.demand(now_ms).unwrap_or_else(|ms| Look::Undecided(seconds(ms)))
    }

    /// A signature was none of the keys of that generation: some issuers put new material under an old
    /// id. `None` when there is nothing newer to try.
    pub(super) fn distrust(&mut self, generation: u64, now_ms: u64) -> Option<Look> {
        match &self.set {
            Some(set) if self.generation != generation => {
                Some(Look::Keys(Arc::clone(set), self.generation))
            }
            _ => self.demand(now_ms).ok(),
        }
    }

    /// A fetch because of a token: once in a cool-down, or after how many milliseconds.
    fn demand(&mut self, now_ms: u64) -> Result<Look, u64> {
        if self.flying(now_ms) {
            return Ok(Look::Wait);
        }
        let at = self.cool_until_ms.max(if self.failures > 0 { self.retry_ms } else { 0 });
        if now_ms < at {
            return Err(at - now_ms);
        }
        // Nobody asked for a while: what was missing then says nothing of now.
        if now_ms >= self.cool_until_ms.saturating_add(*COOL_DOWN_MS.end()) {
            self.cool_ms = *COOL_DOWN_MS.start();
        }
        self.cool_until_ms = now_ms.saturating_add(self.cool_ms);
        Ok(Look::Fetch(self.begin(true, now_ms)))
    }

    fn nothing(&mut self, now_ms: u64) -> Look {
        match self.due(now_ms) {
            Some(ticket) => Look::Fetch(ticket),
            None if self.flying(now_ms) => Look::Wait,
            None => {
                let at = if self.failures > 0 { self.retry_ms } else { self.refresh_ms };
                Look::Unavailable(seconds(at.saturating_sub(now_ms)))
            }
        }
    }

    fn flying(&self, now_ms: u64) -> bool {
        self.flight.is_some_and(|flight| now_ms < flight.began_ms.saturating_add(FETCH_MS_MAX))
    }

    fn begin(&mut self, demanded: bool, now_ms: u64) -> Ticket {
        self.flights += 1;
        let ticket = Ticket { number: self.flights, demanded, began_ms: now_ms };
        self.flight = Some(ticket);
        self.sought = std::mem::take(&mut self.asked);
        ticket
    }

    /// Whether the ticket is the one that is out. What comes after it was given up is not believed:
    /// another fetch may have brought something newer.
    fn lands(&mut self, ticket: Ticket) -> bool {
        let current = self.flight == Some(ticket);
        if current {
            self.flight = None;
        }
        current
    }

    /// The fetch brought a set; whether it is another than before. The age is what the issuer allows
    /// (`max-age`, RFC 9111).
    pub(super) fn fetched(
        &mut self,
        ticket: Ticket,
        set: KeySet,
        age_ms: Option<u64>,
        now_ms: u64,
    ) -> bool {
        if !self.lands(ticket) {
            return false;
        }
        let changed = self.set.as_ref().is_none_or(|old| !old.same_as(&set));
        if changed {
            self.set = Some(Arc::new(set));
            self.generation += 1;
        }
        self.confirm(ticket, changed, age_ms, now_ms);
        changed
    }

    /// The issuer says that its set is the one that is known; whether there is one.
    pub(super) fn unchanged(&mut self, ticket: Ticket, age_ms: Option<u64>, now_ms: u64) -> bool {
        if self.set.is_none() {
            self.failed(ticket, now_ms);
            return false;
        }
        if self.lands(ticket) {
            self.confirm(ticket, false, age_ms, now_ms);
        }
        true
    }

    fn confirm(&mut self, ticket: Ticket, changed: bool, age_ms: Option<u64>, now_ms: u64) {
        self.failures = 0;
        self.fetched_ms = ticket.began_ms;
        (self.holds_ms, self.is_restored) = (STALE_MS_MAX, false);
        let age = age_ms.map_or(REFRESH_MS_MAX, |age| age.clamp(*AGE_MS.start(), *AGE_MS.end()));
        self.refresh_ms = now_ms.saturating_add(self.spread(age.min(REFRESH_MS_MAX)));
        if changed {
            self.cool_ms = *COOL_DOWN_MS.start();
        } else if ticket.demanded {
            self.cool_ms = self.cool_ms.saturating_mul(2).min(*COOL_DOWN_MS.end());
        }
        self.absent.retain(|_, until| now_ms < *until);
        let until = now_ms.saturating_add(ABSENT_MS);
        for id in std::mem::take(&mut self.sought) {
            if self.absent.len() < IDS_MAX {
                self.absent.insert(id, until);
            }
        }
        // What came with the set is absent no more.
        if let Some(set) = &self.set {
            for kid in set.ids() {
                self.absent.remove(&id(Some(kid)));
            }
        }
    }

    /// The fetch brought nothing that can be used. The last set holds on.
    pub(super) fn failed(&mut self, ticket: Ticket, now_ms: u64) {
        if !self.lands(ticket) {
            return;
        }
        let pause = RETRY_MS.start() << self.failures.min(6);
        self.failures = self.failures.saturating_add(1);
        self.retry_ms = now_ms.saturating_add(self.spread(pause.min(*RETRY_MS.end())));
        // Nothing was learnt about these: they are asked for with the next fetch.
        for id in std::mem::take(&mut self.sought) {
            if self.asked.len() < IDS_MAX {
                self.asked.insert(id);
            }
        }
    }

    /// A set that was kept over a restart, when it had been fetched, and how long it holds since then. What
    /// was fetched since stands.
    pub(super) fn restored(
        &mut self,
        set: KeySet,
        fetched_ms: u64,
        holds_ms: u64,
        now_ms: u64,
    ) -> bool {
        let holds_ms = holds_ms.min(STALE_MS_MAX);
        let fresh = fetched_ms <= now_ms && now_ms < fetched_ms.saturating_add(holds_ms);
        if self.set.is_some() || !fresh {
            return false;
        }
        self.set = Some(Arc::new(set));
        self.generation += 1;
        self.fetched_ms = fetched_ms;
        (self.holds_ms, self.is_restored) = (holds_ms, true);
        true
    }

    /// Four to five fifths of a time, so that many do not fetch at once.
    fn spread(&self, milliseconds: u64) -> u64 {
        // SplitMix64's last steps, over the seed and the count of fetches.
        let mut mixed = self.seed ^ self.flights.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        milliseconds * (800 + (mixed >> 32) % 201) / 1_000
    }
}
