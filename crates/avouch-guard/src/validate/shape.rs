//! Schemas made ready for judging values: numbered, flat, expressions compiled.

use super::formats::Format;
use avouch_model::schema::{Additional, Kind};
use regex::Regex;
use serde_json::Value;

/// The number of a shape.
pub(crate) type Id = u32;

/// The shape that allows everything.
pub(crate) const ANY: Id = 0;

/// Types as bits, so that one look tells whether a value's type is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub(crate) const ANY: Self = Self(0x7f);

    fn bit(kind: Kind) -> u8 {
        match kind {
            Kind::Null => 1,
            Kind::Boolean => 2,
            Kind::Integer => 4,
            Kind::Number => 8,
            Kind::String => 16,
            Kind::Array => 32,
            Kind::Object => 64,
        }
    }

    /// Any when none is stated.
    pub(crate) fn of(kinds: &[Kind]) -> Self {
        let bits = kinds.iter().fold(0, |bits, kind| bits | Self::bit(*kind));
        // Every integer is a number.
        let bits = if bits & Self::bit(Kind::Number) == 0 { bits } else { bits | 4 };
        if bits == 0 { Self::ANY } else { Self(bits) }
    }

    /// Those that both have.
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that one of both has.
    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn has(self, kind: Kind) -> bool {
        self.0 & Self::bit(kind) != 0
    }
}

/// What a value has to be.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) kinds: Kinds,
    /// Whether nothing may stand here.
    pub(crate) never: bool,
    pub(crate) text: Option<Box<TextRules>>,
    pub(crate) number: Option<Box<NumberRules>>,
    pub(crate) allowed: Option<Box<Allowed>>,
    pub(crate) list: Option<Box<ListRules>>,
    pub(crate) object: Option<Box<ObjectRules>>,
    /// Alternatives.
    pub(crate) variants: Vec<Id>,
    /// Whether exactly one alternative holds.
    pub(crate) exclusive: bool,
    /// What holds too.
    pub(crate) also: Vec<Id>,
}

impl Shape {
    /// Anything.
    pub(crate) fn any() -> Self {
        Self {
            kinds: Kinds::ANY,
            never: false,
            text: None,
            number: None,
            allowed: None,
            list: None,
            object: None,
            variants: Vec::new(),
            exclusive: false,
            also: Vec::new(),
        }
    }

    /// Whether it is judged by itself alone.
    pub(crate) fn is_alone(&self) -> bool {
        self.variants.is_empty() && self.also.is_empty()
    }
}

/// What a text has to be.
#[derive(Debug, Default)]
pub(crate) struct TextRules {
    /// In characters.
    pub(crate) length_min: Option<u64>,
    /// In characters.
    pub(crate) length_max: Option<u64>,
    pub(crate) pattern: Option<Regex>,
    pub(crate) format: Option<Format>,
}

/// What a number has to be.
#[derive(Debug, Default)]
pub(crate) struct NumberRules {
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    pub(crate) multiple_of: Option<f64>,
    /// What the format of an integer holds, ends included.
    pub(crate) whole: Option<(i64, i64)>,
}

/// Values of which it has to be one.
#[derive(Debug, Default)]
pub(crate) struct Allowed {
    pub(crate) texts: Vec<Box<str>>,
    pub(crate) numbers: Vec<f64>,
    pub(crate) null: bool,
    pub(crate) yes: bool,
    pub(crate) no: bool,
    /// Lists and objects, which are compared as trees.
    pub(crate) trees: Vec<Value>,
}

/// What a list has to be.
#[derive(Debug, Default)]
pub(crate) struct ListRules {
    /// Shapes of the first items.
    pub(crate) places: Vec<Id>,
    /// The shape of those after.
    pub(crate) rest: Option<Id>,
    pub(crate) items_min: u64,
    pub(crate) items_max: Option<u64>,
    pub(crate) unique: bool,
}

/// What an object has to be.
#[derive(Debug, Default)]
pub(crate) struct ObjectRules {
    /// Named properties, sorted by name.
    pub(crate) properties: Vec<Property>,
    /// Whether one of them is required.
    pub(crate) requires: bool,
    pub(crate) patterns: Vec<(Regex, Id)>,
    /// Whether others may be there.
    pub(crate) additional: Additional,
    /// The shape of the others.
    pub(crate) others: Option<Id>,
    pub(crate) properties_min: u64,
    pub(crate) properties_max: Option<u64>,
}

/// A property that is named.
#[derive(Debug)]
pub(crate) struct Property {
    pub(crate) name: Box<str>,
    pub(crate) shape: Id,
    pub(crate) required: bool,
    /// Whether nothing else is said of it than that it is required.
    pub(crate) only_required: bool,
    /// Whether it is only in answers, and this is a request, or the other way round.
    pub(crate) misplaced: bool,
}

impl ObjectRules {
    /// The property of that name, with its place in the list.
    pub(crate) fn property(&self, name: &str) -> Option<(usize, &Property)> {
        // Few names are found sooner one after the other.
        const FEW: usize = 8;
        if self.properties.len() <= FEW {
            return self.properties.iter().enumerate().find(|(_, known)| *known.name == *name);
        }
        let at = self.properties.binary_search_by(|known| (*known.name).cmp(name)).ok()?;
        Some((at, self.properties.get(at)?))
    }

    /// Whether a property that has no schema of its own may not be there; the property, where it is at
    /// least required.
    pub(crate) fn excludes(&self, property: Option<&Property>) -> bool {
        let named = property.is_some() || self.names_nothing();
        self.additional == Additional::Forbidden || !named
    }

    /// Whether it names no property at all: then nobody said what is in it.
    pub(crate) fn names_nothing(&self) -> bool {
        self.properties.iter().all(|property| property.only_required)
            && self.patterns.is_empty()
            && self.additional != Additional::Forbidden
    }
}
