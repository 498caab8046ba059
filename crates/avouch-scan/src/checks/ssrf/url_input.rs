//! Which inputs a server may take an address from.

use crate::context::{Context, Input, InputPlace};
use crate::inputs::described;
use crate::oracle::leaves::plain_key;
use avouch_model::operation::Operation;
use avouch_model::schema::Kind;

/// Names of inputs that hold an address, without separators.
const NAMES: [&str; 30] = [
    "url",
    "uri",
    "link",
    "href",
    "webhook",
    "callback",
    "endpoint",
    "feed",
    "proxy",
    "fetch",
    "remote",
    "avatar",
    "image",
    "picture",
    "photo",
    "icon",
    "logo",
    "import",
    "source",
    "src",
    "target",
    "destination",
    "api",
    "site",
    "website",
    "homepage",
    "download",
    "preview",
    "mirror",
    "rss",
];
/// Endings of such names: `imageUrl`, `callback_uri`.
const ENDINGS: [&str; 8] = ["url", "uri", "href", "webhook", "callback", "endpoint", "link", "api"];
/// Whether the input, by name, format, description or usual value, takes an address.
pub(super) fn takes_address(operation: &Operation, input: &Input, usual: Option<&str>) -> bool {
    if matches!(input, Input::Parameter(InputPlace::Cookie | InputPlace::Header, _)) {
        return false;
    }
    if usual.is_some_and(|value| value.starts_with("http://") || value.starts_with("https://")) {
        return true;
    }
    let known = described(operation, input);
    if let Some((schema, said)) = known {
        if !schema.may_be(Kind::String) || !schema.allowed.is_empty() {
            return false;
        }
        match schema.format.as_deref() {
            Some("uri" | "url" | "iri" | "uri-reference") => return true,
            Some("date" | "date-time" | "uuid" | "email" | "binary" | "byte" | "password") => {
                return false;
            }
            _ => (),
        }
        let said = said.unwrap_or_default().to_ascii_lowercase();
        let mut words = said.split(|c: char| !(c.is_ascii_alphanumeric() || "/:".contains(c)));
        let address = |word: &str| {
            ["url", "uri"].contains(&word)
                || word.starts_with("http://")
                || word.starts_with("https://")
        };
        if words.any(address) {
            return true;
        }
    }
    let name = plain_key(input.name());
    NAMES.contains(&name.as_str()) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether the operation's own purpose is to be told an address that is called later.
pub(in crate::checks) fn is_for_delivery(ctx: &Context<'_>) -> bool {
    let words = ["webhook", "callback", "subscription", "notification", "hook"];
    ctx.operation.is_some_and(|operation| {
        let summary = operation.summary.as_deref().unwrap_or_default();
        let text = format!("{} {summary}", operation.path).to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    }) || ctx.input.is_some_and(|input| {
        let name = plain_key(input.name());
        words.iter().any(|word| name.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::operation::Method;

    #[test]
    fn addresses_are_known_by_name_and_value() {
        let operation = Operation::discovered(Method::Get, "/x");
        let takes = |name: &str, usual: Option<&str>| {
            let input = Input::Parameter(InputPlace::Query, name.into());
            takes_address(&operation, &input, usual)
        };
        assert!(takes("imageUrl", None));
        assert!(takes("callback_uri", None));
        assert!(takes("where", Some("https://a.example/")));
        assert!(!takes("q", Some("lamp")));
        assert!(!takes("curl_version", None));
    }
}
