//! PROP-08: whoever registers or changes a profile may give itself rights.

use super::{own_record, registering};
use crate::accounts;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;

/// PROP-08
pub(super) const CHECK: Check = Check {
    id: "PROP-08",
    name: "privilege-assignable",
    title: "Whoever registers or changes a profile may give itself rights",
    family: Family::Prop,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::ReadBack, Oracle::Contrast, Oracle::Canary, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(915),
    owasp: &[Owasp::Api(3)],
    criteria: &["CC6.3"],
    page: include_str!("privilege_assignable.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        accounts::desk(ctx).is_some_and(|desk| desk.register.id == operation.id)
            || own_record::changes_a_person(ctx, operation)
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    if own_record::changes_a_person(ctx, operation) {
        return own_record::run(ctx, tape, operation);
    }
    match accounts::desk(ctx) {
        Some(desk) => registering::run(ctx, tape, desk),
        None => Ok(Verdict::NotApplicable),
    }
}
