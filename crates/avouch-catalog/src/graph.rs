//! The schema of a graph (GraphQL, October 2021): what can be asked for, from what to what.
//!
//! In scope: reading a schema from introspection or from the schema language, the fields of each
//! type with their arguments, queries that ask for a field, and each field of a root as an operation.
//! Out of scope: directives, deprecated arguments, validation. A schema is hostile input: what is
//! kept of it is bounded in number, and nothing here follows a type for ever.

mod asking;
mod introspection;
mod operations;
mod sdl;
#[cfg(test)]
mod tests;

pub use asking::{Asked, Wanted};
pub use introspection::{INTROSPECTION, types_named};
pub use operations::field_of;

use crate::Document;
use std::collections::BTreeMap;
use url::Url;

/// Types that are kept of one schema.
// LIMIT: 5,000 types; the largest public graphs have about 2,000.
const TYPES_MAX: usize = 5_000;
/// Fields, arguments and values that are kept of one type.
// LIMIT: 2,000.
const MEMBERS_MAX: usize = 2_000;
/// Where a graph is served when nobody says where.
const USUAL_PATH: &str = "/graphql";

/// A graph: where it is served, and its types.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The path of its address, from the root of the server.
    pub path: String,
    /// The type whose fields are queries.
    pub query: Option<String>,
    /// The type whose fields are mutations.
    pub mutation: Option<String>,
    /// The type whose fields are subscriptions.
    pub subscription: Option<String>,
    /// Its types by name.
    pub types: BTreeMap<String, GraphType>,
}

/// What kind of thing a type is (section 3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TypeKind {
    /// A single value.
    #[default]
    Scalar,
    /// A thing with fields.
    Object,
    /// Fields that several objects have.
    Interface,
    /// One of several objects.
    Union,
    /// One of several names.
    Enum,
    /// Fields that are sent.
    Input,
}

/// One type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphType {
    /// What it is.
    pub kind: TypeKind,
    /// Fields of an object or interface, in order.
    pub fields: Vec<GraphField>,
    /// Fields of an input, in order.
    pub inputs: Vec<GraphInput>,
    /// Objects an interface or union may be.
    pub possible: Vec<String>,
    /// Values of an enumeration.
    pub values: Vec<String>,
}

/// A field that can be asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphField {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub arguments: Vec<GraphInput>,
    /// What it gives.
    pub of: TypeRef,
    /// What a person wrote about it.
    pub description: Option<String>,
    /// Whether it is marked as deprecated.
    pub deprecated: bool,
}

/// An argument, or a field of an input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphInput {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub of: TypeRef,
    /// Whether it may be left out although its type does not allow nothing.
    pub has_default: bool,
}

/// A type as a field names it: `[Order!]!`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeRef {
    /// The innermost name.
    pub name: String,
    /// How it is written in full.
    pub text: String,
    /// Whether it is a list.
    pub list: bool,
    /// Whether it cannot be nothing.
    pub required: bool,
}

impl TypeRef {
    /// Reads `[Order!]!`; `None` when it is no type.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let name = text.trim_matches(['[', ']', '!']).to_owned();
        let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let (list, required) = (text.contains('['), text.ends_with('!'));
        fits.then_some(Self { name, text, list, required })
    }
}

impl GraphInput {
    /// Whether nothing works without it.
    pub fn is_required(&self) -> bool {
        self.of.required && !self.has_default
    }

    /// Whether a question has to be told its value: the size of a page is always given.
    pub fn is_needed(&self) -> bool {
        self.is_required() && !asking::is_page_size(self)
    }
}

impl Graph {
    /// Reads a document that holds the schema of a graph: an answer to introspection, or the schema
    /// language. `None` when it holds something else. A document whose name is an address of http is
    /// about the graph at that address.
    pub fn read(document: &Document) -> Option<Self> {
        let text = std::str::from_utf8(&document.bytes).ok()?;
        let mut graph = introspection::read(text).or_else(|| sdl::read(text))?;
        graph.path = Url::parse(&document.name)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .map_or_else(|| USUAL_PATH.to_owned(), |url| url.path().to_owned());
        Some(graph)
    }

    /// The queries.
    pub fn queries(&self) -> &[GraphField] {
        self.fields_of(self.query.as_deref())
    }

    /// The mutations.
    pub fn mutations(&self) -> &[GraphField] {
        self.fields_of(self.mutation.as_deref())
    }

    /// The subscriptions.
    pub fn subscriptions(&self) -> &[GraphField] {
        self.fields_of(self.subscription.as_deref())
    }

    fn fields_of(&self, name: Option<&str>) -> &[GraphField] {
        name.and_then(|name| self.types.get(name)).map(|it| &*it.fields).unwrap_or_default()
    }

    /// The type of that name.
    pub fn type_of(&self, of: &TypeRef) -> Option<&GraphType> {
        self.types.get(&of.name)
    }

    /// Whether a field gives a single value, or a list of such.
    pub fn is_leaf(&self, of: &TypeRef) -> bool {
        self.type_of(of).is_none_or(|known| matches!(known.kind, TypeKind::Scalar | TypeKind::Enum))
    }

    /// Where the things of a list are: the type itself, or what the `nodes` or `edges` of a
    /// connection hold.
    pub fn item_type<'g>(&'g self, of: &'g TypeRef) -> &'g TypeRef {
        let inner = |of: &'g TypeRef, names: &[&str]| -> Option<&'g TypeRef> {
            let fields = &self.type_of(of)?.fields;
            fields.iter().find(|field| names.contains(&field.name.as_str())).map(|field| &field.of)
        };
        if let Some(node) = inner(of, &["nodes"]).filter(|node| node.list) {
            return node;
        }
        let edge = inner(of, &["edges"]).filter(|edge| edge.list);
        edge.and_then(|edge| inner(edge, &["node"])).unwrap_or(of)
    }
}

#[cfg(test)]
pub(crate) fn sample() -> Graph {
    sdl::read(
        "type Query { me: User! order(id: ID!): Order orders(first: Int = 10): OrderConnection!
           node(id: ID!): Node search(text: String!, kind: Kind): [Found!]! }
         type Mutation { createOrder(input: OrderInput!): Order }
         interface Node { id: ID! }
         type User implements Node { id: ID! email: String orders: [Order!]! }
         type Order implements Node { id: ID! total: Float note: String customer: User! }
         type OrderConnection { edges: [OrderEdge!]! pageInfo: PageInfo! }
         type OrderEdge { node: Order! cursor: String! }
         type PageInfo { hasNextPage: Boolean! }
         input OrderInput { note: String! total: Float status: Kind }
         enum Kind { OPEN PAID }
         union Found = Order | User",
    )
    .unwrap_or_default()
}
