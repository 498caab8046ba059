//! Bodies that are forms: written, read, and changed in one field.
//!
//! In scope: `application/x-www-form-urlencoded` and the text fields of `multipart/form-data`
//! (RFC 7578). Out of scope: multipart bodies that are not ours; what files hold.

use crate::step::Request;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};

/// What may stand unescaped in a form's value.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What stands between the parts of our multipart bodies.
const BOUNDARY: &str = "----avouch-form-part";

/// How a form is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `a=1&b=2`
    Encoded,
    /// Parts between boundaries.
    Multipart,
}

impl Form {
    /// The form a media type stands for; `None` when it is none.
    pub fn of(media_type: &str) -> Option<Self> {
        let lower = media_type.to_ascii_lowercase();
        if lower.contains("x-www-form-urlencoded") {
            Some(Self::Encoded)
        } else if lower.contains("multipart/form-data") {
            Some(Self::Multipart)
        } else {
            None
        }
    }

    /// The form a request's body is.
    pub fn of_request(request: &Request) -> Option<Self> {
        let is_type = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("content-type");
        request.headers.iter().find(is_type).and_then(|(_, value)| Self::of(value))
    }

    /// The request with those fields as its body.
    pub fn put(self, request: Request, fields: &[(String, String)]) -> Request {
        let (media_type, body) = match self {
            Self::Encoded => {
                let spelt = |text: &String| utf8_percent_encode(text, PLAIN).to_string();
                let pairs: Vec<String> =
                    fields.iter().map(|(n, v)| format!("{}={}", spelt(n), spelt(v))).collect();
                ("application/x-www-form-urlencoded".to_owned(), pairs.join("&"))
            }
            Self::Multipart => {
                let part = |(name, value): &(String, String)| {
                    let name = name.replace(['"', '\r', '\n'], "");
                    format!(
                        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                    )
                };
                let parts: String = fields.iter().map(part).collect();
                (
                    format!("multipart/form-data; boundary={BOUNDARY}"),
                    format!("{parts}--{BOUNDARY}--\r\n"),
                )
            }
        };
        let mut request = request.header("content-type", media_type);
        request.body = Some(body);
        request
    }

    /// The fields of a body that [`Form::put`] wrote.
    pub fn fields(self, body: &str) -> Vec<(String, String)> {
        match self {
            Self::Encoded => {
                let pairs = body.split('&').filter(|pair| !pair.is_empty());
                pairs
                    .map(|pair| {
                        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                        (decoded(name), decoded(&value.replace('+', " ")))
                    })
                    .collect()
            }
            Self::Multipart => body
                .split(&format!("--{BOUNDARY}"))
                .filter_map(|part| {
                    let (head, value) = part.split_once("\r\n\r\n")?;
                    let name = head.split_once("name=\"")?.1.split('"').next()?;
                    Some((name.to_owned(), value.strip_suffix("\r\n").unwrap_or(value).to_owned()))
                })
                .collect(),
        }
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The fields an object stands for: one a member, lists as their first item.
pub fn fields_of(members: &Map<String, Value>) -> Vec<(String, String)> {
    members.iter().map(|(name, value)| (name.clone(), text_of(value))).collect()
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(items) => items.first().map(text_of).unwrap_or_default(),
        other => other.to_string(),
    }
}

/// The name of the field a JSON Pointer stands for in a form.
fn field_of(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace("~1", "/").replace("~0", "~")
}

/// What the field holds.
pub fn value_in(request: &Request, form: Form, pointer: &str) -> Option<String> {
    let name = field_of(pointer);
    let fields = form.fields(request.body.as_deref()?);
    fields.into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
}

/// The request with that text in the field, which is added when it is not there.
pub fn with_value(request: &Request, form: Form, pointer: &str, value: &str) -> Request {
    let name = field_of(pointer);
    let mut fields = form.fields(request.body.as_deref().unwrap_or_default());
    match fields.iter_mut().find(|(field, _)| *field == name) {
        Some((_, held)) => value.clone_into(held),
        None => fields.push((name, value.to_owned())),
    }
    form.put(request.clone(), &fields)
}

/// The request without that field.
pub fn without(request: &Request, form: Form, pointer: &str) -> Request {
    let name = field_of(pointer);
    let mut fields = form.fields(request.body.as_deref().unwrap_or_default());
    fields.retain(|(field, _)| *field != name);
    form.put(request.clone(), &fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::operation::Method;

    #[test]
    fn what_is_put_into_a_form_is_found_again() {
        for form in [Form::Encoded, Form::Multipart] {
            let fields = [("a b".to_owned(), "1 & 2".to_owned()), ("c".to_owned(), "x\ny".into())];
            let request = form.put(Request::new(Method::Post, "/x"), &fields);
            assert_eq!(Form::of_request(&request), Some(form));
            assert_eq!(form.fields(request.body.as_deref().unwrap()), fields);
            let changed = with_value(&request, form, "/c", "it's = odd");
            assert_eq!(value_in(&changed, form, "/c").as_deref(), Some("it's = odd"));
            assert_eq!(value_in(&changed, form, "/a b").as_deref(), Some("1 & 2"));
            let more = with_value(&request, form, "/new", "z");
            assert_eq!(value_in(&more, form, "/new").as_deref(), Some("z"));
        }
    }
}
