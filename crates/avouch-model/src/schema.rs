//! The shape of a value, as an API description promises it.
//!
//! One form for JSON Schema drafts 4 to 2020-12, `OpenAPI` 2, 3.0 and 3.1: references resolved and
//! shared (so a small description may stand for an endless tree: walk it with a limit), cycles cut.
//!
//! What is merged (`allOf`) is one schema wherever one schema can say it; what it cannot say stands in
//! [`Schema::also`]. Whoever looks for what a value is like may leave that out; whoever judges values
//! must not, nor [`Schema::unread`].

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A JSON type (RFC 8259), with `Integer` told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number without a fraction.
    Integer,
    /// Any number.
    Number,
    /// Text.
    String,
    /// A list.
    Array,
    /// Names and values.
    Object,
}

/// Whether an object may have properties its schema does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Additional {
    /// The description does not say (JSON Schema then allows them).
    #[default]
    Unstated,
    /// `additionalProperties: true` or a schema.
    Allowed,
    /// `additionalProperties: false`.
    Forbidden,
}

/// The shape of a value. An empty schema allows everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// Allowed types; empty means any.
    pub kinds: Vec<Kind>,
    /// Such as `uuid`, `date-time`, `int64`, `password`.
    pub format: Option<String>,
    /// Allowed values; empty means any. `const` is one value.
    pub allowed: Vec<Value>,
    /// Examples and the default, best first.
    pub examples: Vec<Value>,
    /// Least allowed number.
    pub minimum: Option<f64>,
    /// Greatest allowed number.
    pub maximum: Option<f64>,
    /// Least length of a text, in characters.
    pub length_min: Option<u64>,
    /// Greatest length of a text, in characters.
    pub length_max: Option<u64>,
    /// A regular expression the text matches (ECMA-262).
    pub pattern: Option<String>,
    /// Named properties of an object, `allOf` already merged.
    pub properties: BTreeMap<String, Arc<Schema>>,
    /// Names that must be present.
    pub required: Vec<String>,
    /// Whether others than the named may be present.
    pub additional: Additional,
    /// The shape of properties that are not named, where `additionalProperties` is a schema.
    pub additional_shape: Option<Arc<Schema>>,
    /// Shapes of properties by a regular expression that their name matches.
    pub pattern_properties: Vec<(String, Arc<Schema>)>,
    /// Least number of properties.
    pub properties_min: Option<u64>,
    /// Greatest number of properties.
    pub properties_max: Option<u64>,
    /// The shape of a list's items; where places differ, of the first.
    pub items: Option<Arc<Schema>>,
    /// Shapes of a list's first items, place by place; the items after them are [`Schema::rest`].
    pub places: Vec<Arc<Schema>>,
    /// The shape of the items after [`Schema::places`].
    pub rest: Option<Arc<Schema>>,
    /// Least number of items.
    pub items_min: Option<u64>,
    /// Greatest number of items.
    pub items_max: Option<u64>,
    /// Whether no two items may be equal.
    pub items_unique: bool,
    /// The number that numbers are whole multiples of.
    pub multiple_of: Option<f64>,
    /// Alternatives: `oneOf` or `anyOf`.
    pub variants: Vec<Arc<Schema>>,
    /// Whether exactly one alternative holds (`oneOf`).
    pub exclusive: bool,
    /// Schemas that hold too, where putting them together would have lost something.
    pub also: Vec<Arc<Schema>>,
    /// Nothing may stand here (`false`).
    pub never: bool,
    /// Only in answers.
    pub read_only: bool,
    /// Only in requests.
    pub write_only: bool,
    /// What a person wrote about it.
    pub description: Option<String>,
    /// The reference that was cut here because it leads back into itself or past a limit. The shape
    /// is then unknown, not empty.
    pub cut: Option<String>,
    /// The [`Schema::id`] of the schema that was cut here.
    pub cut_to: Option<u64>,
    /// Tells this schema from others of the same catalogue; not there when it was made of several.
    pub id: Option<u64>,
    /// Keywords that stand here and are not part of this form, such as `not`.
    pub unread: Vec<String>,
}

impl Schema {
    /// Whether a value of that type may stand here.
    pub fn may_be(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}
