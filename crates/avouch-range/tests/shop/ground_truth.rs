//! The ground truth against the shop it speaks of.

use crate::description::described;
use avouch_range::{Expectation, Weakness, truth};
use std::collections::BTreeSet;

#[test]
fn every_weakness_has_an_entry_that_must_be_found() {
    let truth = truth().unwrap();
    for weakness in Weakness::ALL {
        let must = truth
            .entries
            .iter()
            .any(|entry| entry.weakness == weakness.name() && entry.expect == Expectation::Must);
        assert!(must, "{weakness}");
    }
}

#[test]
fn twins_decoys_and_traps_name_described_operations() {
    let truth = truth().unwrap();
    let described = described();
    let twins = truth.twins.iter().flat_map(|twin| [&twin.operation, &twin.of]);
    let others = truth.decoys.iter().map(|decoy| &decoy.operation);
    let traps = truth.traps.iter().map(|trap| &trap.operation);
    for operation in twins.chain(others).chain(traps) {
        assert!(described.contains(operation) || operation.contains("/app/"), "{operation}");
    }
}

#[test]
fn every_second_version_is_a_twin() {
    let twins: BTreeSet<String> =
        truth().unwrap().twins.into_iter().map(|twin| twin.operation).collect();
    for operation in described().into_iter().filter(|operation| operation.contains(" /v2/")) {
        assert!(twins.contains(&operation), "{operation}");
    }
}

#[test]
fn nothing_is_both_wrong_and_right() {
    let truth = truth().unwrap();
    let right: BTreeSet<&String> = (truth.twins.iter().map(|twin| &twin.operation))
        .chain(truth.decoys.iter().map(|decoy| &decoy.operation))
        .collect();
    for entry in &truth.entries {
        let wrong = entry.operation.as_ref();
        assert!(
            entry.severity == "info" || wrong.is_none_or(|wrong| !right.contains(wrong)),
            "{entry:?}"
        );
    }
}
