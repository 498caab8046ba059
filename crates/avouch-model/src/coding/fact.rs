//! What every kind of fact can do.

use super::encode::{Encoded, Search, Term};
use super::personal::Personal;
use super::reader::{DecodeError, Reader, VERSION};
use super::{EncodeError, FieldFacts, JsonError, json};
use serde_json::{Map, Value};

/// A usual fact is not longer: room that is asked for at once.
const USUAL_BYTES: usize = 512;

/// A fact of which every reader of its kind must make the same.
pub trait Example {
    /// The fact that is frozen in the tests and shown in the documentation.
    fn example() -> Self;
}

/// One kind of fact. Written by `fact!`, never by hand.
pub trait Fact: Example + Clone + std::fmt::Debug + PartialEq + Sized {
    /// The number of the kind. Never used for another one.
    const NUMBER: u16;
    /// The name of the kind.
    const NAME: &'static str;
    /// What it is, as lines.
    const ABOUT: &'static [&'static str];
    /// Its fields, ascending by tag.
    const FIELDS: &'static [FieldFacts];

    /// Appends its fields.
    fn put(&self, out: &mut Vec<u8>);

    /// Reads its fields.
    fn take(reader: Reader<'_>) -> Result<Self, DecodeError>;

    /// As members of a JSON object.
    fn members(&self) -> Map<String, Value>;

    /// From members of a JSON object.
    fn of_members(members: &Map<String, Value>) -> Result<Self, JsonError>;

    /// Adds what it can be found by, but for its kind.
    fn terms(&self, terms: &mut Vec<Term>);

    /// Its values that are a person's, each with that by which the fact can be found through it. A
    /// vault puts pseudonyms in their place before the fact is encoded.
    fn personal(&mut self) -> Vec<(Option<Search>, &mut Personal)>;

    /// It as the ledger takes it.
    fn encode(&self) -> Result<Encoded, EncodeError> {
        let mut body = Vec::with_capacity(USUAL_BYTES);
        body.push(VERSION);
        self.put(&mut body);
        let kind =
            Term { search: Search::Kind, value: Self::NAME.as_bytes().to_vec(), personal: false };
        let mut terms = vec![kind];
        self.terms(&mut terms);
        Encoded::new(Self::NUMBER, terms, body)
    }

    /// Reads the bytes of a fact of this kind.
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::take(Reader::new(bytes)?)
    }

    /// It for people and other programs.
    fn json(&self) -> Value {
        Value::Object(self.members())
    }

    /// Reads what [`Fact::json`] gives.
    fn of_json(value: &Value) -> Result<Self, JsonError> {
        Self::of_members(json::members(value, Self::FIELDS)?)
    }
}
