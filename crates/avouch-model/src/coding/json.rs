//! The view of facts as JSON, for people and for other programs.

use super::digest::{hex, unhex};
use super::reader::{EXTRA_FROM, Extra, Later};
use super::{EncodeError, FieldFacts};
use serde_json::{Map, Value, json};

/// The member with what a later version added.
pub(crate) const LATER: &str = "later";

/// Why JSON is not a fact of that kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// It is not an object.
    #[error("a fact is a JSON object")]
    Object,
    /// A member that the kind does not have.
    #[error("facts of this kind have no `{0}`")]
    Unknown(String),
    /// A field that must be there is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A field may stand there many times, so it is a list.
    #[error("`{0}` is a list")]
    List(&'static str),
    /// A value is of another form.
    #[error("`{0}` is not of its form")]
    Form(&'static str),
    /// It cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl Later {
    pub(crate) fn json(&self, map: &mut Map<String, Value>) {
        if !self.0.is_empty() {
            let extra = |extra: &Extra| json!([extra.tag, hex(&extra.value)]);
            map.insert(LATER.to_owned(), self.0.iter().map(extra).collect());
        }
    }

    pub(crate) fn of_json(value: Option<&Value>) -> Result<Self, JsonError> {
        let Some(value) = value else { return Ok(Self::default()) };
        let extra = |value: &Value| {
            let tag = u8::try_from(value.get(0)?.as_u64()?).ok()?;
            let value = unhex(value.get(1)?.as_str()?)?;
            (tag >= EXTRA_FROM).then_some(Extra { tag, value })
        };
        let values = value.as_array().ok_or(JsonError::List(LATER))?;
        let extras: Vec<Extra> =
            values.iter().map(extra).collect::<Option<_>>().ok_or(JsonError::Form(LATER))?;
        let in_order = extras.is_sorted_by_key(|extra| extra.tag);
        if in_order { Ok(Self(extras)) } else { Err(JsonError::Form(LATER)) }
    }
}

/// The object, if it has no member that the kind does not know.
pub(super) fn members<'a>(
    value: &'a Value,
    fields: &[FieldFacts],
) -> Result<&'a Map<String, Value>, JsonError> {
    let members = value.as_object().ok_or(JsonError::Object)?;
    let known = |name: &str| name == LATER || fields.iter().any(|field| field.name == name);
    match members.keys().find(|name| !known(name)) {
        Some(name) => Err(JsonError::Unknown(name.chars().take(60).collect())),
        None => Ok(members),
    }
}
