//! One call, as a recording shows it.

use avouch_model::operation::{Method, SourcePlace};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Bytes of one body that are looked at.
// LIMIT: 1 MiB.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Fields of one form that are kept.
// LIMIT: 256 fields.
const FIELDS_MAX: usize = 256;

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Scheme and authority, such as `https://api.example`; `None` when the recording does not say.
    pub(crate) origin: Option<String>,
    /// What the recording itself tells apart as the beginning of all paths, such as `/v1`.
    pub(crate) base: String,
    /// The rest of the path, percent-encoded; a segment such as `{id}` is a parameter.
    pub(crate) path: String,
    /// Values of those parameters.
    pub(crate) known: BTreeMap<String, String>,
    pub(crate) query: Vec<Field>,
    pub(crate) headers: Vec<Field>,
    pub(crate) body: Option<Payload>,
    pub(crate) heard: Vec<Heard>,
    pub(crate) said: Said,
    pub(crate) name: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) place: SourcePlace,
}

/// A name and a value that travelled with it.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// `None` when the recording shows none that may be used.
    pub(crate) value: Option<String>,
    /// Whether the recording itself shows that it may be left out.
    pub(crate) optional: bool,
}

/// A body.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    pub(crate) media_type: String,
    /// What it holds; `None` when its form is not one that we read.
    pub(crate) value: Option<Value>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) status: String,
    pub(crate) body: Option<Payload>,
}

/// What a recording shows of who called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// Nothing: that no credential is seen does not mean that none is needed.
    Nothing,
    /// That none is needed.
    Open,
    /// A credential. That a client sends one everywhere does not mean that each operation asks for it.
    Credential,
}

/// A body of that media type, its text read as far as it is JSON or a form.
pub(crate) fn payload(media_type: &str, text: &str) -> Payload {
    let bare = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let short = Some(text).filter(|text| text.len() <= BODY_BYTES_MAX);
    let value = match short {
        Some(text) if bare == FORM => Some(form(text)),
        // Servers and clients often call JSON something else.
        Some(text) => serde_json::from_str(text).ok(),
        None => None,
    };
    let is_json = value.is_some() && bare != FORM;
    let says_little = bare.is_empty() || bare == "text/plain" || !bare.contains('/');
    let media_type = if is_json && says_little { "application/json".to_owned() } else { bare };
    Payload { media_type: media_type.chars().take(100).collect(), value }
}

/// The media type of a form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

fn form(text: &str) -> Value {
    let pairs = url::form_urlencoded::parse(text.as_bytes()).take(FIELDS_MAX);
    let fields: Map<String, Value> =
        pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect();
    Value::Object(fields)
}
