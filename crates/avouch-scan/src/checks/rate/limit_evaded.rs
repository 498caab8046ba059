//! RATE-03: the limit on requests counts what the caller chooses.

use super::burst::{BURST_MAX, cheapest};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::limiter::{answer_to, evade, is_limit, still_limited};
use crate::oracle::refusal::refuses;
use crate::oracle::triad::uncached;
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// RATE-03
pub(super) const CHECK: Check = Check {
    id: "RATE-03",
    name: "request-limit-evadable",
    title: "The limit on requests can be gone around",
    family: Family::Rate,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::Replicate, Oracle::BlockDetector],
    tier: Tier::Disruptive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(799),
    owasp: &[Owasp::Api(4)],
    criteria: &["A1.1", "CC6.6"],
    page: include_str!("limit_evaded.md"),
    applies: |ctx| ctx.catalog.operations.iter().any(|o| o.method == Method::Get),
    run,
};

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some((who, sample)) = cheapest(ctx) else {
        return Ok(Verdict::inconclusive("nothing was ever read with success"));
    };
    let request = uncached(sample.request.clone().by(who));
    let mut limit = None;
    for _ in 0..BURST_MAX {
        let (index, answer) = answer_to(tape, request.clone())?;
        if is_limit(answer) {
            limit = Some((index, answer.status));
            break;
        }
    }
    // Without a limit there is nothing to go around.
    let Some((limit, status)) = limit else { return Ok(Verdict::NotApplicable) };
    let usual = |answer: &Answer| !is_limit(answer) && !refuses(answer);
    let plain = |_: &str| request.clone();
    let around = match evade(ctx, tape, &plain, &usual)? {
        Some(evasion) => Some((format!("the header `{}`", evasion.header), evasion.shown_by)),
        None => by_address(tape, &request, &usual)?,
    };
    let Some((by, shown_by)) = around else { return Ok(Verdict::Pass) };
    let summary = format!("the limit on requests is gone around by {by}");
    Ok(Verdict::fail(
        Proof::new(Severity::High, Confidence::Confirmed, summary)
            .because(format!("the limit was met: {status}"))
            .because(format!("with {by}: answered as below the limit, twice"))
            .because("without it, in between: limited still")
            .about(by)
            .caused_by("the limit counts what the caller chooses")
            .at(sample.operation.clone())
            .shown_by(shown_by.into_iter().chain([limit])),
    ))
}

/// Other spellings of the address, which a counter may take for another one.
fn by_address(
    tape: &mut Tape<'_>,
    request: &Request,
    usual: &impl Fn(&Answer) -> bool,
) -> Result<Option<(String, Vec<usize>)>, Step> {
    let path = request.path();
    let with = |path: String| match request.query_text() {
        Some(query) => request.clone().target(format!("{path}?{query}")),
        None => request.clone().target(path),
    };
    let spelled = [
        ("a slash at the address's end", with(format!("{}/", path.trim_end_matches('/')))),
        ("a double slash in the address", with(format!("/{path}"))),
        ("capital letters in the address", with(path.to_ascii_uppercase())),
        ("a query nobody reads", request.clone().query("avouch", "1")),
    ];
    for (by, spelled) in spelled {
        let (first, answer) = answer_to(tape, spelled.clone())?;
        if !usual(answer) {
            continue;
        }
        let limited = still_limited(tape, request.clone(), usual)?;
        let (again, answer) = answer_to(tape, spelled)?;
        if usual(answer) {
            return Ok(Some((by.to_owned(), vec![again, limited, first])));
        }
    }
    Ok(None)
}
