//! FLOW-01: what may take effect once takes effect several times when asked for at once.

use crate::bodies;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::objects::accepted;
use crate::oracle::caller::names_the_caller;
use crate::oracle::leaves::{leaves, plain_key};
use crate::step::{Request, Route, Step};
use crate::tape::{Flow, Reply, Tape, Tried};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeMap;

/// Requests sent at once.
const AT_ONCE: usize = 8;
/// LIMIT: milliseconds by which answers to requests that met differ at most. A server that takes its
/// time at random, or lets one after the other in, shows nothing of what happens when they meet.
const APART_MS_MAX: u64 = 100;
/// LIMIT: reads that may show the effect.
const WITNESSES_MAX: usize = 3;
/// Words of reads that show what a flow gives.
const EFFECTS: [&str; 8] =
    ["wallet", "balance", "credit", "point", "account", "cart", "order", "voucher"];

/// FLOW-01
pub(super) const CHECK: Check = Check {
    id: "FLOW-01",
    name: "once-only-raced",
    title: "What may take effect once takes effect several times at once",
    family: Family::Flow,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::ReadBack, Oracle::Contrast],
    tier: Tier::Disruptive,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(362),
    owasp: &[Owasp::Api(6)],
    criteria: &["PI1.3"],
    page: include_str!("once_only_race.md"),
    applies: |ctx| {
        ctx.operation.is_some_and(|operation| {
            !operation.method.is_safe() && ctx.told.flows.contains(&operation.id)
        })
    },
    run,
};

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let who = if ctx.has(Who::A) { Who::A } else { ctx.anyone().unwrap_or(Who::A) };
    let request = request(ctx, operation, who)?;
    let witnesses = witnesses(ctx, who);
    let before = numbers(tape, &witnesses)?;
    let burst = tape.send_together(vec![request.clone().route(Route::Fresh); AT_ONCE])?;
    let through: Vec<Reply<'_>> =
        burst.iter().filter_map(Tried::reply).filter(|reply| accepted(reply.answer())).collect();
    let after = numbers(tape, &witnesses)?;
    let Some(first) = through.first() else {
        return Ok(Verdict::inconclusive("none of the requests took effect"));
    };
    let control = tape.send(request)?;
    if accepted(control.answer()) {
        let because = "one request after the others takes effect too: it is not once only";
        return Ok(Verdict::inconclusive(because));
    }
    if control.status >= 500 {
        let because = format!("one request after the others was answered {}", control.status);
        return Ok(Verdict::inconclusive(because));
    }
    if through.len() == 1 {
        return Ok(not_twice(&burst));
    }
    let count = through.len();
    let effect = effect(&before, &after, count, first.answer());
    if let Effect::Once(place) = &effect {
        let because = format!("{count} were answered with success, and `{place}` moved once");
        return Ok(Verdict::inconclusive(because));
    }
    let summary = format!("{count} of {AT_ONCE} requests at once took effect, where one may");
    let mut proof = Proof::new(Severity::High, Confidence::Firm, summary)
        .because(format!("{count} of {AT_ONCE} equal requests of {who} at once succeeded"))
        .because(format!("one more, sent alone afterwards, is refused: {}", control.status));
    if let Effect::Several(place) = effect {
        proof.confidence = Confidence::Confirmed;
        proof = proof.because(format!("`{place}` moved {count} times by what one request gives"));
    }
    let decisive = through.iter().map(|reply| reply.index).chain([control.index]);
    Ok(Verdict::fail(proof.shown_by(decisive)))
}

/// What it means that one took effect: nothing, if the requests may not have met.
fn not_twice(burst: &[Tried<'_>]) -> Verdict {
    let took = burst.iter().filter_map(Tried::reply).map(|reply| reply.answer().timing.total_us);
    let (least, most) = took.fold((u64::MAX, 0), |(least, most), us| (least.min(us), most.max(us)));
    let apart_ms = most.saturating_sub(least) / 1000;
    if apart_ms <= APART_MS_MAX {
        return Verdict::Pass;
    }
    Verdict::inconclusive(format!(
        "one took effect, but the answers took {apart_ms} ms more and less: they may never have met"
    ))
}

fn request(ctx: &Context<'_>, operation: &Operation, who: Who) -> Result<Request, Step> {
    if operation.path.contains('{') {
        return Err(Step::inconclusive(
            "its path has parameters: which object may be used up is not told",
        ));
    }
    let request = Request::new(operation.method.clone(), ctx.path(&operation.path)).by(who);
    let Some(media) = operation.body.iter().find(|media| media.media_type.contains("json")) else {
        return Ok(request);
    };
    let body = bodies::body_for(media, 1);
    Ok(request.json(&body.ok_or_else(|| Step::inconclusive("no body could be made up"))?))
}

/// Reads of the caller's own that hold numbers, those whose name speaks of an effect first.
fn witnesses(ctx: &Context<'_>, who: Who) -> Vec<Request> {
    let speaks = |o: &Operation| EFFECTS.iter().any(|word| plain_key(&o.path).contains(word));
    let mut reads: Vec<(bool, &Request)> = ctx
        .catalog
        .operations
        .iter()
        .filter(|o| o.method == Method::Get && !o.path.contains('{'))
        .filter(|o| speaks(o) || names_the_caller(&o.path))
        .filter_map(|operation| {
            let sample = ctx.corpus.of(&operation.id, who).find(|s| s.success().is_some())?;
            let counts = leaves(sample.success()?).iter().any(|l| l.value.parse::<f64>().is_ok());
            counts.then_some((!speaks(operation), &sample.request))
        })
        .collect();
    reads.sort_by_key(|(aside, _)| *aside);
    reads.into_iter().map(|(_, request)| request.clone()).take(WITNESSES_MAX).collect()
}

/// Numbers by the read and the place they stand in, lists left out.
fn numbers(
    tape: &mut Tape<'_>,
    witnesses: &[Request],
) -> Result<BTreeMap<(String, String), f64>, Step> {
    let mut found = BTreeMap::new();
    for request in witnesses {
        let reply = tape.send(request.clone())?;
        for leaf in leaves(reply.answer()).into_iter().filter(|leaf| !leaf.path.contains('*')) {
            if let Ok(number) = leaf.value.parse::<f64>() {
                found.insert((request.target.clone(), leaf.path), number);
            }
        }
    }
    Ok(found)
}

/// What the numbers say.
#[derive(Debug, PartialEq)]
enum Effect {
    /// That number moved by one effect, whatever was answered.
    Once(String),
    /// It moved by as many as succeeded.
    Several(String),
    /// Nothing.
    Unknown,
}

/// Holds the moves of numbers against what one request gives by its own answer.
fn effect(
    before: &BTreeMap<(String, String), f64>,
    after: &BTreeMap<(String, String), f64>,
    count: usize,
    one: &Answer,
) -> Effect {
    let same = |a: f64, b: f64| (a - b).abs() < 1e-6;
    let worth: Vec<f64> = leaves(one)
        .iter()
        .filter_map(|leaf| leaf.value.parse::<f64>().ok())
        .filter(|number| number.abs() > 1e-6)
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "a count of eight at most")]
    let times = count as f64;
    let moved = || {
        before.iter().filter_map(|((_, place), was)| {
            let (_, now) = after.iter().find(|((_, other), _)| other == place)?;
            let by = (now - was).abs();
            (by > 1e-6).then_some((place, by))
        })
    };
    let several = moved().find(|(_, by)| worth.iter().any(|w| same(w.abs() * times, *by)));
    if let Some((place, _)) = several {
        return Effect::Several(place.clone());
    }
    match moved().find(|(_, by)| worth.iter().any(|w| same(w.abs(), *by))) {
        Some((place, _)) => Effect::Once(place.clone()),
        None => Effect::Unknown,
    }
}
