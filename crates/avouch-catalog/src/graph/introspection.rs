//! A schema as a graph tells it of itself (section 4).

use super::{Graph, GraphField, GraphInput, GraphType, MEMBERS_MAX, TYPES_MAX, TypeKind, TypeRef};
use serde_json::Value;

/// Asks a graph for its schema: types seven wrappers deep, which is enough for any list of lists.
pub const INTROSPECTION: &str = "query{__schema{queryType{name}mutationType{name}\
subscriptionType{name}types{kind name fields(includeDeprecated:true){name description isDeprecated \
args{name type{...T}defaultValue}type{...T}}inputFields{name type{...T}defaultValue}\
enumValues{name}possibleTypes{name}}}}fragment T on __Type{kind name ofType{kind name ofType{kind \
name ofType{kind name ofType{kind name ofType{kind name}}}}}}";

/// LIMIT: wrappers around a type that are followed.
const WRAPPERS_MAX: usize = 8;

/// Names of the types in an answer to introspection, those of the language left out.
pub fn types_named(json: &Value) -> Vec<String> {
    let names = schema(json).and_then(|schema| schema.get("types")).and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(|it| it.get("name")?.as_str());
    let own = |name: &&str| !name.starts_with("__") && !is_of_the_language(name);
    names.filter(own).map(str::to_owned).collect()
}

fn is_of_the_language(name: &str) -> bool {
    ["String", "Int", "Float", "Boolean", "ID"].contains(&name)
}

fn schema(json: &Value) -> Option<&Value> {
    json.pointer("/data/__schema").or_else(|| json.get("__schema")).filter(|it| it.is_object())
}

/// Reads an answer to introspection; `None` when it is none, or names no queries.
pub(super) fn read(text: &str) -> Option<Graph> {
    if !text.contains("__schema") {
        return None;
    }
    let json: Value = serde_json::from_str(text).ok()?;
    let schema = schema(&json)?;
    let root = |key: &str| text_of(schema.get(key)?, "name");
    let mut graph = Graph {
        query: root("queryType"),
        mutation: root("mutationType"),
        subscription: root("subscriptionType"),
        ..Graph::default()
    };
    for described in schema.get("types")?.as_array()?.iter().take(TYPES_MAX) {
        let Some(name) = text_of(described, "name").filter(|name| !name.starts_with("__")) else {
            continue;
        };
        graph.types.insert(name, type_of(described));
    }
    (!graph.queries().is_empty()).then_some(graph)
}

fn type_of(described: &Value) -> GraphType {
    let kind = match described.get("kind").and_then(Value::as_str).unwrap_or_default() {
        "OBJECT" => TypeKind::Object,
        "INTERFACE" => TypeKind::Interface,
        "UNION" => TypeKind::Union,
        "ENUM" => TypeKind::Enum,
        "INPUT_OBJECT" => TypeKind::Input,
        _ => TypeKind::Scalar,
    };
    GraphType {
        kind,
        fields: members(described, "fields").filter_map(field).collect(),
        inputs: members(described, "inputFields").filter_map(input).collect(),
        possible: members(described, "possibleTypes")
            .filter_map(|it| text_of(it, "name"))
            .collect(),
        values: members(described, "enumValues").filter_map(|it| text_of(it, "name")).collect(),
    }
}

fn members<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value.get(key).and_then(Value::as_array).into_iter().flatten().take(MEMBERS_MAX)
}

fn field(described: &Value) -> Option<GraphField> {
    Some(GraphField {
        name: text_of(described, "name")?,
        arguments: members(described, "args").filter_map(input).collect(),
        of: reference(described.get("type")?)?,
        description: text_of(described, "description").filter(|text| !text.is_empty()),
        deprecated: described.get("isDeprecated").and_then(Value::as_bool).unwrap_or(false),
    })
}

fn input(described: &Value) -> Option<GraphInput> {
    Some(GraphInput {
        name: text_of(described, "name")?,
        of: reference(described.get("type")?)?,
        has_default: described.get("defaultValue").is_some_and(Value::is_string),
    })
}

/// Writes the wrappers as the schema language does: `[Order!]!`.
fn reference(described: &Value) -> Option<TypeRef> {
    let mut text = (String::new(), String::new());
    let mut at = described;
    for _ in 0..WRAPPERS_MAX {
        match at.get("kind").and_then(Value::as_str)? {
            "NON_NULL" => text.1.insert(0, '!'),
            "LIST" => {
                text.0.push('[');
                text.1.insert(0, ']');
            }
            _ => return TypeRef::parse(&format!("{}{}{}", text.0, text_of(at, "name")?, text.1)),
        }
        at = at.get("ofType")?;
    }
    None
}

fn text_of(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}
