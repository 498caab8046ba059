//! Each field of a graph's roots as an operation, so that whoever asks operations asks graphs too.

use super::{Graph, GraphField, GraphInput, TypeKind, TypeRef, Wanted};
use crate::catalog::Catalog;
use crate::values::value_for;
use avouch_model::operation::{GraphRoot, Media, Method, Operation, OperationId, Origin, Security};
use avouch_model::schema::{Kind, Schema};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Fields of one root that become operations.
// LIMIT: 80.
const FIELDS_MAX: usize = 80;
/// Inputs that stand in each other.
// LIMIT: 4 levels.
const INPUT_DEPTH_MAX: usize = 4;
/// How deep the example of an operation asks.
const DEPTH: usize = 2;

/// The name of the field an operation asks for.
pub fn field_of(operation: &Operation) -> Option<&str> {
    operation.graph?;
    operation.path.split_once("#/").map(|(_, name)| name)
}

impl Catalog {
    /// The graph an operation is a field of, and that field.
    pub fn graph_field(&self, operation: &Operation) -> Option<(&Graph, &GraphField)> {
        let (path, name) = operation.path.split_once("#/")?;
        let graph = self.graphs.iter().find(|graph| graph.path == path)?;
        let fields = match operation.graph? {
            GraphRoot::Query => graph.queries(),
            GraphRoot::Mutation => graph.mutations(),
        };
        Some((graph, fields.iter().find(|field| field.name == name)?))
    }

    /// Takes a graph in, with the fields of its roots as operations. One that is known by its path
    /// stays as it is.
    pub fn add_graph(&mut self, graph: Graph) {
        if self.graphs.iter().any(|known| known.path == graph.path) {
            return;
        }
        let base = self.base_path();
        let described = self
            .operations
            .iter()
            .find(|o| o.method == Method::Post && format!("{base}{}", o.path) == graph.path);
        let security = described.map_or(Security::Undeclared, |o| o.security.clone());
        let queries = graph.queries().iter().map(|field| (GraphRoot::Query, field));
        let mutations = graph.mutations().iter().map(|field| (GraphRoot::Mutation, field));
        let each = queries.take(FIELDS_MAX).chain(mutations.take(FIELDS_MAX));
        let operations: Vec<Operation> =
            each.filter_map(|(root, field)| operation(&graph, root, field, &security)).collect();
        self.operations.extend(operations);
        self.graphs.push(graph);
    }
}

fn operation(
    graph: &Graph,
    root: GraphRoot,
    field: &GraphField,
    security: &Security,
) -> Option<Operation> {
    let wanted = Wanted { depth: DEPTH, ..Wanted::default() };
    let asked = graph.ask(root, field, &wanted)?;
    let variables = asked.variables.iter().map(|it| (it.name.clone(), schema_of(graph, &it.of, 0)));
    let variables = Schema {
        kinds: vec![Kind::Object],
        properties: variables.collect(),
        required: asked
            .variables
            .iter()
            .filter(|it| it.is_required())
            .map(|it| it.name.clone())
            .collect(),
        ..Schema::default()
    };
    let example = json!({ "query": asked.text, "variables": made(&asked.variables, &variables) });
    let body = Schema {
        kinds: vec![Kind::Object],
        properties: [("variables".to_owned(), Arc::new(variables))].into(),
        ..Schema::default()
    };
    let path = format!("{}#/{}", graph.path, field.name);
    let media = Media {
        media_type: "application/json".to_owned(),
        schema: Arc::new(body),
        examples: vec![example],
    };
    Some(Operation {
        id: OperationId::new(&Method::Post, &path),
        name: Some(field.name.clone()),
        summary: field.description.clone(),
        body: vec![media],
        body_required: true,
        security: security.clone(),
        deprecated: field.deprecated,
        origin: Origin::Described,
        graph: Some(root),
        ..Operation::discovered(Method::Post, path)
    })
}

/// Values for the variables that are needed.
fn made(variables: &[&GraphInput], schema: &Schema) -> Map<String, Value> {
    let needed = variables.iter().filter(|variable| variable.is_required());
    needed
        .filter_map(|variable| {
            let schema = schema.properties.get(&variable.name)?;
            Some((variable.name.clone(), value_for(&variable.name, schema, 0)))
        })
        .collect()
}

/// What an argument takes, in the words of all descriptions.
fn schema_of(graph: &Graph, of: &TypeRef, depth: usize) -> Arc<Schema> {
    let single = single_schema(graph, of, depth);
    if !of.list {
        return single;
    }
    Arc::new(Schema { kinds: vec![Kind::Array], items: Some(single), ..Schema::default() })
}

fn single_schema(graph: &Graph, of: &TypeRef, depth: usize) -> Arc<Schema> {
    let mut schema = Schema::default();
    match graph.type_of(of) {
        Some(known) if known.kind == TypeKind::Enum => {
            schema.kinds = vec![Kind::String];
            schema.allowed = known.values.iter().cloned().map(Value::String).collect();
        }
        Some(known) if known.kind == TypeKind::Input => {
            schema.kinds = vec![Kind::Object];
            if depth >= INPUT_DEPTH_MAX {
                schema.cut = Some(of.name.clone());
                return Arc::new(schema);
            }
            let inner = known.inputs.iter();
            schema.properties =
                inner.map(|it| (it.name.clone(), schema_of(graph, &it.of, depth + 1))).collect();
            let needed = known.inputs.iter().filter(|it| it.is_required());
            schema.required = needed.map(|it| it.name.clone()).collect();
        }
        _ => scalar(&of.name, &mut schema),
    }
    Arc::new(schema)
}

/// Scalars of the language, and the usual ones that others have (by name).
fn scalar(name: &str, schema: &mut Schema) {
    let lower = name.to_ascii_lowercase();
    let (kind, format) = match lower.as_str() {
        "int" | "bigint" | "long" | "positiveint" | "nonnegativeint" => (Kind::Integer, None),
        "float" | "decimal" | "bigdecimal" => (Kind::Number, None),
        "boolean" => (Kind::Boolean, None),
        "json" | "jsonobject" => (Kind::Object, None),
        "datetime" | "timestamp" | "isodatetime" => (Kind::String, Some("date-time")),
        "date" => (Kind::String, Some("date")),
        "uuid" => (Kind::String, Some("uuid")),
        "url" | "uri" => (Kind::String, Some("uri")),
        "email" | "emailaddress" => (Kind::String, Some("email")),
        _ => (Kind::String, None),
    };
    schema.kinds = vec![kind];
    schema.format = format.map(str::to_owned);
}
