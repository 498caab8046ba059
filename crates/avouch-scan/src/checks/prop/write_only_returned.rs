//! PROP-04: what is only for writing is read back.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::leaves::{Leaf, leaves, plain_key};
use crate::oracle::refusal::refuses;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Media, Method, Operation};
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::schema::Schema;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// LIMIT: levels of a schema that are walked.
const DEPTH_MAX: usize = 5;

/// PROP-04
pub(super) const CHECK: Check = Check {
    id: "PROP-04",
    name: "write-only-returned",
    title: "What is only for writing is read back",
    family: Family::Prop,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Declaration],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(213),
    owasp: &[Owasp::Api(3)],
    criteria: &["C1.1"],
    page: include_str!("write_only_returned.md"),
    applies: |ctx| ctx.operation.is_some_and(|operation| !secret_names(ctx, operation).is_empty()),
    run,
};

fn run(ctx: &Context<'_>, _: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let names = secret_names(ctx, operation);
    let mut answered = false;
    for sample in ctx.corpus.all_of(&operation.id).filter(|sample| sample.who != Who::High) {
        let Some(answer) = sample.success().filter(|answer| !refuses(answer)) else { continue };
        answered = true;
        let shown = leaves(answer);
        let told = shown.iter().find(|leaf| names.contains(&leaf.key()) && is_told(leaf));
        if let Some(leaf) = told {
            let summary =
                format!("{} was given `{}`, which is only for writing", sample.who, leaf.path);
            return Ok(Verdict::fail(
                Proof::new(Severity::High, Confidence::Confirmed, summary)
                    .about(leaf.key())
                    .because("the description says `writeOnly` of it")
                    .because("the answer holds a value there, neither empty nor masked"),
            ));
        }
    }
    if !answered {
        ctx.baseline(ctx.anyone().unwrap_or(Who::Nobody))?;
        return Ok(Verdict::inconclusive("nothing of substance was read"));
    }
    Ok(Verdict::Pass)
}

/// Whether a value is told: not empty, masked, or a mere yes or no.
fn is_told(leaf: &Leaf) -> bool {
    if Placeholder::parse(&leaf.value).is_some() {
        return true;
    }
    let text = leaf.value.trim();
    let masked = text.chars().filter(|c| matches!(c, '*' | '•' | 'x' | 'X' | '#')).count();
    let word = text.to_ascii_lowercase();
    let says_nothing = [
        "true",
        "false",
        "null",
        "none",
        "redacted",
        "hidden",
        "masked",
        "protected",
        "<redacted>",
    ];
    !text.is_empty() && masked * 2 < text.chars().count() && !says_nothing.contains(&word.as_str())
}

/// Names that are only for writing: in the operation's own answers, or in what is written to the same
/// collection.
fn secret_names(ctx: &Context<'_>, operation: &Operation) -> BTreeSet<String> {
    if !matches!(operation.method, Method::Get | Method::Post | Method::Put | Method::Patch) {
        return BTreeSet::new();
    }
    let mut names = BTreeSet::new();
    let answers = operation.answers.iter().filter(|answer| answer.status.starts_with('2'));
    for media in answers.flat_map(|answer| &answer.media) {
        walk(&media.schema, DEPTH_MAX, &mut names);
    }
    let home = collection(&operation.path);
    let beside = ctx.catalog.operations.iter().filter(|o| collection(&o.path) == home);
    for media in beside.flat_map(|o| &o.body) {
        of_media(media, &mut names);
    }
    names
}

fn of_media(media: &Media, names: &mut BTreeSet<String>) {
    walk(&media.schema, DEPTH_MAX, names);
}

/// `/badges` for `/badges/{id}` and itself.
fn collection(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit_once("/{").filter(|_| path.ends_with('}')).map_or(path, |(before, _)| before)
}

fn walk(schema: &Schema, depth: usize, names: &mut BTreeSet<String>) {
    if depth == 0 {
        return;
    }
    for (name, property) in &schema.properties {
        if property.write_only {
            names.insert(plain_key(name));
        }
        walk(property, depth - 1, names);
    }
    for inner in schema.items.iter().chain(&schema.variants) {
        walk(inner, depth - 1, names);
    }
}
