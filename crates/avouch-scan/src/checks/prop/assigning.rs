//! What PROP-06 and PROP-07 share: properties to try, their values, and what was read of them.

use super::privileged::Property;
use crate::context::Context;
use avouch_model::exchange::Answer;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Proof;
use serde_json::Value;

/// LIMIT: envelopes around a record that are looked into.
const ENVELOPES_MAX: usize = 2;
/// LIMIT: characters of a refusal that is read for what it would take.
const REFUSAL_CHARS_MAX: usize = 2_000;

/// A property with its natural value and the two that are tried.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) property: Property,
    pub(super) natural: Value,
    pub(super) values: [Value; 2],
}

impl Trial {
    /// A trial of what the record shows; `None` when it does not, or nothing else is known to fit.
    pub(super) fn new(ctx: &Context<'_>, property: Property, shown: &Value) -> Option<Self> {
        let natural = field(shown, &property.name, ENVELOPES_MAX)?.clone();
        let values = property.values(&ctx.nonces, &natural)?;
        Some(Self { property, natural, values })
    }

    /// Whether a record that was read shows the value that was sent, the first or the second.
    pub(super) fn held(&self, record: &Value, second: bool) -> bool {
        let [one, two] = &self.values;
        let sent = if second { two } else { one };
        field(record, &self.property.name, ENVELOPES_MAX).is_some_and(|there| same(there, sent))
    }

    /// The same with values that a refusal names: a message that lists what a property may be, its
    /// natural value among them, says that the property is looked at.
    pub(super) fn taught(&self, refusal: &Answer) -> Option<Self> {
        let natural = self.natural.as_str()?;
        let text: String = refusal.body.chars().take(REFUSAL_CHARS_MAX).collect();
        let words = quoted(&text);
        let tried = self.values.iter().filter_map(Value::as_str);
        let tried: Vec<&str> = tried.collect();
        let mut others = words.iter().filter(|word| {
            **word != natural && !tried.contains(&word.as_str()) && **word != self.property.name
        });
        let first = others.next().filter(|_| words.iter().any(|word| word == natural))?;
        let second = others.next().map_or(natural, String::as_str);
        let values = [Value::from(first.as_str()), Value::from(second)];
        Some(Self { values, ..self.clone() })
    }
}

/// Names and values of the first or second attempt.
pub(super) fn injected(trials: &[Trial], second: bool) -> Vec<(&str, &Value)> {
    let value = |trial: &'_ Trial| usize::from(second).min(trial.values.len() - 1);
    trials
        .iter()
        .filter_map(|trial| Some((&*trial.property.name, trial.values.get(value(trial))?)))
        .collect()
}

/// The property of that name in a record or in an envelope around one.
pub(super) fn field<'v>(json: &'v Value, name: &str, depth: usize) -> Option<&'v Value> {
    let members = json.as_object()?;
    members.get(name).or_else(|| {
        let inner = members.values().filter(|_| depth > 0);
        inner.into_iter().find_map(|value| field(value, name, depth - 1))
    })
}

/// Whether a value read back is the one that was sent; `12` and `12.0` and `"12"` are.
fn same(there: &Value, sent: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    };
    there == sent
        || number(there).zip(number(sent)).is_some_and(|(a, b): (f64, f64)| (a - b).abs() < 1e-9)
}

/// Words in quotation marks of either kind. JSON's own escapes are undone first.
fn quoted(text: &str) -> Vec<String> {
    let text = text.replace("\\\"", "'");
    let mut words = Vec::new();
    for mark in ['\'', '`', '"'] {
        let inside = text.split(mark).skip(1).step_by(2);
        words.extend(inside.filter(|w| !w.is_empty() && w.len() <= 40).map(str::to_owned));
    }
    words
}

/// What was proven of those trials.
pub(super) fn proof(taken: &[&Trial], confidence: Confidence, act: &str) -> Proof {
    let severity = taken.iter().map(|t| t.property.severity).max().unwrap_or(Severity::Low);
    let names: Vec<&str> = taken.iter().map(|t| &*t.property.name).collect();
    let names = names.join(", ");
    let summary = format!("an ordinary {act} set {names}, which it does not offer");
    let mut proof = Proof::new(severity, confidence, summary).about(names);
    for Trial { property, natural, values } in taken {
        let [one, two] = values;
        let name = &property.name;
        proof = proof.because(match confidence {
            Confidence::Confirmed => format!(
                "`{name}` is {natural} by itself; sent as {one} and then as {two}, an independent read showed the same each time"
            ),
            _ => format!("`{name}` is {natural} by itself; sent as {one}, it was read back once of two times"),
        });
    }
    proof.because(format!("the description offers none of them on {act}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_quotation_marks_are_found() {
        let words =
            quoted(r#"{"message": "status has to be 'delivered','return pending' or 'returned'"}"#);
        for word in ["delivered", "return pending", "returned"] {
            assert!(words.iter().any(|w| w == word), "{words:?}");
        }
        assert!(
            quoted(r#"{"detail": "must be one of [\"new\", \"done\"]"}"#)
                .contains(&"done".to_owned())
        );
    }
}
