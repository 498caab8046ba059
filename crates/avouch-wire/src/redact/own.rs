//! The scan's own credentials, in every spelling an answer may give them back in.

use super::spelling::{html_escaped, json_escaped, percent_encoded_but_for};
use avouch_model::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Characters below which a credential is only known as a whole value: inside a text it would be
/// found in ordinary words.
pub(super) const INSIDE_CHARS_MIN: usize = 4;
/// Characters below which a credential must stand alone between other characters.
const ANYWHERE_CHARS_MIN: usize = 8;

/// What encoders leave as it is, besides letters and digits: nothing; RFC 3986; Python's `quote`;
/// forms; `encodeURIComponent` and `encodeURI` (ECMA-262, section 19.2.6).
const KEPT: [&str; 6] = ["", "-._~", "/-._~", "*-._", "-_.!~*'()", ";,/?:@&=+$-_.!~*'()#"];

/// How an apostrophe stands on pages.
const APOSTROPHES: [&str; 4] = ["'", "&#39;", "&#x27;", "&apos;"];

/// One way a credential may be spelled.
pub(super) struct Spelling {
    /// How it looks.
    pub text: Secret,
    /// The credential itself, which the digest is made of.
    pub value: Secret,
    /// The detail of its placeholder.
    pub detail: String,
}

impl Spelling {
    /// Whether that text is this spelling and nothing else.
    pub(super) fn is_whole(&self, text: &str) -> bool {
        self.text.danger_reveal() == text
    }

    /// Where the spelling begins in a text, from a place on.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<usize> {
        let needle = self.text.danger_reveal();
        if !may_hold(text.get(from..)?, needle) || needle.chars().count() < INSIDE_CHARS_MIN {
            return None;
        }
        let mut from = from;
        loop {
            let start = from + text.get(from..)?.find(needle)?;
            if needle.chars().count() >= ANYWHERE_CHARS_MIN
                || stands_alone(text, start, start + needle.len())
            {
                return Some(start);
            }
            from = start + needle.chars().next()?.len_utf8();
        }
    }
}

/// LIMIT: bytes of a spelling that are looked for first.
const BEGINNING_BYTES: usize = 16;

/// Whether a text holds the beginning of a spelling. There are dozens of them and hardly a text holds
/// any: preparing the search for the whole of a long one took most of a scan's time.
fn may_hold(text: &str, needle: &str) -> bool {
    let beginning = needle.get(..BEGINNING_BYTES).unwrap_or(needle);
    text.len() >= needle.len() && text.contains(beginning)
}

/// Every spelling of a credential, the longest first.
pub(super) fn spellings(value: &str, label: &str) -> Vec<Spelling> {
    let mut spellings = vec![(value.to_owned(), label.to_owned())];
    // These spell the same characters: what is sent in their place is spelled anew.
    let mut alike = vec![json_escaped(value), json_escaped(&json_escaped(value))];
    alike.extend(APOSTROPHES.iter().map(|entity| html_escaped(value, entity)));
    for kept in KEPT {
        let encoded = percent_encoded_but_for(value, kept);
        alike.extend([encoded.replace("%20", "+"), lower_hex(&encoded), encoded]);
    }
    spellings.extend(alike.into_iter().map(|same| (same, label.to_owned())));
    if value.chars().count() >= ANYWHERE_CHARS_MIN {
        let bytes = value.as_bytes();
        spellings.push((STANDARD.encode(bytes), format!("{label}-base64")));
        for (text, name) in [
            (STANDARD_NO_PAD.encode(bytes), "base64-bare"),
            (URL_SAFE_NO_PAD.encode(bytes), "base64url"),
            (inside(bytes, 0), "base64-0"),
            (inside(bytes, 1), "base64-1"),
            (inside(bytes, 2), "base64-2"),
        ] {
            spellings.push((text, format!("{label}-{name}")));
        }
    }
    let mut seen: Vec<Spelling> = Vec::new();
    for (text, detail) in spellings {
        if !text.is_empty() && !seen.iter().any(|s| s.text.danger_reveal() == text) {
            seen.push(Spelling { text: Secret::new(text), value: Secret::new(value), detail });
        }
    }
    seen
}

/// The base64 characters that only depend on the value, when it begins `offset` bytes into a group
/// of three and is followed by something else.
fn inside(bytes: &[u8], offset: usize) -> String {
    let shifted: Vec<u8> = std::iter::repeat_n(0, offset).chain(bytes.iter().copied()).collect();
    let whole = shifted.len() - shifted.len() % 3;
    let encoded = STANDARD.encode(shifted.get(..whole).unwrap_or_default());
    let skip = [0, 2, 3].get(offset).copied().unwrap_or_default();
    encoded.get(skip..).unwrap_or_default().to_owned()
}

/// Percent-encoding with small hexadecimal digits, as some frameworks write it.
fn lower_hex(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hex, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.push('%');
        text.push_str(&hex.to_ascii_lowercase());
        text.push_str(rest);
    }
    text
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|t| t.chars().next_back());
    let after = text.get(end..).and_then(|t| t.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_inside_any_base64_around_it() {
        let value = "s3cr3t-token/value";
        let spellings = spellings(value, "a");
        for around in ["", "x", "xy", "xyz"] {
            let encoded = STANDARD.encode(format!("{around}{value}{around}!"));
            let hit = spellings.iter().any(|s| s.find(&encoded, 0).is_some());
            assert!(hit, "{around}");
        }
    }

    #[test]
    fn whatever_encodes_a_value_it_is_found() {
        let spellings = spellings("a-b_c's & d/e=\"f\"", "a");
        for encoded in [
            "a%2Db%5Fc%27s%20%26%20d%2Fe%3D%22f%22",
            "a-b_c%27s%20%26%20d/e%3D%22f%22",
            "a-b_c's%20%26%20d%2Fe%3D%22f%22",
            "a-b_c's%20&%20d/e=%22f%22",
            "a-b_c%27s+%26+d%2Fe%3D%22f%22",
            "a-b_c%27s%20%26%20d%2fe%3d%22f%22",
            "a-b_c&#39;s &amp; d/e=&quot;f&quot;",
            "a-b_c's & d/e=\\\"f\\\"",
            r#"{\"sent\": \"a-b_c's & d/e=\\\"f\\\"\"}"#,
        ] {
            assert!(spellings.iter().any(|s| s.find(encoded, 0).is_some()), "{encoded}");
        }
    }

    #[test]
    fn a_short_credential_does_not_wreck_words() {
        let short = spellings("cat", "a");
        assert!(short.iter().all(|s| s.find("concatenate the cat", 0).is_none()));
        assert!(short.iter().any(|s| s.is_whole("cat")));
        let medium = spellings("admin", "a");
        assert!(medium.iter().all(|s| s.find("administrator", 0).is_none()));
        assert!(medium.iter().any(|s| s.find("user admin:", 0) == Some(5)));
    }
}
