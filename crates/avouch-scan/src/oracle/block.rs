//! O13: throttles and block pages are recognised, and are no answer.

use avouch_model::exchange::Answer;

/// Texts of block pages and challenges, lower case.
const BLOCK_TEXTS: [&str; 12] = [
    "captcha",
    "attention required! | cloudflare",
    "checking your browser",
    "request blocked",
    "your request has been blocked",
    "access denied | ",
    "the requested url was rejected. please consult with your administrator",
    "web application firewall",
    "incapsula incident id",
    "you have been blocked",
    "too many requests",
    "unusual traffic",
];
/// LIMIT: characters of a body that are searched for them.
const SEARCHED_MAX: usize = 8_000;

/// Why the answer says nothing about the question: the target throttles or blocks us. `None` when it
/// does not.
pub fn blocked(answer: &Answer) -> Option<String> {
    if answer.status == 429 {
        return Some("the target throttles (429 Too Many Requests)".to_owned());
    }
    if answer.status == 503 && answer.headers.first("retry-after").is_some() {
        return Some("the target asks to come back later (503 with Retry-After)".to_owned());
    }
    if matches!(answer.status, 403 | 405 | 406 | 503) {
        let start: String = answer.body.chars().take(SEARCHED_MAX).collect();
        let lower = start.to_ascii_lowercase();
        if let Some(text) = BLOCK_TEXTS.iter().find(|text| lower.contains(**text)) {
            return Some(format!("the target blocks the scan ({} with `{text}`)", answer.status));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn blocks_are_told_from_refusals() {
        assert!(blocked(&answer(429, "")).is_some());
        assert!(blocked(&answer(403, "<h1>Your request has been blocked</h1>")).is_some());
        assert!(blocked(&answer(403, r#"{"error":"forbidden"}"#)).is_none());
        assert!(blocked(&answer(200, "solve the captcha")).is_none());
        assert!(blocked(&answer(503, "")).is_none());
    }
}
