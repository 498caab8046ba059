//! Where each value of a request travels: path, query, headers, cookies.
//!
//! In scope: styles and `explode` (OpenAPI 3.1, 4.8.12.3, which follows RFC 6570) with percent-encoding
//! (RFC 3986). Out of scope: bodies, credentials, the server's own path: put
//! [`Catalog::base_path`](crate::Catalog::base_path) in front of [`RequestLine::path`].

use avouch_model::operation::{Operation, Parameter, Place, Style};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything but the unreserved characters (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What of a request comes from its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestLine {
    /// The operation's path with every parameter filled in; begins with a slash.
    pub path: String,
    /// The query without its question mark; empty when there is none.
    pub query: String,
    /// Names and values of headers. Values are made safe to send: no control characters.
    pub headers: Vec<(String, String)>,
    /// Names and values of cookies, percent-encoded.
    pub cookies: Vec<(String, String)>,
}

impl RequestLine {
    /// Path and query as they stand in the request.
    pub fn target(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }
}

/// Why a request cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// A path cannot have a gap.
    #[error("the path parameter `{name}` has no value")]
    PathValueMissing {
        /// The parameter's name.
        name: String,
    },
    /// An empty value would be the path of another operation.
    #[error("the path parameter `{name}` is empty")]
    PathValueEmpty {
        /// The parameter's name.
        name: String,
    },
    /// `.` and `..` are taken out of a path by whoever reads it (RFC 3986, section 5.2.4).
    #[error("the path parameter `{name}` would make a dot segment")]
    DotSegment {
        /// The parameter's name.
        name: String,
    },
}

/// Writes values as an operation's parameters say. A value for a parameter that the operation does not
/// have is written in the usual style of its place; one for the path that the template does not have is
/// left out. A parameter without a value is left out, unless it is in the path.
pub fn compose(
    operation: &Operation,
    values: &BTreeMap<(Place, String), Value>,
) -> Result<RequestLine, ComposeError> {
    let mut line = RequestLine { path: path(operation, values)?, ..RequestLine::default() };
    let mut query = Vec::new();
    for ((place, name), value) in values {
        let parameter = described(operation, *place, name);
        match place {
            Place::Path => (),
            Place::Query => query.extend(pairs(&parameter, value)),
            Place::Header => {
                line.headers.push((name.clone(), header_value(&simple(&parameter, value, plain))));
            }
            Place::Cookie => {
                let pairs = pairs(&parameter, value);
                let cookies = pairs.iter().filter_map(|pair| pair.split_once('='));
                line.cookies.extend(cookies.map(|(n, v)| (n.to_owned(), v.to_owned())));
            }
        }
    }
    line.query = query.join("&");
    Ok(line)
}

/// The described parameter, else one in the usual style of the place.
fn described(operation: &Operation, place: Place, name: &str) -> Parameter {
    let known = operation.parameters.iter().find(|p| p.place == place && p.name == name);
    known.cloned().unwrap_or_else(|| {
        let in_path = matches!(place, Place::Path | Place::Header);
        Parameter {
            name: name.to_owned(),
            place,
            required: false,
            schema: Arc::default(),
            style: if in_path { Style::Simple } else { Style::Form },
            explode: !in_path,
            examples: Vec::new(),
            description: None,
        }
    })
}

fn path(
    operation: &Operation,
    values: &BTreeMap<(Place, String), Value>,
) -> Result<String, ComposeError> {
    let mut path = String::new();
    for segment in operation.path.split_inclusive('/') {
        let mut filled = String::new();
        let mut filled_by = None;
        for piece in crate::template::pieces(segment) {
            match piece {
                crate::template::Piece::Literal(text) => filled.push_str(text),
                crate::template::Piece::Parameter(name) => {
                    filled.push_str(&path_value(operation, values, name)?);
                    filled_by = Some(name);
                }
            }
        }
        if let (Some(name), "." | "..") = (filled_by, filled.trim_end_matches('/')) {
            return Err(ComposeError::DotSegment { name: name.to_owned() });
        }
        path.push_str(&filled);
    }
    Ok(path)
}

fn path_value(
    operation: &Operation,
    values: &BTreeMap<(Place, String), Value>,
    name: &str,
) -> Result<String, ComposeError> {
    let value = values.get(&(Place::Path, name.to_owned()));
    let value = value.ok_or_else(|| ComposeError::PathValueMissing { name: name.to_owned() })?;
    let parameter = described(operation, Place::Path, name);
    let written = match parameter.style {
        Style::Label => label(&parameter, value),
        Style::Matrix => matrix(&parameter, value),
        _ => simple(&parameter, value, encoded),
    };
    if written.is_empty() {
        return Err(ComposeError::PathValueEmpty { name: name.to_owned() });
    }
    Ok(written)
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn plain(text: &str) -> String {
    text.to_owned()
}

/// A value that is not a list or object, as text; one that is, inside another, as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `3,4` or `a,3,b,4`, exploded `3,4` or `a=3,b=4`.
fn simple(parameter: &Parameter, value: &Value, write: fn(&str) -> String) -> String {
    listed(value, ",", parameter.explode, write)
}

/// Items, or names and values, between separators.
fn listed(value: &Value, separator: &str, explode: bool, write: fn(&str) -> String) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| write(&text(item))).collect();
            items.join(separator)
        }
        Value::Object(entries) => {
            let between = if explode { "=" } else { separator };
            let pair = |(name, value): (&String, &Value)| {
                format!("{}{between}{}", write(name), write(&text(value)))
            };
            entries.iter().map(pair).collect::<Vec<_>>().join(separator)
        }
        one => write(&text(one)),
    }
}

/// `.3,4` or `.a,3,b,4`, exploded `.3.4` or `.a=3.b=4` (RFC 6570, section 3.2.5).
fn label(parameter: &Parameter, value: &Value) -> String {
    let separator = if parameter.explode { "." } else { "," };
    format!(".{}", listed(value, separator, parameter.explode, encoded))
}

/// `;id=3,4`, exploded `;id=3;id=4` or `;a=3;b=4`.
fn matrix(parameter: &Parameter, value: &Value) -> String {
    let name = encoded(&parameter.name);
    let pairs: Vec<_> = match value {
        Value::Array(items) if parameter.explode => {
            items.iter().map(|item| format!(";{name}={}", encoded(&text(item)))).collect()
        }
        Value::Object(entries) if parameter.explode => entries
            .iter()
            .map(|(name, value)| format!(";{}={}", encoded(name), encoded(&text(value))))
            .collect(),
        other => vec![format!(";{name}={}", listed(other, ",", false, encoded))],
    };
    pairs.concat()
}

/// `name=value` pairs of the query or of cookies. An empty list is no pair at all.
fn pairs(parameter: &Parameter, value: &Value) -> Vec<String> {
    let name = encoded(&parameter.name);
    match value {
        Value::Array(items) if items.is_empty() => Vec::new(),
        Value::Object(entries) if entries.is_empty() => Vec::new(),
        Value::Object(entries) if parameter.style == Style::DeepObject => {
            let mut pairs = Vec::new();
            for (key, value) in entries {
                deep(&format!("{name}%5B{}%5D", encoded(key)), value, &mut pairs);
            }
            pairs
        }
        Value::Array(items) if parameter.explode => {
            items.iter().map(|item| format!("{name}={}", encoded(&text(item)))).collect()
        }
        Value::Object(entries) if parameter.explode => entries
            .iter()
            .map(|(key, value)| format!("{}={}", encoded(key), encoded(&text(value))))
            .collect(),
        other => {
            let separator = match parameter.style {
                Style::SpaceDelimited => "%20",
                Style::PipeDelimited => "%7C",
                _ => ",",
            };
            vec![format!("{name}={}", listed(other, separator, false, encoded))]
        }
    }
}

/// `name[a][b]=3`: one level is in the standard, further ones are what servers make of it.
fn deep(name: &str, value: &Value, pairs: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                deep(&format!("{name}%5B{}%5D", encoded(key)), value, pairs);
            }
        }
        Value::Array(items) => {
            for item in items {
                pairs.push(format!("{name}={}", encoded(&text(item))));
            }
        }
        one => pairs.push(format!("{name}={}", encoded(&text(one)))),
    }
}

/// A header's value without control characters and without blanks at its ends (RFC 9110, 5.5).
fn header_value(text: &str) -> String {
    let safe: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    safe.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::operation::Method;
    use serde_json::json;

    fn written(place: Place, style: Style, explode: bool, value: Value) -> String {
        let path = if place == Place::Path { "/a/{color}" } else { "/a" };
        let mut operation = Operation::discovered(Method::Get, path);
        let parameter = described(&operation, place, "color");
        operation.parameters.push(Parameter { style, explode, ..parameter });
        let values = BTreeMap::from([((place, "color".to_owned()), value)]);
        let line = compose(&operation, &values).unwrap();
        match place {
            Place::Path => line.path.trim_start_matches("/a/").to_owned(),
            Place::Query => line.query,
            Place::Header => line.headers[0].1.clone(),
            Place::Cookie => {
                line.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(";")
            }
        }
    }

    /// The examples of OpenAPI 3.1, 4.8.12.3, reserved characters percent-encoded.
    #[test]
    fn styles_write_as_the_standard_shows() {
        use Place::{Cookie, Header, Path, Query};
        use Style::{DeepObject, Form, Label, Matrix, PipeDelimited, Simple, SpaceDelimited};
        let list = || json!(["blue", "black"]);
        let object = || json!({"R": 100, "G": 200});
        for (place, style, explode, value, expected) in [
            (Path, Simple, false, json!("blue"), "blue"),
            (Path, Simple, false, list(), "blue,black"),
            (Path, Simple, false, object(), "R,100,G,200"),
            (Path, Simple, true, object(), "R=100,G=200"),
            (Path, Label, false, json!("blue"), ".blue"),
            (Path, Label, false, list(), ".blue,black"),
            (Path, Label, true, list(), ".blue.black"),
            (Path, Label, true, object(), ".R=100.G=200"),
            (Path, Matrix, false, json!("blue"), ";color=blue"),
            (Path, Matrix, false, list(), ";color=blue,black"),
            (Path, Matrix, true, list(), ";color=blue;color=black"),
            (Path, Matrix, false, object(), ";color=R,100,G,200"),
            (Path, Matrix, true, object(), ";R=100;G=200"),
            (Query, Form, true, json!("blue"), "color=blue"),
            (Query, Form, false, list(), "color=blue,black"),
            (Query, Form, true, list(), "color=blue&color=black"),
            (Query, Form, false, object(), "color=R,100,G,200"),
            (Query, Form, true, object(), "R=100&G=200"),
            (Query, SpaceDelimited, false, list(), "color=blue%20black"),
            (Query, PipeDelimited, false, list(), "color=blue%7Cblack"),
            (Query, DeepObject, true, object(), "color%5BR%5D=100&color%5BG%5D=200"),
            (Header, Simple, false, list(), "blue,black"),
            (Header, Simple, true, object(), "R=100,G=200"),
            (Cookie, Form, false, json!("a b;c"), "color=a%20b%3Bc"),
        ] {
            assert_eq!(written(place, style, explode, value), expected, "{style:?} {explode}");
        }
    }

    #[test]
    fn a_value_cannot_leave_its_place() {
        let simple = |value| written(Place::Path, Style::Simple, false, json!(value));
        assert_eq!(simple("a/../b?c#d%"), "a%2F..%2Fb%3Fc%23d%25");
        assert_eq!(simple("ü"), "%C3%BC");
        let query = written(Place::Query, Style::Form, true, json!("a&b=c+d"));
        assert_eq!(query, "color=a%26b%3Dc%2Bd");
        let header = written(Place::Header, Style::Simple, false, json!("a\r\nX-Evil: 1"));
        assert_eq!(header, "a  X-Evil: 1");
    }

    #[test]
    fn a_path_with_a_gap_or_a_dot_segment_is_refused() {
        let operation = Operation::discovered(Method::Get, "/a/{id}/b");
        let with = |value: Value| {
            compose(&operation, &BTreeMap::from([((Place::Path, "id".to_owned()), value)]))
        };
        let name = || "id".to_owned();
        let missing = compose(&operation, &BTreeMap::new());
        assert_eq!(missing, Err(ComposeError::PathValueMissing { name: name() }));
        assert_eq!(with(json!("")), Err(ComposeError::PathValueEmpty { name: name() }));
        assert_eq!(with(json!("..")), Err(ComposeError::DotSegment { name: name() }));
        assert_eq!(with(json!(7)).unwrap().target(), "/a/7/b");
    }

    #[test]
    fn values_nobody_described_are_written_in_the_usual_style() {
        let operation = Operation::discovered(Method::Get, "/a");
        let values = BTreeMap::from([
            ((Place::Query, "q".to_owned()), json!([1, 2])),
            ((Place::Query, "none".to_owned()), json!([])),
            ((Place::Path, "id".to_owned()), json!(1)),
        ]);
        assert_eq!(compose(&operation, &values).unwrap().target(), "/a?q=1&q=2");
    }
}
