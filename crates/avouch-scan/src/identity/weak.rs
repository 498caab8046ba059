//! Signing secrets that anybody would try first.
//!
//! Nothing is sent: a token either is signed by one of these or not, and that is mathematics. The
//! list is made, not stored: words that appear in tutorials, samples and default configurations, the
//! same with usual endings, and every number of up to six digits.

use super::token::SignedInput;

/// Words that are used as secrets, or stand in the samples people copy.
const WORDS: &str = include_str!("weak.txt");
/// What people put behind a word.
const ENDINGS: [&str; 40] = [
    "", "1", "12", "123", "1234", "12345", "123456", "!", "!!", "?", "1!", "123!", "@123", "#123",
    "_secret", "-secret", "secret", "_key", "-key", "key", "Key", "KEY", "_dev", "-dev", "dev",
    "_prod", "-prod", "_test", "-test", "test", "2018", "2019", "2020", "2021", "2022", "2023",
    "2024", "2025", "2026", "_jwt",
];
/// Every number below this is tried, with and without leading zeros.
const NUMBERS: u32 = 1_000_000;

/// Every secret, most usual first.
fn candidates() -> impl Iterator<Item = String> {
    let words = || WORDS.lines().map(str::trim).filter(|w| !w.is_empty() && !w.starts_with("# "));
    let plain = words().map(str::to_owned);
    let cased = words().flat_map(|word| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        [word.to_uppercase(), format!("{first}{}", chars.as_str())]
    });
    let ended = words().flat_map(|word| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        let capital = format!("{first}{}", chars.as_str());
        ENDINGS.iter().flat_map(move |end| [format!("{word}{end}"), format!("{capital}{end}")])
    });
    let padded = (0..NUMBERS).map(|n| format!("{n:06}"));
    let short = (0..100_000).map(|n| n.to_string());
    plain.chain(cased).chain(ended).chain(padded).chain(short)
}

/// The secret that signs the token and how many were tried until it was found.
pub(super) fn find(signed: &SignedInput) -> Option<(String, u32)> {
    let mut tried = 0;
    candidates().find_map(|secret| {
        tried += 1;
        signed.is_signed_by(secret.as_bytes()).then_some((secret, tried))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_large_and_begins_with_the_usual() {
        assert!(candidates().count() > 1_100_000);
        let first: Vec<String> = candidates().take(400).collect();
        for usual in ["secret", "changeme", "your-256-bit-secret", "password"] {
            assert!(first.iter().any(|candidate| candidate == usual), "{usual}");
        }
    }
}
