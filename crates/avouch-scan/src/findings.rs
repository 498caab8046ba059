//! From a proof to a finding: all that a person needs to judge and mend it.

use crate::check::{Check, SubjectId};
use crate::step::Event;
use crate::tape::Seen;
use avouch_catalog::Catalog;
use avouch_model::exchange::{Exchange, Hit};
use avouch_model::finding::Finding;
use avouch_model::identity::IdentityFacts;
use avouch_model::reference::Criterion;
use avouch_model::verdict::Proof;
use aws_lc_rs::digest;

/// LIMIT: deciding exchanges kept with a finding.
const EXCHANGES_MAX: usize = 6;
/// LIMIT: characters of a body kept with a finding.
const BODY_CHARS_MAX: usize = 4_000;

/// Makes the finding. Points are filled in by the score.
pub fn finding(
    check: &Check,
    subject: &SubjectId,
    proof: &Proof,
    seen: &[Seen],
    catalog: &Catalog,
    identities: &[IdentityFacts],
    samples: &[Exchange],
) -> Finding {
    let place = SubjectId {
        operation: proof.operation.clone().or_else(|| subject.operation.clone()),
        input: subject.input.clone(),
    };
    let subject = &place;
    let parameter = proof.parameter.clone().or_else(|| subject.input.clone());
    let asked = exchanges(seen);
    let mut exchanges: Vec<Exchange> =
        proof.decisive.iter().filter_map(|n| asked.get(*n)).map(|e| (*e).clone()).collect();
    if exchanges.is_empty() {
        // A passive check: what the corpus holds of this operation is what it looked at.
        exchanges = samples.to_vec();
    }
    exchanges.truncate(EXCHANGES_MAX);
    exchanges.iter_mut().for_each(shorten);
    let operation = catalog.operations.iter().find(|o| subject.operation.as_ref() == Some(&o.id));
    let curl = exchanges.first().map(|exchange| {
        let carrier = identities.iter().find(|i| i.who == exchange.request.who).map(|i| &i.carrier);
        avouch_report::curl::command(&exchange.request, carrier)
    });
    let whole = subject.operation.as_ref().map_or_else(|| "target".to_owned(), |id| id.0.clone());
    Finding {
        fingerprint: fingerprint(check.id, subject, parameter.as_deref(), proof),
        check: check.id.to_owned(),
        name: check.name.to_owned(),
        title: check.title.to_owned(),
        severity: proof.severity,
        confidence: proof.confidence,
        operation: subject.operation.clone(),
        parameter,
        identities: proof.identities,
        summary: proof.summary.clone(),
        reasons: proof.reasons.clone(),
        impact: first_paragraph(check.page),
        remediation: unwrapped(&section(check.page, "## How to mend it")),
        curl: curl.unwrap_or_default(),
        cwe: check.cwe,
        owasp: check.owasp.to_vec(),
        criteria: check.criteria.iter().map(|id| Criterion((*id).to_owned())).collect(),
        points_tenths: 0,
        gain_tenths: 0,
        described_at: operation.and_then(|operation| operation.described_at.clone()),
        root_cause: proof.root_cause.clone().unwrap_or(whole),
        exchanges,
        hits: hits(seen),
        proven_times: 1,
        suppressed: None,
    }
}

/// Stable over runs: nothing in it changes with values, times or nonces.
fn fingerprint(check: &str, subject: &SubjectId, parameter: Option<&str>, proof: &Proof) -> String {
    let operation = subject.operation.as_ref().map_or("", |id| id.0.as_str());
    let pair = proof.identities.map_or_else(String::new, |(a, b)| format!("{a}>{b}"));
    let text = format!("{check}\n{operation}\n{}\n{pair}", parameter.unwrap_or_default());
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    crate::nonce::hexadecimal(digest.as_ref().get(..8).unwrap_or_default())
}

/// Every exchange of a run, in the order a check counts them.
pub fn exchanges(seen: &[Seen]) -> Vec<&Exchange> {
    seen.iter()
        .flat_map(|seen| match &seen.event {
            Event::Exchange(exchange) => vec![exchange.as_ref()],
            Event::Together(exchanges) => exchanges.iter().collect(),
            Event::WebSocket(talk) => vec![&talk.exchange],
            Event::Hello(_) | Event::TlsFault(_) | Event::Paused | Event::Hits(_) => Vec::new(),
        })
        .collect()
}

fn hits(seen: &[Seen]) -> Vec<Hit> {
    let hits = seen.iter().filter_map(|seen| match &seen.event {
        Event::Hits(hits) => Some(hits),
        _ => None,
    });
    hits.flatten().take(EXCHANGES_MAX).cloned().collect()
}

fn shorten(exchange: &mut Exchange) {
    let cut = |text: &mut String| {
        if let Some((at, _)) = text.char_indices().nth(BODY_CHARS_MAX) {
            text.truncate(at);
            text.push_str("… (shortened)");
        }
    };
    if let Some(body) = &mut exchange.request.body {
        cut(body);
    }
    if let avouch_model::exchange::Outcome::Answered(answer) = &mut exchange.outcome {
        cut(&mut answer.body);
    }
}

/// A page's first paragraph: why the weakness matters.
pub fn first_paragraph(page: &str) -> String {
    let text = page.lines().skip_while(|line| line.starts_with('#') || line.trim().is_empty());
    text.take_while(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(" ")
}

/// A page's section, without its heading.
pub fn section(page: &str, heading: &str) -> String {
    let after = page.lines().skip_while(|line| *line != heading).skip(1);
    let lines: Vec<&str> = after.take_while(|line| !line.starts_with("## ")).collect();
    lines.join("\n").trim().to_owned()
}

/// A page's text with each paragraph and list item on one line, so that it can be laid out anew. Code
/// stays as it is.
fn unwrapped(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        let begins = line.trim_start().starts_with(['-', '*', '|', '#', '>'])
            || line.trim_start().split_once(". ").is_some_and(|(n, _)| n.parse::<u8>().is_ok());
        let open = lines
            .last()
            .is_some_and(|last| !last.trim().is_empty() && !last.trim_start().starts_with("```"));
        match lines.last_mut() {
            Some(last) if open && !in_code && !fence && !begins && !line.trim().is_empty() => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => lines.push(line.to_owned()),
        }
        in_code ^= fence;
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::operation::OperationId;
    use avouch_model::severity::{Confidence, Severity};

    #[test]
    fn a_fingerprint_says_where_and_not_what_was_seen() {
        let subject = |operation: &str| SubjectId {
            operation: Some(OperationId(operation.into())),
            input: None,
        };
        let proof = |summary: &str| Proof::new(Severity::High, Confidence::Firm, summary);
        let one = fingerprint("X-1", &subject("GET /a"), None, &proof("saw 1"));
        assert_eq!(one, fingerprint("X-1", &subject("GET /a"), None, &proof("saw 2")));
        assert_ne!(one, fingerprint("X-1", &subject("DELETE /a"), None, &proof("saw 1")));
        assert_ne!(one, fingerprint("X-1", &subject("GET /a"), Some("q"), &proof("saw 1")));
        assert_eq!(one.len(), 16);
    }

    #[test]
    fn paragraphs_are_laid_out_anew_and_code_is_not() {
        let text = "Do this\nand that.\n\n- one\n  more\n- two\n\n```\na\nb\n```\nEnd.";
        assert_eq!(
            unwrapped(text),
            "Do this and that.\n\n- one more\n- two\n\n```\na\nb\n```\nEnd."
        );
    }

    #[test]
    fn pages_give_impact_and_remediation() {
        let page = "# X-1 · Title\n\nIt matters\nmuch.\n\nMore.\n\n## How to mend it\n\nDo this.\n\n## Next\n";
        assert_eq!(first_paragraph(page), "It matters much.");
        assert_eq!(section(page, "## How to mend it"), "Do this.");
    }
}
