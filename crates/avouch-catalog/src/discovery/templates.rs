//! Templates of concrete paths: which segments are values.
//!
//! In scope: numbers, UUIDs, ULIDs, long hexadecimal and random segments, and what stands in many
//! spellings behind one plural. Out of scope: certainty. A template found this way is a guess.

use std::collections::{BTreeMap, BTreeSet};

/// Different segments behind a plural from which they are taken for values.
const SIBLINGS_MIN: usize = 4;
/// Paths that are looked at together.
// LIMIT: 20,000 paths.
const PATHS_MAX: usize = 20_000;
/// Segments one path may have.
// LIMIT: 40 segments.
const SEGMENTS_MAX: usize = 40;
/// Words that stand behind a plural and are no value.
const NO_VALUES: [&str; 16] = [
    "me", "self", "search", "count", "new", "export", "import", "bulk", "batch", "all", "latest",
    "stats", "recent", "mine", "current", "upload",
];

/// The template of one path, by the form of its segments alone: `/orders/17` is `/orders/{orderId}`.
pub fn template_of(path: &str) -> String {
    let segments: Vec<_> = segments(path).collect();
    let values: Vec<bool> = segments.iter().map(|segment| is_value(segment)).collect();
    written(path, &segments, &values)
}

/// Templates of paths that were seen together, each once, in order. Besides what [`template_of`] sees,
/// segments that are many behind one plural are values.
pub fn infer(paths: &[String]) -> Vec<String> {
    let paths = paths.get(..paths.len().min(PATHS_MAX)).unwrap_or_default();
    let templates: BTreeSet<String> = infer_each(paths).into_iter().collect();
    templates.into_iter().collect()
}

/// The template of each of these paths, seen together. Only the first ones teach the others.
pub(crate) fn infer_each(paths: &[String]) -> Vec<String> {
    let teaching = paths.get(..paths.len().min(PATHS_MAX)).unwrap_or_default();
    // What stands behind each beginning, values of a known form already taken out.
    let mut behind: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for path in teaching {
        let mut before = String::new();
        for segment in segments(path) {
            let shape = if is_value(segment) { "{}" } else { segment };
            if shape != "{}" && last_is_plural(&before) && !NO_VALUES.contains(&segment) {
                behind.entry(before.clone()).or_default().insert(segment);
            }
            before.push('/');
            before.push_str(shape);
        }
    }
    let mut templates = Vec::new();
    for path in paths {
        let segments: Vec<_> = segments(path).collect();
        let mut before = String::new();
        let mut values = Vec::new();
        for &segment in &segments {
            let of_form = is_value(segment);
            let many = behind.get(&before);
            let of_many =
                many.is_some_and(|many| many.len() >= SIBLINGS_MIN && many.contains(segment));
            values.push(of_form || of_many);
            before.push('/');
            before.push_str(if of_form { "{}" } else { segment });
        }
        templates.push(written(path, &segments, &values));
    }
    templates
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split('/').filter(|segment| !segment.is_empty()).take(SEGMENTS_MAX)
}

fn last_is_plural(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(is_plural)
}

fn is_plural(word: &str) -> bool {
    word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us")
}

/// Whether a segment has the form of a value.
fn is_value(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let all = |wanted: fn(&u8) -> bool| bytes.iter().all(wanted);
    let is_number = digits == bytes.len() && !bytes.is_empty();
    let is_hex = bytes.len() >= 16 && digits > 0 && all(u8::is_ascii_hexdigit);
    let is_ulid = bytes.len() == 26 && digits > 0 && all(u8::is_ascii_alphanumeric);
    is_number || is_hex || is_ulid || is_uuid(bytes) || is_prefixed(segment) || is_random(bytes)
}

/// A UUID (RFC 9562) in its usual spelling.
fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Such as `ord_17ab3c`, `INV-2041`: a short word, then something with at least two digits.
fn is_prefixed(segment: &str) -> bool {
    let Some((word, rest)) = segment.split_once(['_', '-']) else { return false };
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    (1..=5).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_alphabetic())
        && digits >= 2
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Long, and letters and digits mixed.
fn is_random(bytes: &[u8]) -> bool {
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    bytes.len() >= 20 && digits >= 3 && bytes.iter().all(plain)
}

fn written(path: &str, segments: &[&str], values: &[bool]) -> String {
    let mut template = String::new();
    let mut names: Vec<String> = Vec::new();
    let mut before = "";
    for (segment, is_value) in segments.iter().zip(values) {
        template.push('/');
        if *is_value {
            let plain = name_after(before);
            let again = names.iter().filter(|name| **name == plain).count();
            let name = if again == 0 { plain.clone() } else { format!("{plain}{}", again + 1) };
            template.push('{');
            template.push_str(&name);
            template.push('}');
            names.push(plain);
        } else {
            // A brace in a concrete path would read as a parameter.
            template.push_str(&segment.replace('{', "%7B").replace('}', "%7D"));
        }
        before = if *is_value { "" } else { segment };
    }
    let bare = path.split(['?', '#']).next().unwrap_or_default();
    if template.is_empty() || bare.ends_with('/') {
        template.push('/');
    }
    template
}

/// `orders` gives `orderId`, `order-items` gives `orderItemId`.
fn name_after(segment: &str) -> String {
    let singular = match segment {
        _ if !is_plural(segment) => segment.to_owned(),
        _ if segment.ends_with("ies") => {
            format!("{}y", segment.strip_suffix("ies").unwrap_or(segment))
        }
        _ if ["sses", "shes", "ches", "xes", "uses"].iter().any(|end| segment.ends_with(end)) => {
            segment.strip_suffix("es").unwrap_or(segment).to_owned()
        }
        _ => segment.strip_suffix('s').unwrap_or(segment).to_owned(),
    };
    let mut name = String::new();
    let mut raise = false;
    for c in singular.chars() {
        if !c.is_ascii_alphanumeric() {
            raise = !name.is_empty();
        } else if raise {
            name.push(c.to_ascii_uppercase());
            raise = false;
        } else {
            name.push(c);
        }
    }
    if name.is_empty() { "id".to_owned() } else { format!("{name}Id") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn segments_with_the_form_of_a_value_become_parameters() {
        for (path, template) in [
            ("/orders/17", "/orders/{orderId}"),
            ("/orders/17/items/3?x=1", "/orders/{orderId}/items/{itemId}"),
            ("/users/7b1c3f6a-1c2d-4e5f-8a9b-0c1d2e3f4a5b", "/users/{userId}"),
            ("/categories/01J9ZZZZZZZZZZZZZZZZZZZZZZ/", "/categories/{categoryId}/"),
            ("/order-items/65f1c0ffee65f1c0ffee65f1", "/order-items/{orderItemId}"),
            ("/invoices/INV-2041", "/invoices/{invoiceId}"),
            ("/addresses/ad_91xk2", "/addresses/{addressId}"),
            ("/17/18", "/{id}/{id2}"),
            ("/api/v1/users/me", "/api/v1/users/me"),
            ("/oauth2/token", "/oauth2/token"),
            ("/status", "/status"),
            ("/a{b}/1", "/a%7Bb%7D/{aBId}"),
            ("", "/"),
            ("/", "/"),
        ] {
            assert_eq!(template_of(path), template, "{path}");
        }
    }

    #[test]
    fn many_siblings_behind_a_plural_are_values() {
        let paths = ["ada", "bob", "cyd", "dan", "me", "search"].map(|who| format!("/users/{who}"));
        assert_eq!(infer(&paths), ["/users/me", "/users/search", "/users/{userId}"]);
        let few = ["admin", "login"].map(|what| format!("/users/{what}"));
        assert_eq!(infer(&few), ["/users/admin", "/users/login"]);
        let below = ["ada", "bob", "cyd", "dan"].map(|who| format!("/users/{who}/posts/1"));
        assert_eq!(infer(&below), ["/users/{userId}/posts/{postId}"]);
    }

    proptest! {
        #[test]
        fn a_path_belongs_to_its_template(path in "(/[a-z0-9_-]{1,30}){1,6}") {
            prop_assert!(crate::template::matches(&template_of(&path), &path).is_some());
        }

        #[test]
        fn no_path_panics(path in ".{0,80}") {
            let template = template_of(&path);
            prop_assert!(template.starts_with('/'));
            let _ = infer(&[path]);
        }
    }
}
