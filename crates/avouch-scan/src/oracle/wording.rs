//! What an answer says once everything that is ours or moves is taken out of it.
//!
//! Two refusals that differ only in the name that was asked for, a count, a time or a request id say
//! the same.

use avouch_model::exchange::Answer;
use avouch_model::placeholder::{CLOSE, OPEN};
use std::collections::BTreeMap;

/// LIMIT: bytes of a body that are compared.
const COMPARED_MAX: usize = 64 * 1024;
/// Shorter values stand in texts by chance.
const ECHO_CHARS_MIN: usize = 4;

/// A status and what is said with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wording {
    /// The status.
    pub status: u16,
    /// The body without echoes, placeholders, numbers and random values.
    pub text: String,
}

/// What an answer says to whoever sent these values.
pub fn wording(answer: &Answer, sent: &BTreeMap<String, String>) -> Wording {
    let mut text: String = answer.body.chars().take(COMPARED_MAX).collect();
    let mut echoes: Vec<&String> =
        sent.values().filter(|value| value.len() >= ECHO_CHARS_MIN).collect();
    echoes.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for echo in echoes {
        text = text.replace(echo.as_str(), "*");
    }
    Wording { status: answer.status, text: without_numbers(&without_placeholders(&text)) }
}

fn without_placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once(OPEN) {
        out.push_str(before);
        out.push('*');
        match from.split_once(CLOSE) {
            Some((_, after)) => rest = after,
            None => return out,
        }
    }
    out.push_str(rest);
    out
}

/// Runs of letters and digits with a digit in them become one sign: counts, times, ids.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let end = |word: &mut String, out: &mut String| {
        let moving = word.bytes().any(|byte| byte.is_ascii_digit());
        out.push_str(if moving { "#" } else { word });
        word.clear();
    };
    for c in text.chars() {
        if c.is_alphanumeric() {
            word.push(c);
        } else {
            end(&mut word, &mut out);
            out.push(c);
        }
    }
    end(&mut word, &mut out);
    out
}

impl Wording {
    /// The first text after that place which says something.
    fn beginning(&self, from: usize) -> String {
        let rest: String = self.text.chars().skip(from).collect();
        let mut parts = rest.split(['"', '<', '>', '\n', '{', '}', ':', ',']).map(str::trim);
        let found = parts.find(|part| part.chars().filter(|c| c.is_alphabetic()).count() > 8);
        found.unwrap_or_default().chars().take(80).collect()
    }

    /// What to show of it: the status and where the text begins to differ from another.
    pub fn shown_beside(&self, other: &Self) -> String {
        /// LIMIT: characters shown.
        const SHOWN_MAX: usize = 80;
        let same = self.text.chars().zip(other.text.chars()).take_while(|(a, b)| a == b).count();
        // From the beginning of the word in which they part.
        let before: String = self.text.chars().take(same).collect();
        let mark = |c: char| matches!(c, '"' | '>' | '\n');
        let word = before.chars().rev().take_while(|c| !mark(*c)).count();
        let from = same - word;
        let part: String = self.text.chars().skip(from).take(SHOWN_MAX).collect();
        let part = part.split(['"', '<', '\n']).next().unwrap_or_default().trim().to_owned();
        // Signs of the form say nothing.
        let telling = part.chars().any(char::is_alphanumeric);
        let part = if telling { part } else { self.beginning(from) };
        if part.is_empty() { self.status.to_string() } else { format!("{} `{part}`", self.status) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    fn said(body: &str) -> Wording {
        let sent = [("user".to_owned(), "avouchabc".to_owned())].into();
        wording(&answer(401, body), &sent)
    }

    #[test]
    fn echoes_and_what_moves_do_not_count() {
        let one = said(r#"{"error":"no avouchabc here","at":1764100001,"id":"9f86d081"}"#);
        let two =
            said(r#"{"error":"no ‹email:0123456789abcdef› here","at":1764100002,"id":"a1b2"}"#);
        assert_eq!(one, two);
        assert_ne!(one, said(r#"{"error":"wrong password","at":1,"id":"7"}"#));
    }

    #[test]
    fn where_only_the_form_differs_its_text_is_shown() {
        let one = said(r#"{ "status": "fail", "message": "User already exists." }"#);
        let two = said("{\n  \"message\": \"Successfully registered.\",\n  \"status\": \"ok\"\n}");
        assert_eq!(one.shown_beside(&two), "401 `User already exists.`");
        assert_eq!(two.shown_beside(&one), "401 `Successfully registered.`");
    }

    #[test]
    fn what_differs_is_shown() {
        let one = said(r#"{"error":"unknown user"}"#);
        let two = said(r#"{"error":"wrong password"}"#);
        assert_eq!(one.shown_beside(&two), "401 `unknown user`");
        assert_eq!(two.shown_beside(&one), "401 `wrong password`");
    }
}
