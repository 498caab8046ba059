//! What a key promises of the value under it.
//!
//! `password`, `accessToken`, `DB_PASSWORD` and `x-api-key` are the same few words in different
//! dress; the last words of a key decide. A promise is not believed blindly: a message about a
//! password, a masked value or a schema's type name is not a password.

use super::{Promise, number};
use crate::data_class::DataClass;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Key endings and the class each promises; longer endings stand before shorter ones.
const ENDINGS: &[(DataClass, &[&str])] = &[
    (
        DataClass::Password,
        &[
            "password",
            "passwd",
            "pwd",
            "passphrase",
            "pin",
            "passcode",
            "password confirmation",
            "confirm password",
            "password plain",
            "userpassword",
        ],
    ),
    (
        DataClass::SessionToken,
        &[
            "access token",
            "accesstoken",
            "refresh token",
            "refreshtoken",
            "id token",
            "idtoken",
            "auth token",
            "authtoken",
            "session token",
            "sessiontoken",
            "bearer token",
            "jwt",
            "bearer",
            "token",
            "session",
            "session id",
            "sessionid",
            "session key",
            "sid",
            "sessid",
            "phpsessid",
            "jsessionid",
            "auth",
            "remember token",
            "reset token",
            "invite token",
            "login token",
            "magic link token",
        ],
    ),
    (
        DataClass::ApiSecret,
        &[
            "api key",
            "apikey",
            "api secret",
            "apisecret",
            "client secret",
            "clientsecret",
            "secret",
            "secret key",
            "secretkey",
            "private key",
            "privatekey",
            "access key",
            "accesskey",
            "secret access key",
            "signing key",
            "signing secret",
            "encryption key",
            "webhook secret",
            "shared secret",
            "app secret",
            "consumer secret",
            "master key",
            "totp secret",
            "otp secret",
            "mfa secret",
            "account key",
            "subscription key",
            "auth key",
            "app key",
            "recovery code",
            "recovery codes",
            "backup codes",
        ],
    ),
    (
        DataClass::NationalId,
        &[
            "ssn",
            "social security",
            "social security number",
            "national id",
            "nationalid",
            "national identifier",
            "passport",
            "passport number",
            "tax id",
            "taxid",
            "tax identifier",
            "driver license",
            "drivers license",
            "driver license number",
            "license number",
            "nino",
            "aadhaar",
            "social insurance number",
            "cpf",
            "curp",
            "itin",
        ],
    ),
    (
        DataClass::BirthDate,
        &["dob", "birth date", "birthdate", "date of birth", "birthday", "birth day", "born on"],
    ),
    (
        DataClass::Phone,
        &[
            "phone",
            "phone number",
            "phonenumber",
            "mobile",
            "mobile number",
            "mobile phone",
            "telephone",
            "tel",
            "msisdn",
            "cell",
            "cell phone",
            "cellphone",
            "fax",
            "phones",
            "phone numbers",
            "contact number",
        ],
    ),
    (
        DataClass::PaymentCard,
        &[
            "card number",
            "cardnumber",
            "credit card",
            "creditcard",
            "credit card number",
            "pan",
            "cc number",
            "ccnumber",
            "card",
            "cc",
        ],
    ),
];

/// Words that make a key speak of something else than a credential.
const HARMLESS: [&str; 12] = [
    "csrf",
    "xsrf",
    "page token",
    "next token",
    "continuation token",
    "sync token",
    "previous token",
    "cancel token",
    "next page",
    "public",
    "publishable",
    "idempotency",
];

/// Words of a message about a value, as validation errors have them.
const MESSAGE_WORDS: [&str; 24] = [
    "required",
    "invalid",
    "incorrect",
    "missing",
    "wrong",
    "must",
    "should",
    "cannot",
    "short",
    "long",
    "blank",
    "empty",
    "field",
    "characters",
    "match",
    "weak",
    "expected",
    "not",
    "allowed",
    "forbidden",
    "expired",
    "unknown",
    "reset",
    "changed",
];

/// The words of a key, lower case, split at separators and at capitals.
pub fn words(key: &str) -> String {
    let mut words = String::with_capacity(key.len() + 4);
    let space = |words: &mut String| {
        if !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
    };
    let mut before: Option<char> = None;
    let mut chars = key.chars().peekable();
    while let Some(c) = chars.next() {
        let after_lower = before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit());
        let ends_capitals = before.is_some_and(char::is_uppercase)
            && chars.peek().is_some_and(|next| next.is_lowercase());
        let begins_word = c.is_uppercase() && (after_lower || ends_capitals);
        if begins_word || !c.is_alphanumeric() {
            space(&mut words);
        }
        if c.is_ascii_alphanumeric() {
            words.push(c.to_ascii_lowercase());
        } else if c.is_alphanumeric() {
            words.extend(c.to_lowercase());
        }
        before = Some(c);
    }
    words.truncate(words.trim_end().len());
    words
}

/// The endings by their last word: most names end in a word that promises nothing, which one look
/// then tells.
static BY_LAST_WORD: LazyLock<HashMap<&str, Vec<(&str, DataClass)>>> = LazyLock::new(|| {
    let mut known: HashMap<&str, Vec<(&str, DataClass)>> = HashMap::new();
    for (class, endings) in ENDINGS {
        for ending in *endings {
            known.entry(last_word(ending)).or_default().push((*ending, *class));
        }
    }
    known
});

fn last_word(words: &str) -> &str {
    words.rsplit(' ').next().unwrap_or_default()
}

/// What a key promises of its value.
pub fn promise(key: &str) -> Option<DataClass> {
    // LIMIT: characters; a longer key is not a name.
    const KEY_CHARS_MAX: usize = 128;
    if key.len() > KEY_CHARS_MAX {
        return None;
    }
    let words = words(key);
    let words = words.trim_end_matches(|c: char| c.is_ascii_digit());
    let singular = words.strip_suffix('s').unwrap_or(words);
    let both = [words, singular];
    let known = both.into_iter().filter_map(|words| {
        let endings = BY_LAST_WORD.get(last_word(words))?.iter();
        Some(endings.filter(move |(ending, _)| ends_with(words, ending)))
    });
    // The longest ending wins: `secret access key` is not `access key` of something secret.
    let (_, class) = known.flatten().max_by_key(|(ending, _)| ending.len())?;
    let harmless = HARMLESS.iter().any(|harmless| words.contains(harmless));
    (!harmless).then_some(*class)
}

fn ends_with(words: &str, ending: &str) -> bool {
    words.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
}

/// What a value under a key is, when it keeps what the key promises.
pub fn kept(key: &str, value: &str) -> Option<(DataClass, &'static str)> {
    Promise::of(key)?.kept(value)
}

/// Whether a value keeps what its key promised: its class and detail, else nothing.
pub fn keep_promise(class: DataClass, value: &str) -> Option<(DataClass, &'static str)> {
    let kept = match class {
        DataClass::Password => is_secret_like(value, 1) && !is_address(value),
        DataClass::SessionToken => {
            is_secret_like(value, 8)
                && !value.contains(char::is_whitespace)
                && !is_address(value)
                && !number::is_birth_date(value)
                && (value.len() >= 16 && has_mixture(value, 1) || has_mixture(value, 2))
        }
        DataClass::ApiSecret => {
            is_secret_like(value, 6)
                && !value.contains(char::is_whitespace)
                && !is_address(value)
                && !value.starts_with("pk_")
                && (value.len() >= 12 || has_mixture(value, 1))
        }
        DataClass::NationalId => {
            if let Some(detail) = number::social_security(value, false) {
                return Some((class, detail));
            }
            let length = value.chars().filter(|c| c.is_alphanumeric()).count();
            let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "- ./".contains(c));
            plain && (6..=20).contains(&length) && value.bytes().any(|b| b.is_ascii_digit())
        }
        DataClass::BirthDate => number::is_birth_date(value),
        DataClass::Phone => number::is_keyed_phone(value),
        DataClass::PaymentCard => {
            return number::payment_card(value).map(|detail| (class, detail));
        }
        _ => false,
    };
    kept.then_some((class, ""))
}

/// Whether a value is anything but a mask, a message or a placeholder of a schema.
fn is_secret_like(value: &str, chars_min: usize) -> bool {
    let lower = value.to_lowercase();
    let masked = value.chars().filter(|c| matches!(c, '*' | '•' | '●' | '…' | '.')).count() >= 3
        || lower.chars().all(|c| matches!(c, 'x' | '-' | '_' | '#' | '?'))
        || ["redacted", "filtered", "hidden", "masked", "secret", "removed", "encrypted"]
            .iter()
            .any(|mask| lower.trim_matches(|c: char| !c.is_alphanumeric()) == *mask);
    let literal =
        matches!(lower.as_str(), "true" | "false" | "null" | "none" | "undefined" | "n/a");
    let message =
        lower.split(|c: char| !c.is_alphanumeric()).any(|word| MESSAGE_WORDS.contains(&word))
            && (lower.contains(' ') || lower.chars().all(char::is_alphabetic));
    value.chars().count() >= chars_min && !masked && !literal && !message
}

fn is_address(value: &str) -> bool {
    value.starts_with("http://") || value.starts_with("https://") || value.starts_with('/')
}

/// Whether a value mixes at least `more + 1` of: lower case, upper case, digits. Words of one kind
/// are names, not random values.
fn has_mixture(value: &str, more: usize) -> bool {
    let kinds = [
        value.chars().any(char::is_lowercase),
        value.chars().any(char::is_uppercase),
        value.bytes().any(|b| b.is_ascii_digit()),
    ];
    kinds.into_iter().filter(|kind| *kind).count() > more
}

/// Whether a value in free text, where keys are weak evidence, looks random enough to be a secret.
pub fn is_strong(value: &str) -> bool {
    let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-.~".contains(&b));
    value.len() >= 16 && plain && has_mixture(value, 1) && value.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_any_dress_promise_the_same() {
        for (key, class) in [
            ("password", Some(DataClass::Password)),
            ("userPassword", Some(DataClass::Password)),
            ("DB_PASSWORD", Some(DataClass::Password)),
            ("x-api-key", Some(DataClass::ApiSecret)),
            ("APIKey", Some(DataClass::ApiSecret)),
            ("AWS_SECRET_ACCESS_KEY", Some(DataClass::ApiSecret)),
            ("accessToken", Some(DataClass::SessionToken)),
            ("PHPSESSID", Some(DataClass::SessionToken)),
            ("dateOfBirth", Some(DataClass::BirthDate)),
            ("phone2", Some(DataClass::Phone)),
            ("passwordChangedAt", None),
            ("token_type", None),
            ("tokenExpires", None),
            ("csrfToken", None),
            ("nextPageToken", None),
            ("publicKey", None),
            ("shipping", None),
            ("id", None),
        ] {
            assert_eq!(promise(key), class, "{key}");
        }
    }

    #[test]
    fn a_promise_is_not_believed_blindly() {
        let kept = |class, value| keep_promise(class, value).is_some();
        assert!(kept(DataClass::Password, "hunter2") && kept(DataClass::Password, "pässwörd 1"));
        for value in [
            "",
            "********",
            "This field is required.",
            "is too short",
            "[REDACTED]",
            "invalid",
            "null",
        ] {
            assert!(!kept(DataClass::Password, value), "{value}");
        }
        assert!(kept(DataClass::SessionToken, "0f8fad5b-d9cb-469f-a165-70867728950e"));
        assert!(!kept(DataClass::SessionToken, "Bearer"));
        assert!(!kept(DataClass::SessionToken, "summer-school-evening"));
        assert!(!kept(DataClass::ApiSecret, "pk_live_51H8abcdefABCDEF"));
    }
}
