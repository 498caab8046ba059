//! Durations, counted by how long they were.

use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds in microseconds: half a millisecond to half a minute.
pub(super) const BOUNDS_US: [u64; 15] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000, 30_000_000,
];

/// How many durations were below each bound.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    /// Not summed up: each duration is counted in the first that holds it.
    buckets: [AtomicU64; BOUNDS_US.len()],
    beyond: AtomicU64,
    sum_us: AtomicU64,
}

/// A histogram as it was at one moment: the counts below each bound, all in all, and their sum.
pub(super) struct Seen {
    pub(super) below: Vec<(u64, u64)>,
    pub(super) count: u64,
    pub(super) sum_us: u64,
}

impl Histogram {
    pub(super) fn count(&self, micros: u64) {
        let at = BOUNDS_US.partition_point(|bound| *bound < micros);
        self.buckets.get(at).unwrap_or(&self.beyond).fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(micros, Ordering::Relaxed);
    }

    pub(super) fn seen(&self) -> Seen {
        let mut count = 0;
        let below = BOUNDS_US.iter().zip(&self.buckets).map(|(bound, bucket)| {
            count += bucket.load(Ordering::Relaxed);
            (*bound, count)
        });
        let below = below.collect();
        count += self.beyond.load(Ordering::Relaxed);
        Seen { below, count, sum_us: self.sum_us.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_counted_where_it_belongs() {
        let histogram = Histogram::default();
        for micros in [0, 500, 501, 30_000_000, 30_000_001, 7] {
            histogram.count(micros);
        }
        let seen = histogram.seen();
        assert_eq!((seen.below[0], seen.below[1]), ((500, 3), (1_000, 4)));
        assert_eq!((seen.below[14].1, seen.count, seen.sum_us), (5, 6, 60_001_009));
    }
}
