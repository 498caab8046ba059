//! Values that are written as texts, such as parameters and fields of forms, as JSON.
//!
//! A text does not say whether `7` is a number. The shape it is for does: it becomes a number where a
//! number may stand, and a text elsewhere.

use super::cursor::Cursor;
use super::shape::{Id, Kinds, Shape};
use avouch_model::schema::Kind;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Shapes in shapes that are looked into for their types.
// LIMIT: 8 levels.
const DEPTH_MAX: u32 = 8;

/// How a value may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// As one text.
    Scalar(Kinds),
    /// As a list of texts.
    List(Kinds),
    /// As texts with names.
    Object(Vec<(String, Self)>),
}

impl Written {
    /// How values of that shape are written.
    pub(crate) fn of(shapes: &[Shape], shape: Id) -> Self {
        Self::to_depth(shapes, shape, DEPTH_MAX)
    }

    fn to_depth(shapes: &[Shape], id: Id, depth: u32) -> Self {
        let kinds = kinds_of(shapes, id, DEPTH_MAX);
        let Some(shape) = shapes.get(id as usize).filter(|_| kinds != Kinds::ANY && depth > 0)
        else {
            return Self::Scalar(kinds);
        };
        if kinds.has(Kind::Array) {
            let rest = shape.list.as_ref().and_then(|list| list.rest);
            return Self::List(rest.map_or(Kinds::ANY, |rest| kinds_of(shapes, rest, DEPTH_MAX)));
        }
        if kinds.has(Kind::Object) && !kinds.has(Kind::String) {
            let mut named = Vec::new();
            gather(shapes, id, depth, &mut named);
            return Self::Object(named);
        }
        Self::Scalar(kinds)
    }
}

/// Adds the named properties of a shape and of what holds with it.
fn gather(shapes: &[Shape], id: Id, depth: u32, named: &mut Vec<(String, Written)>) {
    let Some(shape) = shapes.get(id as usize).filter(|_| depth > 0) else { return };
    for property in shape.object.iter().flat_map(|object| &object.properties) {
        if !named.iter().any(|(name, _)| **name == *property.name) {
            let written = Written::to_depth(shapes, property.shape, depth - 1);
            named.push((property.name.to_string(), written));
        }
    }
    for part in shape.also.iter().chain(&shape.variants) {
        gather(shapes, *part, depth - 1, named);
    }
}

/// The types that may stand there: those of the shape that its parts and one alternative allow.
fn kinds_of(shapes: &[Shape], id: Id, depth: u32) -> Kinds {
    let Some(shape) = shapes.get(id as usize).filter(|_| depth > 0) else { return Kinds::ANY };
    let parts = shape.also.iter().map(|part| kinds_of(shapes, *part, depth - 1));
    let kinds = parts.fold(shape.kinds, Kinds::and);
    let variants = shape.variants.iter().map(|variant| kinds_of(shapes, *variant, depth - 1));
    match variants.reduce(Kinds::or) {
        Some(variants) => kinds.and(variants),
        None => kinds,
    }
}

/// Writes a text as a JSON value of one of these types.
pub(crate) fn scalar(kinds: Kinds, text: &str, out: &mut String) {
    let is_number = || {
        let mut cursor = Cursor::new(text);
        cursor.number().is_ok() && cursor.end().is_ok() && !text.ends_with([' ', '\t', '\n', '\r'])
    };
    let number = kinds.has(Kind::Number) || kinds.has(Kind::Integer);
    if kinds != Kinds::ANY && number && is_number()
        || kinds != Kinds::ANY && kinds.has(Kind::Boolean) && matches!(text, "true" | "false")
    {
        out.push_str(text);
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// The same scalar read in the other way: a text as what it looks like, anything else as a text.
pub(crate) fn otherwise(json: &str) -> Option<String> {
    let text = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(text) = text else {
        return Some(serde_json::Value::from(json).to_string());
    };
    let other: serde_json::Value = serde_json::from_str(text).ok()?;
    (!other.is_string() && !other.is_array() && !other.is_object()).then(|| text.to_owned())
}

/// Writes texts as a list.
pub(crate) fn list<'t>(kinds: Kinds, texts: impl Iterator<Item = &'t str>, out: &mut String) {
    out.push('[');
    for (at, text) in texts.enumerate() {
        if at > 0 {
            out.push(',');
        }
        scalar(kinds, text, out);
    }
    out.push(']');
}

/// Writes named texts as an object, in which a name that may stand several times is a list. `false`
/// when another one stands several times.
pub(crate) fn object(
    named: &[(String, Written)],
    pairs: &[(Cow<'_, str>, Cow<'_, str>)],
    out: &mut String,
) -> bool {
    out.push('{');
    let mut fits = true;
    for (at, (name, text)) in pairs.iter().enumerate() {
        let earlier = pairs.get(..at).unwrap_or_default();
        let first = !earlier.iter().any(|(known, _)| known == name);
        let written = named.iter().find(|(known, _)| *known == **name).map(|(_, written)| written);
        let kinds = match written {
            Some(Written::List(kinds)) if first => Some(*kinds),
            Some(Written::List(_)) => continue,
            _ if first => None,
            _ => {
                fits = false;
                continue;
            }
        };
        if !out.ends_with('{') {
            out.push(',');
        }
        out.push_str(&serde_json::Value::from(&**name).to_string());
        out.push(':');
        match (kinds, written) {
            (Some(kinds), _) => {
                let same = pairs.iter().filter(|(known, _)| known == name);
                list(kinds, same.map(|(_, text)| &**text), out);
            }
            (None, Some(Written::Scalar(kinds))) => scalar(*kinds, text, out),
            // A document of its own stands in a field as JSON.
            (None, Some(Written::Object(_))) if is_json(text) => out.push_str(text),
            (None, _) => scalar(Kinds::ANY, text, out),
        }
    }
    out.push('}');
    fits
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// A name or value of a query or form, decoded; `None` when it is not written as it should be.
pub(crate) fn decoded(text: &str) -> Option<Cow<'_, str>> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let digits = after.get(..2)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        rest = after;
    }
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
        return Some(Cow::Owned(decoded.into_owned()));
    }
    percent_decode_str(text).decode_utf8().ok()
}

/// Names and values of a query or form, decoded; the error says that they are malformed or too many.
pub(crate) fn pairs(text: &str, pairs_max: usize) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    let mut pairs = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        if pairs.len() >= pairs_max {
            return None;
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((decoded(name)?, decoded(value)?));
    }
    Some(pairs)
}
