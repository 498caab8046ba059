//! Forms as bodies: `application/x-www-form-urlencoded`.

use super::written::{self, Written};

/// A form as a JSON object; `None` when it is malformed, has too many fields, or repeats one.
pub(super) fn as_json(written: &Written, body: &str, fields_max: usize) -> Option<String> {
    let pairs = written::pairs(body, fields_max)?;
    let named: &[(String, Written)] = match written {
        Written::Object(named) => named,
        Written::Scalar(_) | Written::List(_) => &[],
    };
    let mut json = String::with_capacity(body.len() + 16);
    written::object(named, &pairs, &mut json).then_some(json)
}
