//! What each check costs the target: requests and time, counted where they are spent.
//!
//! A request counts for the check whose question sent it. An answer that several checks use
//! ([`super::shared`]) was sent for the first of them, so it counts for that one alone. What no check
//! asked for (finding the description, signing in, reading everything once, heartbeats, removals)
//! counts for none.

use avouch_model::report::CheckCost;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// What one check has cost so far.
#[derive(Debug, Default)]
pub struct Cost {
    requests: AtomicU64,
    micros: AtomicU64,
}

impl Cost {
    /// One of its questions was under way for so many microseconds more.
    pub fn took(&self, micros: u64) {
        self.micros.fetch_add(micros, Relaxed);
    }
}

tokio::task_local! {
    /// Whose question is being asked, so that the way out knows whom a request counts for, whether
    /// it is a first try, a retry or one of several at once.
    static ASKING: Arc<Cost>;
}

/// Counts a request for whoever asks, if a check does.
pub(super) fn count_request() {
    // Outside of a check's question nobody asks.
    let _ = ASKING.try_with(|cost| cost.requests.fetch_add(1, Relaxed));
}

/// Does this while that check asks.
pub(super) async fn asked_by<F: Future>(cost: Arc<Cost>, work: F) -> F::Output {
    ASKING.scope(cost, work).await
}

/// What every check has cost so far.
#[derive(Clone, Debug, Default)]
pub struct Costs(Arc<Mutex<BTreeMap<&'static str, Arc<Cost>>>>);

impl Costs {
    /// The place where this check's cost is counted.
    pub fn of(&self, check: &'static str) -> Arc<Cost> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(check).or_default())
    }

    /// What each check that asked anything has cost, by id.
    pub fn told(&self) -> Vec<CheckCost> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = all.iter().map(|(check, cost)| CheckCost {
            check: (*check).to_owned(),
            requests: cost.requests.load(Relaxed),
            took_ms: cost.micros.load(Relaxed) / 1000,
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_counts_for_the_check_that_asks_and_for_no_other() {
        let costs = Costs::default();
        count_request();
        asked_by(costs.of("A-1"), async {
            count_request();
            asked_by(costs.of("B-2"), async { count_request() }).await;
            count_request();
        })
        .await;
        costs.of("A-1").took(2_500);
        let told: Vec<_> =
            costs.told().into_iter().map(|it| (it.check, it.requests, it.took_ms)).collect();
        assert_eq!(told, [("A-1".to_owned(), 2, 2), ("B-2".to_owned(), 1, 0)]);
    }
}
