//! `[[guard.own]]` and `[guard.owning]`.

use super::Mode;
use serde::Deserialize;

/// How it is known whose an object is. Of several entries that name one operation, one that holds is
/// enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// Operations on one object: patterns as in [`super::route::Operation::matches`].
    #[serde(rename = "match")]
    pub matches: Vec<String>,
    /// The operation that the API is asked by, such as `GET /orders/{orderId}`. Parameters of its path
    /// are taken from the request.
    pub ask: String,
    /// Where its answer names the owner: a JSON pointer (RFC 6901) in which `*` stands for every element.
    pub owner: Option<String>,
    /// The claim of the token that has to be the owner; without it the principal's id has to be.
    pub claim: Option<String>,
    /// Where its answer lists ids of what belongs to whoever asks: a pointer of the same kind.
    pub item: Option<String>,
    /// The parameter of the path that has to be among them; without it the last one.
    pub parameter: Option<String>,
    /// Roles that reach everybody's objects.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// What holds for all entries of `[[guard.own]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Owning {
    /// Whether what is refused is refused.
    pub mode: Mode,
    /// For how long it is remembered that somebody owns something, in milliseconds.
    pub remembered_ms: u64,
    /// How many such things are remembered.
    pub remembered_max: usize,
    /// Bytes of the API's answer that are read.
    pub answer_bytes_max: u64,
}

impl Default for Owning {
    fn default() -> Self {
        Self {
            mode: Mode::Enforce,
            remembered_ms: 5_000,
            remembered_max: 10_000,
            answer_bytes_max: 1024 * 1024,
        }
    }
}
