//! The rows of a population that an answer refers to: which, how many, and the root over them.

use crate::canonical;
use crate::populations::{Definition, Row, plain};
use avouch_ledger::merkle::{Frontier, Hash};
use avouch_model::fact;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// LIMIT: conditions of one reference.
const CONDITIONS_MAX: usize = 16;

/// Something that a field of a fact must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The field.
    pub field: String,
    /// What it says, as the table of the population shows it.
    pub value: String,
}

impl Condition {
    /// Reads `field=value`.
    pub fn parse(text: &str) -> Option<Self> {
        let (field, value) = text.split_once('=')?;
        let name = !field.is_empty() && field.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        name.then(|| Self { field: field.to_owned(), value: value.to_owned() })
    }

    /// Whether a row fits. What is withheld fits nothing.
    fn fits(&self, row: &Row) -> bool {
        if row.withheld.contains_key(&self.field) {
            return false;
        }
        match row.fact.get(&self.field) {
            Some(Value::Array(values)) => values.iter().any(|value| plain(value) == self.value),
            Some(value) => plain(value) == self.value,
            None => false,
        }
    }
}

/// Rows that are being selected.
#[derive(Clone, Debug)]
pub struct Selection {
    conditions: Vec<Condition>,
    end: u64,
    tree: Frontier,
}

impl Selection {
    /// Of rows before an entry that fit all conditions; `None` if they are none.
    pub fn begin(filter: &[String], end: u64) -> Option<Self> {
        let conditions: Option<Vec<Condition>> =
            filter.iter().map(|text| Condition::parse(text)).collect();
        let conditions = conditions.filter(|all| all.len() <= CONDITIONS_MAX)?;
        Some(Self { conditions, end, tree: Frontier::new() })
    }

    /// Takes in the next row.
    pub fn push(&mut self, row: &Row) {
        if row.index < self.end && self.conditions.iter().all(|condition| condition.fits(row)) {
            self.tree.push(row.leaf);
        }
    }

    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.tree.size()
    }

    /// The root of a tree of their leaf hashes.
    pub fn root(&self) -> Hash {
        self.tree.root()
    }
}

/// What an answer refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// How many rows.
    pub count: u64,
    /// The root over them.
    pub root: Hash,
    /// Rows before this entry.
    pub end: u64,
}

/// Why nothing can be referred to.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// There is no package there, or not all of it.
    #[error("`{0}` of the package cannot be read")]
    Unreadable(String),
    /// There is no such population.
    #[error("there is no population `{0}`")]
    Unknown(String),
    /// A condition has not the form.
    #[error("a condition has not the form `field=value`")]
    Condition,
    /// A condition is about something that no fact of the population has.
    #[error("nothing in the population `{0}` has a field `{1}`")]
    Field(String, String),
}

/// Refers to rows of a population, as a package has them.
pub fn refer(folder: &Path, name: &str, filter: &[String]) -> Result<Reference, ReferenceError> {
    let unreadable = |file: &str| ReferenceError::Unreadable(file.to_owned());
    let definitions = Definition::all().map_err(|_| unreadable("populations"))?;
    let definition = definitions.iter().find(|known| known.name == name);
    let definition = definition.ok_or_else(|| ReferenceError::Unknown(name.to_owned()))?;
    for condition in filter {
        let field = Condition::parse(condition).ok_or(ReferenceError::Condition)?.field;
        let mut kinds = definition.sources.iter().filter_map(|one| fact::named(&one.kind));
        if !kinds.any(|kind| kind.fields.iter().any(|known| known.name == field)) {
            return Err(ReferenceError::Field(name.to_owned(), field));
        }
    }
    let manifest = std::fs::read(folder.join("manifest.json")).ok();
    let manifest = manifest.and_then(|bytes| canonical::parse(&bytes));
    let end = manifest.as_ref().and_then(|said| said.pointer("/checkpoint/size")?.as_u64());
    let end = end.ok_or_else(|| unreadable("manifest.json"))?;
    let mut selection = Selection::begin(filter, end).ok_or(ReferenceError::Condition)?;
    let file = format!("populations/{name}.ndjson");
    let from = File::open(folder.join(&file)).map_err(|_| unreadable(&file))?;
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).map_err(|_| unreadable(&file))? > 0 {
        selection.push(&Row::parse(&line).map_err(|_| unreadable(&file))?);
        line.clear();
    }
    Ok(Reference { count: selection.count(), root: selection.root(), end })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};

    fn row(index: u64, event: &str) -> Row {
        let fact = json!({"event": event, "scopes": ["read", "write"]});
        Row {
            kind: "key".into(),
            index,
            leaf: Hash::of(&index.to_be_bytes()),
            time_ms: 0,
            fact: fact.as_object().unwrap().clone(),
            withheld: Map::new(),
        }
    }

    #[test]
    fn rows_are_selected_by_what_they_say_and_where_they_stand() {
        let rows = [row(1, "issued"), row(2, "rotated"), row(3, "issued"), row(9, "issued")];
        let select = |filter: &[&str], end| {
            let filter: Vec<String> = filter.iter().map(|&text| text.to_owned()).collect();
            let mut selection = Selection::begin(&filter, end).unwrap();
            for row in &rows {
                selection.push(row);
            }
            (selection.count(), selection.root())
        };
        assert_eq!(select(&[], 9).0, 3);
        assert_eq!(select(&["event=issued"], 9).0, 2);
        assert_eq!(select(&["event=issued", "scopes=write"], 10).0, 3);
        assert_eq!(select(&["event=issued", "owner=x"], 10).0, 0);
        assert_ne!(select(&["event=issued"], 9).1, select(&["event=issued"], 10).1);
        assert!(Selection::begin(&["issued".to_owned()], 1).is_none());
    }

    #[test]
    fn what_is_withheld_is_not_selected() {
        let mut hidden = row(1, "issued");
        hidden.withheld.insert("event".into(), json!("00"));
        let mut selection = Selection::begin(&["event=issued".to_owned()], 9).unwrap();
        selection.push(&hidden);
        assert_eq!(selection.count(), 0);
    }
}
