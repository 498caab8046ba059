//! What a marked request is, and what it tells when they are looked for.

use crate::sampling::{CONFIDENCE_PERCENT, bound_ppm};
use avouch_ledger::format::fields;
use serde_json::{Value, json};

/// Fields of records that a marker is looked for in.
pub(crate) const PLACES: [u8; 3] = [fields::TRACE, fields::OBJECT, fields::PRINCIPAL];

/// The markers of a list: one a line, `#` begins a comment.
pub fn markers(sent: &str) -> impl Iterator<Item = &str> {
    sent.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What a record with these terms may be marked with.
pub(crate) fn marks<'a>(
    terms: impl Iterator<Item = (u8, &'a [u8])>,
) -> impl Iterator<Item = &'a [u8]> {
    terms.filter(|(field, _)| PLACES.contains(field)).map(|(_, value)| value)
}

/// Whether a record with these terms bears a marker.
pub(crate) fn bears<'a>(marker: &str, terms: impl Iterator<Item = (u8, &'a [u8])>) -> bool {
    marks(terms).any(|value| value == marker.as_bytes())
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
