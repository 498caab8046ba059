//! INV-08: a parameter nobody described opens the inside of the program.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::guarded::group;
use crate::oracle::leaves::{leaves, plain_key};
use crate::oracle::refusal::refuses;
use crate::oracle::stack_frames::trace_in;
use crate::step::Step;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// INV-08
pub(super) const CHECK: Check = Check {
    id: "INV-08",
    name: "debug-parameter-works",
    title: "A parameter nobody described opens the inside of the program",
    family: Family::Inv,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::RandomControl, Oracle::Contrast, Oracle::Grammar],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(489),
    owasp: &[Owasp::Api(9)],
    criteria: &["CC6.6"],
    page: include_str!("debug_parameter.md"),
    applies: |_| true,
    run,
};

/// LIMIT: operations on which it is tried.
const TRIED_MAX: usize = 10;
/// Parameters programs are told by to show more.
const PARAMETERS: [&str; 6] = ["debug", "test", "trace", "verbose", "admin", "internal"];
/// Names under which programs show their inside.
const INSIDE: [&str; 18] = [
    "debug",
    "debuginfo",
    "query",
    "queries",
    "sql",
    "sqlquery",
    "trace",
    "stack",
    "stacktrace",
    "env",
    "environment",
    "config",
    "settings",
    "internal",
    "hostname",
    "backend",
    "upstream",
    "explain",
];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let samples = subjects(ctx);
    if samples.is_empty() {
        return Err(Step::Done(Verdict::inconclusive("no read succeeded on which to try it")));
    }
    let mut steady = false;
    for sample in samples {
        let Some(usual) = sample.success() else { continue };
        let names: Vec<&str> =
            PARAMETERS.into_iter().filter(|name| !is_described(ctx, sample, name)).collect();
        let all = names.iter().fold(sample.request.clone(), |r, name| r.query(name, "1"));
        let loud = tape.send(all)?;
        if !loud.is_success() && loud.status < 500 {
            continue;
        }
        steady = true;
        let known = places(usual);
        let Some(_) = inside(&known, usual, loud.answer()) else { continue };
        // A word without meaning must not do the same, nor time: answers may simply differ.
        let word = ctx.nonces.word(&sample.request.target, 10);
        let control = tape.send(sample.request.clone().query(&word, "1"))?;
        let known: BTreeSet<String> = known.union(&places(control.answer())).cloned().collect();
        for name in names {
            let single: Reply<'_> = tape.send(sample.request.clone().query(name, "1"))?;
            let Some(shown) = inside(&known, control.answer(), single.answer()) else { continue };
            let summary = format!("with `?{name}=1` {} is shown {shown}", sample.who);
            return Ok(Verdict::fail(
                Proof::new(Severity::Medium, Confidence::Confirmed, summary)
                    .about(name)
                    .because("the description does not name the parameter")
                    .because(format!("with `?{word}=1`, which means nothing, it is not shown"))
                    .caused_by("a parameter for developers works")
                    .at(sample.operation.clone())
                    .shown_by([single.index, control.index]),
            ));
        }
    }
    if steady {
        return Ok(Verdict::Pass);
    }
    Ok(Verdict::inconclusive("with parameters it does not know every operation refuses"))
}

/// Reads of different parts of the API, whoever succeeded.
fn subjects<'a>(ctx: &Context<'a>) -> Vec<&'a Sample> {
    let corpus = ctx.corpus;
    let mut parts = BTreeSet::new();
    let good = corpus.samples().iter().filter(|sample| {
        let read = sample.request.method == Method::Get;
        read && sample.success().is_some_and(|a| !refuses(a) && a.json().is_some())
    });
    let mut chosen: Vec<&Sample> = good
        .filter(|sample| {
            let path = sample.operation.0.split_once(' ').map_or("", |(_, path)| path);
            parts.insert(group(path, 1))
        })
        .collect();
    // What asks for a credential has more to hide.
    chosen.sort_by_key(|sample| sample.who == Who::Nobody);
    chosen.truncate(TRIED_MAX);
    chosen
}

fn is_described(ctx: &Context<'_>, sample: &Sample, name: &str) -> bool {
    let operation = ctx.catalog.operations.iter().find(|o| o.id == sample.operation);
    operation.is_some_and(|o| o.parameters.iter().any(|p| p.name.eq_ignore_ascii_case(name)))
}

fn places(answer: &Answer) -> BTreeSet<String> {
    leaves(answer).into_iter().map(|leaf| leaf.path).collect()
}

/// What of the inside is shown in places that were not there before.
fn inside(known: &BTreeSet<String>, usual: &Answer, answer: &Answer) -> Option<String> {
    if let Some(trace) = trace_in(&answer.body, &usual.body) {
        return Some(format!("a {} stack trace", trace.language));
    }
    answer.json()?;
    let new = leaves(answer).into_iter().filter(|leaf| !known.contains(&leaf.path));
    for leaf in new {
        let secret = Placeholder::find_all(&leaf.value).into_iter().find(|p| p.class.is_secret());
        if let Some(secret) = secret {
            return Some(format!("a secret ({}) at `{}`", secret.class, leaf.path));
        }
        let names_inside =
            leaf.path.split('/').map(plain_key).any(|part| INSIDE.contains(&part.as_str()));
        // `"debug": true` says only that the parameter was read.
        if names_inside && leaf.value.len() >= 8 && leaf.value.parse::<f64>().is_err() {
            return Some(format!("its inside at `{}`", leaf.path));
        }
    }
    None
}
