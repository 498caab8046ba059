//! DATA-02: an answer holds a secret of whoever runs the API.

use super::reads::{answered, is_read, nothing_found, was_sent};
use super::secrets::{has_checksum, is_of_interest, is_open_private_key, promises_secret};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::leaves::{Leaf, leaves};
use crate::tape::{Flow, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::identity::Who;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// DATA-02
pub(super) const CHECK: Check = Check {
    id: "DATA-02",
    name: "secret-in-answer",
    title: "A secret of the API's operator is in an answer",
    family: Family::Data,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::PrivateSet],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(200),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.1", "C1.1"],
    page: include_str!("secret_shown.md"),
    applies: is_read,
    run,
};

/// Who can see a secret, as far as the identities tell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Audience {
    Nobody,
    /// Two different customers: it is neither one's own.
    Customers,
    /// One identity alone, which may be its owner.
    One,
}

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let samples = answered(ctx, &Who::ALL)?;
    let mut found: BTreeMap<Placeholder, (&Sample, Leaf, BTreeSet<Who>)> = BTreeMap::new();
    for sample in &samples {
        for leaf in sample.answer().map(leaves).unwrap_or_default() {
            for secret in Placeholder::find_all(&leaf.value) {
                if is_of_interest(&secret) && !was_sent(sample, &secret) {
                    let (.., readers) = found
                        .entry(secret)
                        .or_insert_with(|| (*sample, leaf.clone(), BTreeSet::new()));
                    readers.insert(sample.who);
                }
            }
        }
    }
    let mut unsure = false;
    let mut proofs = Vec::new();
    for (secret, (sample, leaf, readers)) in &found {
        let audience = audience(ctx, readers);
        match weight(secret, leaf, audience) {
            Some(weight) => proofs.push((weight, secret, sample, leaf, audience)),
            None => unsure |= audience == Audience::One && !(ctx.has(Who::B) && ctx.distinct),
        }
    }
    let Some(((severity, confidence), secret, sample, leaf, audience)) =
        proofs.iter().max_by_key(|(weight, ..)| *weight)
    else {
        return Ok(if unsure {
            Verdict::inconclusive(
                "a secret was seen that may be the reader's own: a second identity would tell",
            )
        } else {
            nothing_found(&samples)
        });
    };
    let kind = format!("{} {}", secret.class, secret.detail);
    let place = if leaf.path.is_empty() { "the body" } else { leaf.path.as_str() };
    let status = sample.answer().map_or(0, |answer| answer.status);
    let summary = format!("{} was shown a secret ({}) in `{place}`", sample.who, kind.trim());
    let seen = match audience {
        Audience::Nobody => "no credential is needed to see it",
        Audience::Customers => {
            "two different identities see the same value: it is neither one's own"
        }
        Audience::One => "one identity sees it, which may have stored it there itself",
    };
    Ok(Verdict::fail(
        Proof::new(*severity, *confidence, summary)
            .about(place)
            .because(format!("the answer was {status}, and the value was not part of the request"))
            .because(seen)
            .because(format!("{} such value(s) in this operation's answers", proofs.len())),
    ))
}

fn audience(ctx: &Context<'_>, readers: &BTreeSet<Who>) -> Audience {
    if readers.contains(&Who::Nobody) {
        Audience::Nobody
    } else if ctx.distinct && readers.contains(&Who::A) && readers.contains(&Who::B) {
        Audience::Customers
    } else {
        Audience::One
    }
}

/// How bad it is and how sure; `None` when it may well be the reader's own, freshly issued or stored.
fn weight(secret: &Placeholder, leaf: &Leaf, to: Audience) -> Option<(Severity, Confidence)> {
    let strict = has_checksum(secret) || is_open_private_key(secret);
    let named = promises_secret(&leaf.key());
    Some(match (secret.class, to) {
        (DataClass::ApiSecret, Audience::One) => return None,
        (DataClass::ApiSecret, Audience::Nobody) if named => (Severity::High, Confidence::Firm),
        (DataClass::ApiSecret, Audience::Customers) if named => {
            (Severity::Medium, Confidence::Firm)
        }
        (DataClass::ApiSecret, _) => (Severity::Medium, Confidence::Tentative),
        (_, Audience::One) => (Severity::Medium, Confidence::Firm),
        _ if strict => (Severity::Critical, Confidence::Confirmed),
        _ => (Severity::High, Confidence::Firm),
    })
}
