//! Vendors: what they do, how they were looked at, where calls to them go.

use crate::history::History;
use avouch_model::coding::Personal;
use avouch_model::fact::vendor::{VendorEvent, VendorRisk};
use serde::Serialize;

/// A vendor as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VendorState {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it does.
    pub service: Option<String>,
    /// How much depends on it.
    #[serde(serialize_with = "super::word")]
    pub risk: Option<VendorRisk>,
    /// Hosts that are called there.
    pub destinations: Vec<String>,
    /// Classes of data that it gets.
    pub classes: Vec<String>,
    /// Whether a contract is signed.
    pub contract: Option<bool>,
    /// Whether it has promised to protect personal data.
    pub privacy_terms: Option<bool>,
    /// Whether it has promised to tell of breaches.
    pub breach_terms: Option<bool>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The entry of the last review, and the moment in milliseconds since 1970.
    pub reviewed: Option<(u64, u64)>,
    /// When it is to be looked at again.
    pub review_due_ms: Option<u64>,
    /// What its report of assurance covers, in milliseconds since 1970.
    pub covered: Option<(u64, u64)>,
    /// The entry in which it was given up.
    pub ended: Option<u64>,
    /// Every entry about it.
    pub entries: Vec<u64>,
}

/// Every vendor, in the order in which they came. What a later fact does not say stays.
pub fn fold(history: &History) -> Vec<VendorState> {
    let mut all: Vec<VendorState> = Vec::new();
    for entry in &history.vendors {
        let fact = &entry.fact;
        let at = all.iter().position(|state| state.id == fact.id).unwrap_or_else(|| {
            all.push(VendorState {
                id: fact.id.clone(),
                name: fact.name.clone(),
                service: None,
                risk: None,
                destinations: Vec::new(),
                classes: Vec::new(),
                contract: None,
                privacy_terms: None,
                breach_terms: None,
                owner: None,
                reviewed: None,
                review_due_ms: None,
                covered: None,
                ended: None,
                entries: Vec::new(),
            });
            all.len() - 1
        });
        let Some(state) = all.get_mut(at) else { continue };
        state.entries.push(entry.index);
        state.name.clone_from(&fact.name);
        state.service = fact.service.clone().or(state.service.take());
        state.risk = fact.risk.or(state.risk);
        state.contract = fact.contract.or(state.contract);
        state.privacy_terms = fact.privacy_terms.or(state.privacy_terms);
        state.breach_terms = fact.breach_terms.or(state.breach_terms);
        state.owner = fact.owner.as_ref().map(Personal::shown).or(state.owner.take());
        state.review_due_ms = fact.review_due_ms.or(state.review_due_ms);
        state.covered = fact.covered_from_ms.zip(fact.covered_to_ms).or(state.covered);
        // The register says these in full each time.
        if matches!(fact.event, VendorEvent::Registered | VendorEvent::Changed) {
            state.destinations.clone_from(&fact.destinations);
            state.classes.clone_from(&fact.classes);
        }
        if fact.event == VendorEvent::Reviewed {
            state.reviewed = Some((entry.index, fact.effective_ms.unwrap_or(entry.time_ms)));
        }
        state.ended = (fact.event == VendorEvent::Ended).then_some(entry.index);
    }
    all
}
