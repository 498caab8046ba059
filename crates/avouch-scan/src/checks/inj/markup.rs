//! Whether a browser would take an answer for a page.

use avouch_model::exchange::Answer;

/// Media types that browsers lay out and whose scripts they run.
const PAGES: [&str; 5] =
    ["text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml"];

/// Whether a browser lays the answer out: by its media type, or by looking into it when none is
/// stated and nothing forbids to look.
pub(super) fn is_page(answer: &Answer) -> bool {
    let stated = answer.media_type();
    let disposition = answer.headers.first("content-disposition").unwrap_or_default();
    if disposition.trim_start().to_ascii_lowercase().starts_with("attachment") {
        return false;
    }
    if stated.is_empty() {
        let looks = answer.headers.first("x-content-type-options");
        return !looks.is_some_and(|value| value.eq_ignore_ascii_case("nosniff"));
    }
    PAGES.contains(&stated.as_str())
}

/// Whether its content policy lets no script run.
pub(super) fn is_sandboxed(answer: &Answer) -> bool {
    answer.headers.all("content-security-policy").any(|policy| {
        policy.split(';').map(str::trim).any(|directive| {
            let mut words = directive.split_whitespace();
            match (words.next(), words.next()) {
                (Some("sandbox"), _) => !directive.contains("allow-scripts"),
                (Some("default-src" | "script-src"), Some("'none'")) => true,
                _ => false,
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn data_is_no_page_and_a_page_can_be_disarmed() {
        assert!(is_page(&answer(404, "<p>x</p>")));
        assert!(!is_page(&answer(200, r#"{"q":"<p>"}"#)));
        let mut disarmed = answer(404, "<p>x</p>");
        assert!(!is_sandboxed(&disarmed));
        let policy = ("content-security-policy".to_owned(), "default-src 'none'".to_owned());
        disarmed.headers.0.push(policy);
        assert!(is_sandboxed(&disarmed));
        let mut download = answer(200, "<p>x</p>");
        download.headers.0.push(("content-disposition".into(), "attachment".into()));
        assert!(!is_page(&download));
    }
}
