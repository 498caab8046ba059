//! One operation: its handler and its description side by side.

use super::call::Bound;
use crate::apis::shop::weakness::Weakness;
use axum::routing::MethodRouter;
use serde_json::Value;

/// What an operation asks for before it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Security {
    /// Nothing.
    Public,
    /// A customer's token.
    Bearer,
    /// An administrator's token.
    Admin,
    /// The export key in a header.
    Key,
    /// The export key in the query when the weakness of the route is on, else in a header.
    KeyMaybeInQuery,
}

/// A parameter of the query.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) schema: Value,
    pub(crate) required: bool,
    pub(crate) says: &'static str,
}

/// One operation of the shop.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) handler: MethodRouter<Bound>,
    pub(crate) carries: Option<Weakness>,
    /// Whether the description leaves it out.
    pub(crate) hidden: bool,
    pub(crate) summary: &'static str,
    pub(crate) security: Security,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Value>,
    pub(crate) answer: Option<Value>,
    pub(crate) status: u16,
    pub(crate) media: &'static str,
    /// Answers of other kinds that the description names.
    pub(crate) also: Vec<(u16, &'static str)>,
    /// The announced end of the operation (RFC 8594), as a day.
    pub(crate) sunset: Option<&'static str>,
}

impl Route {
    fn new(method: &'static str, path: &'static str, handler: MethodRouter<Bound>) -> Self {
        Self {
            method,
            path,
            handler,
            carries: None,
            hidden: false,
            summary: "",
            security: Security::Public,
            parameters: Vec::new(),
            body: None,
            answer: None,
            status: 200,
            media: "application/json",
            also: Vec::new(),
            sunset: None,
        }
    }

    pub(crate) fn get(path: &'static str, handler: MethodRouter<Bound>) -> Self {
        Self::new("GET", path, handler)
    }

    pub(crate) fn post(path: &'static str, handler: MethodRouter<Bound>) -> Self {
        Self::new("POST", path, handler)
    }

    pub(crate) fn delete(path: &'static str, handler: MethodRouter<Bound>) -> Self {
        Self::new("DELETE", path, handler).status(204)
    }

    /// `METHOD /template`.
    pub(crate) fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The weakness this route has when its switch is on.
    pub(crate) fn carries(mut self, weakness: Weakness) -> Self {
        self.carries = Some(weakness);
        self
    }

    /// Leaves the operation out of the description.
    pub(crate) fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    pub(crate) fn says(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    pub(crate) fn needs(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    pub(crate) fn query(mut self, name: &'static str, schema: Value, says: &'static str) -> Self {
        self.parameters.push(Parameter { name, schema, required: false, says });
        self
    }

    pub(crate) fn query_required(
        mut self,
        name: &'static str,
        schema: Value,
        says: &'static str,
    ) -> Self {
        self.parameters.push(Parameter { name, schema, required: true, says });
        self
    }

    pub(crate) fn takes(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(crate) fn answers(mut self, schema: Value) -> Self {
        self.answer = Some(schema);
        self
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn media(mut self, media: &'static str) -> Self {
        self.media = media;
        self
    }

    pub(crate) fn also(mut self, status: u16, says: &'static str) -> Self {
        self.also.push((status, says));
        self
    }

    pub(crate) fn sunset(mut self, day: &'static str) -> Self {
        self.sunset = Some(day);
        self
    }
}
