//! The schema, in the schema language, and what the graph says of it (section 4).

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What the graph holds, one type a line: kind, name, fields.
const TYPES: &[(&str, &str, &str)] = &[
    (
        "OBJECT",
        "Query",
        "viewer:Customer orders(first:Int):OrderConnection! order(id:ID!):Order ownOrder(id:ID!):Order \
         node(id:ID!):Node entity(id:ID!):Node customer(id:ID!):Customer customers:[Customer!] \
         members:[Customer!] articles:[Article!]! article(id:ID!):Article reviews:[Review!] \
         resetDemo:Boolean",
    ),
    (
        "OBJECT",
        "Mutation",
        "createReview(input:ReviewInput!):Review changeNote(id:ID!,note:String!):Order \
         signIn(email:String!,password:String!):String",
    ),
    ("OBJECT", "Subscription", "orderChanged:Order ownOrderChanged:Order articlePublished:Article"),
    ("INTERFACE", "Node", "id:ID!"),
    ("OBJECT", "Customer", "id:ID! name:String! email:String phone:String orders:[Order!]"),
    ("OBJECT", "Order", "id:ID! doorNote:String grams:Int customer:Customer"),
    ("OBJECT", "OrderConnection", "edges:[OrderEdge!]! totalCount:Int"),
    ("OBJECT", "OrderEdge", "node:Order! cursor:String"),
    ("OBJECT", "Article", "id:ID! title:String body:String author:Customer"),
    ("OBJECT", "Review", "id:ID! text:String approved:Boolean"),
    ("INPUT_OBJECT", "ReviewInput", "text:String! approved:Boolean"),
    ("SCALAR", "ID", ""),
    ("SCALAR", "String", ""),
    ("SCALAR", "Int", ""),
    ("SCALAR", "Boolean", ""),
];

/// Objects that have an id.
const NODES: [&str; 4] = ["Customer", "Order", "Article", "Review"];

/// A field: its arguments and its type, as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FieldType {
    pub(super) arguments: Vec<(String, String)>,
    pub(super) of: String,
}

impl FieldType {
    /// The innermost name of its type.
    pub(super) fn inner(&self) -> &str {
        self.of.trim_matches(['[', ']', '!'])
    }
}

/// Fields by type and name.
static FIELDS: LazyLock<BTreeMap<&str, BTreeMap<String, FieldType>>> = LazyLock::new(|| {
    TYPES.iter().map(|(_, name, text)| (*name, fields_in(text).into_iter().collect())).collect()
});

/// The fields of a type; none for a scalar or an unknown one.
pub(super) fn fields(of: &str) -> Option<&'static BTreeMap<String, FieldType>> {
    FIELDS.get(of).filter(|fields| !fields.is_empty())
}

fn fields_in(text: &str) -> Vec<(String, FieldType)> {
    text.split_whitespace()
        .filter_map(|word| {
            let (head, of) = word.rsplit_once(':')?;
            let (name, arguments) = head.split_once('(').unwrap_or((head, ""));
            let arguments = arguments.trim_end_matches(')').split(',');
            let arguments =
                arguments.filter_map(|it| it.split_once(':')).map(|(n, t)| (n.into(), t.into()));
            let field = FieldType { arguments: arguments.collect(), of: of.to_owned() };
            Some((name.to_owned(), field))
        })
        .collect()
}

/// What the graph says of itself.
pub(super) fn told() -> Value {
    let types: Vec<Value> =
        TYPES.iter().map(|(kind, name, text)| type_told(kind, name, text)).collect();
    json!({
        "queryType": {"name": "Query"}, "mutationType": {"name": "Mutation"},
        "subscriptionType": {"name": "Subscription"}, "types": types, "directives": [],
    })
}

fn type_told(kind: &str, name: &str, text: &str) -> Value {
    let fields = fields_in(text);
    let input = |(name, of): &(String, String)| json!({"name": name, "type": reference(of), "defaultValue": null, "description": null});
    let field = |(name, field): &(String, FieldType)| {
        json!({
            "name": name, "type": reference(&field.of), "description": null,
            "args": field.arguments.iter().map(input).collect::<Vec<_>>(),
            "isDeprecated": false, "deprecationReason": null,
        })
    };
    let is_input = kind == "INPUT_OBJECT";
    let inputs: Vec<Value> =
        fields.iter().map(|(name, field)| input(&(name.clone(), field.of.clone()))).collect();
    let fields: Vec<Value> = fields.iter().map(field).collect();
    let possible: Vec<Value> =
        NODES.iter().map(|name| json!({"kind": "OBJECT", "name": name})).collect();
    json!({
        "kind": kind, "name": name, "description": null, "enumValues": null, "ofType": null,
        "fields": if is_input || kind == "SCALAR" { Value::Null } else { json!(fields) },
        "inputFields": if is_input { json!(inputs) } else { Value::Null },
        "possibleTypes": if kind == "INTERFACE" { json!(possible) } else { Value::Null },
    })
}

/// A type with its wrappers.
fn reference(of: &str) -> Value {
    if let Some(inner) = of.strip_suffix('!') {
        return json!({"kind": "NON_NULL", "name": null, "ofType": reference(inner)});
    }
    if let Some(inner) = of.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return json!({"kind": "LIST", "name": null, "ofType": reference(inner)});
    }
    let kind = TYPES.iter().find(|(_, name, _)| *name == of).map_or("SCALAR", |(kind, ..)| kind);
    json!({"kind": kind, "name": of, "ofType": null})
}
