//! Media types (RFC 9110, section 8.3.1).

/// The type of a body as its header says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MediaType {
    /// Type and subtype, in lower case.
    pub(crate) essence: String,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Reads a header's value; `None` when it is no media type.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // LIMIT: 1,000 bytes.
        const BYTES_MAX: usize = 1_000;
        if text.len() > BYTES_MAX {
            return None;
        }
        let mut parts = text.split(';');
        let essence = parts.next()?.trim().to_ascii_lowercase();
        let (kind, subtype) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let mut parameters: Vec<(String, String)> = Vec::new();
        for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=')?;
            let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
            let name = name.to_ascii_lowercase();
            // Of two, one reader takes the first and another the last.
            if !is_token(&name) || parameters.iter().any(|(known, _)| *known == name) {
                return None;
            }
            parameters.push((name, value.to_owned()));
        }
        Some(Self { essence, parameters })
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is text in UTF-8, as far as it says.
    pub(crate) fn is_utf8(&self) -> bool {
        self.parameter("charset").is_none_or(|charset| {
            charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("us-ascii")
        })
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// How well a described type, which may be a range, names this one: 2 exactly, 1 by its type, 0 as
/// anything.
pub(crate) fn fits(described: &str, essence: &str) -> Option<u8> {
    let described = described.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if described == essence {
        return Some(2);
    }
    if described == "*/*" {
        return Some(0);
    }
    let kind = described.strip_suffix("/*")?;
    essence.strip_prefix(kind).is_some_and(|rest| rest.starts_with('/')).then_some(1)
}

/// Whether it is JSON (RFC 8259, RFC 6839).
pub(crate) fn is_json(essence: &str) -> bool {
    essence.ends_with("/json") || essence.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_and_ranges_name_them() {
        let json = MediaType::parse("Application/JSON; charset=\"UTF-8\"").unwrap();
        assert_eq!(json.essence, "application/json");
        assert!(json.is_utf8());
        assert!(!MediaType::parse("application/json;charset=utf-16").unwrap().is_utf8());
        for wrong in ["", "json", "a/b/c", "a/b;x", "a /b", "a/b;c=1;C=2", "a/b, c/d"] {
            assert_eq!(MediaType::parse(wrong), None, "{wrong}");
        }
        assert_eq!(fits("application/json; charset=utf-8", "application/json"), Some(2));
        assert_eq!(fits("application/*", "application/json"), Some(1));
        assert_eq!(fits("*/*", "application/json"), Some(0));
        assert_eq!(fits("app/*", "application/json"), None);
        assert!(is_json("application/problem+json") && !is_json("application/jsonp"));
    }
}
