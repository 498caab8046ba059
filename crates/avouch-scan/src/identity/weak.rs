//! Signing secrets that anybody would try first.
//!
//! Nothing is sent: a token either is signed by one of these or not, and that is mathematics. The
//! list is made, not stored: words that appear in tutorials, samples and default configurations, the
//! same with usual endings, and every number of up to six digits.

use super::token::SignedInput;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Words that are used as secrets, or stand in the samples people copy.
const WORDS: &str = include_str!("weak.txt");
/// What people put behind a word.
const ENDINGS: [&str; 40] = [
    "", "1", "12", "123", "1234", "12345", "123456", "!", "!!", "?", "1!", "123!", "@123", "#123",
    "_secret", "-secret", "secret", "_key", "-key", "key", "Key", "KEY", "_dev", "-dev", "dev",
    "_prod", "-prod", "_test", "-test", "test", "2018", "2019", "2020", "2021", "2022", "2023",
    "2024", "2025", "2026", "_jwt",
];
/// Years that stand behind a word.
const YEARS: std::ops::RangeInclusive<u32> = 2000..=2030;
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
    // Numbers as people type them: of four, five and six digits, then shorter ones and those without
    // zeros in front.
    let digits = |width: usize, below: u32| (0..below).map(move |n| format!("{n:0width$}"));
    let padded = digits(4, 10_000).chain(digits(6, NUMBERS)).chain(digits(5, 100_000));
    let bare = (0..1_000).map(|n| n.to_string());
    // What a small program makes of a word: its spelling in hexadecimal or base64, or the word twice.
    let spelled = words().flat_map(|word| {
        let hex = crate::nonce::hexadecimal(word.as_bytes());
        [STANDARD.encode(word), hex, format!("{word}{word}"), word.chars().rev().collect()]
    });
    // The year of a project behind each, and a mark behind that.
    let dated = words().flat_map(|word| {
        YEARS.flat_map(move |year| {
            ["", "!", "@", "#", "$"].map(|mark| format!("{word}{year}{mark}"))
        })
    });
    plain.chain(cased).chain(ended).chain(padded).chain(bare).chain(spelled).chain(dated)
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
        assert!(candidates().count() > 1_200_000);
        for wanted in ["0042", "00042", "123456", "7", "c2VjcmV0", "secret2024!"] {
            assert!(candidates().any(|candidate| candidate == wanted), "{wanted}");
        }
        let first: Vec<String> = candidates().take(400).collect();
        for usual in ["secret", "changeme", "your-256-bit-secret", "password"] {
            assert!(first.iter().any(|candidate| candidate == usual), "{usual}");
        }
    }
}
