//! Facts as events of the Open Cybersecurity Schema Framework (OCSF), version 1.8.0.
//!
//! In scope: one fact, one event, in the class that fits, with the whole fact in `raw_data`, so that
//! nothing is lost. Out of scope: kinds for which OCSF has no class; who exports says how many facts
//! those were. An event proves nothing by itself: `metadata` and `unmapped` name the entry it was
//! made of, which can be proven.

mod administration;
mod authentication;
mod configuration;
mod control_run;
mod event;
mod finding;
mod incident;
mod key;
mod ledger;
#[cfg(test)]
mod published;
mod request;
mod scan;
#[cfg(test)]
mod tests;

pub use event::Entry;

use avouch_model::coding::JsonError;
use serde_json::Value;

/// The version of OCSF that events are of.
pub const VERSION: &str = "1.8.0";

/// How facts of a kind become events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mapping {
    /// The name of the kind.
    kind: &'static str,
    /// The class it is in, for the documentation.
    class: &'static str,
    /// Makes an event of a fact as JSON; `None` when this one fits no class.
    event: fn(&Value, &Entry<'_>) -> Result<Option<Value>, JsonError>,
}

const ALL: [Mapping; 10] = [
    scan::MAPPING,
    finding::MAPPING,
    request::MAPPING,
    authentication::MAPPING,
    key::MAPPING,
    configuration::MAPPING,
    incident::MAPPING,
    control_run::MAPPING,
    administration::MAPPING,
    ledger::MAPPING,
];

/// Which kinds become events of which classes, for the documentation.
pub fn classes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().map(|mapping| (mapping.kind, mapping.class))
}

/// Makes an event of a fact as JSON; `None` when OCSF has no class for it.
pub fn event(kind: &str, fact: &Value, entry: &Entry<'_>) -> Result<Option<Value>, JsonError> {
    match ALL.iter().find(|mapping| mapping.kind == kind) {
        Some(mapping) => (mapping.event)(fact, entry),
        None => Ok(None),
    }
}
