//! The tree both notations become: values that know their line.
//!
//! In scope: the tree, looking things up in it, turning a part of it into plain JSON. Lists and maps
//! are shared, so that a copy of a node costs nothing and an alias is the anchored node itself.
//!
//! Out of scope: what the values mean, and references between documents.

pub(crate) mod json;
pub(crate) mod yaml;

use serde_json::Number;
use std::collections::HashSet;
use std::sync::Arc;

/// Values one document may hold, aliases counted as often as they are used.
// LIMIT: 8 million values; a described API of 50 MB has about three.
pub(crate) const NODES_MAX: u64 = 8_000_000;
/// Lists and maps that may stand in each other.
// LIMIT: 128 levels; readers of the tree recurse.
pub(crate) const DEPTH_MAX: u32 = 128;
/// Entries from which a map is searched by halving instead of from the front.
const SORTED_FROM: usize = 12;
/// Keys up to this length are stored once, however often they are used.
const SHARED_KEY_BYTES_MAX: usize = 32;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Line in its file, from 1.
    pub(crate) line: u32,
    /// The value.
    pub(crate) value: Value,
}

/// What a document can hold.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Nothing, or a number too large to be one.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(Arc<str>),
    /// Values in order.
    List(Arc<[Node]>),
    /// Names and values in order.
    Map(Arc<Map>),
}

/// One name and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The name.
    pub(crate) key: Arc<str>,
    /// The line of the name, from 1.
    pub(crate) line: u32,
    /// The value.
    pub(crate) node: Node,
}

/// Names and values in the order of the document; each name once.
#[derive(Debug)]
pub(crate) struct Map {
    entries: Box<[Entry]>,
    /// Positions in the order of the names; empty for a small map.
    sorted: Box<[u32]>,
}

/// A name that stands twice in one map.
#[derive(Clone, Debug)]
pub(crate) struct Repeat {
    /// The name.
    pub(crate) key: Arc<str>,
    /// The line of the later one, which counts.
    pub(crate) line: u32,
}

/// Why a text is no document. The line counts from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// Where it was noticed.
    pub(crate) line: u32,
    /// What is wrong, for a person.
    pub(crate) cause: String,
}

/// A document as a tree.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The outermost value.
    pub(crate) root: Node,
    /// Names that stand twice, at most [`REPEATS_MAX`].
    pub(crate) repeats: Vec<Repeat>,
}

/// Repeated names that are remembered for a document.
// LIMIT: 100 are enough to say that a document is careless.
pub(crate) const REPEATS_MAX: usize = 100;

impl Map {
    /// The entries in the order of the document.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of that name.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        if self.sorted.is_empty() {
            return self.entries.iter().find(|entry| &*entry.key == key);
        }
        let found = self.sorted.binary_search_by(|at| {
            self.entries.get(*at as usize).map_or("", |entry| &*entry.key).cmp(key)
        });
        let at = self.sorted.get(found.ok()?)?;
        self.entries.get(*at as usize)
    }
}

impl Node {
    /// The value of that name, when this is a map that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.map()?.entry(key).map(|entry| &entry.node)
    }

    /// This as a map.
    pub(crate) fn map(&self) -> Option<&Arc<Map>> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// This as a list.
    pub(crate) fn list(&self) -> Option<&Arc<[Node]>> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// This as text, when it is text.
    pub(crate) fn text(&self) -> Option<&Arc<str>> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// This as text when it is any single value: `version: 1` means `1`.
    pub(crate) fn written(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(yes) => Some(yes.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// This as yes or no.
    pub(crate) fn bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(yes) => Some(yes),
            _ => None,
        }
    }

    /// This as a number.
    pub(crate) fn number(&self) -> Option<f64> {
        match &self.value {
            Value::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    /// This as a count.
    pub(crate) fn count(&self) -> Option<u64> {
        match &self.value {
            Value::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// What kind of value this is, for a person.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a yes or no",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// This as plain JSON, when its weight fits in `budget_bytes`, which is reduced by it.
    pub(crate) fn plain(&self, budget_bytes: &mut u64) -> Option<serde_json::Value> {
        const WEIGHT_BYTES: u64 = 64;
        *budget_bytes = budget_bytes.checked_sub(WEIGHT_BYTES)?;
        Some(match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(yes) => serde_json::Value::Bool(*yes),
            Value::Number(number) => serde_json::Value::Number(number.clone()),
            Value::Text(text) => {
                *budget_bytes = budget_bytes.checked_sub(text.len() as u64)?;
                serde_json::Value::String(text.to_string())
            }
            Value::List(items) => {
                let plain: Option<Vec<_>> =
                    items.iter().map(|item| item.plain(budget_bytes)).collect();
                serde_json::Value::Array(plain?)
            }
            Value::Map(map) => {
                let mut plain = serde_json::Map::new();
                for entry in map.entries() {
                    *budget_bytes = budget_bytes.checked_sub(entry.key.len() as u64)?;
                    plain.insert(entry.key.to_string(), entry.node.plain(budget_bytes)?);
                }
                serde_json::Value::Object(plain)
            }
        })
    }
}

/// Makes trees: shares names, counts values, notices repeated names.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    keys: HashSet<Arc<str>>,
    nodes: u64,
    repeats: Vec<Repeat>,
}

impl Builder {
    /// Counts that many more values.
    pub(crate) fn count(&mut self, nodes: u64, line: u32) -> Result<(), SyntaxError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES_MAX {
            let cause = format!("there are more than {NODES_MAX} values, aliases expanded");
            return Err(SyntaxError { line, cause });
        }
        Ok(())
    }

    /// A name, stored once when it is short.
    pub(crate) fn key(&mut self, key: &str) -> Arc<str> {
        if key.len() > SHARED_KEY_BYTES_MAX {
            return Arc::from(key);
        }
        if let Some(known) = self.keys.get(key) {
            return Arc::clone(known);
        }
        let fresh: Arc<str> = Arc::from(key);
        self.keys.insert(Arc::clone(&fresh));
        fresh
    }

    /// A map of these entries. Of entries with one name the last counts, as in most readers.
    pub(crate) fn map(&mut self, mut entries: Vec<Entry>) -> Arc<Map> {
        let mut sorted = order(&entries);
        let again = repeated(&entries, &sorted);
        if !again.is_empty() {
            for at in &again {
                self.remember_repeat(&entries, *at);
            }
            let mut at = 0;
            entries.retain(|_| {
                at += 1;
                !again.contains(&(at - 1))
            });
            sorted = order(&entries);
        }
        if entries.len() < SORTED_FROM {
            sorted = Vec::new();
        }
        Arc::new(Map { entries: entries.into_boxed_slice(), sorted: sorted.into_boxed_slice() })
    }

    /// What was noticed, with the tree.
    pub(crate) fn finish(self, root: Node) -> Tree {
        Tree { root, repeats: self.repeats }
    }

    fn remember_repeat(&mut self, entries: &[Entry], at: u32) {
        let Some(entry) = entries.get(at as usize) else { return };
        let last = entries.iter().rev().find(|other| other.key == entry.key);
        if self.repeats.len() < REPEATS_MAX {
            let line = last.map_or(entry.line, |last| last.line);
            self.repeats.push(Repeat { key: Arc::clone(&entry.key), line });
        }
    }
}

/// Positions of the entries in the order of their names, equal names in the order of the document.
fn order(entries: &[Entry]) -> Vec<u32> {
    let mut positions: Vec<u32> = (0u32..).take(entries.len()).collect();
    positions.sort_by_key(|at| entries.get(*at as usize).map(|entry| &entry.key));
    positions
}

/// Positions of the entries that a later one of the same name replaces.
fn repeated(entries: &[Entry], sorted: &[u32]) -> HashSet<u32> {
    let key = |at: &u32| entries.get(*at as usize).map(|entry| &entry.key);
    sorted
        .windows(2)
        .filter_map(|pair| match pair {
            [one, two] if key(one) == key(two) => Some(*one),
            _ => None,
        })
        .collect()
}
