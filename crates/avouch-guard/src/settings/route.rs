//! `[guard.route]` and `[[guard.operation]]`.

use super::Mode;
use serde::Deserialize;

/// How requests are told apart by the operation they are for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Route {
    /// Whether what is refused is refused.
    pub mode: Mode,
    /// What becomes of a request for an operation that is not described.
    pub unknown: Unknown,
    /// The path before those of the description, such as `/v1`. Without it those of the
    /// description's servers hold; a path outside of them is unknown.
    pub base_path: Option<String>,
    /// Operations that need no proof of who asks, beside those that the description says are open:
    /// patterns as in [`Operation::matches`].
    pub public: Vec<String>,
    /// What becomes of `OPTIONS` where it is not described.
    pub options: Options,
    /// Whether answers of deprecated operations say so (RFC 9745, RFC 8594).
    pub announce_deprecation: bool,
}

/// What becomes of a request for an operation that is not described.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// It is refused.
    #[default]
    Refuse,
    /// It passes and is recorded as a shadow operation. For learning what an API really has.
    Shadow,
}

/// What becomes of `OPTIONS` where it is not described.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Options {
    /// It is refused as any other method.
    #[default]
    Refuse,
    /// It is answered with the methods of the path, and not forwarded.
    Answer,
    /// It is forwarded without proof of who asks: a browser asks so before it sends a credential.
    Forward,
}

/// Settings of some operations. Of several entries that name the same operation, the later one
/// counts, setting by setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Which operations: `GET /orders/{orderId}`, or a pattern in which `*` stands for anything
    /// within a segment and `**` for anything at all, such as `* /admin/**`. A pattern that names
    /// no operation is an error.
    #[serde(rename = "match")]
    pub matches: Vec<String>,
    /// Whether nobody has to prove who they are.
    pub public: Option<bool>,
    /// Scopes of which each is needed, in place of those that the description names.
    pub scopes: Option<Vec<String>>,
    /// Roles of which one is needed, in place of those that the description names.
    pub roles: Option<Vec<String>>,
    /// Bytes that a body may have.
    pub body_bytes_max: Option<u64>,
    /// Whether the credential is forwarded.
    pub credentials_upstream: Option<bool>,
    /// Policies that only say what they would have refused, by their names.
    pub learn: Option<Vec<String>>,
}
