//! The parts of a schema that stand in it, without its children.

use crate::node::Node;
use crate::reader::{At, Reader, quote};
use avouch_model::schema::{Additional, Kind, Schema};

/// Examples that are kept of one schema.
// LIMIT: 8 examples.
pub(super) const EXAMPLES_MAX: usize = 8;
/// Allowed values that are kept of one schema.
// LIMIT: 1,000 values.
const ALLOWED_MAX: usize = 1000;

/// Reads everything that is not a schema itself.
pub(super) fn read(reader: &mut Reader, at: &At, schema: &mut Schema) {
    kinds(reader, at, schema);
    schema.format = schema.format.take().or_else(|| at.text("format"));
    schema.description = at.prose("description");
    schema.read_only = at.is("readOnly");
    schema.write_only = at.is("writeOnly");
    bounds(at, schema);
    unread(at, schema);
    schema.pattern = at.text("pattern");
    let required = at.get("required");
    let required = required.iter().flat_map(At::items).filter_map(Node::written);
    for name in required {
        schema.required.push(name);
    }
    schema.required.sort();
    schema.required.dedup();
    schema.additional = match at.node.get("additionalProperties") {
        None => Additional::Unstated,
        Some(node) if node.bool() == Some(false) => Additional::Forbidden,
        Some(_) => Additional::Allowed,
    };
    if let Some(only) = at.get("const") {
        schema.allowed.extend(reader.plain(&only));
        if schema.allowed.is_empty() {
            schema.unread.push("const".to_owned());
        }
    } else if let Some(list) = at.get("enum") {
        for node in list.items().iter().take(ALLOWED_MAX) {
            schema.allowed.extend(reader.plain(&list.beside(node)));
        }
        if list.items().len() > schema.allowed.len() {
            schema.unread.push("enum".to_owned());
        }
    }
    schema.examples = examples(reader, at);
}

/// What only shows when everything is put together.
pub(super) fn settle(schema: &mut Schema, nullable: bool) {
    if schema.kinds.is_empty() && schema.variants.is_empty() {
        if !schema.properties.is_empty() {
            schema.kinds.push(Kind::Object);
        } else if schema.items.is_some() {
            schema.kinds.push(Kind::Array);
        }
    }
    if nullable && !schema.kinds.is_empty() && !schema.kinds.contains(&Kind::Null) {
        schema.kinds.push(Kind::Null);
    }
}

fn kinds(reader: &mut Reader, at: &At, schema: &mut Schema) {
    let Some(stated) = at.get("type") else { return };
    let one = std::slice::from_ref(&stated.node);
    let names = if stated.node.list().is_some() { stated.items() } else { one };
    for node in names {
        let name = node.written().unwrap_or_else(|| "null".to_owned());
        let kind = match name.to_ascii_lowercase().as_str() {
            "null" => Kind::Null,
            "boolean" | "bool" => Kind::Boolean,
            "integer" | "int" | "long" => Kind::Integer,
            "number" | "float" | "double" => Kind::Number,
            "string" => Kind::String,
            "array" => Kind::Array,
            "object" => Kind::Object,
            // Swagger 2.0 calls an upload this.
            "file" => {
                schema.format = Some("binary".to_owned());
                Kind::String
            }
            _ => {
                reader
                    .warn(&stated, format!("`{}` is no type; any value is assumed", quote(&name)));
                schema.unread.push("type".to_owned());
                schema.kinds.clear();
                return;
            }
        };
        if !schema.kinds.contains(&kind) {
            schema.kinds.push(kind);
        }
    }
}

fn bounds(at: &At, schema: &mut Schema) {
    let number = |key: &str| at.node.get(key).and_then(Node::number);
    let count = |key: &str| at.node.get(key).and_then(Node::count);
    let whole = schema.kinds.contains(&Kind::Integer);
    let above = |least: f64| if whole { (least + 1.0).floor() } else { least.next_up() };
    let below = |greatest: f64| if whole { (greatest - 1.0).ceil() } else { greatest.next_down() };
    // Until draft 4 these were a yes or no about the other bound, since then they are bounds.
    let minimum = number("minimum").map(|m| if at.is("exclusiveMinimum") { above(m) } else { m });
    let maximum = number("maximum").map(|m| if at.is("exclusiveMaximum") { below(m) } else { m });
    schema.minimum =
        [minimum, number("exclusiveMinimum").map(above)].into_iter().flatten().reduce(f64::max);
    schema.maximum =
        [maximum, number("exclusiveMaximum").map(below)].into_iter().flatten().reduce(f64::min);
    schema.length_min = count("minLength");
    schema.length_max = count("maxLength");
    schema.items_min = count("minItems");
    schema.items_max = count("maxItems");
    schema.items_unique = at.is("uniqueItems");
    schema.properties_min = count("minProperties");
    schema.properties_max = count("maxProperties");
    schema.multiple_of = number("multipleOf").filter(|of| *of > 0.0);
}

/// Keywords that narrow what may stand here and have no place in our form.
const UNREAD: [&str; 16] = [
    "$dynamicRef",
    "$recursiveRef",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Names what stands here and is not read, and numbers that are none.
fn unread(at: &At, schema: &mut Schema) {
    let named = UNREAD.iter().filter(|key| at.node.get(key).is_some());
    schema.unread.extend(named.map(|key| (*key).to_owned()));
    let broken = [
        ("minimum", at.node.get("minimum").is_some() && schema.minimum.is_none()),
        ("maximum", at.node.get("maximum").is_some() && schema.maximum.is_none()),
        ("minLength", at.node.get("minLength").is_some() && schema.length_min.is_none()),
        ("maxLength", at.node.get("maxLength").is_some() && schema.length_max.is_none()),
        ("minItems", at.node.get("minItems").is_some() && schema.items_min.is_none()),
        ("maxItems", at.node.get("maxItems").is_some() && schema.items_max.is_none()),
        (
            "minProperties",
            at.node.get("minProperties").is_some() && schema.properties_min.is_none(),
        ),
        (
            "maxProperties",
            at.node.get("maxProperties").is_some() && schema.properties_max.is_none(),
        ),
        ("multipleOf", at.node.get("multipleOf").is_some() && schema.multiple_of.is_none()),
        ("pattern", at.node.get("pattern").is_some() && at.text("pattern").is_none()),
    ];
    schema.unread.extend(broken.iter().filter(|(_, lost)| *lost).map(|(key, _)| (*key).to_owned()));
}

/// Examples and the default that stand in a schema, best first.
fn examples(reader: &mut Reader, at: &At) -> Vec<serde_json::Value> {
    let mut examples = Vec::new();
    for key in ["example", "x-example"] {
        if let Some(example) = at.get(key) {
            examples.extend(reader.plain(&example));
        }
    }
    if let Some(list) = at.get("examples") {
        for node in list.items().iter().take(EXAMPLES_MAX) {
            examples.extend(reader.plain(&list.beside(node)));
        }
        for entry in list.entries().iter().take(EXAMPLES_MAX) {
            if let Some(value) = list.beside(&entry.node).get("value") {
                examples.extend(reader.plain(&value));
            }
        }
    }
    if let Some(default) = at.get("default") {
        examples.extend(reader.plain(&default));
    }
    examples
}
