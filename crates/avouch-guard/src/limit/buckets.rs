//! Token buckets in a store of fixed size.
//!
//! Each bucket is one number: when it will be full again (the generic cell rate algorithm). A full
//! bucket needs no memory, so the store forgets it without harm. The store never grows: ten million
//! addresses cost what ten do. Where more buckets than fit are in use at once, the one that is nearest
//! to full makes room, which is counted: its owner gains at most what it had spent.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How fast a bucket fills, and how much it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Nanoseconds until one token more.
    pub token_ns: u64,
    /// Tokens in a full bucket; at least 1.
    pub burst: u64,
}

/// What a bucket said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Whether there were enough tokens. Only then some were taken.
    pub enough: bool,
    /// Whole tokens that are left.
    pub left: u64,
    /// Until there are enough, or until the bucket is full where there were.
    pub wait_ns: u64,
}

/// Buckets of a set, of which one is found by looking at all.
const WAYS: usize = 8;

/// One bucket: whose it is, and when it will be full.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    key: u64,
    full_at_ns: u64,
}

/// The store.
#[derive(Debug)]
pub struct Buckets {
    sets: Vec<Mutex<[Bucket; WAYS]>>,
    evicted: AtomicU64,
}

impl Buckets {
    /// Room for about so many buckets that are in use at once.
    pub fn new(capacity: usize) -> Self {
        let sets = (capacity / WAYS).max(1).next_power_of_two();
        let sets = std::iter::repeat_with(Mutex::default).take(sets).collect();
        Self { sets, evicted: AtomicU64::new(0) }
    }

    /// Buckets that had to make room although they were not full.
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    /// Takes tokens from the bucket of a key, which is a keyed hash of what is limited. Time is in
    /// nanoseconds and never goes back.
    pub fn take(&self, key: u64, rate: Rate, tokens: u64, now_ns: u64) -> Taken {
        // Key 0 marks a bucket that nobody has.
        let key = key.max(1);
        let at = usize::try_from(key >> 32).unwrap_or(0) & (self.sets.len() - 1);
        let Some(set) = self.sets.get(at) else {
            return Taken { enough: false, left: 0, wait_ns: 0 };
        };
        let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
        let found = set.iter().position(|bucket| bucket.key == key);
        let held = found.and_then(|at| set.get(at)).map_or(0, |bucket| bucket.full_at_ns);
        let (taken, full_at_ns) = spend(held, rate, tokens, now_ns);
        if taken.enough && full_at_ns > now_ns {
            let at = found.unwrap_or_else(|| self.room(&set, now_ns));
            if let Some(bucket) = set.get_mut(at) {
                *bucket = Bucket { key, full_at_ns };
            }
        }
        taken
    }

    fn room(&self, set: &[Bucket; WAYS], now_ns: u64) -> usize {
        let nearest = set.iter().enumerate().min_by_key(|(_, bucket)| bucket.full_at_ns);
        let (at, bucket) = nearest.unwrap_or((0, &Bucket { key: 0, full_at_ns: 0 }));
        if bucket.full_at_ns > now_ns {
            self.evicted.fetch_add(1, Ordering::Relaxed);
        }
        at
    }
}

/// What a bucket says, and when it is full afterwards.
fn spend(full_at_ns: u64, rate: Rate, tokens: u64, now_ns: u64) -> (Taken, u64) {
    let whole = rate.token_ns.saturating_mul(rate.burst);
    let full_at = full_at_ns.max(now_ns);
    let after = full_at.saturating_add(rate.token_ns.saturating_mul(tokens));
    let allowed = now_ns.saturating_add(whole);
    let left = |full_at: u64| allowed.saturating_sub(full_at) / rate.token_ns.max(1);
    if after > allowed {
        let taken = Taken { enough: false, left: left(full_at), wait_ns: after - allowed };
        return (taken, full_at);
    }
    (Taken { enough: true, left: left(after), wait_ns: after - now_ns }, after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;
    const TEN_A_SECOND: Rate = Rate { token_ns: SECOND / 10, burst: 5 };

    #[test]
    fn a_bucket_gives_what_it_holds_and_fills_again() {
        let buckets = Buckets::new(16);
        let take = |now| buckets.take(7 << 32, TEN_A_SECOND, 1, now);
        for left in (0..5).rev() {
            assert_eq!((take(SECOND).enough, left), (true, left));
        }
        let empty = take(SECOND);
        assert_eq!(empty, Taken { enough: false, left: 0, wait_ns: SECOND / 10 });
        assert!(take(SECOND + SECOND / 10).enough);
        assert!(!take(SECOND + SECOND / 10).enough);
        assert!(buckets.take(8 << 32, TEN_A_SECOND, 5, SECOND).enough);
    }

    #[test]
    fn ten_million_keys_need_no_more_room_than_there_is() {
        let buckets = Buckets::new(1 << 12);
        let mut key = 1_u64;
        for _ in 0..100_000 {
            key =
                key.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            buckets.take(key, TEN_A_SECOND, 1, SECOND);
        }
        assert!(buckets.evicted() > 0);
        assert_eq!(buckets.sets.len() * WAYS, 1 << 12);
    }

    proptest! {
        #[test]
        fn no_more_pass_than_the_rate_allows(gaps in proptest::collection::vec(0_u64..SECOND, 1..200)) {
            let buckets = Buckets::new(16);
            let (mut now, mut passed) = (SECOND, 0_u64);
            for gap in &gaps {
                now += gap;
                passed += u64::from(buckets.take(9 << 40, TEN_A_SECOND, 1, now).enough);
            }
            let most = TEN_A_SECOND.burst + (now - SECOND) / TEN_A_SECOND.token_ns + 1;
            prop_assert!(passed <= most, "{passed} passed of {most}");
        }
    }
}
