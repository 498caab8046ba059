//! Holds another scanner's claims against the truth. Pure.

use super::Claim;
use crate::bench::truth::{Expectation, Truth, Weakness};
use serde::Serialize;
use std::collections::BTreeSet;

/// What came of one scanner.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Row {
    /// The scanner.
    pub(crate) scanner: String,
    /// Weaknesses of the truth that it showed.
    pub(crate) found: u32,
    /// Weaknesses of the truth.
    pub(crate) of: u32,
    /// Claims of a weakness where the truth has none.
    pub(crate) r#false: u32,
    /// Claims that mean none of our checks, such as a status that is not documented.
    pub(crate) apart: u32,
    /// How long it took.
    pub(crate) seconds: f64,
}

impl Row {
    /// Both together.
    pub(crate) fn plus(self, other: &Self) -> Self {
        Self {
            scanner: self.scanner,
            found: self.found + other.found,
            of: self.of + other.of,
            r#false: self.r#false + other.r#false,
            apart: self.apart + other.apart,
            seconds: self.seconds + other.seconds,
        }
    }
}

/// Judges claims; a claim said twice of one operation counts once.
pub(crate) fn judge(scanner: &str, truth: &Truth, claims: &[Claim], seconds: f64) -> Row {
    let claims: BTreeSet<&Claim> = claims.iter().collect();
    let shows = |claim: &Claim, weakness: &Weakness| {
        claim.means.contains(&weakness.check.as_str())
            && weakness.operation.as_ref().is_none_or(|operation| *operation == claim.operation)
    };
    let must = || truth.weaknesses.iter().filter(|w| w.expect == Expectation::Must);
    let found = must().filter(|w| claims.iter().any(|claim| shows(claim, w))).count();
    let (meaning, apart): (Vec<&Claim>, Vec<&Claim>) =
        claims.into_iter().partition(|claim| !claim.means.is_empty());
    let wrong = meaning.into_iter().filter(|c| !truth.weaknesses.iter().any(|w| shows(c, w)));
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Row {
        scanner: scanner.to_owned(),
        found: count(found),
        of: count(must().count()),
        r#false: count(wrong.count()),
        apart: count(apart.len()),
        seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::operation::OperationId;
    use serde_json::json;

    fn truth() -> Truth {
        let entry = |check: &str, operation: Option<&str>, expect: &str| {
            json!({"check": check, "operation": operation, "weakness": "x", "confidence": "firm",
                   "severity": "low", "tier": "R", "expect": expect})
        };
        let entries = [
            entry("AUTH-01", Some("GET /a"), "must"),
            entry("BOLA-01", Some("GET /a"), "must"),
            entry("CFG-01", None, "must"),
            entry("DATA-03", Some("GET /b"), "may"),
        ];
        serde_json::from_value(json!({ "entry": entries })).unwrap()
    }

    fn claim(what: &str, operation: &str, means: &'static [&'static str]) -> Claim {
        Claim { what: what.to_owned(), operation: OperationId(operation.to_owned()), means }
    }

    #[test]
    fn claims_are_true_false_or_apart() {
        let claims = [
            claim("no auth", "GET /a", &["AUTH-01", "AUTH-02"]),
            claim("no auth", "GET /a", &["AUTH-01", "AUTH-02"]),
            claim("no auth", "GET /c", &["AUTH-01", "AUTH-02"]),
            claim("trace", "GET /c", &["CFG-01"]),
            claim("error", "GET /b", &["DATA-03"]),
            claim("status", "GET /b", &[]),
        ];
        let row = judge("x", &truth(), &claims, 1.0);
        assert_eq!((row.found, row.of, row.r#false, row.apart), (2, 3, 1, 1));
    }

    #[test]
    fn silence_finds_nothing_and_is_never_false() {
        let row = judge("x", &truth(), &[], 1.0);
        assert_eq!((row.found, row.of, row.r#false, row.apart), (0, 3, 0, 0));
    }
}
