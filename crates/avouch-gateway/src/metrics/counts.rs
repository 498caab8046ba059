//! The counters.

use super::histogram::Histogram;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// Words of ours: a policy, and the code of a refusal.
type Reason = (&'static str, &'static str);

/// How requests end, in the words of the ledger.
pub(super) const OUTCOMES: [&str; 4] = ["allow", "observe", "deny", "error"];
/// The classes of status codes; the last is no answer at all.
pub(super) const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "none"];

/// LIMIT: operations that are counted by themselves. Descriptions are read anew while the gateway runs,
/// and names that were once there stay.
const OPERATIONS_MAX: usize = 10_000;
/// LIMIT: issuers that are counted by themselves, for the same reason.
const ISSUERS_MAX: usize = 256;

/// What is counted of a request.
#[derive(Clone, Debug)]
pub(crate) struct Counted<'a> {
    pub(crate) status: Option<u64>,
    pub(crate) outcome: &'static str,
    pub(crate) refused: Option<Reason>,
    pub(crate) observed: Vec<Reason>,
    /// The operation's id, from the description.
    pub(crate) operation: Option<&'a Arc<str>>,
    pub(crate) took_us: u64,
    pub(crate) upstream_us: Option<u64>,
}

/// What was asked of an issuer and how often it went wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) answered: u64,
    pub(super) failed: u64,
}

/// All that is counted. Shared by all threads.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: [[AtomicU64; OUTCOMES.len()]; CLASSES.len()],
    refusals: Mutex<BTreeMap<Reason, u64>>,
    would_refuse: Mutex<BTreeMap<Reason, u64>>,
    upstream_failures: Mutex<BTreeMap<Reason, u64>>,
    operations: RwLock<BTreeMap<Arc<str>, [AtomicU64; OUTCOMES.len()]>>,
    pub(super) took: Histogram,
    pub(super) upstream_took: Histogram,
    pub(super) commits: Histogram,
    pub(super) ledger_failures: AtomicU64,
    pub(super) passed_unrecorded: AtomicU64,
    /// Facts that were appended, are not safe yet, and are waited for.
    pub(super) waiting: AtomicU64,
    pub(super) connections_refused: AtomicU64,
    /// Spans that the collector of traces took, did not take, and that found no room.
    pub(super) spans: [AtomicU64; 3],
    /// Key sets that could not be kept over a restart.
    pub(super) keys_not_kept: AtomicU64,
    key_sets: Mutex<BTreeMap<String, Asked>>,
    introspections: Mutex<BTreeMap<String, Asked>>,
    pub(super) generation: AtomicU64,
    pub(super) reloaded_ms: AtomicU64,
    pub(super) reload_failures: AtomicU64,
}

pub(super) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn add(counts: &Mutex<BTreeMap<Reason, u64>>, reason: Reason) {
    *lock(counts).entry(reason).or_default() += 1;
}

impl Metrics {
    /// Counts a request that came to its end.
    pub(crate) fn count(&self, request: &Counted<'_>) {
        let outcome = OUTCOMES.iter().position(|known| *known == request.outcome);
        let outcome = outcome.unwrap_or(OUTCOMES.len() - 1);
        let class = match request.status {
            Some(status @ 100..600) => {
                usize::try_from(status / 100 - 1).unwrap_or(CLASSES.len() - 1)
            }
            _ => CLASSES.len() - 1,
        };
        if let Some(counter) = self.requests.get(class).and_then(|class| class.get(outcome)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        match request.refused {
            Some(reason @ ("upstream", _)) => add(&self.upstream_failures, reason),
            Some(reason) => add(&self.refusals, reason),
            None => (),
        }
        for reason in &request.observed {
            add(&self.would_refuse, *reason);
        }
        self.took.count(request.took_us);
        if let Some(micros) = request.upstream_us {
            self.upstream_took.count(micros);
        }
        if let Some(operation) = request.operation {
            self.operation(operation, outcome);
        }
    }

    fn operation(&self, operation: &Arc<str>, outcome: usize) {
        let known = self.operations.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = known.get(operation).and_then(|counts| counts.get(outcome)) {
            counter.fetch_add(1, Ordering::Relaxed);
            return;
        }
        drop(known);
        let mut known = self.operations.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= OPERATIONS_MAX && !known.contains_key(operation) {
            return;
        }
        let counts = known.entry(operation.clone()).or_default();
        if let Some(counter) = counts.get(outcome) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A request could not be recorded, so that it got no answer of the API.
    pub(crate) fn unrecorded(&self) {
        self.ledger_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// How often a request could not be recorded.
    pub(crate) fn ledger_failures(&self) -> u64 {
        self.ledger_failures.load(Ordering::Relaxed)
    }

    /// A request passed although it could not be recorded, as the operator chose.
    pub(crate) fn passed_unrecorded(&self) {
        self.passed_unrecorded.fetch_add(1, Ordering::Relaxed);
    }

    /// A fact was appended and is not safe yet.
    pub(crate) fn appended(self: &Arc<Self>) -> Pending {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Pending(self.clone())
    }

    /// A connection found no place.
    pub(crate) fn connection_refused(&self) {
        self.connections_refused.fetch_add(1, Ordering::Relaxed);
    }

    /// So many spans were sent to the collector, which took some and did not take others.
    pub(crate) fn spans_sent(&self, taken: u64, failed: u64) {
        let [taken_so_far, failed_so_far, _] = &self.spans;
        taken_so_far.fetch_add(taken, Ordering::Relaxed);
        failed_so_far.fetch_add(failed, Ordering::Relaxed);
    }

    /// So many spans found no room, and nobody is told of them.
    pub(crate) fn spans_dropped(&self, count: u64) {
        let [.., dropped] = &self.spans;
        dropped.fetch_add(count, Ordering::Relaxed);
    }

    /// An issuer was asked for its keys.
    pub(crate) fn key_set(&self, issuer: &str, answered: bool) {
        Self::asked(&self.key_sets, issuer, answered);
    }

    /// The keys of an issuer could not be kept over a restart.
    pub(crate) fn keys_not_kept(&self) {
        self.keys_not_kept.fetch_add(1, Ordering::Relaxed);
    }

    /// An issuer was asked about a token.
    pub(crate) fn introspected(&self, issuer: &str, answered: bool) {
        Self::asked(&self.introspections, issuer, answered);
    }

    fn asked(counts: &Mutex<BTreeMap<String, Asked>>, issuer: &str, answered: bool) {
        let mut counts = lock(counts);
        if counts.len() >= ISSUERS_MAX && !counts.contains_key(issuer) {
            return;
        }
        let asked = counts.entry(issuer.to_owned()).or_default();
        let count = if answered { &mut asked.answered } else { &mut asked.failed };
        *count += 1;
    }

    /// Another configuration holds from now on.
    pub(crate) fn reloaded(&self, now_ms: u64) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.reloaded_ms.store(now_ms, Ordering::Relaxed);
    }

    /// A configuration was not used.
    pub(crate) fn reload_failed(&self) {
        self.reload_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// What went wrong outside of the gateway since it started.
    pub(crate) fn troubles(&self) -> Troubles {
        let failed = |counts: &Mutex<BTreeMap<String, Asked>>| {
            let counts = lock(counts);
            counts.iter().map(|(issuer, asked)| (issuer.clone(), asked.failed)).collect::<Vec<_>>()
        };
        let mut counts = BTreeMap::new();
        for ((_, code), count) in lock(&self.upstream_failures).iter() {
            counts.insert(Trouble::Upstream(code), *count);
        }
        for (issuer, count) in failed(&self.key_sets) {
            counts.insert(Trouble::KeySet(issuer), count);
        }
        for (issuer, count) in failed(&self.introspections) {
            counts.insert(Trouble::Introspection(issuer), count);
        }
        let [_, failed, dropped] = &self.spans;
        let lost = failed.load(Ordering::Relaxed) + dropped.load(Ordering::Relaxed);
        counts.insert(Trouble::Traces, lost);
        counts.insert(Trouble::KeptKeys, self.keys_not_kept.load(Ordering::Relaxed));
        counts.insert(Trouble::Ledger, self.ledger_failures.load(Ordering::Relaxed));
        Troubles(counts)
    }

    pub(super) fn requests(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        CLASSES.iter().zip(&self.requests).flat_map(|(class, counts)| {
            let counts = OUTCOMES.iter().zip(counts);
            counts.map(|(outcome, count)| (*class, *outcome, count.load(Ordering::Relaxed)))
        })
    }

    pub(super) fn refusals(&self) -> BTreeMap<Reason, u64> {
        lock(&self.refusals).clone()
    }

    pub(super) fn would_refuse(&self) -> BTreeMap<Reason, u64> {
        lock(&self.would_refuse).clone()
    }

    pub(super) fn upstream_failures(&self) -> BTreeMap<Reason, u64> {
        lock(&self.upstream_failures).clone()
    }

    pub(super) fn key_sets(&self) -> BTreeMap<String, Asked> {
        lock(&self.key_sets).clone()
    }

    pub(super) fn introspections(&self) -> BTreeMap<String, Asked> {
        lock(&self.introspections).clone()
    }

    pub(super) fn operations(&self) -> Vec<(Arc<str>, &'static str, u64)> {
        let known = self.operations.read().unwrap_or_else(PoisonError::into_inner);
        let each = known.iter().flat_map(|(id, counts)| {
            let counts = OUTCOMES.iter().zip(counts);
            counts.map(|(outcome, count)| (id.clone(), *outcome, count.load(Ordering::Relaxed)))
        });
        each.filter(|(_, _, count)| *count > 0).collect()
    }
}

/// A fact that is waited for. However the waiting ends, it is over when this is dropped.
#[derive(Debug)]
pub(crate) struct Pending(Arc<Metrics>);

impl Pending {
    /// It became safe after so long, or never will.
    pub(crate) fn ended(self, after_us: Option<u64>) {
        match after_us {
            Some(micros) => self.0.commits.count(micros),
            None => self.0.unrecorded(),
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Something outside of the gateway that does not work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The API gave no answer; the code says how.
    Upstream(&'static str),
    /// The issuer of that name did not give its keys.
    KeySet(String),
    /// The issuer of that name did not say whether a token is active.
    Introspection(String),
    /// Keys of an issuer could not be kept over a restart.
    KeptKeys,
    /// The collector of traces took no span, or there was no room for it.
    Traces,
    /// The ledger took no fact.
    Ledger,
    /// A listener has no certificate yet, and clients were turned away.
    NoCertificate(SocketAddr),
}

/// How often each trouble came about since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Troubles(pub BTreeMap<Trouble, u64>);

impl Troubles {
    /// What came about since an earlier moment.
    pub fn since(&self, before: &Self) -> Vec<(Trouble, u64)> {
        let more = self.0.iter().map(|(trouble, count)| {
            let earlier = before.0.get(trouble).copied().unwrap_or(0);
            (trouble.clone(), count.saturating_sub(earlier))
        });
        more.filter(|(_, count)| *count > 0).collect()
    }
}
