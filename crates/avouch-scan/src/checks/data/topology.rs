//! DATA-04: answers show how the inside of the network or the machine is laid out.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::checks::hdr::seen::{Seen, seen};
use crate::context::Context;
use crate::oracle::refusal::is_error_envelope;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// DATA-04
pub(super) const CHECK: Check = Check {
    id: "DATA-04",
    name: "inner-structure-shown",
    title: "Answers show how the inside is laid out",
    family: Family::Data,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(497),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("topology.md"),
    applies: |_| true,
    run,
};

/// LIMIT: characters of a body that are searched.
const SEARCHED_MAX: usize = 200_000;
/// LIMIT: places named in the proof.
const NAMED_MAX: usize = 6;
/// Headers whose values name other things: the caller's own address, pages' policies.
const OTHER_HEADERS: [&str; 8] = [
    "set-cookie",
    "content-security-policy",
    "content-security-policy-report-only",
    "x-forwarded-for",
    "x-real-ip",
    "x-client-ip",
    "cf-connecting-ip",
    "x-remote-ip",
];

/// What an address of a private network, or a name only a cluster knows, looks like.
const PRIVATE_ADDRESS: &str = r"\b(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2})\b(?::\d{2,5})?";
const INNER_NAME: &str = r"\b[a-z0-9][a-z0-9.-]{0,80}\.(?:svc\.cluster\.local|cluster\.local|ec2\.internal|compute\.internal|svc\.local|consul)\b(?::\d{2,5})?";
const PRIVATE_LINK: &str = r"https?://(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2})\b(?::\d{2,5})?";
const SOURCE_PATH: &str = r"(?-u)(?:/(?:var/www|usr/src|usr/local/lib|home/[a-z0-9_-]+|srv|opt|app)(?:/[\w.@-]+)+\.(?:py|js|ts|mjs|rb|php|java|go|cs|rs|ex)\b|\b[A-Z]:\\(?:[\w.-]+\\)+[\w.-]+\.(?:cs|php|js|py|dll)\b)";
const STATEMENT: &str = r"(?i-u)(?:\bselect\s[\x20-\x7e]+?\sfrom\s+[\w.`\[\]]+\s+(?:where|limit|order|inner|left|join)\b|\binsert\s+into\s+[\w.`\[\]]+\s*\(|\bupdate\s+[\w.`\[\]]+\s+set\s|\bdelete\s+from\s+[\w.`\[\]]+\s+where\b)";

/// Where a form counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    /// In headers and anywhere in bodies.
    Anywhere,
    /// In headers and errors: in what is asked for it is content.
    HeadersAndErrors,
    /// In errors only.
    Errors,
    /// In bodies that are no errors.
    Contents,
}

/// Forms, what each is, and where it counts.
static FORMS: LazyLock<Vec<(Regex, &str, Where)>> = LazyLock::new(|| {
    let forms = [
        (PRIVATE_ADDRESS, "an address of a private network", Where::HeadersAndErrors),
        (PRIVATE_LINK, "a link into a private network", Where::Contents),
        (INNER_NAME, "a name only the inner network knows", Where::Anywhere),
        (SOURCE_PATH, "the place of a source file", Where::Errors),
        (STATEMENT, "a statement to the database", Where::Errors),
    ];
    let compiled =
        |(form, what, at): (&str, &'static str, Where)| Some((Regex::new(form).ok()?, what, at));
    forms.into_iter().filter_map(compiled).collect()
});

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    for seen in seen(ctx)? {
        // Documents show examples.
        if seen.sample.is_none() && seen.answer.is_success() {
            continue;
        }
        for (place, text, what) in found_in(ctx, &seen) {
            shown.entry(format!("{what}: `{text}`")).or_insert(place);
        }
    }
    let Some((first, place)) = shown.first_key_value() else { return Ok(Verdict::Pass) };
    let summary = format!("{place} shows {first}");
    let proof = Proof::new(Severity::Low, Confidence::Confirmed, summary)
        .because("it was not part of the request, and is not the target's own address")
        .caused_by("inner structure in answers");
    let lines = shown.iter().take(NAMED_MAX).map(|(what, place)| format!("{place}: {what}"));
    Ok(Verdict::fail(lines.fold(proof, Proof::because)))
}

fn found_in(ctx: &Context<'_>, seen: &Seen<'_>) -> Vec<(String, String, &'static str)> {
    let is_error = is_error(seen.answer);
    let body: String = seen.answer.body.chars().take(SEARCHED_MAX).collect();
    // JSON writes slashes of paths and line ends in its own way.
    let body = body.replace("\\\\", "\\").replace("\\/", "/").replace("\\\"", "\"");
    let mut found = Vec::new();
    for (form, what, at) in FORMS.iter() {
        let in_body = match at {
            Where::Anywhere => true,
            Where::HeadersAndErrors | Where::Errors => is_error,
            Where::Contents => !is_error,
        };
        let texts = form.find_iter(&body).filter(|_| in_body).take(NAMED_MAX);
        let in_headers = seen
            .answer
            .headers
            .0
            .iter()
            .filter(|(name, _)| !OTHER_HEADERS.contains(&name.as_str()))
            .filter(|_| matches!(at, Where::Anywhere | Where::HeadersAndErrors))
            .filter_map(|(name, value)| Some((name, form.find(value)?)));
        let place = |header: Option<&String>| match header {
            Some(name) => format!("header `{name}` of `{}`", seen.place),
            None if is_error => format!("an error of `{}`", seen.place),
            None => format!("`{}`", seen.place),
        };
        let all = texts.map(|m| (None, m)).chain(in_headers.map(|(name, m)| (Some(name), m)));
        for (header, text) in all {
            let text = text.as_str();
            if !text.contains(&ctx.target.host) && !seen.was_sent(text) {
                let shown: String = text.chars().take(120).collect();
                found.push((place(header), shown, *what));
            }
        }
    }
    found
}

fn is_error(answer: &Answer) -> bool {
    answer.status >= 400 || answer.json().is_some_and(|json| is_error_envelope(&json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_compiles_and_tells_like_from_like() {
        assert_eq!(FORMS.len(), 5);
        let is = |form: &str, text: &str| Regex::new(form).unwrap().is_match(text);
        assert!(is(PRIVATE_ADDRESS, "dial tcp 10.2.3.4:5432: refused"));
        assert!(!is(PRIVATE_ADDRESS, "version 10.2.3"));
        assert!(!is(PRIVATE_ADDRESS, "110.2.3.4 and 172.32.0.1"));
        assert!(is(SOURCE_PATH, "in /usr/src/app/routes/orders.js"));
        assert!(!is(SOURCE_PATH, "GET /app/orders"));
        assert!(is(STATEMENT, "SELECT id FROM users WHERE name = $1"));
        assert!(!is(STATEMENT, "select one from the list below"));
    }
}
