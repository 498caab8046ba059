//! Exceptions: rules that may be left for a while.

use crate::history::History;
use avouch_model::coding::Personal;
use avouch_model::fact::decision::{DecisionAbout, Verdict};
use serde::Serialize;

/// An exception as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExceptionState {
    /// Its id.
    pub id: String,
    /// The controls or rules that may be left.
    pub objects: Vec<String>,
    /// Whether it was allowed.
    pub is_allowed: bool,
    /// Who asked for it.
    pub requested_by: Option<String>,
    /// Who decided.
    pub decided_by: Vec<String>,
    /// Why.
    pub because: Option<String>,
    /// When it ends, in milliseconds since 1970.
    pub until_ms: Option<u64>,
    /// Since when it holds.
    pub since_ms: u64,
    /// The entry in which it was taken back, and when.
    pub revoked: Option<(u64, u64)>,
    /// Every entry about it.
    pub entries: Vec<u64>,
}

impl ExceptionState {
    /// Whether it holds at a moment.
    pub fn at(&self, at_ms: u64) -> bool {
        self.is_allowed
            && self.since_ms <= at_ms
            && self.until_ms.is_none_or(|until| at_ms < until)
            && self.revoked.is_none_or(|(_, revoked)| at_ms < revoked)
    }
}

/// Every exception, in the order in which they were decided. The last word about one counts.
pub fn fold(history: &History) -> Vec<ExceptionState> {
    let mut all: Vec<ExceptionState> = Vec::new();
    for entry in &history.decisions {
        let fact = &entry.fact;
        if fact.about != DecisionAbout::Exception {
            continue;
        }
        if fact.verdict == Verdict::Revoke {
            if let Some(state) = all.iter_mut().find(|state| state.id == fact.id) {
                state.revoked = Some((entry.index, entry.time_ms));
                state.entries.push(entry.index);
            }
            continue;
        }
        let mut state = ExceptionState {
            id: fact.id.clone(),
            objects: fact.objects.clone(),
            is_allowed: matches!(fact.verdict, Verdict::Allow | Verdict::Keep),
            requested_by: fact.requested_by.as_ref().map(Personal::shown),
            decided_by: fact.decided_by.iter().map(Personal::shown).collect(),
            because: fact.because.clone(),
            until_ms: fact.until_ms,
            since_ms: fact.effective_ms.unwrap_or(entry.time_ms),
            revoked: None,
            entries: vec![entry.index],
        };
        match all.iter_mut().find(|known| known.id == fact.id) {
            Some(known) => {
                state.entries.splice(0..0, known.entries.iter().copied());
                *known = state;
            }
            None => all.push(state),
        }
    }
    all
}
