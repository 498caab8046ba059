//! Runs the conversations in the pages of the checks.
//!
//! A page's fenced `conversation` blocks say what was known, what the check must ask, what it is
//! answered and the verdict it must end in. `CONTRIBUTING.md` describes the form.

mod drive;
mod graphs;
mod parse;
mod pattern;
mod shorthand;
mod world;

use crate::check::Check;
use crate::checks;
use crate::context::Context;
use avouch_model::verdict::Verdict;

/// The conversations of a page, as text.
fn conversations(page: &str) -> Vec<&str> {
    page.split("```conversation\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// What a conversation must end in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Pass,
    Fail,
    Inconclusive,
    NotApplicable,
}

fn ending(verdict: &Verdict) -> Ending {
    match verdict {
        Verdict::Pass => Ending::Pass,
        Verdict::Fail(_) => Ending::Fail,
        Verdict::Inconclusive { .. } => Ending::Inconclusive,
        Verdict::NotApplicable => Ending::NotApplicable,
    }
}

/// Runs every conversation of a check; the endings that were reached, or what went wrong.
fn run_page(check: &Check) -> Result<Vec<Ending>, String> {
    let mut reached = Vec::new();
    for text in conversations(check.page) {
        let conversation =
            parse::parse(text).map_err(|error| format!("{}: {error}\n{text}", check.id))?;
        let verdict = drive::drive(check, &conversation)
            .map_err(|error| format!("{} `{}`: {error}", check.id, conversation.title))?;
        conversation
            .verdict
            .holds(&verdict)
            .map_err(|error| format!("{} `{}`: {error}", check.id, conversation.title))?;
        reached.push(ending(&verdict));
    }
    Ok(reached)
}

/// Shows what a check may know of a target of which nothing is known.
pub(crate) fn in_an_empty_world(look: impl FnOnce(&Context<'_>)) {
    let nothing = parse::Conversation::default();
    let world = world::world(&nothing).unwrap();
    let check = checks::all().next().unwrap();
    look(&drive::context(check, &nothing, &world));
}

#[test]
fn the_conversations_of_every_page_end_as_they_say() {
    let failures: Vec<String> = checks::all().filter_map(|check| run_page(check).err()).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}

#[test]
fn every_page_shows_a_failure_a_pass_and_an_inconclusive_end() {
    for check in checks::all() {
        let reached = run_page(check).unwrap_or_default();
        for needed in [Ending::Fail, Ending::Pass, Ending::Inconclusive] {
            assert!(
                reached.contains(&needed),
                "{} has no conversation ending in {needed:?}",
                check.id
            );
        }
    }
}

#[test]
fn descriptors_are_well_formed() {
    let mut ids = std::collections::BTreeSet::new();
    let mut names = std::collections::BTreeSet::new();
    for check in checks::all() {
        assert!(ids.insert(check.id), "{} is listed twice", check.id);
        assert!(names.insert(check.name), "{} is named twice", check.name);
        assert!(check.id.starts_with(check.family.name()), "{}", check.id);
        let heading = format!("# {} · {}\n", check.id, check.title);
        assert!(check.page.starts_with(&heading), "{} must open with `{heading}`", check.id);
        for section in ["## How it is proven", "## How to mend it"] {
            assert!(check.page.contains(section), "{} has no `{section}`", check.id);
        }
        assert!(!check.criteria.is_empty(), "{} serves no criterion", check.id);
        assert!(!check.oracles.is_empty(), "{} names no oracle", check.id);
    }
}
