//! DATA-01: a customer is shown other people's personal data.

use super::people::{Record, classes, persons, records};
use super::reads::{answered, is_read, nothing_found, was_sent};
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::tape::{Flow, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::identity::Who;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// DATA-01
pub(super) const CHECK: Check = Check {
    id: "DATA-01",
    name: "other-peoples-data-shown",
    title: "Other people's personal data is shown",
    family: Family::Data,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::PrivateSet],
    tier: Tier::Passive,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(359),
    owasp: &[Owasp::Api(3)],
    criteria: &["P4.1", "C1.1", "CC6.1"],
    page: include_str!("others_personal_data.md"),
    applies,
    run,
};

/// Kinds of data that no directory of contacts holds.
const INTIMATE: [DataClass; 4] =
    [DataClass::PaymentCard, DataClass::Iban, DataClass::NationalId, DataClass::BirthDate];

/// A reader with a higher role may read lists of people: that is what the role is for.
fn applies(ctx: &Context<'_>) -> bool {
    let only_high = ctx.has(Who::High) && !ctx.has(Who::A) && !ctx.has(Who::B);
    is_read(ctx) && !only_high
}

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let samples = answered(ctx, &[Who::A, Who::B])?;
    let mut best: Option<Proof> = None;
    let mut public = false;
    for who in [Who::A, Who::B] {
        let read: Vec<&Sample> = samples.iter().copied().filter(|s| s.who == who).collect();
        let others = others_in(ctx, &read, who);
        let secluded = secluded(ctx, &others);
        public |= persons(&others) > persons(&secluded);
        let proof = judge(ctx, who, &secluded);
        let weight = |proof: &Proof| (proof.severity, proof.confidence);
        if proof.as_ref().map(weight) > best.as_ref().map(weight) {
            best = proof;
        }
    }
    Ok(match best {
        Some(proof) => Verdict::fail(proof),
        // What nobody needs a credential for is the question of AUTH-03.
        None if public => Verdict::NotApplicable,
        None => nothing_found(&samples),
    })
}

/// What the reads say about people other than the reader.
fn others_in(ctx: &Context<'_>, read: &[&Sample], who: Who) -> Vec<Record> {
    let own = ctx.identity(who).map(|facts| facts.own_values.as_slice()).unwrap_or_default();
    let mut all = Vec::new();
    for sample in read {
        for record in sample.success().map(records).unwrap_or_default() {
            let is_own = record.iter().any(|p| own.contains(&p.value.to_string()));
            let sent = record.iter().any(|p| was_sent(sample, &p.value));
            if !is_own && !sent {
                all.push(record);
            }
        }
    }
    all
}

/// Those records of which not all is shown to nobody as well.
fn secluded(ctx: &Context<'_>, records: &[Record]) -> Vec<Record> {
    let hidden = |text: &str| !ctx.corpus.seen_by(text).contains(&Who::Nobody);
    let kept = records.iter().map(|record| {
        record.iter().filter(|personal| hidden(&personal.text)).cloned().collect::<Record>()
    });
    kept.filter(|record| !record.is_empty()).collect()
}

fn judge(ctx: &Context<'_>, who: Who, others: &[Record]) -> Option<Proof> {
    let neighbour = if who == Who::A { Who::B } else { Who::A };
    if !(ctx.distinct && ctx.has(neighbour)) {
        return alone(ctx, who, others);
    }
    // What the reader alone sees may be its own: its contacts, its recipients. What its neighbour
    // sees as well, or is, belongs to neither.
    let facts = ctx.identity(neighbour);
    let is_neighbours = |record: &Record| {
        let own = facts.map(|facts| facts.own_values.as_slice()).unwrap_or_default();
        record.iter().any(|personal| own.contains(&personal.value.to_string()))
    };
    let shared: Vec<Record> = others
        .iter()
        .filter(|record| {
            is_neighbours(record)
                || record.iter().any(|p| ctx.corpus.seen_by(&p.text).contains(&neighbour))
        })
        .cloned()
        .collect();
    let people = persons(&shared);
    if people < 2 {
        return None;
    }
    let intimate = classes(&shared).iter().any(|kind| INTIMATE.contains(kind));
    let reached = shared.iter().any(is_neighbours);
    // Colleagues may see how to reach each other; what is intimate they may not.
    let severity = if intimate { Severity::High } else { Severity::Medium };
    let confidence = if reached { Confidence::Confirmed } else { Confidence::Firm };
    let proof = Proof::new(severity, confidence, summary(who, people, &shared));
    let proof = proof.between(neighbour, who).because(format!(
        "none of it is {who}'s own, and {neighbour} sees the same or is among them"
    ));
    Some(proof.because("without a credential it is not shown"))
}

/// With one identity only it cannot be told whether the people are its own contacts.
fn alone(ctx: &Context<'_>, who: Who, others: &[Record]) -> Option<Proof> {
    let known = ctx.identity(who).is_some_and(|facts| !facts.own_values.is_empty());
    let people = persons(others);
    // When the reader's own data is not known, one of them may be the reader.
    if people < if known { 2 } else { 3 } {
        return None;
    }
    let summary = summary(who, people, others);
    Some(
        Proof::new(Severity::Medium, Confidence::Tentative, summary)
            .because("with one identity it cannot be told whether they are its own contacts"),
    )
}

fn summary(who: Who, people: usize, records: &[Record]) -> String {
    let kinds: Vec<String> = classes(records).iter().map(ToString::to_string).collect();
    format!("{who} was shown personal data of {people} other people ({})", kinds.join(", "))
}
