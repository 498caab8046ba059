//! Text for SARIF: what its readers would take for a link, a placeholder or an address.

use crate::text;
use serde::Serialize;
use std::fmt::Write as _;

/// A text a person reads (SARIF 2.1.0, section 3.11).
#[derive(Debug, Serialize)]
pub(super) struct Message {
    text: String,
}

impl Message {
    /// A message of which nothing is a link or a placeholder.
    pub(super) fn plain(text: &str) -> Self {
        Self { text: plain(text) }
    }
}

/// The text with acting characters made visible; never empty, as the standard asks.
pub(super) fn visible_text(text: &str) -> String {
    let visible = text::visible(text).into_owned();
    if visible.is_empty() { "(nothing)".to_owned() } else { visible }
}

/// Escapes what would be a link, `[text](target)`, or a placeholder, `{0}`.
fn plain(text: &str) -> String {
    let visible = visible_text(text);
    let linked = visible.contains("](");
    let mut plain = String::with_capacity(visible.len());
    let numbered = has_numbered_placeholder(&visible);
    for c in visible.chars() {
        match c {
            '[' | ']' | '\\' if linked => plain.extend(['\\', c]),
            '{' | '}' if numbered => plain.extend([c, c]),
            c => plain.push(c),
        }
    }
    plain
}

fn has_numbered_placeholder(text: &str) -> bool {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .any(|(inner, _)| !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A file's path or address as a URI reference (RFC 3986): an absolute path becomes a `file` URI,
/// what may not stand in a URI is percent-encoded.
pub(super) fn uri(file: &str) -> String {
    let path = file.replace('\\', "/");
    let windows_drive = path.get(1..3) == Some(":/");
    let addressed =
        ["http://", "https://", "file://"].iter().any(|scheme| path.starts_with(scheme));
    let mut uri = String::new();
    if windows_drive {
        uri.push_str("file:///");
    } else if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'?' | b'#' | b'%' | b':' if addressed => uri.push(char::from(byte)),
            b':' if windows_drive => uri.push(':'),
            b'/' | b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'(' | b')' | b'*' | b'+'
            | b',' | b';' | b'=' | b'@' => uri.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            byte => _ = write!(uri, "%{byte:02X}"),
        }
    }
    if uri.is_empty() { "unnamed".to_owned() } else { uri }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_numbered_placeholders_of_others_are_escaped() {
        assert_eq!(plain("see [x](http://evil)"), "see \\[x\\](http://evil)");
        assert_eq!(plain("a {0} in GET /x/{id}"), "a {{0}} in GET /x/{{id}}");
        assert_eq!(plain("GET /x/{id}[0]"), "GET /x/{id}[0]");
        assert_eq!(plain(""), "(nothing)");
    }

    #[test]
    fn paths_become_addresses() {
        assert_eq!(uri("api/shop openapi.yaml"), "api/shop%20openapi.yaml");
        assert_eq!(uri("/srv/a#b.yaml"), "file:///srv/a%23b.yaml");
        assert_eq!(uri("C:\\api\\x.json"), "file:///C:/api/x.json");
        assert_eq!(uri("https://x.test/a?b=c%20d"), "https://x.test/a?b=c%20d");
    }
}
