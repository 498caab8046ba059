//! From controls to criteria: what holds, and what only people can add.

use crate::assessment::{Assessed, Assessment};
use crate::criteria::{self, Criterion};
use crate::history::History;
use crate::rules::attest;
use crate::settings::Settings;

/// What follows for a criterion. None of it is an opinion: that is the auditor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Conclusion {
    /// All its controls are effective, and people have said their part.
    Supported,
    /// All its controls are effective, and what stays with people has not been said.
    NeedsPeople,
    /// Some control has exceptions.
    Exceptions,
    /// No exceptions, and some control was not tested.
    NotTested,
    /// Its category is not part of the examination.
    OutOfScope,
}

impl Conclusion {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::NeedsPeople => "needs-people",
            Self::Exceptions => "exceptions",
            Self::NotTested => "not-tested",
            Self::OutOfScope => "out-of-scope",
        }
    }
}

/// A criterion, and what follows for it.
#[derive(Clone, Debug)]
pub struct Concluded {
    /// The criterion.
    pub criterion: &'static Criterion,
    /// What follows.
    pub conclusion: Conclusion,
    /// Its controls that are effective, have exceptions, or were not tested, by id.
    pub effective: Vec<&'static str>,
    /// See above.
    pub exceptions: Vec<&'static str>,
    /// See above.
    pub not_tested: Vec<&'static str>,
    /// Its controls that had nothing to act on: the population is empty and somebody says so.
    pub no_event: Vec<&'static str>,
    /// Entries in which people said their part, ascending.
    pub statements: Vec<u64>,
}

/// What follows for every criterion, in the order of the set.
pub fn conclude(assessed: &[Assessed], history: &History, settings: &Settings) -> Vec<Concluded> {
    criteria::all().map(|criterion| one(criterion, assessed, history, settings)).collect()
}

fn one(
    criterion: &'static Criterion,
    assessed: &[Assessed],
    history: &History,
    settings: &Settings,
) -> Concluded {
    let mut concluded = Concluded {
        criterion,
        conclusion: Conclusion::OutOfScope,
        effective: Vec::new(),
        exceptions: Vec::new(),
        not_tested: Vec::new(),
        no_event: Vec::new(),
        statements: attest::on_criterion(criterion.id, history),
    };
    for id in criterion.controls {
        let found = assessed.iter().find(|assessed| assessed.control.id == *id);
        match found.map(|assessed| &assessed.assessment) {
            Some(_) if found.is_some_and(Assessed::had_no_event) => concluded.no_event.push(id),
            Some(Assessment::Effective) => concluded.effective.push(id),
            Some(Assessment::Exceptions(_)) => concluded.exceptions.push(id),
            Some(Assessment::NotTested(_)) | None => concluded.not_tested.push(id),
        }
    }
    let people_spoke = criterion.manual.is_none() || !concluded.statements.is_empty();
    concluded.conclusion = if !settings.covers(criterion.category) {
        Conclusion::OutOfScope
    } else if !concluded.exceptions.is_empty() {
        Conclusion::Exceptions
    } else if !concluded.not_tested.is_empty() || concluded.effective.is_empty() {
        Conclusion::NotTested
    } else if people_spoke {
        Conclusion::Supported
    } else {
        Conclusion::NeedsPeople
    };
    concluded
}
