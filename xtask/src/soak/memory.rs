//! What the gateway holds while it runs: memory, open files, threads.

use super::clock::Clock;
use super::tally::Tally;
use std::fs;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Looks between two lines for whoever watches.
const LOOKS_PER_LINE: usize = 12;

/// One look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) at: Duration,
    pub(super) resident_kb: u64,
    pub(super) files: usize,
    pub(super) threads: u64,
}

/// Looks until the run is over.
pub(super) fn watch(process: u32, clock: Clock, tally: Arc<Tally>) -> JoinHandle<Vec<Sample>> {
    std::thread::spawn(move || {
        let mut samples = Vec::new();
        while !clock.is_over() {
            clock.wait_until(clock.now() + LOOK_EVERY);
            let Some(sample) = look(process, clock.now()) else { continue };
            samples.push(sample);
            if samples.len() % LOOKS_PER_LINE == 0 {
                let (requests, wrong) = tally.so_far();
                println!(
                    "{:>5.0} s  {requests} requests, {wrong} wrong, {:.1} MB, {} files",
                    sample.at.as_secs_f64(),
                    mb(sample.resident_kb),
                    sample.files
                );
            }
        }
        samples
    })
}

fn look(process: u32, at: Duration) -> Option<Sample> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    Some(Sample {
        at,
        resident_kb: number("VmRSS:")?,
        files: fs::read_dir(format!("/proc/{process}/fd")).ok()?.count(),
        threads: number("Threads:")?,
    })
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
pub(super) fn mb(kb: u64) -> f64 {
    kb as f64 / 1024.0
}

/// How memory went, in megabytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Growth {
    /// The median of the first quarter after the warm-up, and of the last.
    pub(super) first: f64,
    pub(super) last: f64,
    /// The most.
    pub(super) most: f64,
}

/// Caches fill, and the allocator's own, in this part of a run: one fifth of it, half an hour at most.
const WARM_UP_PARTS: usize = 5;
/// Growth that is taken for none: so much of what there is, or so many megabytes.
const NOISE: f64 = 0.05;
const NOISE_MB: f64 = 4.0;

impl Growth {
    pub(super) fn of(samples: &[Sample]) -> Option<Self> {
        let warm = samples.get(samples.len() / WARM_UP_PARTS..)?;
        let quarter = (warm.len() / 4).max(1);
        Some(Self {
            first: median(warm.get(..quarter)?)?,
            last: median(warm.get(warm.len() - quarter..)?)?,
            most: mb(samples.iter().map(|sample| sample.resident_kb).max()?),
        })
    }

    pub(super) fn is_none(self) -> bool {
        self.last - self.first <= NOISE_MB.max(NOISE * self.first)
    }
}

fn median(samples: &[Sample]) -> Option<f64> {
    let mut sizes: Vec<u64> = samples.iter().map(|sample| sample.resident_kb).collect();
    sizes.sort_unstable();
    sizes.get(sizes.len() / 2).map(|kb| mb(*kb))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(sizes: impl Iterator<Item = u64>) -> Vec<Sample> {
        let at = Duration::ZERO;
        sizes.map(|mb| Sample { at, resident_kb: mb * 1024, files: 1, threads: 1 }).collect()
    }

    #[test]
    fn memory_that_grows_after_the_warm_up_is_found() {
        let still = samples((0..100).map(|look| if look < 15 { look * 4 } else { 60 }));
        assert!(Growth::of(&still).unwrap().is_none());
        let growing = samples((0..100).map(|look| 50 + look / 5));
        assert!(!Growth::of(&growing).unwrap().is_none());
    }
}
