//! What a marked request is, and what it tells when they are looked for.

use crate::sampling::{CONFIDENCE_PERCENT, bound_ppm};
use avouch_ledger::format::fields;
use serde_json::{Value, json};

/// Fields of records that a marker is looked for in.
const PLACES: [u8; 3] = [fields::TRACE, fields::OBJECT, fields::PRINCIPAL];

/// The markers of a list: one a line, `#` begins a comment.
pub fn markers(sent: &str) -> impl Iterator<Item = &str> {
    sent.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Where a marker may stand in a record: fields and what they say.
pub(crate) fn places(marker: &str) -> impl Iterator<Item = (u8, &str)> {
    PLACES.into_iter().map(move |field| (field, marker))
}

/// Whether a record with these terms bears a marker.
pub(crate) fn bears<'a>(marker: &str, terms: impl Iterator<Item = (u8, &'a [u8])>) -> bool {
    let mut terms = terms;
    terms.any(|(field, value)| PLACES.contains(&field) && value == marker.as_bytes())
}

/// What came of looking for them: which share of all requests may have been lost at most.
pub fn summary(sent: u64, missing: u64) -> Value {
    json!({
        "confidence_percent": CONFIDENCE_PERCENT,
        "found": sent.saturating_sub(missing),
        "loss_bound_ppm": bound_ppm(sent, missing),
        "missing": missing,
        "sent": sent,
    })
}
