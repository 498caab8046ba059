//! Walks JSON text token by token and keeps every byte that is not replaced.
//!
//! A parser that prints again would lose indentation, number spellings and repeated keys, all of
//! which checks look at. This walk is forgiving: it also does what it can with a body that was cut
//! in the middle, and says nothing about whether the text is JSON.

/// Containers whose keys are remembered; deeper values have no key. // LIMIT: levels
const DEPTH_MAX: usize = 256;

/// What is asked about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A key of an object.
    Key(&'t str),
    /// A string value and the key it stands under; elements stand under their array's key.
    Text(Option<&'t str>, &'t str),
    /// A number as it is spelled.
    Number(Option<&'t str>, &'t str),
    /// A string that never ends or cannot be decoded, as it is spelled.
    Broken(&'t str),
}

/// One open container.
struct Frame {
    is_object: bool,
    key: Option<String>,
}

/// Walks `text` and asks `replace` about each token; what it answers takes the token's place, as a
/// JSON string (as it is, for a broken one).
pub(super) fn rewrite(text: &str, replace: &mut dyn FnMut(Token<'_>) -> Option<String>) -> String {
    let mut walk = Walk { frames: Vec::new(), too_deep: 0, out: String::with_capacity(text.len()) };
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' => walk.string(rest, replace),
            '-' | '0'..='9' => walk.number(rest, replace),
            _ => walk.mark(c, rest),
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    walk.out
}

struct Walk {
    frames: Vec<Frame>,
    too_deep: usize,
    out: String,
}

impl Walk {
    fn key(&self) -> Option<&str> {
        if self.too_deep > 0 {
            return None;
        }
        self.frames.last().and_then(|frame| frame.key.as_deref())
    }

    fn mark(&mut self, c: char, rest: &str) -> usize {
        match c {
            '{' | '[' if self.frames.len() == DEPTH_MAX => self.too_deep += 1,
            '{' => self.frames.push(Frame { is_object: true, key: None }),
            '[' => {
                let key = self.key().map(str::to_owned);
                self.frames.push(Frame { is_object: false, key });
            }
            '}' | ']' if self.too_deep > 0 => self.too_deep -= 1,
            '}' | ']' => {
                self.frames.pop();
            }
            ',' if self.too_deep == 0 => {
                if let Some(frame) = self.frames.last_mut().filter(|frame| frame.is_object) {
                    frame.key = None;
                }
            }
            _ => (),
        }
        // A run of letters is taken at once, so that the digits in a bare word are not a number.
        let length = if c.is_alphabetic() {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else {
            c.len_utf8()
        };
        self.out.push_str(rest.get(..length).unwrap_or_default());
        length
    }

    fn number(
        &mut self,
        rest: &str,
        replace: &mut dyn FnMut(Token<'_>) -> Option<String>,
    ) -> usize {
        let in_number = |c: char| matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+' | '-');
        let length = rest.find(|c| !in_number(c)).unwrap_or(rest.len());
        let token = rest.get(..length).unwrap_or_default();
        match replace(Token::Number(self.key(), token)) {
            Some(new) => self.out.push_str(&quoted(&new)),
            None => self.out.push_str(token),
        }
        length
    }

    fn string(
        &mut self,
        rest: &str,
        replace: &mut dyn FnMut(Token<'_>) -> Option<String>,
    ) -> usize {
        let Some(length) = string_length(rest) else {
            let new = replace(Token::Broken(rest));
            self.out.push_str(new.as_deref().unwrap_or(rest));
            return rest.len();
        };
        let token = rest.get(..length).unwrap_or_default();
        let inner = token.get(1..length - 1).unwrap_or_default();
        let decoded = if inner.contains('\\') {
            serde_json::from_str::<String>(token).ok()
        } else {
            Some(inner.to_owned())
        };
        let Some(decoded) = decoded else {
            let new = replace(Token::Broken(token));
            self.out.push_str(new.as_deref().unwrap_or(token));
            return length;
        };
        let after = rest.get(length..).unwrap_or_default();
        let in_object = self.too_deep == 0 && self.frames.last().is_some_and(|f| f.is_object);
        let is_key = in_object && after.trim_start().starts_with(':');
        let new = if is_key {
            replace(Token::Key(&decoded))
        } else {
            replace(Token::Text(self.key(), &decoded))
        };
        match &new {
            Some(new) => self.out.push_str(&quoted(new)),
            None => self.out.push_str(token),
        }
        if is_key && let Some(frame) = self.frames.last_mut() {
            // What stands in a key's place is what a second reading would go by.
            frame.key = Some(new.unwrap_or(decoded));
        }
        length
    }
}

/// The length of the string token a text begins with, quotes included.
fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (place, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(place + 1),
            _ => (),
        }
    }
    None
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let mut seen = Vec::new();
        let same = rewrite(text, &mut |token| {
            seen.push(format!("{token:?}"));
            None
        });
        assert_eq!(same, text);
        seen
    }

    #[test]
    fn values_know_the_key_they_stand_under() {
        assert_eq!(
            tokens(r#"{"a": {"b": 1}, "c": ["x", {"d": "y"}, "z"], "e\n": true}"#),
            [
                r#"Key("a")"#,
                r#"Key("b")"#,
                r#"Number(Some("b"), "1")"#,
                r#"Key("c")"#,
                r#"Text(Some("c"), "x")"#,
                r#"Key("d")"#,
                r#"Text(Some("d"), "y")"#,
                r#"Text(Some("c"), "z")"#,
                r#"Key("e\n")"#,
            ]
        );
    }

    #[test]
    fn a_cut_or_bottomless_text_is_walked_all_the_same() {
        assert_eq!(tokens(r#"{"a": "b"#), [r#"Key("a")"#, r#"Broken("\"b")"#]);
        let deep = "[".repeat(100_000);
        assert!(tokens(&deep).is_empty());
        assert_eq!(tokens(r#"["\ud800"]"#), [r#"Broken("\"\\ud800\"")"#]);
    }

    #[test]
    fn only_what_is_replaced_changes() {
        let text = "{ \"a\" :  1e2,\n\t\"b\": \"x\\u0041\", \"b\": 12345 }";
        let new = rewrite(text, &mut |token| match token {
            Token::Number(Some("b"), _) => Some("n\"".to_owned()),
            _ => None,
        });
        assert_eq!(new, "{ \"a\" :  1e2,\n\t\"b\": \"x\\u0041\", \"b\": \"n\\\"\" }");
    }
}
