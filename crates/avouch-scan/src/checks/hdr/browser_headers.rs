//! HDR-02: pages do not say what a browser may do with them.

use super::seen::seen;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// HDR-02
pub(super) const CHECK: Check = Check {
    id: "HDR-02",
    name: "browser-headers-missing",
    title: "Pages do not say what a browser may do with them",
    family: Family::Hdr,
    severity: Severity::Info,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(693),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("browser_headers.md"),
    applies: |_| true,
    run,
};

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let all = seen(ctx)?;
    let pages: Vec<_> = all.iter().filter(|seen| is_page(seen.answer)).collect();
    // Programs heed none of these headers: there is nothing to say about an API without pages.
    let Some(first) = pages.first() else { return Ok(Verdict::NotApplicable) };
    let policy = |answer: &Answer| answer.headers.first("content-security-policy").is_some();
    let mut missing = Vec::new();
    if !pages.iter().any(|page| policy(page.answer)) {
        missing.push("no page has a `Content-Security-Policy`");
    }
    if !pages.iter().any(|page| is_frame_bound(page.answer)) {
        missing.push("no page says who may frame it (`frame-ancestors` or `X-Frame-Options`)");
    }
    if missing.is_empty() {
        return Ok(Verdict::Pass);
    }
    let summary = format!("{} page(s) were seen, such as `{}`", pages.len(), first.place);
    let proof = Proof::new(Severity::Info, Confidence::Confirmed, summary)
        .caused_by("headers of pages for browsers");
    Ok(Verdict::fail(missing.into_iter().fold(proof, Proof::because)))
}

fn is_page(answer: &Answer) -> bool {
    let whole = answer.body.trim_start().starts_with('<');
    answer.is_success() && answer.media_type() == "text/html" && whole
}

fn is_frame_bound(answer: &Answer) -> bool {
    let policy = answer.headers.first("content-security-policy").unwrap_or_default();
    answer.headers.first("x-frame-options").is_some() || policy.contains("frame-ancestors")
}
