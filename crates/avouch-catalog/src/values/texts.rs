//! Texts: by format, by name, by pattern, in length.

use super::{mixed, pattern, pick};
use avouch_model::schema::Schema;

/// Characters a made text has at most, whatever the schema asks for.
// LIMIT: 10,000 characters.
const LENGTH_MAX: u64 = 10_000;

/// A text that the schema allows, as far as we can make one.
pub(super) fn text(name: &str, schema: &Schema, salt: u64) -> String {
    let mixed = mixed(name, salt);
    let formed = schema.format.as_deref().and_then(|format| by_format(format, mixed, salt));
    if let Some(formed) = formed.filter(|formed| fits(formed, schema)) {
        return formed;
    }
    if let Some(wanted) = &schema.pattern {
        let made = pattern::example(wanted, schema.length_min.unwrap_or(0), mixed);
        if let Some(made) = made.filter(|made| length_fits(made, schema)) {
            return made;
        }
    }
    let hinted = by_name(name, mixed, salt);
    in_length(&hinted, schema, mixed)
}

/// Whether a text is of the right length and matches the pattern, when the pattern can be read.
pub(super) fn fits(text: &str, schema: &Schema) -> bool {
    length_fits(text, schema)
        && schema
            .pattern
            .as_deref()
            .is_none_or(|wanted| pattern::matches(wanted, text) != Some(false))
}

fn length_fits(text: &str, schema: &Schema) -> bool {
    let length = text.chars().count() as u64;
    length >= schema.length_min.unwrap_or(0) && length <= schema.length_max.unwrap_or(u64::MAX)
}

fn in_length(text: &str, schema: &Schema, mixed: u64) -> String {
    let least = usize::try_from(schema.length_min.unwrap_or(0).min(LENGTH_MAX)).unwrap_or(0);
    let greatest = schema.length_max.unwrap_or(u64::MAX).min(LENGTH_MAX);
    let greatest = usize::try_from(greatest).unwrap_or(usize::MAX);
    let length = text.chars().count();
    if length > greatest {
        return text.chars().take(greatest).collect();
    }
    let filling = format!("{mixed:016x}");
    let missing = least.saturating_sub(length);
    text.chars().chain(filling.chars().cycle().take(missing)).collect()
}

fn by_format(format: &str, mixed: u64, salt: u64) -> Option<String> {
    let day = 1 + mixed % 28;
    let hour = (mixed >> 8) % 24;
    let minute = (mixed >> 16) % 60;
    Some(match format {
        "uuid" | "guid" => uuid(mixed),
        "date" => format!("2026-01-{day:02}"),
        "date-time" | "datetime" | "timestamp" => {
            format!("2026-01-{day:02}T{hour:02}:{minute:02}:00Z")
        }
        "time" => format!("{hour:02}:{minute:02}:00Z"),
        "duration" => format!("PT{}M", 1 + mixed % 59),
        "email" | "idn-email" => email(salt),
        "hostname" | "idn-hostname" => format!("host{}.example.com", mixed % 1000),
        // RFC 5737 and RFC 3849: addresses for documentation, which lead nowhere.
        "ipv4" | "ip" => format!("192.0.2.{}", 1 + mixed % 254),
        "ipv6" => format!("2001:db8::{:x}", 1 + mixed % 0xffff),
        "uri" | "url" | "iri" | "uri-reference" | "iri-reference" => {
            format!("https://example.com/{:x}", mixed % 0xffff)
        }
        "byte" | "base64" => "YXZvdWNo".to_owned(),
        "binary" => "avouch".to_owned(),
        "password" => format!("Av0uch-{:08x}!", mixed & 0xffff_ffff),
        "json-pointer" => "/a".to_owned(),
        "regex" => "^a+$".to_owned(),
        "int32" | "int64" | "int" => (1 + mixed % 1000).to_string(),
        "decimal" | "float" | "double" => format!("{}.50", 1 + mixed % 1000),
        "phone" | "tel" | "e164" => phone(mixed),
        "ulid" => ulid(mixed),
        "objectid" | "object-id" | "mongo-id" => format!("{mixed:016x}{:08x}", salt & 0xffff_ffff),
        _ => return None,
    })
}

/// A version 4 UUID (RFC 9562).
fn uuid(mixed: u64) -> String {
    let more = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        mixed >> 32,
        (mixed >> 16) & 0xffff,
        mixed & 0xfff,
        more >> 52,
        more & 0xffff_ffff_ffff
    )
}

fn ulid(mixed: u64) -> String {
    const ALPHABET: [char; 32] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H',
        'J', 'K', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
    ];
    let letters = (0..12_u32).filter_map(|at| pick(&ALPHABET, mixed.rotate_right(at * 5) & 31));
    let chance: String = letters.collect();
    format!("01JABCDEFGHJKM{chance}")
}

fn email(salt: u64) -> String {
    format!("avouch+{salt}@example.com")
}

/// A number of the range kept for fiction.
fn phone(mixed: u64) -> String {
    format!("+1202555{:04}", 100 + mixed % 100)
}

/// Words in a name, what they mean, and whether the word must stand alone.
fn by_name(name: &str, mixed: u64, salt: u64) -> String {
    let words = words(name);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&&**word));
    let number = mixed % 1000;
    if has(&["email", "mail"]) {
        email(salt)
    } else if has(&["phone", "mobile", "tel", "telephone", "fax"]) {
        phone(mixed)
    } else if has(&["uuid", "guid"]) {
        uuid(mixed)
    } else if has(&["url", "uri", "link", "website", "homepage", "callback", "webhook"]) {
        format!("https://example.com/{:x}", mixed % 0xffff)
    } else if has(&["password", "passwd", "pwd", "secret", "pin"]) {
        format!("Av0uch-{:08x}!", mixed & 0xffff_ffff)
    } else if has(&["date", "day", "birthday", "dob", "since", "until"]) {
        format!("2026-01-{:02}", 1 + mixed % 28)
    } else if has(&["at", "time", "timestamp"]) {
        format!("2026-01-{:02}T12:00:00Z", 1 + mixed % 28)
    } else if has(&["id", "ids", "key", "quantity", "count", "page", "limit", "offset", "age"]) {
        (1 + if salt == 0 { 0 } else { number }).to_string()
    } else if has(&["price", "amount", "cost", "total"]) {
        format!("{}.99", 1 + number)
    } else {
        placed_or_plain(&words, number)
    }
}

fn placed_or_plain(words: &[String], number: u64) -> String {
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&&**word));
    if has(&["first", "firstname", "given"]) {
        "Ada".to_owned()
    } else if has(&["last", "lastname", "surname", "family"]) {
        "Example".to_owned()
    } else if has(&["user", "username", "login", "nick", "handle"]) {
        format!("avouch{number}")
    } else if has(&["name", "title", "label"]) {
        format!("Avouch {number}")
    } else if has(&["country"]) {
        "US".to_owned()
    } else if has(&["currency"]) {
        "USD".to_owned()
    } else if has(&["city", "town"]) {
        "Springfield".to_owned()
    } else if has(&["street", "address"]) {
        format!("{} Main Street", 1 + number)
    } else if has(&["zip", "postcode", "postal"]) {
        format!("{:05}", 10_000 + number)
    } else if has(&["language", "locale", "lang"]) {
        "en".to_owned()
    } else if has(&["color", "colour"]) {
        "#336699".to_owned()
    } else if has(&["description", "comment", "note", "message", "text", "body"]) {
        format!("A note made by avouch, number {number}.")
    } else {
        format!("avouch{number}")
    }
}

/// The words of a name in any of the usual spellings, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars().take(100) {
        let begins = !c.is_alphanumeric() || c.is_uppercase() && was_lower;
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        was_lower = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}
