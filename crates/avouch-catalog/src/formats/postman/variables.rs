//! Variables: `{{name}}` stands for a value that the collection, or only an environment, holds.

use crate::node::Node;
use crate::reader::{At, TEXT_BYTES_MAX};
use crate::recorded::{Field, secrets};
use std::collections::HashMap;
use std::sync::Arc;

/// Variables one folder may add.
// LIMIT: 1,000 variables.
const VARIABLES_MAX: usize = 1000;
/// Variables whose values hold variables.
// LIMIT: 8 rounds.
const ROUNDS_MAX: usize = 8;

/// The variables that hold at a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(Arc<HashMap<String, String>>);

/// A text after its variables were looked up.
#[derive(Debug)]
pub(super) enum Piece {
    /// Stands as it is.
    Text(String),
    /// Nobody knows its value.
    Unknown(String),
}

impl Variables {
    /// These and what a collection or a folder adds. Values that are secret are not known.
    pub(super) fn with(&self, holder: &At) -> Self {
        let Some(list) = holder.get("variable") else { return self.clone() };
        let mut all = (*self.0).clone();
        for node in list.items().iter().take(VARIABLES_MAX) {
            let one = list.beside(node);
            let name = one.text("key").or_else(|| one.text("id"));
            let value = one.node.get("value").and_then(Node::written);
            let (Some(name), Some(value)) = (name, value) else { continue };
            let usable = !one.is("disabled") && one.text("type").as_deref() != Some("secret");
            let short = !value.is_empty() && value.len() <= TEXT_BYTES_MAX;
            if usable && short && secrets::may_be_used(&name, &value) {
                all.insert(name, value);
            }
        }
        Self(Arc::new(all))
    }

    /// The text with known variables replaced, in pieces.
    pub(super) fn pieces(&self, text: &str) -> Vec<Piece> {
        let mut text = text.to_owned();
        for _ in 0..ROUNDS_MAX {
            let next = self.replaced_once(&text);
            // LIMIT: a text that grows past this is left as it is.
            if next == text || next.len() > TEXT_BYTES_MAX.max(2 * text.len()) {
                break;
            }
            text = next;
        }
        split(&text)
    }

    /// The text with known variables replaced; `None` when one is not known.
    pub(super) fn whole(&self, text: &str) -> Option<String> {
        let mut whole = String::new();
        for piece in self.pieces(text) {
            match piece {
                Piece::Text(text) => whole.push_str(&text),
                Piece::Unknown(_) => return None,
            }
        }
        Some(whole)
    }

    /// A field whose value is known or not.
    pub(super) fn field(&self, name: &str, value: Option<&str>, optional: bool) -> Field {
        let value = value.and_then(|value| self.whole(value));
        Field { name: name.to_owned(), value, optional }
    }

    fn replaced_once(&self, text: &str) -> String {
        let mut whole = String::new();
        for piece in split(text) {
            match piece {
                Piece::Text(text) => whole.push_str(&text),
                Piece::Unknown(name) => {
                    let written = format!("{{{{{name}}}}}");
                    whole.push_str(self.0.get(&name).unwrap_or(&written));
                }
            }
        }
        whole
    }
}

fn split(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.push(Piece::Unknown(name.trim().to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    pieces
}
