//! HDR-01: data is labelled as a page, or not at all.

use super::seen::seen;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::leaves::leaves;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// HDR-01
pub(super) const CHECK: Check = Check {
    id: "HDR-01",
    name: "data-taken-for-page",
    title: "Data is labelled as a page, or not at all",
    family: Family::Hdr,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(430),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("content_mistaken.md"),
    applies: |_| true,
    run,
};

/// LIMIT: places named in the proof.
const NAMED_MAX: usize = 5;

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let mut looked_at = 0;
    let mut mistaken: BTreeSet<String> = BTreeSet::new();
    for seen in seen(ctx)? {
        if !is_data(seen.answer) {
            continue;
        }
        looked_at += 1;
        if let Some(how) = mistakable(seen.answer) {
            mistaken.insert(format!("`{}` answers JSON {how}", seen.place));
        }
    }
    if looked_at == 0 {
        return Ok(Verdict::NotApplicable);
    }
    let Some(first) = mistaken.first() else { return Ok(Verdict::Pass) };
    let summary = format!("{first}: a browser that is led there shows it as a page");
    let proof = Proof::new(Severity::Low, Confidence::Confirmed, summary)
        .caused_by("the media type of answers");
    let proof = mistaken.iter().take(NAMED_MAX).cloned().fold(proof, Proof::because);
    Ok(Verdict::fail(proof.because(format!(
        "{} of the places seen label data so; it holds texts, which somebody may have written",
        mistaken.len()
    ))))
}

/// Whether the body is JSON with texts in it: numbers alone cannot become a page.
fn is_data(answer: &Answer) -> bool {
    let json = answer.json().filter(|json| json.is_object() || json.is_array());
    json.is_some() && leaves(answer).iter().any(|leaf| leaf.value.len() > 3)
}

/// How a browser comes to take the answer for a page; `None` when it does not.
fn mistakable(answer: &Answer) -> Option<&'static str> {
    match answer.media_type().as_str() {
        "text/html" | "application/xhtml+xml" | "image/svg+xml" => Some("as a page"),
        "" | "unknown/unknown" | "application/unknown" | "*/*" if !has_nosniff(answer) => {
            Some("without a media type, and without `nosniff`")
        }
        _ => None,
    }
}

fn has_nosniff(answer: &Answer) -> bool {
    let stated = answer.headers.first("x-content-type-options").unwrap_or_default();
    stated.split(',').any(|word| word.trim().eq_ignore_ascii_case("nosniff"))
}
