//! `[guard.validate]`

use super::Mode;
use serde::Deserialize;

/// What of a request has to be as described.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Validate {
    /// Whether what is refused is refused.
    pub mode: Mode,
    /// Properties of a body that its schema does not name and does not expressly allow.
    pub unknown_properties: Unknown,
    /// Parameters of the query that are not described.
    pub unknown_query: Unknown,
    /// Properties that the description marks as read-only.
    pub read_only: Unknown,
    /// Bodies of media types that can only be forwarded, such as XML: they pass as they are.
    pub opaque_bodies: Opaque,
    /// How large and how deep bodies may be.
    pub bounds: Bounds,
}

/// What becomes of what is not described.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// The request is refused.
    #[default]
    Refuse,
    /// It passes.
    Allow,
}

/// What becomes of a body that is described and cannot be read here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Opaque {
    /// It passes without being looked at, up to the greatest size. The description asks for it.
    #[default]
    Allow,
    /// The request is refused.
    Refuse,
}

/// How large and how deep bodies may be, whatever the description says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// Bytes of a body, where the operation's settings say nothing else. What is admitted at all is the
    /// most.
    pub body_bytes_max: u64,
    /// Lists and objects that may stand in each other. At most [`DEPTH_MAX`].
    pub depth_max: usize,
    /// Bytes of one text.
    pub string_bytes_max: usize,
    /// Items of one list.
    pub array_items_max: usize,
    /// Properties of one object.
    pub properties_max: usize,
    /// Parts of a form.
    pub form_parts_max: usize,
}

/// Deeper than this a body is refused whatever the settings say: reading it takes the stack.
// LIMIT: 128 levels.
pub const DEPTH_MAX: usize = 128;

impl Default for Bounds {
    fn default() -> Self {
        Self {
            body_bytes_max: 1024 * 1024,
            depth_max: 32,
            string_bytes_max: 256 * 1024,
            array_items_max: 10_000,
            properties_max: 1_000,
            form_parts_max: 200,
        }
    }
}
