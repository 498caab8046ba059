//! BOLA-06: one's own parent opens another's child.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::control;
use crate::checks::bola::target::{self, got};
use crate::context::{Context, Input, InputPlace};
use crate::inputs::with_value;
use crate::links;
use crate::oracle::ownership;
use crate::oracle::triad::uncached;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BOLA-06
pub(super) const CHECK: Check = Check {
    id: "BOLA-06",
    name: "child-of-other-parent-readable",
    title: "Another user's object is read below one's own parent",
    family: Family::Bola,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::PrivateSet, Oracle::RandomControl],
    tier: Tier::Read,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1"],
    page: include_str!("foreign_child.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method == Method::Get
            && operation.path_parameters().nth(1).is_some()
            && !ownership::is_shared_by_nature(operation)
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let Some((target, owner, reader)) = target::first(ctx, operation) else {
        if ctx.baseline(Who::B).is_err() {
            ctx.baseline(Who::A)?;
        }
        return Ok(Verdict::NotApplicable);
    };
    let Some((parameter, parent)) = own_parent(ctx, operation, &target, reader) else {
        return Ok(Verdict::inconclusive(format!("{reader} has no parent of its own here")));
    };
    let input = Input::Parameter(InputPlace::Path, parameter);
    let plain = uncached(target.sample.request.clone());
    let base_path = &ctx.target.base_path;
    let Some(below) = with_value(&plain, operation, base_path, &input, &parent) else {
        return Ok(Verdict::NotApplicable);
    };
    let refused = tape.send(plain.clone().by(reader))?;
    if got(ctx, &target, refused.answer()) {
        // Whoever asks gets it, below any parent: BOLA-01 reports that.
        return Ok(Verdict::NotApplicable);
    }
    let hit = tape.send(below.clone().by(reader))?;
    if !got(ctx, &target, hit.answer()) {
        return control::refused(ctx, tape, hit.answer(), plain, (owner, reader));
    }
    let nobody = tape.send(below.clone().by(Who::Nobody))?;
    if got(ctx, &target, nobody.answer()) {
        // Open to everybody: a matter of authentication.
        return Ok(Verdict::Pass);
    }
    let control = control::random_id(ctx, tape, &below.by(reader), &hit)?;
    let summary = format!("{reader} asked below its own parent and got {owner}'s object");
    Ok(Verdict::fail(
        Proof::new(Severity::High, Confidence::Confirmed, summary)
            .because(target.ownership.sentence(owner, reader))
            .because(format!(
                "below {owner}'s parent it is refused to {reader}: {}",
                refused.status
            ))
            .because(format!(
                "below {reader}'s own parent the same id gives values only {owner} was ever shown"
            ))
            .because(format!("an id that was never issued is not a hit there: {}", control.status))
            .because(format!("nobody is not given it: {}", nobody.status))
            .about(input.name())
            .between(owner, reader)
            .shown_by([hit.index, refused.index, control.index, nobody.index]),
    ))
}

/// The innermost parent in the address, with a value of the reader's own that the owner's address
/// does not have.
fn own_parent(
    ctx: &Context<'_>,
    operation: &Operation,
    target: &target::Target<'_>,
    reader: Who,
) -> Option<(String, String)> {
    let names: Vec<&str> = operation.path_parameters().collect();
    let parents = names.split_last()?.1;
    let of = |name: &str| target.sample.bindings.iter().find(|b| b.parameter == name);
    parents.iter().rev().find_map(|name| {
        let theirs = &of(name)?.value;
        let own = ctx.samples(reader).into_iter().filter(|sample| sample.success().is_some());
        let own = own.flat_map(|sample| &sample.bindings).find(|b| b.parameter == *name).cloned();
        let own = own.or_else(|| {
            let (catalog, corpus) = (ctx.catalog, ctx.corpus);
            let known = links::candidates(catalog, corpus, operation, name, reader, &[]);
            known.into_iter().find(|b| b.source.is_answered() && b.value != *theirs)
        })?;
        (own.value != *theirs).then(|| ((*name).to_owned(), own.value))
    })
}
