//! What an API can be asked to do.

use crate::schema::Schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// The name of an operation: method and path template, such as `GET /orders/{orderId}`. Work is
/// always keyed by this, never by path alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(pub String);

impl OperationId {
    /// Names the operation of that method and template.
    pub fn new(method: &Method, path: &str) -> Self {
        Self(format!("{method} {path}"))
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An HTTP method (RFC 9110, section 9).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Method {
    /// Reads.
    Get,
    /// Reads the head only.
    Head,
    /// Asks what is possible.
    Options,
    /// Creates or acts.
    Post,
    /// Replaces.
    Put,
    /// Changes in part (RFC 5789).
    Patch,
    /// Removes.
    Delete,
    /// Echoes the request.
    Trace,
    /// Any other token, as it stands.
    Other(String),
}

impl Method {
    /// Whether the method promises to change nothing (RFC 9110, section 9.2.1).
    pub fn is_safe(&self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options | Self::Trace)
    }

    /// The method of that name; names are case-sensitive except that descriptions use lower case.
    pub fn parse(name: &str) -> Self {
        match name.to_ascii_uppercase().as_str() {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "OPTIONS" => Self::Options,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            "TRACE" => Self::Trace,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The token on the wire.
    pub fn name(&self) -> &str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Trace => "TRACE",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for Method {
    fn from(name: String) -> Self {
        Self::parse(&name)
    }
}

impl From<Method> for String {
    fn from(method: Method) -> Self {
        method.name().to_owned()
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In the path template.
    Path,
    /// After the question mark.
    Query,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
}

impl Place {
    /// The name descriptions use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// How a parameter's list or object is written (OpenAPI 3.1, 4.8.12.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `3,4,5`
    Simple,
    /// `.3.4.5`
    Label,
    /// `;id=3,4,5`
    Matrix,
    /// `id=3&id=4` or `id=3,4`
    Form,
    /// `id=3%204`
    SpaceDelimited,
    /// `id=3|4`
    PipeDelimited,
    /// `id[a]=3&id[b]=4`
    DeepObject,
}

/// One input of an operation outside the body.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name, as it travels.
    pub name: String,
    /// Where it travels.
    pub place: Place,
    /// Whether the operation cannot be called without it.
    pub required: bool,
    /// What it may be.
    pub schema: Arc<Schema>,
    /// How lists and objects are written.
    pub style: Style,
    /// Whether each item of a list is a pair of its own.
    pub explode: bool,
    /// Values the description shows.
    pub examples: Vec<Value>,
    /// What a person wrote about it.
    pub description: Option<String>,
}

/// One way to send a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    /// Such as `application/json`.
    pub media_type: String,
    /// What it may be.
    pub schema: Arc<Schema>,
    /// Whole bodies the description shows.
    pub examples: Vec<Value>,
}

/// One answer the description promises.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerShape {
    /// Such as `200`, `4XX` or `default`.
    pub status: String,
    /// Its bodies; empty when none is described.
    pub media: Vec<Media>,
}

/// One way in: all of its schemes are needed together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Names of security schemes with the scopes each needs.
    pub schemes: Vec<(String, Vec<String>)>,
}

/// What the description says about who may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// It says nothing at all, here or for the whole API.
    #[default]
    Undeclared,
    /// It says that no credential is needed.
    Open,
    /// A credential may be given and is not needed (`{}` among the requirements).
    Optional(Vec<Requirement>),
    /// One of these must be met.
    Required(Vec<Requirement>),
}

/// A line in a file of the description. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourcePlace {
    /// The file's path or address as the user gave it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
}

/// How we came to know of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A description names it.
    Described,
    /// It was found by asking.
    Discovered,
}

/// Which root of a graph a field hangs from (GraphQL October 2021, section 3.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GraphRoot {
    /// It reads, by the words of the specification (section 6.2.1).
    Query,
    /// It writes (section 6.2.2).
    Mutation,
}

/// What an API can be asked to do: a method on a path template, or one field of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Method and template.
    pub id: OperationId,
    /// The method.
    pub method: Method,
    /// The template, from the root of the server, such as `/v1/orders/{orderId}`.
    pub path: String,
    /// `operationId`
    pub name: Option<String>,
    /// A person's line about it.
    pub summary: Option<String>,
    /// Groups it belongs to.
    pub tags: Vec<String>,
    /// Inputs outside the body.
    pub parameters: Vec<Parameter>,
    /// Ways to send a body; empty when it takes none.
    pub body: Vec<Media>,
    /// Whether it cannot be called without a body.
    pub body_required: bool,
    /// Promised answers.
    pub answers: Vec<AnswerShape>,
    /// Who may call it, by the description.
    pub security: Security,
    /// Roles named by `x-role`, `x-roles`, `x-required-role` or a like extension.
    pub roles: Vec<String>,
    /// Whether it is marked as deprecated.
    pub deprecated: bool,
    /// The date it is to end, by `x-sunset`, when that is a date (RFC 8594 semantics).
    pub sunset: Option<String>,
    /// Where the description names it.
    pub described_at: Option<SourcePlace>,
    /// How we know of it.
    pub origin: Origin,
    /// The root it hangs from, when it is a field of a graph. Its path is then that of the graph with
    /// the field's name after `#/`: `/graphql#/orders`.
    pub graph: Option<GraphRoot>,
}

impl Operation {
    /// An operation of which nothing is known but method and path.
    pub fn discovered(method: Method, path: impl Into<String>) -> Self {
        let path = path.into();
        Self {
            id: OperationId::new(&method, &path),
            method,
            path,
            name: None,
            summary: None,
            tags: Vec::new(),
            parameters: Vec::new(),
            body: Vec::new(),
            body_required: false,
            answers: Vec::new(),
            security: Security::Undeclared,
            roles: Vec::new(),
            deprecated: false,
            sunset: None,
            described_at: None,
            origin: Origin::Discovered,
            graph: None,
        }
    }

    /// Whether asking promises to change nothing: a GET, or a query of a graph.
    pub fn is_read(&self) -> bool {
        self.method == Method::Get || self.graph == Some(GraphRoot::Query)
    }

    /// Its path parameters, in the order of the template.
    pub fn path_parameters(&self) -> impl Iterator<Item = &str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_names_its_parameters_in_order() {
        let operation = Operation::discovered(Method::Get, "/a/{x}/b/{y}.json");
        assert_eq!(operation.path_parameters().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(operation.id.0, "GET /a/{x}/b/{y}.json");
    }

    #[test]
    fn methods_are_written_as_on_the_wire() {
        assert_eq!(serde_json::to_string(&Method::Get).unwrap(), "\"GET\"");
        assert_eq!(serde_json::to_string(&Method::parse("purge")).unwrap(), "\"PURGE\"");
        assert_eq!(serde_json::from_str::<Method>("\"PURGE\"").unwrap(), Method::parse("PURGE"));
    }
}
