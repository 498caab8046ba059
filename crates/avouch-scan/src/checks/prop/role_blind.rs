//! PROP-03: everybody is given the fields that are meant for a higher role.

use super::sensitive::is_for_the_house;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::leaves::{Leaf, leaves, plain_key};
use crate::oracle::refusal::refuses;
use crate::oracle::triad::uncached;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::schema::Schema;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// LIMIT: levels of a schema that are walked.
const DEPTH_MAX: usize = 5;
/// Phrases by which a description keeps a property from ordinary readers.
const KEPT: [&str; 12] = [
    "only for admin",
    "only for staff",
    "only for manager",
    "for administrators",
    "admin only",
    "admins only",
    "administrators only",
    "staff only",
    "managers only",
    "only visible to admin",
    "visible to admins",
    "internal use only",
];

/// PROP-03
pub(super) const CHECK: Check = Check {
    id: "PROP-03",
    name: "role-blind-projection",
    title: "Everybody is given the fields that are meant for a higher role",
    family: Family::Prop,
    severity: Severity::Medium,
    confidence: Confidence::Firm,
    oracles: &[Oracle::Contrast, Oracle::Declaration],
    tier: Tier::Read,
    needs: &[Need::TwoRoles],
    scope: Scope::Operation,
    cwe: Cwe(213),
    owasp: &[Owasp::Api(3)],
    criteria: &["CC6.3", "C1.1"],
    page: include_str!("role_blind.md"),
    applies: |ctx| {
        ctx.operation.is_some_and(|o| o.method == Method::Get && !names(ctx, o).is_empty())
    },
    run,
};

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let names = names(ctx, operation);
    let low = if ctx.has(Who::A) { Who::A } else { Who::B };
    let sample = ctx.baseline(low)?;
    let Some(answer) = sample.success().filter(|answer| !refuses(answer)) else {
        return Ok(Verdict::inconclusive(format!("{low} is given nothing here")));
    };
    let told: Vec<Leaf> = leaves(answer)
        .into_iter()
        .filter(|leaf| names.contains(&leaf.key()) && !leaf.value.is_empty() && leaf.value != "0")
        .collect();
    if told.is_empty() {
        return Ok(Verdict::Pass);
    }
    let high = tape.send(uncached(sample.request.clone()).by(Who::High))?;
    if refuses(high.answer()) {
        let because = format!("the higher role itself is answered {}", high.status);
        return Ok(Verdict::inconclusive(because));
    }
    let there = leaves(high.answer());
    let same: BTreeSet<String> =
        told.iter().filter(|leaf| there.contains(leaf)).map(Leaf::key).collect();
    if same.is_empty() {
        return Ok(Verdict::inconclusive("the higher role is shown another value there"));
    }
    let shown: Vec<String> = same.into_iter().collect();
    let shown = shown.join(", ");
    let summary = format!("{low} is given {shown}, as the higher role is");
    Ok(Verdict::fail(
        Proof::new(Severity::Medium, Confidence::Firm, summary)
            .about(shown)
            .because("by its description or name it is not meant for everybody")
            .because(format!("{low} and the higher role read the same value there"))
            .between(Who::High, low)
            .shown_by([high.index]),
    ))
}

/// Names of properties that are not meant for everybody: by their description in the answer's shape,
/// or because nothing else is called so.
fn names(ctx: &Context<'_>, operation: &Operation) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let answers = operation.answers.iter().filter(|answer| answer.status.starts_with('2'));
    for media in answers.flat_map(|answer| &answer.media) {
        walk(&media.schema, DEPTH_MAX, &mut names);
    }
    for sample in [Who::A, Who::B].into_iter().flat_map(|who| ctx.corpus.of(&operation.id, who)) {
        let shown = sample.success().map(leaves).unwrap_or_default();
        names.extend(shown.iter().map(Leaf::key).filter(|key| is_for_the_house(key)));
    }
    names
}

fn walk(schema: &Schema, depth: usize, names: &mut BTreeSet<String>) {
    if depth == 0 {
        return;
    }
    for (name, property) in &schema.properties {
        let said = property.description.as_deref().unwrap_or_default().to_ascii_lowercase();
        if KEPT.iter().any(|phrase| said.contains(phrase)) {
            names.insert(plain_key(name));
        }
        walk(property, depth - 1, names);
    }
    for inner in schema.items.iter().chain(&schema.variants) {
        walk(inner, depth - 1, names);
    }
}
