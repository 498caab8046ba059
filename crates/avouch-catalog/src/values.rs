//! Values that a schema allows, made up so that they look real.
//!
//! A value comes from what the description shows (examples, allowed values, the default), else from
//! the format, else from the name, else from the bounds. The same name, schema and salt always give
//! the same value; another salt gives another one where the schema leaves a choice.
//!
//! In scope: JSON values for requests. Out of scope: counts of items, `multipleOf`, and everything
//! else our schemas do not keep; patterns beyond what [`pattern`] says.

mod fitting;
mod numbers;
pub mod pattern;
#[cfg(test)]
mod tests;
mod texts;

pub use fitting::fits;

use avouch_model::operation::{Media, Parameter};
use avouch_model::schema::{Additional, Kind, Schema};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Lists and objects that are made in each other; what is required below that is `null`.
// LIMIT: 10 levels.
const DEPTH_MAX: u32 = 10;
/// Values that are made for one request; a small schema may stand for an endless tree.
// LIMIT: 10,000 values.
const VALUES_MAX: u32 = 10_000;
/// Bytes that choosing an alternative may copy.
// LIMIT: 4 MiB, estimated.
const CHOICE_BYTES_MAX: u64 = 4 * 1024 * 1024;
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
    let mut maker = Maker { fill, left: VALUES_MAX, steps: fitting::STEPS_MAX };
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

/// A value for a parameter: one that the description shows, else a made one.
pub fn parameter_value(parameter: &Parameter, salt: u64) -> Value {
    match pick(&parameter.examples, salt) {
        Some(example) => example.clone(),
        None => value_for(&parameter.name, &parameter.schema, salt),
    }
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
    /// Values that may still be made.
    left: u32,
    /// Comparisons of examples with schemas that may still be made.
    steps: u32,
}

impl Maker {
    fn value(&mut self, name: &str, schema: &Schema, salt: u64, depth: u32) -> Value {
        self.left = self.left.saturating_sub(1);
        if let Some(allowed) = pick(&schema.allowed, salt) {
            return allowed.clone();
        }
        // An example of an object may hold what is read-only, so an object is made from its parts.
        let shown = if schema.properties.is_empty() { self.shown(schema, salt) } else { None };
        if let Some(shown) = shown {
            return shown;
        }
        let may_choose = depth < DEPTH_MAX && self.left > 0;
        if let Some(variant) = variant(schema, salt).filter(|_| may_choose) {
            let chosen = self.chosen(schema, variant);
            return self.value(name, &chosen, salt, depth + 1);
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

    /// An example that meets its own schema.
    fn shown(&mut self, schema: &Schema, salt: u64) -> Option<Value> {
        let mut fitting = Vec::new();
        for example in &schema.examples {
            if fitting::meets(example, schema, &mut self.steps) {
                fitting.push(example);
            }
        }
        pick(&fitting, salt).map(|example| (*example).clone())
    }

    /// A schema with one of its alternatives merged into it. What is copied is paid for.
    fn chosen(&mut self, schema: &Schema, variant: &Arc<Schema>) -> Schema {
        let parts =
            [schema, variant].map(|s| s.properties.len() + s.variants.len() + s.required.len());
        let cost = u32::try_from(parts.iter().sum::<usize>() / 16).unwrap_or(u32::MAX);
        self.left = self.left.saturating_sub(cost);
        let mut chosen = Schema { variants: Vec::new(), ..schema.clone() };
        let mut left_bytes = CHOICE_BYTES_MAX;
        crate::schema::merge::merge(&mut chosen, variant, &mut left_bytes);
        chosen
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
        let shown: Vec<_> = schema.examples.iter().filter_map(Value::as_object).collect();
        let shown = pick(&shown, salt).copied();
        let all = self.fill == Fill::All && depth < OPTIONAL_DEPTH_MAX;
        for (name, property) in &schema.properties {
            let required = schema.required.contains(name);
            let unknown = property.cut.is_some() && !required;
            if property.read_only || unknown || !(required || all) || self.left == 0 {
                continue;
            }
            let shown = shown.and_then(|shown| shown.get(name)).cloned();
            let shown = shown.filter(|shown| fitting::meets(shown, property, &mut self.steps));
            let value = match shown {
                Some(shown) if property.allowed.is_empty() => shown,
                _ if depth >= DEPTH_MAX => Value::Null,
                _ => self.value(name, property, salt, depth + 1),
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
fn variant(schema: &Schema, salt: u64) -> Option<&Arc<Schema>> {
    let tells = |variant: &&Arc<Schema>| variant.cut.is_none() && variant.kinds != [Kind::Null];
    let known: Vec<_> = schema.variants.iter().filter(tells).collect();
    let known = if known.is_empty() { schema.variants.iter().collect() } else { known };
    pick(&known, salt).copied()
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
