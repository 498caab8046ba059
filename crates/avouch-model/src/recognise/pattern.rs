//! Values that are recognised by their form alone, wherever they stand.

use super::{number, provider};
use crate::data_class::DataClass;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One form and how a match of it is judged.
struct Pattern {
    class: DataClass,
    /// Every match holds one of these: most texts hold none, and are not searched further. Each with
    /// the signs in it.
    marks: Vec<(u16, &'static str)>,
    regex: Regex,
    /// Whether letters, digits or `_` beside a match make it part of something longer.
    bounded: bool,
    judge: Judge,
}

/// Says whether a match is what it looks like: its placeholder's detail, else nothing.
enum Judge {
    Provider(&'static str),
    By(fn(&str) -> Option<String>),
}

impl Pattern {
    fn detail(&self, text: &str) -> Option<String> {
        match self.judge {
            Judge::Provider(format) => Some(provider::detail(format, text)),
            Judge::By(judge) => judge(text),
        }
    }
}

/// A class, its marks, its expression, whether it is bounded, and what judges a match.
type Form = (DataClass, &'static [&'static str], &'static str, bool, fn(&str) -> Option<String>);

/// The forms, the more telling first: a connection string holds what looks like an e-mail address.
const FORMS: &[Form] = &[
    (
        DataClass::PrivateKey,
        &["PRIVATE KEY-----"],
        r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY-----|\z)",
        false,
        private_key,
    ),
    (
        DataClass::ConnectionString,
        &["://"],
        r#"[A-Za-z][A-Za-z0-9+.\-]{1,30}://[^\s:/@"'<>]{0,128}:[^\s/@"'<>]{1,256}@[^\s"'<>]{1,512}"#,
        true,
        connection_url,
    ),
    (
        DataClass::ConnectionString,
        &["="],
        r#"(?i)(?:server|data source|host|endpoint)\s*=[^"'<>\r\n]{1,300}?;\s*(?:password|pwd)\s*=\s*[^;"'<>\s*]{3,128}(?:;[^"'<>\r\n]{0,300})?"#,
        true,
        |_| Some("ado".to_owned()),
    ),
    (DataClass::PasswordHash, &["$2"], r"\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}", true, |_| {
        Some("bcrypt".to_owned())
    }),
    (
        DataClass::PasswordHash,
        &["$argon2"],
        r"\$argon2(?:id|i|d)\$(?:v=[0-9]+\$)?[a-z0-9=,]+\$[A-Za-z0-9+/]{8,}\$[A-Za-z0-9+/]{16,}",
        true,
        |_| Some("argon2".to_owned()),
    ),
    (
        DataClass::PasswordHash,
        &["$scrypt$", "$7$", "$s0$"],
        r"\$(?:scrypt|7|s0)\$[A-Za-z0-9+/=,.$]{24,512}",
        true,
        |_| Some("scrypt".to_owned()),
    ),
    (
        DataClass::PasswordHash,
        &["pbkdf2"],
        r"\$?pbkdf2[_\-]?(?:sha1|sha256|sha512)?[$:][0-9]{1,8}[$:][^\s$:]{4,128}[$:][A-Za-z0-9+/=.]{16,256}",
        true,
        |_| Some("pbkdf2".to_owned()),
    ),
    (
        DataClass::PasswordHash,
        &["$1$", "$5$", "$6$"],
        r"\$[156]\$(?:rounds=[0-9]+\$)?[./A-Za-z0-9]{1,16}\$(?:[./A-Za-z0-9]{86}|[./A-Za-z0-9]{43}|[./A-Za-z0-9]{22})",
        true,
        |_| Some("crypt".to_owned()),
    ),
    (
        DataClass::Jwt,
        &["ey"],
        r"ey[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{2,}\.[A-Za-z0-9_\-]*",
        true,
        jwt,
    ),
    (
        DataClass::Email,
        &["@"],
        r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62}\.)+[A-Za-z]{2,24}",
        true,
        email,
    ),
    (
        DataClass::Iban,
        &[],
        r"[A-Z]{2}[0-9]{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?)",
        true,
        |text| number::is_iban(text).then(String::new),
    ),
    (DataClass::NationalId, &["-"], r"[0-9]{3}-[0-9]{2}-[0-9]{4}", true, |text| {
        number::social_security(text, true).map(str::to_owned)
    }),
    (
        DataClass::PaymentCard,
        &[],
        r"[2-6][0-9]{3}(?:[ \-][0-9]{4}){3}|3[0-9]{3}[ \-][0-9]{6}[ \-][0-9]{5}|[2-6][0-9]{13,15}",
        true,
        |text| number::payment_card(text).map(str::to_owned),
    ),
    (DataClass::Phone, &["+"], r"\+[1-9][0-9 ().\-/]{7,22}[0-9]", true, |text| {
        number::is_international_phone(text).then(String::new)
    }),
];

#[expect(clippy::expect_used, reason = "the forms are constants, and a test compiles them")]
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let compiled = |form: &str| Regex::new(form).expect("forms compile");
    let by = |(class, marks, form, bounded, judge): &Form| Pattern {
        class: *class,
        marks: with_signs(marks),
        regex: compiled(form),
        bounded: *bounded,
        judge: Judge::By(*judge),
    };
    let provider = |(detail, marks, form): &provider::Format| Pattern {
        class: DataClass::ProviderKey,
        marks: with_signs(marks),
        regex: compiled(form),
        bounded: true,
        judge: Judge::Provider(detail),
    };
    let (first, last) = FORMS.split_at(3);
    let providers = provider::FORMATS.iter().map(provider);
    first.iter().map(by).chain(providers).chain(last.iter().map(by)).collect()
});

/// Bytes of the shortest value a form describes: `a@b.io`.
const FORM_BYTES_MIN: usize = 6;
/// Digits of the shortest number among the forms without a mark.
const FORM_DIGITS_MIN: usize = 8;

/// Bytes of the shortest key of a provider: `xoxb-` and ten more, less one for the mark's sake.
const PROVIDER_BYTES_MIN: usize = 14;

#[expect(clippy::expect_used, reason = "the marks are constants, and a test compiles them")]
static PROVIDER_MARKS: LazyLock<Regex> = LazyLock::new(|| {
    let marks = provider::FORMATS.iter().flat_map(|(_, marks, _)| marks.iter());
    let marks: Vec<String> = marks.map(|mark| regex::escape(mark)).collect();
    Regex::new(&marks.join("|")).expect("marks compile")
});

/// What a text is made of, found in one look: most texts lack what most marks need.
struct Signs {
    /// A bit for each sign of [`SIGNS`].
    present: u16,
    digits: usize,
    /// Whether there is a capital letter, with which bank accounts begin.
    capitals: bool,
}

/// Digits that a value of that class has at least.
fn digits_needed(class: DataClass) -> usize {
    match class {
        DataClass::Iban => FORM_DIGITS_MIN,
        DataClass::NationalId => 9,
        DataClass::PaymentCard => 14,
        _ => 0,
    }
}

/// Signs that marks hold and most texts do not.
const SIGNS: &[u8; 9] = b"@$+=:-_./";

impl Signs {
    fn of(text: &str) -> Self {
        let mut signs = Self { present: 0, digits: 0, capitals: false };
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' => signs.digits += 1,
                b'A'..=b'Z' => signs.capitals = true,
                b'a'..=b'z' | b' ' => (),
                _ => signs.present |= bit(byte),
            }
        }
        signs
    }
}

/// The bit of a sign; none for what is no sign.
fn bit(byte: u8) -> u16 {
    SIGNS.iter().position(|sign| *sign == byte).map_or(0, |at| 1 << at)
}

/// Marks, each with the bits of the signs in it.
fn with_signs(marks: &'static [&'static str]) -> Vec<(u16, &'static str)> {
    let signs = |mark: &str| mark.bytes().fold(0, |signs, byte| signs | bit(byte));
    marks.iter().map(|mark| (signs(mark), *mark)).collect()
}

/// LIMIT: matches of one form that turn out to be none and are searched once more inside.
const REFUSED_MAX: usize = 64;

/// A value found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'t> {
    /// Where it begins, in bytes.
    pub start: usize,
    /// The value.
    pub text: &'t str,
    /// What it is.
    pub class: DataClass,
    /// What can be said of it without showing it.
    pub detail: String,
}

/// Every recognised value in a text, in order, none overlapping another.
pub fn find_all(text: &str) -> Vec<Found<'_>> {
    let mut found: BTreeMap<usize, Found<'_>> = BTreeMap::new();
    // No form is shorter, and most values of an answer are.
    if text.len() < FORM_BYTES_MIN {
        return Vec::new();
    }
    let signs = Signs::of(text);
    let has_provider = text.len() >= PROVIDER_BYTES_MIN && PROVIDER_MARKS.is_match(text);
    if signs.present == 0 && signs.digits < FORM_DIGITS_MIN && !has_provider {
        return Vec::new();
    }
    let worth = |pattern: &&Pattern| match pattern.judge {
        Judge::Provider(_) => has_provider,
        Judge::By(_) => signs.digits >= digits_needed(pattern.class),
    };
    for pattern in PATTERNS.iter().filter(worth) {
        let holds =
            |(needed, mark): &(u16, &str)| signs.present & needed == *needed && text.contains(mark);
        let may_match = match pattern.marks.as_slice() {
            [] => signs.capitals || pattern.class != DataClass::Iban,
            marks => marks.iter().any(holds),
        };
        if !may_match {
            continue;
        }
        let (mut at, mut refused) = (0, 0);
        while let Some(hit) = pattern.regex.find_at(text, at) {
            at = hit.end().max(hit.start() + 1);
            let taken = found
                .range(..hit.end())
                .next_back()
                .is_some_and(|(start, f)| hit.start() < start + f.text.len());
            let alone = !pattern.bounded || stands_alone(text, hit.start(), hit.end());
            let detail = if taken || !alone { None } else { pattern.detail(hit.as_str()) };
            if let Some(detail) = detail {
                let (start, text) = (hit.start(), hit.as_str());
                found.insert(start, Found { start, text, class: pattern.class, detail });
            } else if refused < REFUSED_MAX {
                // What is none may begin before one: the search goes on inside of it.
                refused += 1;
                at = next_word(text, hit.start());
            }
        }
    }
    found.into_values().collect()
}

/// Where the next word begins after that place.
fn next_word(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let mut inside = true;
    for (at, c) in rest.char_indices() {
        let joins = joins(c);
        if joins && !inside {
            return start + at;
        }
        inside = joins;
    }
    text.len()
}

/// The class and detail of a text that is one recognised value and nothing else.
pub fn whole(text: &str) -> Option<(DataClass, String)> {
    let found = find_all(text).into_iter().next()?;
    (found.text == text).then_some((found.class, found.detail))
}

fn joins(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|t| t.chars().next_back());
    let after = text.get(end..).and_then(|t| t.chars().next());
    !before.is_some_and(joins) && !after.is_some_and(joins)
}

fn private_key(text: &str) -> Option<String> {
    let kind = text.strip_prefix("-----BEGIN ")?.split("PRIVATE KEY").next()?;
    Some(kind.trim().to_ascii_lowercase().replace(' ', "-"))
}

/// What documentation writes for a user's name, and for a password.
const EXAMPLE_USERS: [&str; 7] =
    ["user", "username", "login", "myuser", "youruser", "yourusername", "name"];
const EXAMPLE_PASSWORDS: [&str; 8] =
    ["pass", "password", "passwd", "pwd", "secret", "mypassword", "yourpassword", "mypass"];

/// The letters of a word, lower case.
fn plain_word(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}

/// A URL with a password that is not masked and no example; the detail is its scheme.
fn connection_url(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (user, password) = rest.split_once('@')?.0.split_once(':')?;
    if EXAMPLE_USERS.contains(&plain_word(user).as_str())
        && EXAMPLE_PASSWORDS.contains(&plain_word(password).as_str())
    {
        return None;
    }
    let masked = password.bytes().all(|b| matches!(b, b'*' | b'x' | b'X' | b'.'))
        || password.starts_with(['{', '<', '$', '['])
        || password.to_ascii_lowercase().contains("redacted");
    let scheme = scheme.rsplit(':').next().unwrap_or(scheme).to_ascii_lowercase();
    (!masked).then(|| scheme.replace(['+', '.'], "-"))
}

/// A JSON Web Token (RFC 7519): its first part is an object with `alg`, which is the detail.
fn jwt(text: &str) -> Option<String> {
    let first = text.split('.').next()?;
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(first).ok()?).ok()?;
    let plain = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit();
    Some(header.get("alg")?.as_str()?.to_ascii_lowercase().chars().filter(plain).take(16).collect())
}

/// Endings that are file names, as in `icon@2x.png`.
const FILE_ENDINGS: [&str; 13] =
    ["png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "mjs", "ts", "map", "html", "json"];

/// An e-mail address; `example` when its domain is set aside for examples (RFC 2606, RFC 6761).
fn email(text: &str) -> Option<String> {
    let domain = text.rsplit('@').next()?.to_ascii_lowercase();
    let ending = domain.rsplit('.').next()?;
    if FILE_ENDINGS.contains(&ending) {
        return None;
    }
    let reserved = ["example.com", "example.org", "example.net"];
    let example = matches!(ending, "test" | "example" | "invalid" | "localhost")
        || reserved.iter().any(|name| {
            domain.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
    Some(if example { "example".to_owned() } else { String::new() })
}
