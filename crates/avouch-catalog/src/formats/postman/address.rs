//! Addresses of requests.

use super::OF_A_KIND_MAX;
use super::variables::{Piece, Variables};
use crate::node::Node;
use crate::reader::At;
use crate::recorded::{Field, secrets};
use std::collections::BTreeMap;
use url::Url;

/// An address taken apart.
#[derive(Debug, Default)]
pub(super) struct Address {
    /// `None` when a variable that nobody knows stands for it.
    pub(super) origin: Option<String>,
    /// The path that a variable at the beginning stands for.
    pub(super) base: String,
    /// The rest of the path; parameters as `{name}`.
    pub(super) path: String,
    /// Values of the parameters.
    pub(super) known: BTreeMap<String, String>,
    /// After the question mark.
    pub(super) query: Vec<Field>,
}

/// The address of a request: one text, or parts.
pub(super) fn read(request: &At, variables: &Variables) -> Option<Address> {
    if let Some(text) = request.node.text() {
        return taken_apart(text, variables, None);
    }
    let url = request.get("url")?;
    if let Some(text) = url.node.text() {
        return taken_apart(text, variables, None);
    }
    let raw = url.text("raw").filter(|raw| !raw.trim().is_empty());
    taken_apart(&raw.or_else(|| composed(&url))?, variables, Some(&url))
}

/// The address from its parts, for collections that leave out the whole.
fn composed(url: &At) -> Option<String> {
    let joined = |key: &str, between: &str| {
        let part = url.get(key)?;
        let one = |node: &Node| node.written().or_else(|| node.get("value")?.written());
        match part.node.list() {
            Some(items) => Some(items.iter().filter_map(one).collect::<Vec<_>>().join(between)),
            None => part.node.written(),
        }
    };
    let protocol = url.text("protocol").map(|protocol| format!("{protocol}://"));
    let port = url.text("port").map(|port| format!(":{port}"));
    let path = joined("path", "/").unwrap_or_default();
    let host = joined("host", ".")?;
    Some(format!(
        "{}{host}{}/{}",
        protocol.unwrap_or_default(),
        port.unwrap_or_default(),
        path.trim_start_matches('/')
    ))
}

fn taken_apart(text: &str, variables: &Variables, parts: Option<&At>) -> Option<Address> {
    let text = text.trim();
    let bare = text.split('#').next().unwrap_or_default();
    let (place, written_query) = bare.split_once('?').unwrap_or((bare, ""));
    let (head, tail) = head_and_tail(place);
    let mut address = Address::default();
    match variables.whole(head) {
        Some(head) => {
            let head = if head.contains("://") { head } else { format!("http://{head}") };
            let url = Url::parse(&head).ok();
            let url = url.filter(Url::has_host)?;
            address.origin = Some(url.origin().ascii_serialization());
            url.path().trim_end_matches('/').clone_into(&mut address.base);
        }
        None if head.contains("{{") => (),
        None => return None,
    }
    for segment in tail.split('/').filter(|segment| !segment.is_empty()) {
        address.path.push('/');
        let written = segment_of(segment, variables, &mut address.known);
        address.path.push_str(&written);
    }
    if address.path.is_empty() || tail.ends_with('/') {
        address.path.push('/');
    }
    if let Some(parts) = parts {
        for field in parts.get("variable").iter().flat_map(|list| pairs(list, variables)) {
            let value = field.value.filter(|value| secrets::may_be_used(&field.name, value));
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                address.known.insert(field.name, value);
            }
        }
        address.query = parts.get("query").map(|list| pairs(&list, variables)).unwrap_or_default();
    }
    if address.query.is_empty() {
        let pairs = url::form_urlencoded::parse(written_query.as_bytes()).take(OF_A_KIND_MAX);
        address.query =
            pairs.map(|(name, value)| variables.field(&name, Some(&value), false)).collect();
    }
    Some(address)
}

/// The part that names the server, and the path after it.
fn head_and_tail(place: &str) -> (&str, &str) {
    let after_scheme = place.find("://").map_or(0, |at| at + 3);
    match place.get(after_scheme..).and_then(|rest| rest.find('/')) {
        Some(at) => place.split_at(after_scheme + at),
        None => (place, ""),
    }
}

/// A segment as it stands in a template. What one collection writes as `:id`, another writes as
/// `{{id}}`, and what was made from `OpenAPI` sometimes as `{id}`.
fn segment_of(
    segment: &str,
    variables: &Variables,
    known: &mut BTreeMap<String, String>,
) -> String {
    if let Some(name) = segment.strip_prefix(':').filter(|name| !name.is_empty()) {
        return parameter(name);
    }
    let variable = braced(segment).and_then(braced).map(str::trim);
    if let Some(name) = variable.filter(|name| !name.contains(['{', '}'])) {
        let name = name.trim_start_matches('$');
        if let Some(value) = variables.whole(segment) {
            // A variable that only shortens the path stands for words, not for a value.
            if value.contains('/') || value.starts_with('v') && value.len() < 4 {
                return value.trim_matches('/').to_owned();
            }
            known.insert(clean(name), value);
        }
        return parameter(name);
    }
    if let Some(name) = braced(segment).filter(|name| !name.contains(['{', '}'])) {
        return parameter(name);
    }
    if secrets::is_value(segment) {
        return parameter("token");
    }
    let mut written = String::new();
    for piece in variables.pieces(segment) {
        match piece {
            Piece::Text(text) => written.push_str(&text),
            // Half a segment that is not known makes all of it a parameter.
            Piece::Unknown(name) => return parameter(&name),
        }
    }
    written.replace(['{', '}'], "")
}

fn braced(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}')
}

fn clean(name: &str) -> String {
    let plain = |c: &char| !matches!(c, '{' | '}' | '/' | '?' | '#') && !c.is_control();
    let name: String = name.chars().filter(plain).take(100).collect();
    if name.is_empty() { "id".to_owned() } else { name }
}

fn parameter(name: &str) -> String {
    format!("{{{}}}", clean(name.trim_start_matches('$')))
}

/// Names and values of a list; what is switched off may be left out.
pub(super) fn pairs(list: &At, variables: &Variables) -> Vec<Field> {
    let fields = list.items().iter().take(OF_A_KIND_MAX).filter_map(|node| {
        let pair = list.beside(node);
        let name = pair.text("key").or_else(|| pair.text("id"))?;
        let value = pair.node.get("value").and_then(Node::written);
        Some(variables.field(name.trim(), value.as_deref(), pair.is("disabled")))
    });
    fields.filter(|field| !field.name.is_empty()).collect()
}
