//! What controls have in common: one file for each thing that facts can be asked.
//!
//! Each function looks at the facts of a period and says a [`Part`]: how often something happened and
//! should have, where it failed, and what is not known. A control is a handful of them.

pub mod attack;
pub mod attest;
pub mod changes;
pub mod disclosures;
pub mod exceptions;
pub mod findings;
pub mod incidents;
pub mod keys;
pub mod ledgers;
pub mod logins;
pub mod lookup;
pub mod people;
pub mod policies;
pub mod posture;
pub mod probe;
pub mod recorded;
pub mod reviews;
pub mod risks;
pub mod vendors;
mod windows;

pub use attack::attacked;
pub use attest::acted;
pub use probe::probed;
pub use windows::{Ran, covered, missing_is_failing};

use crate::assessment::{GapKind, Part, Procedure};
use crate::control::Control;
use crate::frequency::Frequency;
use crate::history::History;
use crate::period::Period;
use crate::settings::Settings;
use avouch_model::coding::Personal;

/// Milliseconds of an hour.
pub const HOUR_MS: u64 = 3_600_000;

/// Milliseconds of a day.
pub const DAY_MS: u64 = 24 * HOUR_MS;

/// What a control is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The control.
    pub control: &'static Control,
    /// The period.
    pub period: Period,
    /// The facts.
    pub history: &'a History,
    /// What the team decided.
    pub settings: &'a Settings,
}

impl Scope<'_> {
    /// How often the control operates here.
    pub fn frequency(&self) -> Frequency {
        self.settings.frequency(self.control)
    }
}

/// Says nothing: checks, probes and acts say all there is.
pub fn nothing_else(_: &Scope<'_>) -> Part {
    Part::default()
}

/// So many things were looked at, one by one.
fn looked_at(
    what: impl Into<String>,
    actual: usize,
    failed: usize,
    last_ms: Option<u64>,
) -> Procedure {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Procedure {
        what: what.into(),
        expected: None,
        actual: count(actual),
        failed: count(failed),
        last_ms,
        due_ms: None,
    }
}

/// Nothing happened that the control could act on. Whether that is so, or whether nobody wrote it
/// down, only a person can say.
fn none_occurred(scope: &Scope<'_>, what: &str) -> Part {
    let said = attest::on_control(scope.control.id, scope.history);
    let id = scope.control.id;
    if said.is_empty() {
        return Part::gap(
            GapKind::NotRecorded,
            format!(
                "the ledger has no {what} within the period: if there was none, say so with `avouch control attest {id} --says …`"
            ),
        );
    }
    let mut part = Part::gap(
        GapKind::NoEvent,
        format!("no {what} within the period, and somebody says that there was none"),
    );
    part.rest_on(said);
    part
}

/// The first of some names, and how many more there are.
fn some_of(names: &[&str]) -> String {
    const NAMED: usize = 6;
    let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// Whether two values name the same person.
fn same(left: &Personal, right: &Personal) -> bool {
    left.shown() == right.shown()
}

/// Whether somebody is among others.
fn among(who: Option<&Personal>, others: &[Personal]) -> bool {
    who.is_some_and(|who| others.iter().any(|other| same(who, other)))
}
