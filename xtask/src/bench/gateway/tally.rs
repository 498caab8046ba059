//! What was measured, the middle of it, and the ratios that are the goals. Pure.

use super::super::ledger::median;
use super::doors::CASES;
use super::memory::Memory;
use serde::Serialize;
use std::collections::BTreeMap;

/// Who is measured; peers have their own names.
pub(super) const OURS: &str = "gateway";
pub(super) const NGINX: &str = "nginx";

/// One proxy under one load in one round.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sample {
    pub(super) cpu_us: f64,
    pub(super) per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
}

/// All of them, in the order in which each came first.
#[derive(Debug, Default)]
pub(super) struct Samples {
    full: Vec<(&'static str, &'static str, Vec<Sample>)>,
    rests: BTreeMap<(&'static str, String), Vec<f64>>,
}

impl Samples {
    /// Keeps one under full load.
    pub(super) fn add(&mut self, who: &'static str, name: &'static str, sample: Sample) {
        match self.full.iter_mut().find(|(a, b, _)| (*a, *b) == (who, name)) {
            Some((_, _, all)) => all.push(sample),
            None => self.full.push((who, name, vec![sample])),
        }
    }

    /// Keeps a p99 in milliseconds of clients that rest.
    pub(super) fn rested(&mut self, who: &'static str, name: &str, p99_ms: f64) {
        self.rests.entry((who, name.to_owned())).or_default().push(p99_ms);
    }

    fn of(&self, who: &str, name: &str) -> &[Sample] {
        let found = self.full.iter().find(|(a, b, _)| (*a, *b) == (who, name));
        found.map_or(&[], |(_, _, all)| all)
    }
}

/// One proxy under one load: the middle of the rounds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Row {
    /// Which proxy.
    pub(crate) who: &'static str,
    /// Which controls, or which load.
    pub(crate) name: &'static str,
    /// The load in words.
    pub(crate) load: &'static str,
    /// CPU of a request, in microseconds.
    pub(crate) cpu_us: Option<f64>,
    /// Requests a second, on one core.
    pub(crate) per_second: Option<f64>,
    /// The middle of how long an answer took, in milliseconds.
    pub(crate) p50_ms: Option<f64>,
    /// What a hundredth exceeds, in milliseconds.
    pub(crate) p99_ms: Option<f64>,
    /// CPU of a request, as a multiple of nginx's under the same load: the middle of the rounds.
    pub(crate) cpu_ratio: Option<f64>,
    /// The same of requests a second.
    pub(crate) per_second_ratio: Option<f64>,
    /// The same of what a hundredth exceeds.
    pub(crate) p99_ratio: Option<f64>,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Tally {
    /// Interleaved rounds.
    pub(crate) rounds: u32,
    /// Whether everything was short: then the figures mean little.
    pub(crate) quick: bool,
    /// Peers that are missing, and why.
    pub(crate) missing: Vec<String>,
    /// CPU of a request of ours by that of nginx with the same requests, by controls.
    pub(crate) cpu_ratio_nginx: BTreeMap<&'static str, f64>,
    /// The same of requests a second.
    pub(crate) per_second_ratio_nginx: BTreeMap<&'static str, f64>,
    /// The same of what a hundredth of the answers exceeds, under full load.
    pub(crate) p99_ratio_nginx: BTreeMap<&'static str, f64>,
    /// What a hundredth exceeds beyond nginx's, in milliseconds, when 64 clients rest 10 to 30 ms
    /// between requests.
    pub(crate) p99_added_ms: BTreeMap<&'static str, f64>,
    /// CPU of a plain request of other proxies by that of nginx.
    pub(crate) cpu_ratio_of_others: BTreeMap<&'static str, f64>,
    /// What the gateway holds.
    pub(crate) memory: Memory,
    /// The middle of the rounds.
    pub(crate) rows: Vec<Row>,
}

impl Tally {
    /// Works out rows and ratios.
    pub(super) fn fill(&mut self, samples: &Samples) {
        for (who, name, all) in &samples.full {
            let case = CASES.iter().find(|case| *who == OURS && case.name == *name);
            let load = case.map_or(*name, |case| case.load.name());
            let theirs = samples.of(NGINX, load);
            let ratio = |of| paired(all, theirs, of);
            let row = Row {
                who,
                name,
                load,
                cpu_us: middle(all, |sample| sample.cpu_us),
                per_second: middle(all, |sample| sample.per_second),
                p50_ms: middle(all, |sample| sample.p50_ms),
                p99_ms: middle(all, |sample| sample.p99_ms),
                cpu_ratio: ratio(|sample| sample.cpu_us),
                per_second_ratio: ratio(|sample| sample.per_second),
                p99_ratio: ratio(|sample| sample.p99_ms),
            };
            if let Some(case) = case {
                let into = |map: &mut BTreeMap<_, _>, value: Option<f64>| {
                    map.extend(value.map(|value| (case.name, value)));
                };
                into(&mut self.cpu_ratio_nginx, row.cpu_ratio);
                into(&mut self.per_second_ratio_nginx, row.per_second_ratio);
                into(&mut self.p99_ratio_nginx, row.p99_ratio);
            } else if *who != NGINX && *name == "GET" {
                self.cpu_ratio_of_others.extend(row.cpu_ratio.map(|ratio| (*who, ratio)));
            }
            self.rows.push(row);
        }
        for case in CASES {
            let of = |who, name: &str| samples.rests.get(&(who, name.to_owned()));
            let both = of(OURS, case.name).zip(of(NGINX, case.load.name()));
            let added = both.and_then(|(ours, theirs)| {
                median(ours.iter().zip(theirs).map(|(ours, theirs)| ours - theirs).collect())
            });
            self.p99_added_ms.extend(added.map(|added| (case.name, added)));
        }
    }
}

fn middle(all: &[Sample], of: fn(&Sample) -> f64) -> Option<f64> {
    median(all.iter().map(of).collect())
}

/// The middle of what each round said of two.
fn paired(ours: &[Sample], theirs: &[Sample], of: fn(&Sample) -> f64) -> Option<f64> {
    let pairs = ours.iter().zip(theirs).filter(|(_, theirs)| of(theirs) > 0.0);
    median(pairs.map(|(ours, theirs)| of(ours) / of(theirs)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(cpu_us: f64) -> Sample {
        Sample { cpu_us, per_second: 1e6 / cpu_us, p50_ms: 1.0, p99_ms: cpu_us / 10.0 }
    }

    #[test]
    fn ratios_are_of_the_same_round_and_the_same_load() {
        let mut samples = Samples::default();
        // The machine is twice as slow in the second round, which is no fault of ours.
        for (theirs, ours, post) in [(20.0, 22.0, 60.0), (40.0, 44.0, 120.0), (20.0, 30.0, 40.0)] {
            samples.add(NGINX, "GET", sample(theirs));
            samples.add(OURS, "plain", sample(ours));
            samples.add(NGINX, "POST with a token", sample(theirs * 2.0));
            samples.add(OURS, "all_on_post", sample(post));
            samples.add("Envoy", "GET", sample(theirs * 4.0));
            samples.rested(NGINX, "GET", 1.0);
            samples.rested(OURS, "plain", 1.25);
        }
        let mut tally = Tally::default();
        tally.fill(&samples);
        assert_eq!(tally.cpu_ratio_nginx.get("plain"), Some(&1.1));
        assert_eq!(tally.cpu_ratio_nginx.get("all_on_post"), Some(&1.5));
        assert_eq!(tally.cpu_ratio_nginx.get("tls"), None);
        assert_eq!(tally.cpu_ratio_of_others.get("Envoy"), Some(&4.0));
        assert_eq!(tally.p99_added_ms.get("plain"), Some(&0.25));
        assert_eq!(tally.rows.first().and_then(|row| row.cpu_us), Some(20.0));
    }
}
