//! Any JSON or YAML document as plain values that know their line.
//!
//! In scope: small documents of other formats than descriptions of APIs, read within the same limits.
//! Out of scope: what they mean.

use crate::node::{Map, Node, Value, json, yaml};

/// LIMIT: bytes of such a document.
pub const PLAIN_BYTES_MAX: usize = 1024 * 1024;

/// A value and its line, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// Where it stands.
    pub line: u32,
    /// The value.
    pub value: Plain,
}

/// What a document can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plain {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number, which may not be written as it was.
    Number,
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Located>),
    /// Names and values in order, each name once.
    Map(Vec<(String, Located)>),
}

/// Why a text could not be read. What it says is not repeated: it may hold secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlainError {
    /// It is too long.
    #[error("it is larger than {PLAIN_BYTES_MAX} bytes")]
    TooLarge,
    /// It is no text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// It is neither notation.
    #[error("line {0}: this is neither JSON nor YAML")]
    Broken(u32),
}

impl Located {
    /// The value of that name, when this is a map that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match &self.value {
            Plain::Map(entries) => {
                entries.iter().find(|(known, _)| known == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }
}

/// Reads a document. In a map, the last of two equal names counts.
pub fn read_plain(bytes: &[u8]) -> Result<Located, PlainError> {
    if bytes.len() > PLAIN_BYTES_MAX {
        return Err(PlainError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| PlainError::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parsed = match text.trim_start().chars().next() {
        Some('{' | '[') => json::parse(text).or_else(|_| yaml::parse(text)),
        _ => yaml::parse(text),
    };
    let tree = parsed.map_err(|error| PlainError::Broken(error.line))?;
    // An alias is counted where it is used: what a small file unfolds to is bounded by the parser,
    // and again here, since shared parts become copies.
    let mut left = VALUES_MAX;
    copy(&tree.root, &mut left).ok_or(PlainError::TooLarge)
}

/// LIMIT: values of such a document, aliases counted as often as they are used.
const VALUES_MAX: usize = 100_000;

fn copy(node: &Node, left: &mut usize) -> Option<Located> {
    *left = left.checked_sub(1)?;
    let value = match &node.value {
        Value::Null => Plain::Null,
        Value::Bool(yes) => Plain::Bool(*yes),
        Value::Number(_) => Plain::Number,
        Value::Text(text) => Plain::Text(text.to_string()),
        Value::List(items) => {
            Plain::List(items.iter().map(|item| copy(item, left)).collect::<Option<_>>()?)
        }
        Value::Map(map) => Plain::Map(named(map, left)?),
    };
    Some(Located { line: node.line, value })
}

fn named(map: &Map, left: &mut usize) -> Option<Vec<(String, Located)>> {
    let each = map.entries().iter();
    each.map(|entry| Some((entry.key.to_string(), copy(&entry.node, left)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_notations_give_values_with_lines() {
        for text in ["{\n\"a\":\n[true, \"x\"]}", "\na:\n  - true\n  - x\n"] {
            let read = read_plain(text.as_bytes()).unwrap();
            let Plain::List(items) = &read.get("a").unwrap().value else { panic!("{read:?}") };
            assert_eq!(items[0].value, Plain::Bool(true));
            assert_eq!(items[1].value, Plain::Text("x".into()));
            assert!(items[1].line >= 3);
        }
    }

    #[test]
    fn a_small_text_does_not_unfold_without_bounds() {
        let mut text = "a: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for n in 1..8 {
            let refs = vec![format!("*a{}", n - 1); 10].join(",");
            text = format!("{text}b{n}: &a{n} [{refs}]\n");
        }
        assert!(read_plain(text.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_plain(&bytes);
        }
    }
}
