//! What in a recording is a credential.
//!
//! In scope: names and forms of values. What is taken for a secret wrongly costs an example; what is
//! missed would be sent to the target or shown, so names count generously.

/// Parts of names, letters and digits only, whose values are secret.
const PARTS: [&str; 24] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "secretkey",
    "authorization",
    "credential",
    "session",
    "cookie",
    "jwt",
    "csrf",
    "xsrf",
    "otp",
    "cvv",
    "cvc",
    "cardnumber",
    "signature",
    "assertion",
    "verifier",
];
/// Whole names, letters and digits only, whose values are secret.
const NAMES: [&str; 10] =
    ["pwd", "pass", "pin", "sid", "auth", "bearer", "key", "sig", "pan", "state"];
/// How secrets of well-known forms begin.
const BEGINNINGS: [&str; 12] = [
    "bearer ",
    "basic ",
    "token ",
    "-----begin",
    "sk_live_",
    "sk_test_",
    "ghp_",
    "github_pat_",
    "xoxb-",
    "xoxp-",
    "akia",
    "glpat-",
];

/// Whether what has that name is secret.
pub(crate) fn is_name(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    NAMES.contains(&&*plain) || PARTS.iter().any(|part| plain.contains(part))
}

/// Whether a text has the form of a secret, whatever its name.
pub(crate) fn is_value(text: &str) -> bool {
    let text = text.trim();
    let start: String = text.chars().take(16).collect::<String>().to_ascii_lowercase();
    BEGINNINGS.iter().any(|beginning| start.starts_with(beginning)) || holds_token(text)
}

/// A JSON Web Token (RFC 7519) anywhere in it: two dots, and a head that begins as JSON does.
fn holds_token(text: &str) -> bool {
    text.match_indices("eyJ").any(|(at, _)| {
        let rest = text.get(at..).unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let token: &str = rest.split(|c| !plain(c)).next().unwrap_or_default();
        token.len() > 20 && token.matches('.').count() >= 1
    })
}

/// A path in which segments that are tokens are parameters.
pub(crate) fn without_tokens(path: &str) -> String {
    let segments =
        path.split('/').map(|segment| if is_value(segment) { "{token}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// Whether a value of that name may be used as an example.
pub(crate) fn may_be_used(name: &str, value: &str) -> bool {
    !is_name(name) && !is_value(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_forms_of_secrets_are_known() {
        for name in ["Password", "new_password", "X-Api-Key", "access_token", "PIN", "sessionId"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["name", "city", "pinned", "keyword", "passenger", "author", "id"] {
            assert!(!is_name(name), "{name}");
        }
        for value in ["Bearer x", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "sk_live_1", "AKIA1"]
        {
            assert!(is_value(value), "{value}");
        }
        assert!(is_value("x=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc; y"));
        assert!(!is_value("Bergen") && !is_value("a.b.c") && !is_value("eyJ"));
    }
}
