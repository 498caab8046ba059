use super::*;
use crate::control::Nature;
use avouch_model::fact;
use std::collections::BTreeSet;

#[test]
fn there_are_seventy_controls_each_with_its_own_id() {
    let ids: BTreeSet<&str> = ALL.iter().map(|control| control.id).collect();
    assert_eq!((ALL.len(), ids.len()), (70, 70));
    assert!(find("iam-4").is_some() && find("IAM-99").is_none());
    let nature = |nature| ALL.iter().filter(|control| control.nature == nature).count();
    assert_eq!([Nature::Auto, Nature::Hybrid, Nature::Manual].map(nature), [40, 25, 5]);
}

#[test]
fn no_control_is_without_a_source_of_evidence() {
    for control in ALL {
        let sources = &control.sources;
        let machine =
            !sources.checks.is_empty() || !sources.probes.is_empty() || !sources.facts.is_empty();
        let people = !sources.acts.is_empty();
        assert!(machine || people, "{} has no source of evidence", control.id);
        assert!(!control.populations.is_empty(), "{} has no population", control.id);
        match control.nature {
            Nature::Auto => assert!(machine && control.manual.is_none(), "{}", control.id),
            Nature::Hybrid => assert!(machine && people, "{}", control.id),
            Nature::Manual => assert!(people, "{}", control.id),
        }
        assert_eq!(control.manual.is_some(), people, "{}", control.id);
    }
}

#[test]
fn sources_are_named_as_they_are() {
    let mut probes = BTreeSet::new();
    for control in ALL {
        for kind in control.sources.facts {
            assert!(fact::named(kind).is_some(), "{}: no kind `{kind}`", control.id);
        }
        for probe in control.sources.probes {
            assert!(probe.id.starts_with(&format!("{}.", control.id)), "{}", probe.id);
            assert!(probes.insert(probe.id), "{} is named twice", probe.id);
        }
        let checks: BTreeSet<_> = control.sources.checks.iter().collect();
        assert_eq!(checks.len(), control.sources.checks.len(), "{}", control.id);
    }
    assert!(find_probe("edg-1.DIRECT-origin").is_some_and(|(control, _)| control.id == "EDG-1"));
}

#[test]
fn pages_open_with_their_control_and_have_every_section() {
    for control in ALL {
        let title = format!("# {} · {}\n", control.id, control.name);
        assert!(control.page.starts_with(&title), "{}", control.id);
        for section in [
            "How it is tested",
            "What is an exception",
            "What people do",
            "What an auditor gets",
            "How to begin",
        ] {
            assert!(
                control.page.contains(&format!("\n## {section}\n")),
                "{}: {section}",
                control.id
            );
        }
    }
}

#[test]
fn nothing_claims_what_only_an_auditor_may() {
    for control in ALL {
        let page = control.page.to_lowercase();
        assert!(!page.contains("compliant") && !page.contains("certified"), "{}", control.id);
    }
}
