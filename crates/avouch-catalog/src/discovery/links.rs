//! Addresses an answer names: in its JSON and in its `Link` headers.
//!
//! In scope: HAL, JSON:API, JSON-LD and plain texts that are addresses. Only addresses of the same
//! origin are given back: what is elsewhere is not the target. Out of scope: following them.

use super::bounds::{ADDRESS_BYTES_MAX, FOUND_MAX, beginning};
use serde_json::Value;
use url::Url;

/// Values of one answer that are looked at.
// LIMIT: 200,000 values.
const VALUES_MAX: usize = 200_000;

/// One link of a `Link` header (RFC 8288).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads; of the same origin.
    pub url: Url,
    /// Its relation types, in lower case.
    pub relations: Vec<String>,
}

/// Joins an address to a base and gives it back when it is of the same origin, without fragment.
pub fn same_origin(base: &Url, address: &str) -> Option<Url> {
    if address.len() > ADDRESS_BYTES_MAX || address.chars().any(char::is_control) {
        return None;
    }
    let mut url = base.join(address).ok()?;
    url.set_fragment(None);
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && url.has_host() && url.origin() == base.origin()).then_some(url)
}

/// Addresses of the same origin in an answer, each once, in the order of the answer.
///
/// Under a name that says so (`href`, `url`, `next` …, anything in `_links` or `links`) a relative
/// address counts; elsewhere only a text that begins with a slash or with the origin.
pub fn in_json(answer: &Value, base: &Url) -> Vec<Url> {
    let mut found = Vec::new();
    let mut open = vec![(answer, false)];
    let mut looked_at = 0;
    while let Some((value, is_link)) = open.pop() {
        looked_at += 1;
        if looked_at > VALUES_MAX || found.len() >= FOUND_MAX {
            break;
        }
        match value {
            Value::String(text) => {
                if let Some(url) = address(text, is_link, base).filter(|url| !found.contains(url)) {
                    found.push(url);
                }
            }
            Value::Array(items) => open.extend(items.iter().rev().map(|item| (item, is_link))),
            Value::Object(entries) => {
                let inside = entries.iter().rev();
                open.extend(inside.map(|(name, value)| (value, says_link(name, is_link, value))));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => (),
        }
    }
    found
}

/// Whether a name says that its value is an address. Inside `_links` a link is a text, or an object
/// whose `href` is; its other texts (`title`, `type`) are none.
fn says_link(name: &str, inside_links: bool, value: &Value) -> bool {
    const NAMES: [&str; 14] = [
        "href", "url", "uri", "link", "links", "_links", "next", "prev", "previous", "first",
        "last", "self", "related", "@id",
    ];
    const NO_ADDRESS: [&str; 9] =
        ["title", "type", "name", "rel", "method", "hreflang", "deprecation", "profile", "meta"];
    let lower = name.to_ascii_lowercase();
    let ends = ["_url", "_uri", "_href", "_link"].iter().any(|end| lower.ends_with(end));
    let ends = ends || name.ends_with("Url") || name.ends_with("Uri") || name.ends_with("Link");
    NAMES.contains(&&*lower)
        || ends
        || inside_links && (value.is_object() || value.is_array() || !NO_ADDRESS.contains(&&*lower))
}

fn address(text: &str, is_link: bool, base: &Url) -> Option<Url> {
    let text = text.trim();
    // `{?page}` of a templated link (RFC 6570) stands at the end; what stands before it leads somewhere.
    let text = text.split(['{']).next().unwrap_or_default();
    let absolute =
        text.starts_with('/') || text.starts_with("http://") || text.starts_with("https://");
    let spoken = text.is_empty() || text.contains(char::is_whitespace);
    if spoken || !(absolute || is_link) {
        return None;
    }
    same_origin(base, text)
}

/// Links of the same origin in the value of a `Link` header (RFC 8288, section 3).
pub fn in_header(value: &str, base: &Url) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = beginning(value);
    while let Some((_, after)) = rest.split_once('<') {
        let Some((target, after)) = after.split_once('>') else { break };
        let end = end_of_parameters(after);
        let parameters = after.get(..end).unwrap_or_default();
        rest = after.get(end..).unwrap_or_default();
        if links.len() >= FOUND_MAX {
            break;
        }
        if let Some(url) = same_origin(base, target.trim()) {
            links.push(Link { url, relations: relations(parameters) });
        }
    }
    links
}

/// Where the next link begins: at a comma outside of quotes.
fn end_of_parameters(text: &str) -> usize {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => return at,
            _ => (),
        }
    }
    text.len()
}

fn relations(parameters: &str) -> Vec<String> {
    let named = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let rel =
        named.filter(|(name, _)| name.trim().eq_ignore_ascii_case("rel")).map(|(_, v)| v).next();
    let rel = rel.unwrap_or_default().trim().trim_matches('"');
    rel.split_ascii_whitespace().map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn base() -> Url {
        Url::parse("https://shop.example/api/orders?page=1").unwrap()
    }

    fn shown(urls: &[Url]) -> Vec<&str> {
        urls.iter().map(Url::as_str).collect()
    }

    #[test]
    fn addresses_of_usual_forms_are_found() {
        let answer = json!({
            "_links": {"self": {"href": "/api/orders"}, "next": {"href": "orders?page=2", "title": "x"}},
            "data": [{"links": {"self": "https://shop.example/api/orders/7"}, "note": "n/a"}],
            "avatar_url": "images/7", "text": "see /api/x for more", "path": "/api/hidden",
            "find": {"href": "/api/find{?q}"},
            "elsewhere": "https://other.example/api", "evil": {"url": "javascript:alert(1)"}
        });
        assert_eq!(
            shown(&in_json(&answer, &base())),
            [
                "https://shop.example/api/orders",
                "https://shop.example/api/orders?page=2",
                "https://shop.example/api/orders/7",
                "https://shop.example/api/images/7",
                "https://shop.example/api/hidden",
                "https://shop.example/api/find",
            ]
        );
    }

    #[test]
    fn link_headers_are_read_with_quotes_and_commas() {
        let value = r#"</api/a?x=1,2>; rel="next last"; title="a, b", <https://x.example/>; rel=self, <b>;rel=Self"#;
        let links = in_header(value, &base());
        let shown: Vec<_> =
            links.iter().map(|link| (link.url.path(), link.relations.join(" "))).collect();
        let expected = [("/api/a", "next last".to_owned()), ("/api/b", "self".to_owned())];
        assert_eq!(shown, expected);
    }

    #[test]
    fn an_address_with_credentials_or_another_origin_is_not_ours() {
        for address in [
            "https://a:b@shop.example/",
            "http://shop.example/",
            "https://shop.example:8443/",
            "//x.example/",
        ] {
            assert_eq!(same_origin(&base(), address), None, "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_header_panics(value in ".{0,200}") {
            let _ = in_header(&value, &base());
        }
    }
}
