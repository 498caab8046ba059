//! Numbers.

use super::mixed;
use avouch_model::schema::Schema;
use serde_json::{Number, Value};

/// Usual values where nothing is said about the range.
const USUAL_MIN: f64 = 1.0;
const USUAL_SPAN: f64 = 1000.0;
/// Whole numbers up to this are exact as doubles (2 to the 53rd).
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// A whole number in range.
pub(super) fn integer(name: &str, schema: &Schema, salt: u64) -> Value {
    let (least, greatest) = range(name, schema, true);
    let chosen = within(least.ceil(), greatest.floor(), mixed(name, salt), salt).round();
    let chosen = chosen.clamp(-EXACT_MAX, EXACT_MAX);
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and below 2 to the 53rd")]
    let whole = chosen as i64;
    Value::Number(whole.into())
}

/// A number in range, with cents at most where the range allows it.
pub(super) fn number(name: &str, schema: &Schema, salt: u64) -> Value {
    let (least, greatest) = range(name, schema, false);
    let chosen = within(least, greatest, mixed(name, salt), salt);
    let cents = (chosen * 100.0).round() / 100.0;
    let chosen = if (least..=greatest).contains(&cents) { cents } else { chosen };
    Number::from_f64(chosen).map_or(Value::Null, Value::Number)
}

/// Whether a number is in range.
pub(super) fn fits(number: &Number, schema: &Schema) -> bool {
    let Some(number) = number.as_f64() else { return true };
    schema.minimum.is_none_or(|least| number >= least)
        && schema.maximum.is_none_or(|greatest| number <= greatest)
}

fn range(name: &str, schema: &Schema, whole: bool) -> (f64, f64) {
    let lower = name.to_ascii_lowercase();
    // Small numbers where large ones are refused, or cost something.
    let few = ["count", "page", "amount", "offset", "size", "limit", "number"];
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let span = if says(&["quantity", "qty"]) {
        // One of a thing: a balance is soon spent.
        0.0
    } else if says(&few) {
        4.0
    } else {
        USUAL_SPAN
    };
    let (form_min, form_max) = match (schema.format.as_deref(), whole) {
        (Some("int32"), true) => (f64::from(i32::MIN), f64::from(i32::MAX)),
        _ => (-EXACT_MAX, EXACT_MAX),
    };
    match (schema.minimum, schema.maximum) {
        (Some(least), Some(greatest)) => (least, greatest.max(least)),
        (Some(least), None) => (least, (least + span).min(form_max).max(least)),
        (None, Some(greatest)) if greatest < USUAL_MIN => {
            ((greatest - span).max(form_min), greatest)
        }
        (None, Some(greatest)) => (USUAL_MIN, greatest),
        (None, None) => (USUAL_MIN, USUAL_MIN + span),
    }
}

/// A number of the range: its beginning for salt 0, else as the mixed salt says.
fn within(least: f64, greatest: f64, mixed: u64, salt: u64) -> f64 {
    if salt == 0 || greatest <= least {
        return least;
    }
    #[expect(clippy::cast_precision_loss, reason = "16 bits are exact")]
    let share = (mixed >> 48) as f64 / 65536.0;
    least + (greatest - least) * share
}
