//! DATA-05: stored passwords leave the server.

use super::reads::{answered, is_read, nothing_found, was_sent};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::leaves::leaves;
use crate::tape::{Flow, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::identity::Who;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// DATA-05
pub(super) const CHECK: Check = Check {
    id: "DATA-05",
    name: "password-hash-shown",
    title: "Stored passwords are in answers",
    family: Family::Data,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(522),
    owasp: &[Owasp::Api(3)],
    criteria: &["C1.1"],
    page: include_str!("hash_shown.md"),
    applies: is_read,
    run,
};

/// A stored password in an answer.
struct Shown<'a> {
    sample: &'a Sample,
    place: String,
    hash: Placeholder,
}

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let samples = answered(ctx, &Who::ALL)?;
    let volatile = ctx.volatile();
    let mut shown: BTreeMap<String, Shown<'_>> = BTreeMap::new();
    let mut readers: BTreeSet<Who> = BTreeSet::new();
    for sample in &samples {
        let Some(answer) = sample.answer() else { continue };
        let in_places = answer.json().is_some();
        for leaf in leaves(answer) {
            // A hash that differs each time was made for this answer: a hashing service's product.
            if in_places && volatile.contains(&leaf.path) {
                continue;
            }
            for hash in Placeholder::find_all(&leaf.value) {
                let formed = hash.class == DataClass::PasswordHash && !hash.detail.is_empty();
                if formed && !was_sent(sample, &hash) {
                    readers.insert(sample.who);
                    let place = leaf.path.clone();
                    shown.entry(hash.to_string()).or_insert(Shown { sample, place, hash });
                }
            }
        }
    }
    let Some(first) = shown.values().next() else { return Ok(nothing_found(&samples)) };
    let low = readers.iter().any(|who| *who != Who::High);
    // One hash that one customer sees may be that customer's own; two are not.
    let severity = if low && (shown.len() > 1 || readers.contains(&Who::Nobody)) {
        Severity::High
    } else {
        Severity::Medium
    };
    let place = if first.place.is_empty() { "the body" } else { first.place.as_str() };
    let summary = format!(
        "{} was shown {} stored password{} ({} format)",
        first.sample.who,
        shown.len(),
        if shown.len() == 1 { "" } else { "s" },
        first.hash.detail
    );
    Ok(Verdict::fail(
        Proof::new(severity, Confidence::Confirmed, summary)
            .about(place)
            .because(format!("`{place}` has the whole form of a {} hash", first.hash.detail))
            .because(
                "the value was not part of the request, and it stays the same when read again",
            ),
    ))
}
