//! The checks of a tally added up by class. Pure.

use super::compare::{CheckTally, Tally};
use std::collections::BTreeMap;

/// What the requests and seconds of a class are, for whoever reads the table.
pub(crate) const COSTS_NOTE: &str = "\
A request counts for the check whose question sent it, in whichever round of proof. An answer that
several checks use was sent for the first of them and counts for that one alone: which one is first is
chance, so read single classes with that in mind. *No check's* are finding the description, signing in,
reading everything once, heartbeats and removals. Handshakes are no requests. Seconds are those that
the questions of a class were under way, their wait for a turn included; checks run beside one another,
so the column adds up to more than the scans took.";

/// The checks added up by class: the part of an id before its number.
pub(crate) fn classes(tally: &Tally) -> Vec<CheckTally> {
    let mut classes: BTreeMap<&str, CheckTally> = BTreeMap::new();
    for row in &tally.checks {
        let class = row.check.split('-').next().unwrap_or_default();
        let named = || CheckTally { check: class.to_owned(), ..CheckTally::default() };
        classes.entry(class).or_insert_with(named).add(row);
    }
    classes.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_added_up_by_class() {
        let row = |check: &str, found| CheckTally {
            check: check.to_owned(),
            found,
            missed: 1,
            r#false: 0,
            not_evaluable: 0,
            requests: 4,
            seconds: 0.5,
        };
        let checks = vec![row("BOLA-01", 2), row("AUTH-01", 1), row("BOLA-02", 3)];
        let all = classes(&Tally { checks, ..Tally::default() });
        let [auth, bola] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((auth.check.as_str(), auth.found, auth.requests), ("AUTH", 1, 4));
        assert_eq!((bola.check.as_str(), bola.found, bola.requests), ("BOLA", 5, 8));
        assert_eq!((bola.missed, bola.seconds), (2, 1.0));
    }
}
