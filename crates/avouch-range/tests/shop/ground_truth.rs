//! The ground truth against the shop it speaks of.

use crate::description::{HIDDEN, described};
use avouch_range::{APIS, Expectation, Truth, TruthError, Weakness, named};
use std::collections::BTreeSet;

/// What is known of the shop, both parts.
fn truth() -> Result<Truth, TruthError> {
    let mut truth = named("shop").unwrap().truth()?;
    let behind = named("backroom").unwrap().truth()?;
    // What is true of the shop as a whole stands in both.
    truth.entries.extend(behind.entries.into_iter().filter(|entry| entry.operation.is_some()));
    truth.twins.extend(behind.twins);
    truth.decoys.extend(behind.decoys);
    truth.traps.extend(behind.traps);
    Ok(truth)
}

/// Switches that no scan of a scene shows: live tokens of another time or audience cannot be handed
/// over in one (the scanner's own engine tests show those), the check for one cached permission asks
/// at one place only, and what tells that an object is there is a remark.
const SHOWN_ELSEWHERE: [(&str, &str); 4] = [
    ("tokens", "expiry-unchecked"),
    ("tokens", "audience-unchecked"),
    ("estate", "permission-cached"),
    ("clinic", "sample-refusal-tells"),
];

#[test]
fn every_switch_of_every_api_has_an_entry_that_must_be_found() {
    // The two parts of the shop share their switches: see the next test.
    for api in APIS.iter().filter(|api| !["shop", "backroom"].contains(&api.name)) {
        let truth = api.truth().unwrap();
        let elsewhere = |switch: &str| SHOWN_ELSEWHERE.contains(&(api.name, switch));
        for (switch, _) in api.switches.iter().filter(|(switch, _)| !elsewhere(switch)) {
            let must = truth
                .entries
                .iter()
                .any(|entry| entry.weakness == *switch && entry.expect == Expectation::Must);
            assert!(must, "{} of the {}", switch, api.name);
        }
    }
}

#[test]
fn every_api_is_also_seen_mended() {
    for api in APIS {
        assert!(api.scenes.iter().any(|scene| scene.switches == "none"), "{}", api.name);
    }
}

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
fn entries_name_operations_that_exist_and_severities_that_are_known() {
    let described = described();
    for entry in truth().unwrap().entries {
        let known = entry.operation.as_ref().is_none_or(|operation| {
            described.contains(operation) || HIDDEN.contains(&operation.as_str())
        });
        assert!(known, "{entry:?}");
        let severities = ["critical", "high", "medium", "low", "info"];
        assert!(severities.contains(&entry.severity.as_str()), "{entry:?}");
        let (family, number) = entry.check.split_once('-').unwrap();
        assert!(family.chars().all(|letter| letter.is_ascii_uppercase()), "{entry:?}");
        assert!(number.len() == 2 && number.parse::<u8>().is_ok(), "{entry:?}");
    }
}

#[test]
fn no_entry_is_stated_twice() {
    let truth = truth().unwrap();
    let mut seen = BTreeSet::new();
    for entry in &truth.entries {
        let key = (&entry.check, &entry.operation, &entry.weakness, &entry.parameter);
        assert!(seen.insert(key), "stated twice: {entry:?}");
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
