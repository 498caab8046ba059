//! O14: what is bad is proven a second time, from a fresh start.

use super::progress::Watcher;
use super::tasks::{Ran, Runner};
use super::world::{Task, World};
use crate::check::Family;
use crate::corpus::{Corpus, Sample};
use avouch_model::operation::Operation;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;
use std::sync::Arc;
use tokio::task::JoinSet;

/// O14: High and Critical must hold a second time from a fresh start; else they are only tentative.
pub(super) async fn confirm(runner: &Runner, ran: &mut Vec<Ran>) {
    let bad = ran.iter().filter_map(|ran| match &ran.verdict {
        // What may take effect once is used up by now: it was shown by several at once.
        _ if ran.task.check.family == Family::Flow => None,
        Verdict::Fail(proof) if proof.severity >= Severity::High => {
            Some(ran.task.after(Some(proof)))
        }
        _ => None,
    });
    let again: Vec<Task> = bad.collect();
    if again.is_empty() {
        return;
    }
    let fresh = Runner {
        world: Arc::new(refreshed(runner, &again).await),
        watcher: Watcher::silent(),
        ..runner.clone()
    };
    let second = fresh.run(again, 1).await;
    for first in ran.iter_mut() {
        let Verdict::Fail(proof) = &mut first.verdict else { continue };
        if proof.severity < Severity::High || first.task.check.family == Family::Flow {
            continue;
        }
        let same = |r: &&Ran| {
            r.task.check.id == first.task.check.id && r.task.subject == first.task.subject
        };
        match second.iter().find(same).map(|ran| &ran.verdict) {
            Some(Verdict::Fail(again)) => {
                proof.confidence = proof.confidence.min(again.confidence);
                proof.reasons.push("it held a second time, from a fresh start".to_owned());
            }
            Some(Verdict::Inconclusive { because }) => {
                proof.confidence = Confidence::Tentative;
                proof.reasons.push(format!("it could not be proven a second time: {because}"));
            }
            _ => {
                proof.confidence = Confidence::Tentative;
                proof.reasons.push("a second time it did not hold".to_owned());
            }
        }
    }
    ran.extend(second);
}

/// The world with what those tasks look at read again: for checks without requests of their own this
/// is the fresh start.
async fn refreshed(runner: &Runner, tasks: &[Task]) -> World {
    let world = &runner.world;
    let mut samples: Vec<Sample> = world.corpus.samples().to_vec();
    let wanted: Vec<_> = tasks.iter().filter_map(|task| task.subject.operation.clone()).collect();
    let reads = |sample: &Sample| {
        let operation = world.catalog.operations.iter().find(|o| o.id == sample.operation);
        sample.request.method.is_safe() || operation.is_some_and(Operation::is_read)
    };
    let again = samples.iter().enumerate().filter(|(_, sample)| {
        wanted.contains(&sample.operation) && sample.success().is_some() && reads(sample)
    });
    let mut running = JoinSet::new();
    for (place, sample) in again {
        let (sender, request) = (Arc::clone(&runner.sender), sample.request.clone());
        running.spawn(async move { (place, sender.send(&request).await) });
    }
    while let Some(ended) = running.join_next().await {
        let Ok((place, exchange)) = ended else { continue };
        if let Some(sample) = samples.get_mut(place).filter(|_| exchange.answer().is_some()) {
            sample.exchange = exchange;
        }
    }
    World {
        corpus: Arc::new(Corpus::new(samples).moving_like(&world.corpus)),
        ..world.as_ref().clone()
    }
}
