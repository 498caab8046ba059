use super::*;
use crate::controls;
use std::collections::BTreeSet;

#[test]
fn there_are_sixty_one_ids_and_no_others() {
    assert_eq!(CriterionId::ALL.len(), 61);
    let count = |prefix: &str| {
        let begins = |id: &&CriterionId| {
            id.as_str()
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        CriterionId::ALL.iter().filter(begins).count()
    };
    assert_eq!(["CC", "A", "C", "PI", "P"].map(count), [33, 3, 2, 5, 18]);
    for id in CriterionId::ALL {
        assert_eq!(id.as_str().parse(), Ok(*id));
    }
    // Spellings that other tools have been seen to use.
    for unknown in [
        "CC6.9", "cc6.1", "CC6.1 ", "P1.2", "P1.8", "PP1.1", "PI1.6", "A1.4", "C1.3", "",
        "cc_a_1_1",
    ] {
        let parsed: Result<CriterionId, UnknownCriterion> = unknown.parse();
        assert_eq!(parsed, Err(UnknownCriterion(unknown.to_owned())));
    }
}

#[test]
fn the_set_has_each_id_once_and_in_order() {
    let ids: Vec<CriterionId> = tsc::SET.criteria.iter().map(|criterion| criterion.id).collect();
    assert_eq!(ids, CriterionId::ALL);
    let level = |level| all().filter(|criterion| criterion.level == level).count();
    assert_eq!([Level::Auto, Level::Hybrid, Level::Manual].map(level), [16, 37, 8]);
}

#[test]
fn criteria_and_controls_name_each_other() {
    for criterion in all() {
        for id in criterion.controls {
            let control =
                controls::find(id).unwrap_or_else(|| panic!("{} names {id}", criterion.id));
            assert!(
                control.criteria.contains(&criterion.id),
                "{id} does not name {}",
                criterion.id
            );
        }
    }
    for control in controls::ALL {
        for id in control.criteria {
            let criterion = find(*id).unwrap();
            assert!(criterion.controls.contains(&control.id), "{id} does not name {}", control.id);
        }
    }
}

#[test]
fn every_criterion_is_on_the_page_and_the_page_has_no_others() {
    let named: BTreeSet<&str> = tsc::SET
        .page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" |"))
        .map(|(id, _)| id)
        .filter(|id| id.starts_with(|c: char| c.is_ascii_uppercase()))
        .collect();
    let ids: BTreeSet<&str> = CriterionId::ALL.iter().map(|id| id.as_str()).collect();
    assert_eq!(named, ids);
}
