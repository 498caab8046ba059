//! The step that turns verdicts round and looks whether a test notices. Only with `--long`.
//!
//! A check that takes "cannot tell" for "is fine" tells people that what was not tested is safe. So
//! every place where a check says that it cannot tell is turned into a pass, one at a time, and a
//! test must fail; and every pass is turned likewise. All places get a switch in one copy of the
//! tree, which is built once: first the conversations are played with each switch on, then, where no
//! page noticed, all tests of the crate are run.

mod copy;
mod sites;

use super::{Detail, End, Options};
use crate::tree::Tree;
use anyhow::{Result, ensure};
use std::collections::BTreeSet;

pub(super) fn run(_: Options) -> End {
    match mutate() {
        Ok(outcome) if outcome.is_good() => End::Passed(outcome.detail()),
        Ok(outcome) => End::Failed(outcome.detail()),
        Err(error) => End::Failed(Detail { note: format!("{error:#}"), counts: None }),
    }
}

/// What came of it.
struct Outcome {
    sites: usize,
    survivors: usize,
    left: usize,
}

impl Outcome {
    /// A run that found hardly anything to turn has looked in the wrong place.
    fn is_good(&self) -> bool {
        self.survivors == 0 && self.left == 0 && self.sites >= SITES_MIN
    }

    fn detail(&self) -> Detail {
        let Self { sites, survivors, left } = self;
        let note = format!("{sites} verdicts turned, {survivors} unnoticed, {left} left alone");
        Detail { note, counts: None }
    }
}

/// Fewer places than this were not all that there are.
const SITES_MIN: usize = 300;

fn mutate() -> Result<Outcome> {
    let copy = copy::write(&Tree::of_workspace()?)?;
    println!("{} places where a verdict is made, each with a switch", copy.sites.len());
    let program = copy.build()?;
    let off = copy.sites.len();
    ensure!(!copy.another_test_notices(&program, off)?, "a test fails with all switches off");
    let noticed = noticed(&copy.play(&program)?);
    println!("{} noticed by a conversation; the others by another test?\n", noticed.len());
    let mut survivors = 0;
    for (number, site) in copy.sites.iter().enumerate() {
        if noticed.contains(&number) || copy.another_test_notices(&program, number)? {
            continue;
        }
        survivors += 1;
        println!("{}:{}: {}, and no test notices", site.path, site.line, site.kind.says());
    }
    for place in &copy.left {
        println!("{place}: makes a verdict in a way that this step does not know");
    }
    Ok(Outcome { sites: copy.sites.len(), survivors, left: copy.left.len() })
}

/// The numbers of the switches that a page notices.
fn noticed(report: &str) -> BTreeSet<usize> {
    report.lines().filter_map(|line| line.split_once(" noticed ")?.0.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_page_noticed_counts() {
        assert_eq!(noticed("7 noticed BOLA-01\n8 missed\n\n9 noticed"), BTreeSet::from([7]));
    }

    #[test]
    fn a_run_with_a_survivor_or_without_places_fails() {
        let outcome = |sites, survivors, left| Outcome { sites, survivors, left };
        assert!(outcome(SITES_MIN, 0, 0).is_good());
        for bad in [outcome(SITES_MIN, 1, 0), outcome(SITES_MIN, 0, 1), outcome(0, 0, 0)] {
            assert!(!bad.is_good());
        }
    }
}
