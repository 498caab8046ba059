//! Two schemas that both hold, as one.

use super::fields::EXAMPLES_MAX;
use avouch_model::schema::{Additional, Kind, Schema};
use serde_json::Value;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// Properties in properties that are merged; below that the first one stands.
// LIMIT: 4 levels.
const DEPTH_MAX: u32 = 4;

/// Narrows a schema by another that holds too. Where one schema cannot say both, the first one stands
/// and the other one is kept beside it. What is copied is paid for from `left_bytes`; without the means
/// the schema is marked as not complete.
pub(crate) fn merge(into: &mut Schema, part: &Arc<Schema>, left_bytes: &mut u64) {
    merge_to(into, part, DEPTH_MAX, left_bytes);
}

fn merge_to(into: &mut Schema, part: &Arc<Schema>, depth: u32, left_bytes: &mut u64) {
    into.id = None;
    if !pay(part, left_bytes) {
        into.cut = Some("too much is merged".to_owned());
        return;
    }
    if loses(into, part, depth) {
        into.also.push(Arc::clone(part));
    } else {
        into.also.extend(part.also.iter().cloned());
    }
    into.unread.extend(part.unread.iter().cloned());
    into.never |= part.never;
    into.kinds = kinds(&into.kinds, &part.kinds);
    into.format = into.format.take().or_else(|| part.format.clone());
    into.pattern = into.pattern.take().or_else(|| part.pattern.clone());
    into.description = into.description.take().or_else(|| part.description.clone());
    into.cut = into.cut.take().or_else(|| part.cut.clone());
    if into.items.is_none() {
        into.items.clone_from(&part.items);
        into.places.clone_from(&part.places);
        into.rest.clone_from(&part.rest);
    }
    into.multiple_of = into.multiple_of.or(part.multiple_of);
    into.items_unique |= part.items_unique;
    into.items_min = both(into.items_min, part.items_min, u64::max);
    into.items_max = both(into.items_max, part.items_max, u64::min);
    into.properties_min = both(into.properties_min, part.properties_min, u64::max);
    into.properties_max = both(into.properties_max, part.properties_max, u64::min);
    allowed(into, part);
    let room = EXAMPLES_MAX.saturating_sub(into.examples.len());
    into.examples.extend(part.examples.iter().take(room).cloned());
    into.minimum = both(into.minimum, part.minimum, f64::max);
    into.maximum = both(into.maximum, part.maximum, f64::min);
    into.length_min = both(into.length_min, part.length_min, u64::max);
    into.length_max = both(into.length_max, part.length_max, u64::min);
    into.read_only |= part.read_only;
    into.write_only |= part.write_only;
    into.required.extend(part.required.iter().cloned());
    into.required.sort();
    into.required.dedup();
    into.additional = match (into.additional, part.additional) {
        (Additional::Forbidden, _) | (_, Additional::Forbidden) => Additional::Forbidden,
        (Additional::Allowed, _) | (_, Additional::Allowed) => Additional::Allowed,
        _ => Additional::Unstated,
    };
    if into.variants.is_empty() {
        into.variants.clone_from(&part.variants);
        into.exclusive = part.exclusive;
    }
    into.additional_shape = into.additional_shape.take().or_else(|| part.additional_shape.clone());
    if into.pattern_properties.is_empty() {
        into.pattern_properties.clone_from(&part.pattern_properties);
    }
    for (name, property) in &part.properties {
        match into.properties.entry(name.clone()) {
            Entry::Vacant(free) => {
                free.insert(Arc::clone(property));
            }
            Entry::Occupied(mut known) if depth > 0 && !Arc::ptr_eq(known.get(), property) => {
                if pay(known.get(), left_bytes) {
                    merge_to(Arc::make_mut(known.get_mut()), property, depth - 1, left_bytes);
                }
            }
            Entry::Occupied(_) => (),
        }
    }
}

/// Whether the merged schema would allow what one of both does not. Parts that forbid what they do not
/// name are taken to speak of the whole: strictly none of the other part's properties could be sent.
fn loses(into: &Schema, part: &Schema, depth: u32) -> bool {
    fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
        matches!((one, other), (Some(one), Some(other)) if one != other)
    }
    let disjoint = !into.kinds.is_empty()
        && !part.kinds.is_empty()
        && !into.kinds.iter().any(|kind| may_be(&part.kinds, *kind))
        && !part.kinds.iter().any(|kind| may_be(&into.kinds, *kind));
    let has_items = |schema: &Schema| schema.items.is_some();
    let properties = || {
        depth == 0
            && part.properties.iter().any(|(name, property)| {
                into.properties.get(name).is_some_and(|known| !Arc::ptr_eq(known, property))
            })
    };
    disjoint
        || differ(into.format.as_ref(), part.format.as_ref())
        || differ(into.pattern.as_ref(), part.pattern.as_ref())
        || differ(into.multiple_of.as_ref(), part.multiple_of.as_ref())
        || has_items(into) && has_items(part)
        || !into.variants.is_empty() && !part.variants.is_empty()
        || !into.allowed.is_empty() && !part.allowed.is_empty()
        || into.additional_shape.is_some()
        || part.additional_shape.is_some()
        || !into.pattern_properties.is_empty() && !part.pattern_properties.is_empty()
        || part.cut.is_some()
        || properties()
}

fn may_be(kinds: &[Kind], kind: Kind) -> bool {
    kinds.contains(&kind) || kind == Kind::Integer && kinds.contains(&Kind::Number)
}

/// Takes the cost of copying a schema without its children. When it cannot be paid nothing is left,
/// so that one great schema is not weighed again and again.
fn pay(schema: &Schema, left_bytes: &mut u64) -> bool {
    const SCHEMA_BYTES: u64 = 400;
    const NAME_BYTES: u64 = 64;
    let names = (schema.properties.len() + schema.required.len() + schema.variants.len()) as u64;
    let plain = SCHEMA_BYTES + names * NAME_BYTES;
    let mut left = left_bytes.saturating_sub(plain);
    for value in schema.allowed.iter().chain(&schema.examples) {
        weigh(value, &mut left);
    }
    *left_bytes = left;
    left > 0
}

/// Takes the weight of a value and stops when nothing is left.
fn weigh(value: &Value, left_bytes: &mut u64) {
    const VALUE_BYTES: u64 = 64;
    *left_bytes = left_bytes.saturating_sub(VALUE_BYTES);
    if *left_bytes == 0 {
        return;
    }
    match value {
        Value::String(text) => *left_bytes = left_bytes.saturating_sub(text.len() as u64),
        Value::Array(items) => items.iter().for_each(|item| weigh(item, left_bytes)),
        Value::Object(entries) => entries.values().for_each(|item| weigh(item, left_bytes)),
        Value::Null | Value::Bool(_) | Value::Number(_) => (),
    }
}

fn both<T>(one: Option<T>, other: Option<T>, choose: fn(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(choose(one, other)),
        (one, other) => one.or(other),
    }
}

fn kinds(one: &[Kind], other: &[Kind]) -> Vec<Kind> {
    if one.is_empty() || other.is_empty() {
        return if one.is_empty() { other.to_vec() } else { one.to_vec() };
    }
    let narrow = |a: &[Kind], b: &[Kind]| -> Vec<Kind> {
        let holds =
            |kind: &Kind| b.contains(kind) || *kind == Kind::Integer && b.contains(&Kind::Number);
        a.iter().copied().filter(holds).collect()
    };
    let mut common = narrow(one, other);
    for kind in narrow(other, one) {
        if !common.contains(&kind) {
            common.push(kind);
        }
    }
    if common.is_empty() { one.to_vec() } else { common }
}

fn allowed(into: &mut Schema, part: &Schema) {
    // LIMIT: two lists are compared value by value only while that is little work.
    const COMPARED_MAX: usize = 10_000;
    if into.allowed.len().saturating_mul(part.allowed.len()) > COMPARED_MAX {
        return;
    }
    if into.allowed.is_empty() {
        into.allowed.clone_from(&part.allowed);
    } else if !part.allowed.is_empty() {
        let common: Vec<_> =
            into.allowed.iter().filter(|value| part.allowed.contains(value)).cloned().collect();
        if !common.is_empty() {
            into.allowed = common;
        }
    }
}
