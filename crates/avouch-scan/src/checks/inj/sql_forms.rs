//! Ways to write a condition so that it stands on its own wherever a value stands in a statement.
//!
//! All of them close what they open, so no comment is needed and a value that is used several times
//! in one statement does no harm. `LIKE` without a wildcard is equality, and stays right when the
//! statement itself adds a wildcard behind the value.

use crate::nonce::Nonces;

/// How a condition is joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// To a value that finds something: true changes nothing, false takes it away.
    And,
    /// To a value that finds nothing: true brings something, false nothing.
    Or,
}

/// What a condition is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    True,
    False,
    /// True but for its operator, which no database knows.
    Broken,
}

/// Where a value may stand in a statement: what closes it and what is left open behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    value: String,
    form: Form,
    /// `None` for a number: nothing to close.
    quotes: Option<(&'static str, &'static str)>,
}

/// Text compared, text searched for, and both in brackets.
const QUOTES: [(&str, &str); 4] = [("'", "'"), ("%'", "'"), ("')", "('"), ("%')", "('")];

/// The places worth trying for a value. When the target rejects odd values outright, only the
/// plainest.
pub(super) fn contexts(form: Form, value: &str, rejects: bool) -> Vec<Place> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let place = |quotes| Place { value: value.to_owned(), form, quotes };
    let quoted = QUOTES.into_iter().filter(|(close, _)| form == Form::And || !close.contains('%'));
    let quoted = quoted.take(if rejects { 1 } else { QUOTES.len() });
    let number = (digits || form == Form::Or).then(|| place(None));
    if digits {
        number.into_iter().chain(quoted.map(|q| place(Some(q)))).collect()
    } else {
        quoted.map(|q| place(Some(q))).chain(number).collect()
    }
}

impl Place {
    /// The value with a condition of that worth behind it; constants by that label.
    pub(super) fn text(&self, nonces: &Nonces, label: &str, condition: Condition) -> String {
        let joint = match (self.form, condition) {
            (Form::And, Condition::Broken) => "ANDD",
            (Form::And, _) => "AND",
            (Form::Or, Condition::Broken) => "ORR",
            (Form::Or, _) => "OR",
        };
        let Some((close, open)) = self.quotes else {
            let left = nonces.number(&format!("{label} left"), 2000, 4999);
            let right = if condition == Condition::False {
                nonces.number(&format!("{label} right"), 5000, 9999)
            } else {
                left
            };
            // A word is no number, so an unknown number stands in its place.
            let value = if self.form == Form::Or { "0" } else { self.value.as_str() };
            return format!("{value} {joint} {left}={right}");
        };
        let left = nonces.word(&format!("{label} left"), 6);
        let right = if condition == Condition::False {
            // Of another first letter, so that it is another word for certain.
            let first = if left.starts_with('q') { 'k' } else { 'q' };
            format!("{first}{}", nonces.word(&format!("{label} right"), 5))
        } else {
            left.clone()
        };
        let opened = open.strip_suffix('\'').unwrap_or(open);
        format!("{}{close} {joint} {opened}'{left}' LIKE '{right}", self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(form: Form, value: &str, condition: Condition) -> Vec<String> {
        let nonces = Nonces::new([3; 32], "x");
        contexts(form, value, false).iter().map(|p| p.text(&nonces, "r", condition)).collect()
    }

    #[test]
    fn every_form_closes_what_it_opens() {
        for text in texts(Form::And, "lamp", Condition::True) {
            let whole = format!("({}'{text}'{}", "", ")");
            assert_eq!(whole.matches('\'').count() % 2, 0, "{whole}");
            assert_eq!(whole.matches('(').count(), whole.matches(')').count(), "{whole}");
        }
    }

    #[test]
    fn true_and_false_differ_in_one_word_only() {
        let pairs = texts(Form::And, "7", Condition::True).into_iter().zip(texts(
            Form::And,
            "7",
            Condition::False,
        ));
        for (yes, no) in pairs {
            assert_eq!(yes.len(), no.len());
            assert_ne!(yes, no);
        }
        let first = texts(Form::And, "7", Condition::True).remove(0);
        assert!(first.starts_with("7 AND "), "{first}");
    }
}
