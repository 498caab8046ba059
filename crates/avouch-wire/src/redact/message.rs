//! Headers and addresses.

use super::Redactor;
use super::serialized;
use super::spelling::percent_decoded;
use avouch_model::data_class::DataClass;
use avouch_model::placeholder::OPEN;
use avouch_model::recognise;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Headers whose values are made of digits and letters that mean nothing else.
const PLAIN: [&str; 10] = [
    "etag",
    "date",
    "last-modified",
    "content-length",
    "expires",
    "age",
    "if-none-match",
    "content-md5",
    "digest",
    "traceparent",
];
/// Headers that hold an address.
const ADDRESSES: [&str; 6] =
    ["location", "content-location", "referer", "origin", "x-original-url", "x-rewrite-url"];

impl Redactor {
    /// A header's value. Of a credential the scheme stays to be seen, of a cookie its name and
    /// attributes.
    pub fn header(&self, name: &str, value: &str) -> String {
        let value = self.without_forgeries(&without_encoded_forgeries(value));
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "authorization" | "proxy-authorization" => self.authorization(&value),
            "cookie" => {
                let pairs = value.split("; ").map(|pair| self.cookie(pair));
                pairs.collect::<Vec<_>>().join("; ")
            }
            "set-cookie" => match value.split_once(';') {
                Some((pair, attributes)) => {
                    format!("{};{}", self.cookie(pair), self.text(attributes))
                }
                None => self.cookie(&value),
            },
            plain if PLAIN.contains(&plain) => self.own_only(&value),
            address if ADDRESSES.contains(&address) => self.url(&value),
            _ => self.value(Some(&name), &value),
        }
    }

    /// An address: every query value and path segment is looked at in decoded form; a fragment like
    /// a query.
    pub fn url(&self, url: &str) -> String {
        let url = self.without_forgeries(&without_encoded_forgeries(url));
        let (before_fragment, fragment) = match url.split_once('#') {
            Some((before, fragment)) => (before, Some(fragment)),
            None => (url.as_str(), None),
        };
        let (path, query) = match before_fragment.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (before_fragment, None),
        };
        // Userinfo and its host are one value, so the authority is looked at as text first.
        let whole = self.text(path);
        let segments = whole.split('/').map(|segment| self.segment(segment));
        let mut redacted = segments.collect::<Vec<_>>().join("/");
        for (mark, part) in [('?', query), ('#', fragment)] {
            if let Some(part) = part {
                redacted.push(mark);
                redacted.push_str(&self.body("application/x-www-form-urlencoded", part));
            }
        }
        redacted
    }

    fn segment(&self, segment: &str) -> String {
        let decoded = percent_decoded(segment, false);
        let redacted = self.value(None, &decoded);
        self.encoded_unless_same(segment, &decoded, &redacted)
    }

    /// Addresses in a text, each as [`Redactor::link`].
    pub(super) fn links(&self, text: &str) -> String {
        static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r#"https?://[^\s"'<>`\\(){}\[\]]*[^\s"'<>`\\(){}\[\].,;:!?]"#).ok()
        });
        let Some(address) = ADDRESS.as_ref().filter(|_| text.contains("://")) else {
            return text.to_owned();
        };
        let link = |found: &Captures<'_>| self.link(found.get(0).map_or("", |m| m.as_str()));
        address.replace_all(text, link).into_owned()
    }

    /// An address that is a value: secrets in its query are replaced as they are spelled, so that
    /// the value comes back byte for byte.
    pub(super) fn link(&self, address: &str) -> String {
        let Some((before, query)) = address.split_once('?') else { return address.to_owned() };
        let pair = |pair: &str| match pair.split_once('=') {
            Some((name, value)) if !value.contains(OPEN) => {
                match recognise::kept(&self.text(name), value) {
                    Some((class, detail)) => {
                        format!("{name}={}", self.placeholder(class, value, detail))
                    }
                    None => pair.to_owned(),
                }
            }
            _ => pair.to_owned(),
        };
        format!("{before}?{}", query.split('&').map(pair).collect::<Vec<_>>().join("&"))
    }

    fn own_only(&self, value: &str) -> String {
        let redacted = self.value(None, value);
        if redacted.contains(DataClass::OwnCredential.name()) { redacted } else { value.to_owned() }
    }

    fn authorization(&self, value: &str) -> String {
        match value.split_once(' ') {
            Some((scheme, credential)) if is_scheme(scheme) => {
                let class = match scheme.to_ascii_lowercase().as_str() {
                    "basic" => DataClass::Password,
                    "bearer" | "token" | "dpop" => DataClass::SessionToken,
                    _ => DataClass::ApiSecret,
                };
                let detail = if class == DataClass::Password { "basic" } else { "" };
                format!("{scheme} {}", self.credential(credential.trim(), class, detail))
            }
            _ => self.credential(value, DataClass::ApiSecret, ""),
        }
    }

    /// A value that is a credential by where it stands.
    fn credential(&self, value: &str, class: DataClass, detail: &str) -> String {
        if value.is_empty() || value.contains(OPEN) {
            return self.text(value);
        }
        // Own credentials are looked for in Basic's decoded form too: its base64 may be of a pair
        // of which only the password is known.
        let shown = self.value(None, value);
        if shown.contains(DataClass::OwnCredential.name()) {
            return shown;
        }
        let decoded = STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let is_own =
            decoded.is_some_and(|pair| self.text(&pair).contains(DataClass::OwnCredential.name()));
        match recognise::whole(value) {
            _ if is_own => self.placeholder(DataClass::OwnCredential, value, "basic"),
            Some((found, found_detail)) => self.placeholder(found, value, &found_detail),
            None => self.placeholder(class, value, detail),
        }
    }

    fn cookie(&self, pair: &str) -> String {
        let Some((name, value)) = pair.split_once('=') else { return self.text(pair) };
        if is_setting(name, value) {
            return format!("{name}={}", self.value(None, value));
        }
        let detail = serialized::form(value).unwrap_or_default();
        format!("{name}={}", self.credential(value, DataClass::SessionToken, detail))
    }
}

/// A scheme is a token (RFC 9110, section 11.1).
fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.+~".contains(&b))
}

/// Whether a cookie holds a setting such as `theme=dark`, which hides nothing.
fn is_setting(name: &str, value: &str) -> bool {
    let plain = value.bytes().all(|b| b.is_ascii_alphabetic() || b"-_".contains(&b));
    let short = value.len() <= 8 && plain || value.len() <= 2;
    short && recognise::promise(name).is_none()
}

/// Percent-encoded placeholder characters would come back to life in a checker that decodes.
fn without_encoded_forgeries(text: &str) -> String {
    static ENCODED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("(?i)%e2%80%(b9|ba)").ok());
    let Some(encoded) = ENCODED.as_ref() else { return text.to_owned() };
    let plain = |found: &Captures<'_>| {
        let opens = found.get(1).is_some_and(|digits| digits.as_str().ends_with('9'));
        if opens { "%3C" } else { "%3E" }
    };
    encoded.replace_all(text, plain).into_owned()
}
