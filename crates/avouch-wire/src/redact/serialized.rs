//! Objects of a language's own serialization, known by their first bytes.

use super::spelling::percent_decoded;

/// First characters of a serialized object, plain or in Base64, and what it is. Short ones, which a
/// chance text could begin with, are not here.
const BEGINNINGS: [(&str, &str); 9] = [
    ("rO0AB", "serialized-java"),
    ("aced0005", "serialized-java"),
    ("AAEAAAD/////", "serialized-dotnet"),
    ("gASV", "serialized-pickle"),
    ("gAWV", "serialized-pickle"),
    ("gAN9cQ", "serialized-pickle"),
    ("BAh7", "serialized-ruby"),
    ("BAhJ", "serialized-ruby"),
    ("{\"rce\":\"_$$ND_FUNC$$_", "serialized-node"),
];
/// Beginnings in Base64 of `O:8:"`, as PHP writes objects: the digit varies.
const PHP_IN_BASE64: &str = "Tzo";

/// Which language's serialized object a value is, for a placeholder's detail.
pub fn form(value: &str) -> Option<&'static str> {
    let decoded = percent_decoded(value, false);
    let plain = decoded.trim_matches('"');
    let known = BEGINNINGS.iter().find(|(start, _)| plain.starts_with(start));
    let php = is_php(plain) || plain.starts_with(PHP_IN_BASE64) && in_base64_is_php(plain);
    known.map(|(_, form)| *form).or(php.then_some("serialized-php"))
}

/// `O:8:"UserPref":…`
fn is_php(text: &str) -> bool {
    let Some((length, name)) = text.strip_prefix("O:").and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit()) && name.starts_with('"')
}

fn in_base64_is_php(text: &str) -> bool {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    let start: String = text.chars().take(20).collect();
    STANDARD_NO_PAD.decode(&start).is_ok_and(|bytes| is_php(&String::from_utf8_lossy(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_known_by_how_they_begin() {
        assert_eq!(form("rO0ABXNyAAtQcmVmZXJlbmNlcw=="), Some("serialized-java"));
        assert_eq!(form("AAEAAAD%2F%2F%2F%2F%2FAQAAAA"), Some("serialized-dotnet"));
        assert_eq!(form("O:8:\"UserPref\":1:{}"), Some("serialized-php"));
        assert_eq!(form("Tzo4OiJVc2VyUHJlZiI6MTp7fQ=="), Some("serialized-php"));
        for other in ["eyJ0aGVtZSI6ImRhcmsifQ==", "dark", "O:none", "Tzo0000000000000000", "gAS"] {
            assert_eq!(form(other), None, "{other}");
        }
    }
}
