//! What stands where a sensitive value stood.
//!
//! A placeholder is `‹class:digest›` or `‹class:digest:detail›`: the digest is the value's HMAC
//! under the scan's key, so equal values have equal placeholders and nothing else can be learnt.
//! Checks only ever see placeholders, which is why a verdict over recorded exchanges is the same
//! verdict: there was never anything more to see.

use crate::data_class::DataClass;
use std::fmt;

/// Opens a placeholder. Capture replaces this character wherever a target sends it.
pub const OPEN: char = '‹';
/// Closes a placeholder. Capture replaces this character wherever a target sends it.
pub const CLOSE: char = '›';
/// Hexadecimal digits of the digest that are kept: 64 bits.
pub const DIGEST_DIGITS: usize = 16;

/// A sensitive value's stand-in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Placeholder {
    /// What kind of value it is.
    pub class: DataClass,
    /// Keyed digest of the value, [`DIGEST_DIGITS`] hexadecimal digits.
    pub digest: String,
    /// What can be said of the value without showing it, such as `github` or `bcrypt`; may be
    /// empty, and is made of lower-case letters, digits and `-`.
    pub detail: String,
}

impl Placeholder {
    /// Reads a text that is a placeholder and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
        let mut parts = inner.splitn(3, ':');
        let class = DataClass::parse(parts.next()?)?;
        let digest = parts.next()?;
        let hex = digest.len() == DIGEST_DIGITS && digest.bytes().all(|b| b.is_ascii_hexdigit());
        let detail = parts.next().unwrap_or_default();
        let plain =
            detail.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        (hex && plain).then(|| Self { class, digest: digest.to_owned(), detail: detail.to_owned() })
    }

    /// All placeholders in a text, in order.
    pub fn find_all(text: &str) -> Vec<Self> {
        text.split(OPEN)
            .skip(1)
            .filter_map(|rest| rest.split_once(CLOSE))
            .filter_map(|(inner, _)| Self::parse(&format!("{OPEN}{inner}{CLOSE}")))
            .collect()
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OPEN}{}:{}", self.class, self.digest)?;
        if !self.detail.is_empty() {
            write!(f, ":{}", self.detail)?;
        }
        write!(f, "{CLOSE}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        for detail in ["", "github"] {
            let placeholder = Placeholder {
                class: DataClass::ProviderKey,
                digest: "0123456789abcdef".into(),
                detail: detail.into(),
            };
            assert_eq!(Placeholder::parse(&placeholder.to_string()), Some(placeholder.clone()));
            let text = format!("a {placeholder} b ‹nonsense› {placeholder}");
            assert_eq!(Placeholder::find_all(&text), [placeholder.clone(), placeholder]);
        }
    }

    #[test]
    fn a_text_that_only_looks_like_one_is_not() {
        for text in ["‹email:xyz›", "‹email:0123456789abcdeg›", "‹mail:0123456789abcdef›", "email"]
        {
            assert_eq!(Placeholder::parse(text), None, "{text}");
        }
    }
}
