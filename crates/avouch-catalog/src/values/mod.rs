//! Values that a schema allows, made up so that they look real.
//!
//! A value comes from what the description shows (examples, allowed values, the default), else from
//! the format, else from the name, else from the bounds. The same name, schema and salt always give
//! the same value; another salt gives another one where the schema leaves a choice.
//!
//! In scope: JSON values for requests. Out of scope: counts of items, `multipleOf`, and everything
//! else our schemas do not keep; patterns beyond what [`pattern`] says.

mod numbers;
pub mod pattern;
#[cfg(test)]
mod tests;
mod texts;

use avouch_model::operation::Media;
use avouch_model::schema::{Additional, Kind, Schema};
use serde_json::{Map, Value};

/// Lists and objects that are made in each other; what is required below that is `null`.
// LIMIT: 10 levels.
const DEPTH_MAX: u32 = 10;
/// Values that are made for one request; a small schema may stand for an endless tree.
// LIMIT: 10,000 values.
const VALUES_MAX: u32 = 10_000;
/// Levels of optional properties that are filled when all are asked for.
const OPTIONAL_DEPTH_MAX: u32 = 3;

/// How much of an object is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Required properties.
    Required,
    /// All properties, to a depth of three.
    All,
}

/// A value for that name in a request: required properties only, nothing that is read-only.
pub fn value_for(name: &str, schema: &Schema, salt: u64) -> Value {
    value_filled(name, schema, salt, Fill::Required)
}

/// A value for that name in a request, with required or with all properties.
pub fn value_filled(name: &str, schema: &Schema, salt: u64, fill: Fill) -> Value {
    let mut maker = Maker { fill, left: VALUES_MAX };
    maker.value(name, schema, salt, 0)
}

/// A body of that medium: what the description shows, else a made one; `None` when nothing is known
/// of it at all. Salt 0 takes the first example.
pub fn body_for(media: &Media, salt: u64) -> Option<Value> {
    if let Some(example) = pick(&media.examples, salt) {
        return Some(example.clone());
    }
    if *media.schema == Schema::default() {
        return None;
    }
    Some(value_for("", &media.schema, salt))
}

/// Chooses one by salt.
pub(crate) fn pick<T>(choices: &[T], salt: u64) -> Option<&T> {
    let count = u64::try_from(choices.len()).unwrap_or(u64::MAX).max(1);
    choices.get(usize::try_from(salt % count).unwrap_or_default())
}

/// Spreads a salt and a name over 64 bits (FNV-1a, then the finisher of splitmix64).
pub(crate) fn mixed(name: &str, salt: u64) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ salt;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

struct Maker {
    fill: Fill,
    left: u32,
}

impl Maker {
    fn value(&mut self, name: &str, schema: &Schema, salt: u64, depth: u32) -> Value {
        self.left = self.left.saturating_sub(1);
        if let Some(allowed) = pick(&schema.allowed, salt) {
            return allowed.clone();
        }
        // An object's examples may hold what is read-only, so an object is made from its parts.
        let whole = schema.properties.is_empty();
        let fitting: Vec<&Value> =
            schema.examples.iter().filter(|example| whole && fits(example, schema)).collect();
        if let Some(example) = pick(&fitting, salt) {
            return (*example).clone();
        }
        if let Some(variant) = variant(schema, salt) {
            let mut chosen = Schema { variants: Vec::new(), ..schema.clone() };
            // A choice costs what is copied; the budget of values is the budget for that too.
            let mut left = u64::MAX;
            crate::schema::merge::merge(&mut chosen, variant, &mut left);
            if depth < DEPTH_MAX && self.left > 0 {
                return self.value(name, &chosen, salt, depth + 1);
            }
        }
        match kind(schema) {
            Kind::Null => Value::Null,
            Kind::Boolean => Value::Bool(!mixed(name, salt).is_multiple_of(2) || salt == 0),
            Kind::Integer => numbers::integer(name, schema, salt),
            Kind::Number => numbers::number(name, schema, salt),
            Kind::String => Value::String(texts::text(name, schema, salt)),
            Kind::Array => self.list(name, schema, salt, depth),
            Kind::Object => self.object(schema, salt, depth),
        }
    }

    fn list(&mut self, name: &str, schema: &Schema, salt: u64, depth: u32) -> Value {
        let Some(items) = &schema.items else { return Value::Array(Vec::new()) };
        if depth >= DEPTH_MAX || self.left == 0 || items.cut.is_some() {
            return Value::Array(Vec::new());
        }
        let one = name.strip_suffix('s').unwrap_or(name);
        Value::Array(vec![self.value(one, items, salt, depth + 1)])
    }

    fn object(&mut self, schema: &Schema, salt: u64, depth: u32) -> Value {
        let mut object = Map::new();
        let all = self.fill == Fill::All && depth < OPTIONAL_DEPTH_MAX;
        for (name, property) in &schema.properties {
            let required = schema.required.contains(name);
            let unknown = property.cut.is_some() && !required;
            if property.read_only || unknown || !(required || all) || self.left == 0 {
                continue;
            }
            let value = if depth >= DEPTH_MAX {
                Value::Null
            } else {
                self.value(name, property, salt, depth + 1)
            };
            object.insert(name.clone(), value);
        }
        if schema.additional != Additional::Forbidden {
            for name in schema.required.iter().filter(|name| !schema.properties.contains_key(*name))
            {
                if self.left == 0 {
                    break;
                }
                let value = self.value(name, &Schema::default(), salt, depth + 1);
                object.insert(name.clone(), value);
            }
        }
        Value::Object(object)
    }
}

/// The alternative that is made; one whose shape is known if there is one.
fn variant(schema: &Schema, salt: u64) -> Option<&Schema> {
    let known: Vec<_> = schema.variants.iter().filter(|variant| variant.cut.is_none()).collect();
    let known = if known.is_empty() { schema.variants.iter().collect() } else { known };
    pick(&known, salt).map(|variant| &***variant)
}

/// The type that is made: the first that is not null, else what the schema hints at.
fn kind(schema: &Schema) -> Kind {
    let stated = schema.kinds.iter().find(|kind| **kind != Kind::Null);
    if let Some(kind) = stated.or(schema.kinds.first()) {
        return *kind;
    }
    if !schema.properties.is_empty() || !schema.required.is_empty() {
        Kind::Object
    } else if schema.items.is_some() {
        Kind::Array
    } else if schema.minimum.is_some() || schema.maximum.is_some() {
        Kind::Number
    } else {
        Kind::String
    }
}

/// Whether a value meets a schema as far as our schemas say. Walks no deeper than the value.
pub fn fits(value: &Value, schema: &Schema) -> bool {
    let kind_fits = match value {
        Value::Null => schema.may_be(Kind::Null),
        Value::Bool(_) => schema.may_be(Kind::Boolean),
        Value::Number(number) => {
            let whole = number.is_i64()
                || number.is_u64()
                || number.as_f64().is_some_and(|number| number.fract() == 0.0);
            schema.may_be(Kind::Number) || whole && schema.may_be(Kind::Integer)
        }
        Value::String(_) => schema.may_be(Kind::String),
        Value::Array(_) => schema.may_be(Kind::Array),
        Value::Object(_) => schema.may_be(Kind::Object),
    };
    let variant_fits =
        schema.variants.is_empty() || schema.variants.iter().any(|variant| fits(value, variant));
    kind_fits
        && variant_fits
        && (schema.allowed.is_empty() || schema.allowed.contains(value))
        && match value {
            Value::Number(number) => numbers::fits(number, schema),
            Value::String(text) => texts::fits(text, schema),
            Value::Array(items) => {
                schema.items.as_ref().is_none_or(|of| items.iter().all(|item| fits(item, of)))
            }
            Value::Object(object) => object_fits(object, schema),
            Value::Null | Value::Bool(_) => true,
        }
}

fn object_fits(object: &Map<String, Value>, schema: &Schema) -> bool {
    let is_read_only = |name: &String| schema.properties.get(name).is_some_and(|p| p.read_only);
    let complete =
        schema.required.iter().all(|name| object.contains_key(name) || is_read_only(name));
    complete
        && object.iter().all(|(name, value)| match schema.properties.get(name) {
            Some(property) => fits(value, property),
            None => schema.additional != Additional::Forbidden,
        })
}
