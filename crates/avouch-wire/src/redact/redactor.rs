//! Replaces sensitive values by placeholders, and placeholders by values.

use super::json::{self, Token};
use super::own::{self, Spelling};
use super::spelling::{json_escaped, percent_decoded, percent_encoded};
use avouch_model::data_class::DataClass;
use avouch_model::placeholder::{CLOSE, DIGEST_DIGITS, OPEN, Placeholder};
use avouch_model::recognise;
use avouch_model::secret::Secret;
use aws_lc_rs::hmac;
use regex::{Captures, Regex};
use serde::de::IgnoredAny;
use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, PoisonError, RwLock};

/// True values kept so that placeholders can be sent back; later ones stay placeholders.
/// // LIMIT: values
const ISSUED_MAX: usize = 500_000;
/// Passes over one text until nothing more is found. // LIMIT: passes
const PASSES_MAX: usize = 4;

/// Replaces sensitive values by keyed digests, and remembers what stood there for sending.
///
/// Redacting twice changes nothing more. Equal values have equal placeholders. The true values live
/// in memory only, for as long as the redactor does.
pub struct Redactor {
    key: hmac::Key,
    own: RwLock<Vec<Spelling>>,
    issued: RwLock<HashMap<String, Secret>>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

impl Redactor {
    /// A redactor whose digests depend on that key; one key per scan.
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            own: RwLock::default(),
            issued: RwLock::default(),
        }
    }

    /// Learns a credential of the scan's own: from now on every occurrence of it, raw,
    /// percent-encoded, base64 or JSON-escaped, becomes `‹own-credential:…:label›`. A credential of
    /// fewer than four characters is only recognised where it is a whole value.
    pub fn know(&self, value: &Secret, label: &str) {
        let label: String = label
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
            .collect();
        let mut own = self.own.write().unwrap_or_else(PoisonError::into_inner);
        for spelling in own::spellings(value.danger_reveal(), &label) {
            if !own.iter().any(|known| known.text == spelling.text) {
                own.push(spelling);
            }
        }
        own.sort_by_key(|spelling| std::cmp::Reverse(spelling.text.danger_reveal().len()));
    }

    /// The value's HMAC-SHA256 under the scan's key, cut to 64 bits, hexadecimal.
    pub fn digest(&self, value: &str) -> String {
        use fmt::Write as _;
        let tag = hmac::sign(&self.key, value.as_bytes());
        tag.as_ref().iter().take(DIGEST_DIGITS / 2).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// The placeholder of a value, which [`Redactor::resolve`] will know.
    pub fn placeholder(&self, class: DataClass, value: &str, detail: &str) -> String {
        self.issue(class, value, detail, value)
    }

    fn issue(&self, class: DataClass, value: &str, detail: &str, spelled: &str) -> String {
        let digest = self.digest(value);
        let placeholder = Placeholder { class, digest, detail: detail.to_owned() }.to_string();
        let mut issued = self.issued.write().unwrap_or_else(PoisonError::into_inner);
        if issued.len() < ISSUED_MAX {
            issued.entry(placeholder.clone()).or_insert_with(|| Secret::new(spelled));
        }
        placeholder
    }

    /// A body, by its media type: JSON value by value, forms field by field, else as text.
    pub fn body(&self, media_type: &str, text: &str) -> String {
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let media_type = media_type.to_ascii_lowercase();
        if media_type == "application/x-www-form-urlencoded" {
            return self.form(text);
        }
        let looks_json = text.trim_start().starts_with(['{', '[', '"']);
        if !looks_json && !media_type.contains("json") {
            return self.prose(text);
        }
        let walked = json::rewrite(text, &mut |token| self.token(&token));
        if serde_json::from_str::<IgnoredAny>(&walked).is_ok() {
            return walked;
        }
        self.prose(&walked)
    }

    /// Text of no known structure: what is found by form, then what is assigned to a telling name.
    fn prose(&self, text: &str) -> String {
        self.settled(text, |text| self.assignments(&self.once(text)))
    }

    /// Free text: the scan's own credentials and whatever is recognised by its form.
    pub fn text(&self, text: &str) -> String {
        self.settled(text, |text| self.once(text))
    }

    /// Repeats until nothing more is found: what is taken out can bare what was part of it.
    fn settled(&self, text: &str, pass: impl Fn(&str) -> String) -> String {
        let mut text = self.without_forgeries(text);
        for _ in 0..PASSES_MAX {
            let next = pass(&text);
            if next == text {
                break;
            }
            text = next;
        }
        text
    }

    /// A value under a key: what the key promises of it counts before what its form says.
    pub fn value(&self, key: Option<&str>, value: &str) -> String {
        if let Some(own) = self.whole_own(value) {
            return own;
        }
        let clean = self.without_forgeries(value);
        if clean.contains(OPEN) {
            return self.text(&clean);
        }
        if let Some((class, detail)) = recognise::whole(&clean) {
            // A long number under an ordinary key is an id more often than a card.
            if class != DataClass::PaymentCard || !key.is_some_and(is_id) {
                return self.placeholder(class, &clean, &detail);
            }
            return clean;
        }
        if let Some((class, detail)) = key.and_then(|key| recognise::kept(key, &clean)) {
            return self.placeholder(class, &clean, detail);
        }
        self.text(&self.links(&clean))
    }

    fn token(&self, token: &Token<'_>) -> Option<String> {
        match token {
            Token::Key(key) => changed(key, self.text(key)),
            Token::Text(key, text) => changed(text, self.value(*key, text)),
            Token::Broken(text) => changed(text, self.text(text)),
            Token::Number(key, number) => {
                // A shorter number is anything, a count most often.
                if number.len() >= own::INSIDE_CHARS_MIN
                    && let Some(own) = self.whole_own(number)
                {
                    return Some(own);
                }
                let class = key.and_then(recognise::promise)?;
                let numeric = matches!(
                    class,
                    DataClass::PaymentCard | DataClass::NationalId | DataClass::Phone
                );
                let plain = number.bytes().all(|b| b.is_ascii_digit());
                let (class, detail) =
                    recognise::keep_promise(class, number).filter(|_| numeric && plain)?;
                Some(self.placeholder(class, number, detail))
            }
        }
    }

    fn form(&self, text: &str) -> String {
        let field = |pair: &str| match pair.split_once('=') {
            None => self.text(pair),
            Some((name, value)) => {
                let name = self.text(name);
                let value = self.encoded_value(&name, value);
                format!("{name}={value}")
            }
        };
        text.split('&').map(field).collect::<Vec<_>>().join("&")
    }

    /// A percent-encoded value under a percent-encoded key: as it was, unless something in it is
    /// replaced.
    pub(super) fn encoded_value(&self, name: &str, value: &str) -> String {
        let decoded = percent_decoded(value, true);
        let redacted = self.value(Some(&percent_decoded(name, true)), &decoded);
        self.encoded_unless_same(value, &decoded, &redacted)
    }

    /// The text as it was spelled when nothing in it was replaced, else spelled anew around the
    /// placeholders, so that its parts stay where they were.
    pub(super) fn encoded_unless_same(&self, raw: &str, decoded: &str, redacted: &str) -> String {
        if redacted == decoded {
            return raw.to_owned();
        }
        self.outside_placeholders(redacted, percent_encoded)
    }

    fn once(&self, text: &str) -> String {
        let owned = self.outside_placeholders(text, |part| self.own_in(part));
        self.outside_placeholders(&owned, |part| {
            let mut out = String::with_capacity(part.len());
            let mut done = 0;
            for found in recognise::find_all(part) {
                out.push_str(part.get(done..found.start).unwrap_or_default());
                out.push_str(&self.placeholder(found.class, found.text, &found.detail));
                done = found.start + found.text.len();
            }
            out.push_str(part.get(done..).unwrap_or_default());
            out
        })
    }

    fn whole_own(&self, text: &str) -> Option<String> {
        let own = self.own.read().unwrap_or_else(PoisonError::into_inner);
        own.iter()
            .find(|spelling| spelling.is_whole(text))
            .map(|spelling| self.own_stand_in(spelling))
    }

    fn own_in(&self, text: &str) -> String {
        let own = self.own.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = text.to_owned();
        for spelling in own.iter() {
            if spelling.find(&text, 0).is_none() {
                continue;
            }
            text = self.outside_placeholders(&text, |part| {
                let mut out = String::new();
                let mut done = 0;
                while let Some(start) = spelling.find(part, done) {
                    out.push_str(part.get(done..start).unwrap_or_default());
                    out.push_str(&self.own_stand_in(spelling));
                    done = start + spelling.text.danger_reveal().len();
                }
                out.push_str(part.get(done..).unwrap_or_default());
                out
            });
        }
        text
    }

    fn own_stand_in(&self, spelling: &Spelling) -> String {
        let value = spelling.value.danger_reveal();
        // A base64 spelling is sent back as base64; the other spellings are written anew.
        let same = spelling.detail.contains("-base64");
        let spelled = if same { spelling.text.danger_reveal() } else { value };
        self.issue(DataClass::OwnCredential, value, &spelling.detail, spelled)
    }

    /// Applies `rewrite` to what lies between placeholders of this redactor.
    fn outside_placeholders(&self, text: &str, rewrite: impl Fn(&str) -> String) -> String {
        if !text.contains(OPEN) {
            return rewrite(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut plain_from = 0;
        for (start, end) in self.issued_in(text) {
            out.push_str(&rewrite(text.get(plain_from..start).unwrap_or_default()));
            out.push_str(text.get(start..end).unwrap_or_default());
            plain_from = end;
        }
        out.push_str(&rewrite(text.get(plain_from..).unwrap_or_default()));
        out
    }

    /// Where placeholders of this redactor stand in a text.
    pub(super) fn issued_in(&self, text: &str) -> Vec<(usize, usize)> {
        let issued = self.issued.read().unwrap_or_else(PoisonError::into_inner);
        text.match_indices(OPEN)
            .filter_map(|(start, _)| {
                let length = text.get(start..)?.find(CLOSE)? + CLOSE.len_utf8();
                let known = issued.contains_key(text.get(start..start + length)?);
                known.then_some((start, start + length))
            })
            .collect()
    }

    /// Takes the placeholder's own characters out of a target's text, except around placeholders
    /// this redactor issued: nobody else can make something look redacted.
    pub(super) fn without_forgeries(&self, text: &str) -> String {
        if !text.contains([OPEN, CLOSE]) {
            return text.to_owned();
        }
        self.outside_placeholders(text, |part| part.replace(OPEN, "<").replace(CLOSE, ">"))
    }

    /// The true values of the placeholders this redactor issued, for sending; others stay as they
    /// are.
    pub fn resolve(&self, text: &str) -> String {
        self.resolve_as(text, str::to_owned)
    }

    /// As [`Redactor::resolve`], each value escaped for a JSON string.
    pub fn resolve_json(&self, text: &str) -> String {
        self.resolve_as(text, json_escaped)
    }

    /// As [`Redactor::resolve`], each value percent-encoded. Placeholders whose own characters were
    /// percent-encoded, as URL parsers do, are recognised too.
    pub fn resolve_url(&self, text: &str) -> String {
        static ENCODED: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"(?i)%E2%80%B9((?:[a-z0-9:\-]|%3A){1,160}?)%E2%80%BA").ok()
        });
        let plain = match ENCODED.as_ref() {
            None => text.to_owned(),
            Some(regex) => regex
                .replace_all(text, |found: &Captures<'_>| {
                    let whole = found.get(0).map_or("", |m| m.as_str());
                    let decoded = percent_decoded(whole, false);
                    if self.issued_in(&decoded).is_empty() { whole.to_owned() } else { decoded }
                })
                .into_owned(),
        };
        self.resolve_as(&plain, percent_encoded)
    }

    fn resolve_as(&self, text: &str, spell: impl Fn(&str) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        let mut plain_from = 0;
        for (start, end) in self.issued_in(text) {
            let issued = self.issued.read().unwrap_or_else(PoisonError::into_inner);
            let placeholder = text.get(start..end).unwrap_or_default();
            out.push_str(text.get(plain_from..start).unwrap_or_default());
            match issued.get(placeholder) {
                Some(value) => out.push_str(&spell(value.danger_reveal())),
                None => out.push_str(placeholder),
            }
            plain_from = end;
        }
        out.push_str(text.get(plain_from..).unwrap_or_default());
        out
    }
}

fn changed(before: &str, after: String) -> Option<String> {
    (before != after).then_some(after)
}

/// Whether a key names an identifier.
fn is_id(key: &str) -> bool {
    let words = recognise::words(key);
    ["id", "ids", "uid", "timestamp", "reference", "ref", "nonce", "sequence"]
        .iter()
        .any(|word| words.split(' ').next_back() == Some(word))
}
