//! INV-09: since the scan before, operations came, went, or lost their guard.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::block::blocked;
use crate::oracle::refusal::refuses;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use crate::told::{EarlierOperation, EarlierScan};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::OperationId;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// INV-09
pub(super) const CHECK: Check = Check {
    id: "INV-09",
    name: "changed-since-earlier-scan",
    title: "Since the scan before, operations came, went, or lost their guard",
    family: Family::Inv,
    severity: Severity::High,
    confidence: Confidence::Firm,
    oracles: &[Oracle::Contrast],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(1125),
    owasp: &[Owasp::Api(9)],
    criteria: &["CC8.1", "CC7.1"],
    page: include_str!("changed_since.md"),
    applies: |ctx| ctx.told.earlier.is_some(),
    run,
};

/// LIMIT: operations named in the proof, of each kind.
const NAMED_MAX: usize = 8;

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let Some(earlier) = &ctx.told.earlier else { return Ok(Verdict::NotApplicable) };
    if !is_same_target(ctx, earlier) {
        let because = format!("the earlier scan was of another target, `{}`", earlier.target);
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    if earlier.operations.is_empty() || ctx.catalog.operations.is_empty() {
        return Err(Step::Done(Verdict::inconclusive("one of the two scans knew no operation")));
    }
    let before: BTreeMap<&OperationId, &EarlierOperation> =
        earlier.operations.iter().map(|known| (&known.operation, known)).collect();
    let now: BTreeSet<&OperationId> = ctx.catalog.operations.iter().map(|o| &o.id).collect();
    let date = earlier.at.to_string();
    let day = date.split('T').next().unwrap_or_default();

    let lost: Vec<&OperationId> = now
        .iter()
        .filter(|id| before.get(**id).is_some_and(|known| refused_nobody(known)))
        .filter(|id| opens_to_nobody(ctx, id))
        .copied()
        .collect();
    let came: Vec<&OperationId> =
        now.iter().filter(|id| !before.contains_key(**id)).copied().collect();
    let went: Vec<&OperationId> = before.keys().filter(|id| !now.contains(**id)).copied().collect();
    if lost.is_empty() && came.is_empty() && went.is_empty() {
        return Ok(Verdict::Pass);
    }
    let severity = if lost.is_empty() { Severity::Info } else { Severity::High };
    let summary = match lost.first() {
        Some(first) => format!("`{first}` refused strangers on {day} and gives them an answer now"),
        None => format!("since {day} {} operations came and {} went", came.len(), went.len()),
    };
    let mut proof =
        Proof::new(severity, Confidence::Firm, summary).caused_by("changes since the earlier scan");
    if let Some(first) = lost.first() {
        proof = proof.at((*first).clone());
    }
    let open = came.iter().filter(|id| opens_to_nobody(ctx, id)).copied().collect();
    for (what, which) in [
        ("refused strangers then and does not now", lost),
        ("is new, and answers strangers", open),
        ("is new", came),
        ("is gone", went),
    ] {
        for id in which.iter().take(NAMED_MAX) {
            proof = proof.because(format!("`{id}` {what}"));
        }
        if which.len() > NAMED_MAX {
            proof = proof.because(format!("and {} more: {what}", which.len() - NAMED_MAX));
        }
    }
    Ok(Verdict::fail(proof))
}

/// Scheme, host and port may differ by how the target is reached; the path tells APIs of one host
/// apart.
fn is_same_target(ctx: &Context<'_>, earlier: &EarlierScan) -> bool {
    let Ok(then) = Url::parse(&earlier.target) else { return false };
    then.host_str().is_some_and(|host| host.eq_ignore_ascii_case(&ctx.target.host))
}

/// Whether all it said to nobody was no, and somebody was let in.
fn refused_nobody(known: &EarlierOperation) -> bool {
    let of = |who: Who| known.baseline.iter().filter(move |(by, _)| *by == who);
    let mut nobody = of(Who::Nobody).peekable();
    nobody.peek().is_some() && nobody.all(|(_, status)| matches!(status, 401 | 403))
}

fn opens_to_nobody(ctx: &Context<'_>, id: &OperationId) -> bool {
    let gives = |answer: &Answer| {
        blocked(answer).is_none() && !refuses(answer) && !ctx.target.not_found.is_not_found(answer)
    };
    ctx.corpus.of(id, Who::Nobody).any(|sample| sample.answer().is_some_and(gives))
}
