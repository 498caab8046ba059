//! What a handler gets: the request, the shop, and whether this route carries its weakness.

use super::answer::Refusal;
use super::state::{Caller, Shared};
use super::token::Leniency;
use crate::apis::shop::weakness::Weakness;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use http::{HeaderMap, Uri, header};
use serde_json::{Map, Value};
use std::sync::Arc;

/// LIMIT: bytes of a request body.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// A route bound to a shop: the state of its handler.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) shop: Shared,
    /// The weakness this route has when its switch is on. Its hardened twin has none.
    pub(crate) carries: Option<Weakness>,
    /// `METHOD /template`.
    pub(crate) key: Arc<str>,
}

/// One request, read within limits.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) shop: Shared,
    carries: Option<Weakness>,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: Bytes,
}

impl Call {
    /// Whether this route makes its mistake today.
    pub(crate) fn is_weak(&self) -> bool {
        self.carries.is_some_and(|weakness| self.shop.switches.has(weakness))
    }

    /// The signed-in caller.
    pub(crate) fn customer(&self) -> Result<Caller, Refusal> {
        self.shop.caller(&self.headers, Leniency::Strict).ok_or(Refusal::Unauthenticated)
    }

    /// The signed-in caller, or whom this route takes for one when it makes its mistake.
    pub(crate) fn customer_unless_weak(&self, mistake: Leniency) -> Result<Caller, Refusal> {
        let leniency = if self.is_weak() { mistake } else { Leniency::Strict };
        self.shop.caller(&self.headers, leniency).ok_or(Refusal::Unauthenticated)
    }

    /// The signed-in administrator.
    pub(crate) fn admin(&self) -> Result<Caller, Refusal> {
        let caller = self.customer()?;
        if caller.role == "admin" { Ok(caller) } else { Err(Refusal::Forbidden) }
    }

    /// A parameter of the path; empty if the template has none of this name.
    pub(crate) fn path(&self, name: &str) -> &str {
        find(&self.path, name).unwrap_or_default()
    }

    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// A whole number in the query, or `default` if it is absent or none.
    pub(crate) fn number(&self, name: &str, default: u64) -> u64 {
        self.query(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }

    /// The body as a JSON object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
            return Err(Refusal::Unsupported);
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(fields)) => Ok(fields),
            _ => Err(Refusal::Invalid("the body must be a JSON object")),
        }
    }
}

/// A required text of a JSON object.
pub(crate) fn required<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
    missing: &'static str,
) -> Result<&'a str, Refusal> {
    let text = fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or(Refusal::Invalid(missing))
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

impl FromRequest<Bound> for Call {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, bound: &Bound) -> Result<Self, Refusal> {
        bound.shop.counters.operation(&bound.key);
        let (mut parts, body) = request.into_parts();
        let path = RawPathParams::from_request_parts(&mut parts, bound)
            .await
            .map_err(|_| Refusal::Invalid("the path cannot be read"))?
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let Query(query) = Query::try_from_uri(&parts.uri)
            .map_err(|_| Refusal::Invalid("the query cannot be read"))?;
        let body = to_bytes(body, BODY_BYTES_MAX)
            .await
            .map_err(|_| Refusal::Invalid("the body is too long"))?;
        Ok(Self {
            shop: bound.shop.clone(),
            carries: bound.carries,
            uri: parts.uri,
            headers: parts.headers,
            path,
            query,
            body,
        })
    }
}
