//! What was measured, again and again, and the middle of it. Pure.

use serde::{Deserialize, Serialize};

/// One measurement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Sample {
    /// Records.
    #[serde(default)]
    pub(super) records: f64,
    /// Seconds that passed.
    #[serde(default)]
    pub(super) wall_s: f64,
    /// Seconds of processors, where they are known.
    #[serde(default)]
    pub(super) cpu_s: Option<f64>,
    /// The middle of how long one took, in milliseconds.
    #[serde(default)]
    pub(super) p50_ms: Option<f64>,
    /// What a hundredth exceeds, in milliseconds.
    #[serde(default)]
    pub(super) p99_ms: Option<f64>,
}

/// The middle of several measurements of one thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) name: String,
    /// Records a second.
    pub(crate) per_second: Option<f64>,
    /// CPU time of a record, in nanoseconds.
    pub(crate) cpu_ns: Option<f64>,
    /// The middle of how long one took, in milliseconds.
    pub(crate) p50_ms: Option<f64>,
    /// What a hundredth exceeds, in milliseconds.
    pub(crate) p99_ms: Option<f64>,
    /// The least and the most records a second of any round.
    pub(crate) range: Option<(f64, f64)>,
}

/// What was measured so far, in the order in which each came first.
#[derive(Debug, Default)]
pub(super) struct Samples(Vec<(String, Vec<Sample>)>);

impl Samples {
    /// Keeps one more.
    pub(super) fn add(&mut self, name: &str, sample: Sample) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, all)) => all.push(sample),
            None => self.0.push((name.to_owned(), vec![sample])),
        }
    }

    /// The middle of each.
    pub(super) fn rows(&self) -> Vec<Row> {
        self.0.iter().map(|(name, all)| row(name, all)).collect()
    }
}

fn row(name: &str, all: &[Sample]) -> Row {
    let of = |value: fn(&Sample) -> Option<f64>| all.iter().filter_map(value).collect();
    let per_second = |sample: &Sample| {
        (sample.records > 0.0 && sample.wall_s > 0.0).then(|| sample.records / sample.wall_s)
    };
    let rates: Vec<f64> = of(per_second);
    let cpu_ns = |sample: &Sample| {
        sample.cpu_s.filter(|_| sample.records > 0.0).map(|cpu| cpu * 1e9 / sample.records)
    };
    let least = rates.iter().copied().reduce(f64::min);
    let most = rates.iter().copied().reduce(f64::max);
    Row {
        name: name.to_owned(),
        range: least.zip(most),
        per_second: median(rates),
        cpu_ns: median(of(cpu_ns)),
        p50_ms: median(of(|sample| sample.p50_ms)),
        p99_ms: median(of(|sample| sample.p99_ms)),
    }
}

/// The middle value; the lower of two.
pub(in crate::bench) fn median(mut all: Vec<f64>) -> Option<f64> {
    all.sort_by(f64::total_cmp);
    all.get(all.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_rounds_is_told() {
        let mut samples = Samples::default();
        for (wall_s, cpu_s) in [(1.0, 0.5), (4.0, 0.1), (2.0, 0.2)] {
            let sample = Sample { records: 100.0, wall_s, cpu_s: Some(cpu_s), ..Sample::default() };
            samples.add("ours", sample);
        }
        samples.add("flush", Sample { p50_ms: Some(0.2), ..Sample::default() });
        let rows = samples.rows();
        assert_eq!((rows[0].per_second, rows[0].cpu_ns), (Some(50.0), Some(2_000_000.0)));
        assert_eq!(rows[0].range, Some((25.0, 100.0)));
        assert_eq!((rows[1].per_second, rows[1].p50_ms), (None, Some(0.2)));
    }

    #[test]
    fn nothing_has_no_middle() {
        assert_eq!(median(Vec::new()), None);
        assert_eq!(median(vec![4.0, 1.0]), Some(1.0));
    }
}
