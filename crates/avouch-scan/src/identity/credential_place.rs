//! Where the answer to a login holds the credential, when nobody said it.
//!
//! Names differ (`token`, `auth_token`, `jwt`), so do places: at the top, below `data` or `user`, in
//! a header, in a cookie, or the whole body.

use super::spec::Take;
use crate::oracle::leaves::plain_key;
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::placeholder::Placeholder;
use serde_json::Value;

/// LIMIT: depth of an answer that is searched.
const DEPTH_MAX: usize = 5;
/// LIMIT: bytes of a credential.
const CREDENTIAL_BYTES_MAX: usize = 64 * 1024;
/// Shorter values are numbers and words, not credentials.
const CREDENTIAL_CHARS_MIN: usize = 6;

/// Keys of a credential, best first, without separators.
const KEYS: [&str; 20] = [
    "accesstoken",
    "token",
    "authtoken",
    "jwt",
    "jwttoken",
    "idtoken",
    "sessiontoken",
    "bearertoken",
    "bearer",
    "apitoken",
    "usertoken",
    "authenticationtoken",
    "authorizationtoken",
    "xaccesstoken",
    "authorization",
    "apikey",
    "key",
    "sessionid",
    "sid",
    "session",
];
/// Headers of an answer that hold a credential.
const HEADERS: [&str; 9] = [
    "authorization",
    "x-auth-token",
    "x-access-token",
    "x-authorization",
    "access-token",
    "auth-token",
    "x-token",
    "token",
    "jwt",
];
/// Parts of a session cookie's name.
const COOKIES: [&str; 7] = ["sess", "sid", "token", "jwt", "auth", "access", "login"];
/// Parts of the names of other cookies.
const OTHER_COOKIES: [&str; 4] = ["csrf", "xsrf", "refresh", "lang"];
/// What may stand before a credential in the answer.
const PREFIXES: [&str; 4] = ["Bearer ", "bearer ", "Token ", "JWT "];

/// The credential in an answer and where it is; it may be a placeholder.
pub fn usual(answer: &Answer) -> Option<(Take, String)> {
    in_body(answer).or_else(|| in_headers(answer)).or_else(|| in_cookies(answer))
}

/// The credential at that place.
pub fn at(take: &Take, answer: &Answer) -> Option<String> {
    let found = match take {
        Take::Usual => return usual(answer).map(|(_, found)| found),
        Take::Pointer(pointer) if pointer.is_empty() && answer.json().is_none() => {
            answer.body.trim().to_owned()
        }
        Take::Pointer(pointer) => answer.json()?.pointer(pointer)?.as_str()?.to_owned(),
        Take::Header(name) => answer.headers.first(name)?.to_owned(),
        Take::Cookie(name) => {
            cookies(answer).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)?
        }
        Take::Cookies => cookies(answer).into_iter().map(|(_, value)| value).next()?,
    };
    let bare = bare(&found);
    (!bare.is_empty() && bare.len() <= CREDENTIAL_BYTES_MAX).then(|| bare.to_owned())
}

fn bare(value: &str) -> &str {
    PREFIXES.iter().find_map(|prefix| value.strip_prefix(prefix)).unwrap_or(value).trim()
}

fn in_body(answer: &Answer) -> Option<(Take, String)> {
    let Some(json) = answer.json() else {
        let text = bare(answer.body.trim());
        return is_token(text).then(|| (Take::Pointer(String::new()), text.to_owned()));
    };
    let mut found = Vec::new();
    walk(&json, &mut String::new(), DEPTH_MAX, &mut found);
    let best = found
        .iter()
        .filter_map(|(pointer, value)| {
            let name = plain_key(pointer.rsplit('/').next().unwrap_or_default());
            let rank = KEYS.iter().position(|key| *key == name);
            // Under another name only what cannot be anything else.
            let rank = rank
                .or_else(|| (is_token(value) && !name.contains("refresh")).then_some(KEYS.len()))?;
            is_plausible(value).then_some((rank, pointer.matches('/').count(), pointer, value))
        })
        .min_by_key(|(rank, depth, _, _)| (*rank, *depth))?;
    Some((Take::Pointer(best.2.clone()), bare(best.3).to_owned()))
}

fn walk(json: &Value, pointer: &mut String, depth: usize, found: &mut Vec<(String, String)>) {
    let before = pointer.len();
    match json {
        Value::String(text) => found.push((pointer.clone(), text.clone())),
        Value::Object(members) if depth > 0 => {
            for (name, value) in members {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                walk(value, pointer, depth - 1, found);
                pointer.truncate(before);
            }
        }
        Value::Array(items) if depth > 0 => {
            if let Some(first) = items.first() {
                pointer.push_str("/0");
                walk(first, pointer, depth - 1, found);
                pointer.truncate(before);
            }
        }
        _ => (),
    }
}

fn is_plausible(value: &str) -> bool {
    let value = bare(value);
    let long = (CREDENTIAL_CHARS_MIN..=CREDENTIAL_BYTES_MAX).contains(&value.len());
    let is_scheme = ["bearer", "basic", "digest"].contains(&value.to_ascii_lowercase().as_str());
    Placeholder::parse(value).is_some()
        || long && !is_scheme && !value.contains(char::is_whitespace)
}

/// Whether a value is a token by its form: a JSON Web Token, or what capture took for one.
fn is_token(value: &str) -> bool {
    let value = bare(value);
    if let Some(known) = Placeholder::parse(value) {
        return matches!(known.class, DataClass::SessionToken | DataClass::Jwt);
    }
    value.starts_with("eyJ") && value.matches('.').count() == 2 && !value.contains(' ')
}

fn in_headers(answer: &Answer) -> Option<(Take, String)> {
    HEADERS.iter().find_map(|name| {
        let value = bare(answer.headers.first(name)?);
        is_plausible(value).then(|| (Take::Header((*name).to_owned()), value.to_owned()))
    })
}

/// Names and values of the cookies an answer sets.
fn cookies(answer: &Answer) -> Vec<(String, String)> {
    let pairs = answer.headers.all("set-cookie").filter_map(|cookie| {
        let (name, value) = cookie.split(';').next()?.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    });
    pairs.collect()
}

fn in_cookies(answer: &Answer) -> Option<(Take, String)> {
    let has = |name: &str, parts: &[&str]| {
        let lower = name.to_ascii_lowercase();
        parts.iter().any(|part| lower.contains(part))
    };
    let mut set = cookies(answer);
    set.retain(|(name, value)| !has(name, &OTHER_COOKIES) && !value.is_empty());
    let telling = set.iter().find(|(name, _)| has(name, &COOKIES));
    let (name, value) = telling.or(if set.len() == 1 { set.first() } else { None })?;
    Some((Take::Cookie(name.clone()), value.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    fn pointer(text: &str) -> Take {
        Take::Pointer(text.to_owned())
    }

    #[test]
    fn a_credential_is_found_under_odd_names() {
        for (body, place, value) in [
            (r#"{"auth_token":"abcdef1"}"#, "/auth_token", "abcdef1"),
            (r#"{"data":{"token":"abcdef2"}}"#, "/data/token", "abcdef2"),
            (r#"{"access_token":"abcdef3","token":"other-one"}"#, "/access_token", "abcdef3"),
            (
                r#"{"authentication":{"token":"abcdef4","bid":1}}"#,
                "/authentication/token",
                "abcdef4",
            ),
            (r#"{"user":{"email":"x@y.z","token":"abcdef5"}}"#, "/user/token", "abcdef5"),
            (r#"{"token_type":"bearer","jwt":"Bearer abcdef6"}"#, "/jwt", "abcdef6"),
            (
                r#"{"result":"eyJhbGciOiJub25lIn0.e30.xyz"}"#,
                "/result",
                "eyJhbGciOiJub25lIn0.e30.xyz",
            ),
            (
                r#"{"token":"‹session-token:0123456789abcdef›"}"#,
                "/token",
                "‹session-token:0123456789abcdef›",
            ),
        ] {
            assert_eq!(
                usual(&answer(200, body)),
                Some((pointer(place), value.to_owned())),
                "{body}"
            );
        }
        for body in [
            r#"{"message":"hello there"}"#,
            r#"{"token":null}"#,
            "welcome",
            r#"{"key":"a b c d e f"}"#,
        ] {
            assert_eq!(usual(&answer(200, body)), None, "{body}");
        }
    }

    #[test]
    fn a_credential_is_found_beside_the_body() {
        let mut with = answer(200, r#"{"ok":true}"#);
        with.headers.0.push(("set-cookie".into(), "csrftoken=1; Path=/".into()));
        with.headers.0.push(("set-cookie".into(), "connect.sid=s%3Aabc; HttpOnly".into()));
        assert_eq!(usual(&with), Some((Take::Cookie("connect.sid".into()), "s%3Aabc".into())));
        with.headers.0.push(("authorization".into(), "Bearer abcdef".into()));
        assert_eq!(usual(&with), Some((Take::Header("authorization".into()), "abcdef".into())));
    }
}
