//! Risks: how high, what is done about them, who answers.

use crate::history::History;
use avouch_model::coding::Personal;
use avouch_model::fact::risk::{RiskEvent, Treatment};
use serde::Serialize;

/// A risk as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RiskState {
    /// Its id.
    pub id: String,
    /// What may happen.
    pub title: String,
    /// How likely, 1 to 5.
    pub likelihood: Option<u64>,
    /// How bad, 1 to 5.
    pub impact: Option<u64>,
    /// How likely after the treatment.
    pub residual_likelihood: Option<u64>,
    /// How bad after the treatment.
    pub residual_impact: Option<u64>,
    /// What is done about it.
    #[serde(serialize_with = "super::word")]
    pub treatment: Option<Treatment>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Who bears it knowingly, when somebody does.
    pub accepted_by: Option<String>,
    /// Ids of the controls against it.
    pub controls: Vec<String>,
    /// What shows it.
    pub signals: Vec<String>,
    /// When it was looked at last: the entry, and the moment in milliseconds since 1970.
    pub looked_at: (u64, u64),
    /// When it is to be looked at again.
    pub review_due_ms: Option<u64>,
    /// The entry in which it ended.
    pub closed: Option<u64>,
    /// Every entry about it.
    pub entries: Vec<u64>,
}

impl RiskState {
    /// Likelihood times impact; `None` when it was not rated.
    pub fn rating(&self) -> Option<u64> {
        self.likelihood?.checked_mul(self.impact?)
    }

    /// The same after the treatment.
    pub fn residual(&self) -> Option<u64> {
        self.residual_likelihood?.checked_mul(self.residual_impact?)
    }
}

/// Every risk, in the order in which they were found. What a later fact does not say stays.
pub fn fold(history: &History) -> Vec<RiskState> {
    let mut all: Vec<RiskState> = Vec::new();
    for entry in &history.risks {
        let fact = &entry.fact;
        let at_ms = fact.effective_ms.unwrap_or(entry.time_ms);
        let at = all.iter().position(|state| state.id == fact.id).unwrap_or_else(|| {
            all.push(RiskState {
                id: fact.id.clone(),
                title: fact.title.clone(),
                likelihood: None,
                impact: None,
                residual_likelihood: None,
                residual_impact: None,
                treatment: None,
                owner: None,
                accepted_by: None,
                controls: Vec::new(),
                signals: Vec::new(),
                looked_at: (entry.index, at_ms),
                review_due_ms: None,
                closed: None,
                entries: Vec::new(),
            });
            all.len() - 1
        });
        let Some(state) = all.get_mut(at) else { continue };
        state.entries.push(entry.index);
        state.looked_at = (entry.index, at_ms);
        state.title.clone_from(&fact.title);
        state.likelihood = fact.likelihood.or(state.likelihood);
        state.impact = fact.impact.or(state.impact);
        state.residual_likelihood = fact.residual_likelihood.or(state.residual_likelihood);
        state.residual_impact = fact.residual_impact.or(state.residual_impact);
        state.treatment = fact.treatment.or(state.treatment);
        state.owner = fact.owner.as_ref().map(Personal::shown).or(state.owner.take());
        state.review_due_ms = fact.review_due_ms.or(state.review_due_ms);
        if !fact.controls.is_empty() {
            state.controls.clone_from(&fact.controls);
        }
        if !fact.signals.is_empty() {
            state.signals.clone_from(&fact.signals);
        }
        state.accepted_by = match fact.event {
            RiskEvent::Accepted => fact.actor.as_ref().map(Personal::shown),
            RiskEvent::Assessed => None,
            _ => state.accepted_by.take(),
        };
        state.closed = (fact.event == RiskEvent::Closed).then_some(entry.index);
    }
    all
}
