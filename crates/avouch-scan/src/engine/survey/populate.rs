//! In the active tier each identity makes objects of its own before any check runs: fresh accounts
//! own nothing, and much of an API shows only to those who do.
//!
//! In scope: what a POST makes, in two rounds, so that things are made inside what was just made.
//! Out of scope: writing into what the identities owned before.

use super::{Survey, send_all};
use crate::corpus::{Corpus, Sample};
use crate::danger;
use crate::engine::sender::Sender;
use crate::nonce::Nonces;
use crate::objects::kin::{Way, kinship};
use crate::objects::{accepted, is_maker, new_id};
use crate::plan::{Planned, Planner, Reach};
use avouch_catalog::Catalog;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use std::collections::BTreeSet;
use std::sync::Arc;

/// LIMIT: rounds of making things, each inside what the one before made.
const ROUNDS_MAX: usize = 2;

/// Words in a path of a write that is not tried even in the active tier: it would reach other people,
/// money, or accounts.
const NOT_TRIED: [&str; 22] = [
    "register",
    "signup",
    "pay",
    "payment",
    "payments",
    "charge",
    "transfer",
    "refund",
    "checkout",
    "send",
    "email",
    "mail",
    "sms",
    "invite",
    "invitation",
    "publish",
    "deploy",
    "password",
    "mfa",
    "otp",
    "withdraw",
    "payout",
];

/// Makes objects as A and as B and reads what shows them.
pub(super) async fn populate(
    survey: &Survey<'_>,
    sender: &Arc<Sender>,
    corpus: &mut Corpus,
    asked: &mut BTreeSet<(Who, String)>,
    nonces: &Nonces,
) {
    let mut tried = BTreeSet::new();
    let mut made = BTreeSet::new();
    for _ in 0..ROUNDS_MAX {
        let wanted = creations(survey, corpus, nonces, &made, &mut tried);
        if wanted.is_empty() || sender.ended().is_some() {
            return;
        }
        let mut changed = BTreeSet::new();
        for sample in send_all(sender, wanted).await {
            let create = survey.catalog.operations.iter().find(|o| o.id == sample.operation);
            let answer = sample.answer().filter(|answer| accepted(answer));
            if let (Some(create), Some(answer)) = (create, answer) {
                let sent = sample.sent_body();
                let id = new_id(answer, "id", &create.path, sent.as_ref());
                made.extend(id.map(|id| (sample.who, id)));
                let lists = survey.catalog.operations.iter().filter(|list| {
                    list.method == Method::Get
                        && kinship(create, list).is_some_and(|(_, way)| way == Way::List)
                });
                changed.extend(lists.map(|list| list.id.clone()));
            }
            corpus.add(sample);
        }
        // The lists from before are out of date, and would make what is new look volatile.
        let (stale, kept): (Vec<_>, Vec<_>) =
            corpus.samples().iter().cloned().partition(|s| changed.contains(&s.operation));
        *corpus = Corpus::new(kept);
        for sample in stale {
            asked.remove(&(sample.who, sample.request.target));
        }
        for _ in 0..ROUNDS_MAX {
            survey.round(sender, corpus, Reach::Answered, asked).await;
        }
    }
}

/// One creation for each operation and identity that was not tried yet: at the top, or inside what
/// this scan has made.
fn creations(
    survey: &Survey<'_>,
    corpus: &Corpus,
    nonces: &Nonces,
    made: &BTreeSet<(Who, String)>,
    tried: &mut BTreeSet<(Who, String)>,
) -> Vec<(Operation, Who, Planned)> {
    let planner = Planner { catalog: survey.catalog, corpus, base_path: survey.base_path };
    let people = [Who::A, Who::B].into_iter().filter(|who| survey.identities.contains(who));
    let mut people: Vec<Who> = people.collect();
    // Of an API that asks nobody for anything, nobody is the one to ask.
    let first = survey.identities.iter().copied().find(|who| *who != Who::Nobody);
    let first = first.or_else(|| survey.identities.first().copied());
    if people.is_empty() {
        people.extend(first);
    }
    let mut wanted = Vec::new();
    let once = |o: &Operation| survey.flows.contains(&o.id);
    for operation in
        survey.catalog.operations.iter().filter(|o| may_be_tried(survey.catalog, o) && !once(o))
    {
        let nested = operation.path_parameters().next().is_some();
        let shown = survey
            .catalog
            .operations
            .iter()
            .any(|read| read.method == Method::Get && kinship(operation, read).is_some());
        // What nothing shows is tried once, so that payloads have a baseline.
        let mut makers = if shown { people.clone() } else { first.into_iter().collect() };
        makers.extend(privileged(survey, corpus, operation));
        for who in makers {
            if tried.contains(&(who, operation.id.0.clone())) || nested && !shown {
                continue;
            }
            let label = format!("{} {who}", operation.id);
            let marker = nonces.canary(&label);
            // The first one is as the description shows it; a second one must differ.
            let salt =
                if Some(who) == first { 0 } else { nonces.number(&label, 1, u64::from(u32::MAX)) };
            let ours = |value: &str| !nested || made.contains(&(who, value.to_owned()));
            if let Some(planned) = planner.creation(operation, who, &marker, salt, ours) {
                tried.insert((who, operation.id.0.clone()));
                wanted.push((operation.clone(), who, planned));
            }
        }
    }
    wanted
}

/// The higher role, where the others were told that they may not.
fn privileged(survey: &Survey<'_>, corpus: &Corpus, operation: &Operation) -> Option<Who> {
    let told = |who| {
        let samples = corpus.of(&operation.id, who);
        samples.filter_map(Sample::answer).any(|answer| matches!(answer.status, 401 | 403))
    };
    let denied = [Who::A, Who::B].into_iter().any(told);
    (denied && survey.identities.contains(&Who::High)).then_some(Who::High)
}

/// Whether a write may be tried with a body of ours: one that makes something and is not known to
/// reach beyond the scanner's own objects.
fn may_be_tried(catalog: &Catalog, operation: &Operation) -> bool {
    let rest = operation.graph.is_none();
    rest && is_maker(catalog, operation) && stays_with_us(operation)
}

/// Whether a write is not known to reach beyond the scanner's own objects, by its path.
pub(super) fn stays_with_us(operation: &Operation) -> bool {
    let reaches_out = operation
        .path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| NOT_TRIED.contains(&word.to_ascii_lowercase().as_str()));
    danger::leave_alone(operation).is_none() && !reaches_out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_that_reach_others_are_not_tried() {
        let may = |path: &str| {
            may_be_tried(&Catalog::empty(), &Operation::discovered(Method::Post, path))
        };
        assert!(may("/notes"));
        assert!(may("/auth/login"));
        assert!(!may("/auth/register"));
        assert!(!may("/payments"));
        assert!(!may("/orders/{id}/cancel"));
        assert!(may("/orders/{id}/items"));
        assert!(!may("/db/reset"));
    }
}
