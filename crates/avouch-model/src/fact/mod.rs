//! The kinds of facts: what can stand in the ledger, one file each.
//!
//! A fact says what happened, once, at the time of its entry. What is the case now is computed from
//! facts, never written over. To add a kind: one file, its line and its place in [`ALL`].

pub mod administration;
pub mod authentication;
pub mod configuration;
pub mod control_run;
pub mod decision;
pub mod disclosure;
pub mod engagement;
pub mod evidence;
pub mod export;
pub mod finding;
pub mod incident;
pub mod key;
pub mod ledger;
pub mod person;
pub mod policy;
pub mod request;
pub mod risk;
pub mod scan;
pub mod tally;
#[cfg(test)]
mod tests;
pub mod training;
pub mod tunnel;
pub mod vendor;

use crate::coding::Kind;

/// The kind of records that other programs gave as lines of JSON: no facts of ours.
pub const JSON_KIND: u16 = 1;

/// Every kind, ascending by number.
pub const ALL: &[Kind] = &[
    scan::KIND,
    finding::KIND,
    request::KIND,
    authentication::KIND,
    decision::KIND,
    key::KIND,
    configuration::KIND,
    policy::KIND,
    risk::KIND,
    training::KIND,
    incident::KIND,
    control_run::KIND,
    evidence::KIND,
    export::KIND,
    administration::KIND,
    ledger::KIND,
    vendor::KIND,
    person::KIND,
    disclosure::KIND,
    tunnel::KIND,
    engagement::KIND,
    tally::KIND,
];

/// The kind of that number.
pub fn find(number: u16) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.number == number)
}

/// The kind of that name.
pub fn named(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.name == name)
}
