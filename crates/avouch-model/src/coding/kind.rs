//! A kind of fact without its type: what a table of kinds holds.

use super::form::joined;
use super::{DecodeError, Encoded, Fact, FieldFacts, JsonError};
use serde_json::Value;

/// A kind of fact.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its number, which records bear.
    pub number: u16,
    /// Its name, by which facts are found.
    pub name: &'static str,
    /// What it is, as lines.
    pub about: &'static [&'static str],
    /// Its fields, ascending by tag.
    pub fields: &'static [FieldFacts],
    /// Reads bytes, and shows them as JSON.
    pub json: fn(&[u8]) -> Result<Value, DecodeError>,
    /// Makes a fact of JSON.
    pub of_json: fn(&Value) -> Result<Encoded, JsonError>,
    /// Reads bytes and writes them again.
    pub again: fn(&[u8]) -> Result<Encoded, KindError>,
    /// The frozen example, as JSON.
    pub example: fn() -> Value,
}

/// Why bytes are not read and written again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    /// They cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// They cannot be written.
    #[error(transparent)]
    Encode(#[from] super::EncodeError),
}

impl Kind {
    /// The kind of a type of facts.
    pub const fn of<F: Fact>() -> Self {
        Self {
            number: F::NUMBER,
            name: F::NAME,
            about: F::ABOUT,
            fields: F::FIELDS,
            json: |bytes| F::decode(bytes).map(|fact| fact.json()),
            of_json: |value| Ok(F::of_json(value)?.encode()?),
            again: |bytes| Ok(F::decode(bytes)?.encode()?),
            example: || F::example().json(),
        }
    }

    /// What it is, as one text.
    pub fn meaning(&self) -> String {
        joined(self.about)
    }
}
