//! `avouch policy show ID` and the like: all that the ledger says of one entry of a register, act by act.

use super::args::ShowArgs;
use super::book::{Book, plain, shown_day};
use super::{Failed, answer};
use crate::commands::ledger::lines;
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_model::coding::Fact;
use avouch_model::fact::decision::DecisionAbout;
use avouch_prove::entry::Entry;
use avouch_prove::history::History;
use avouch_prove::rules::findings::REPORTED;
use serde_json::{Value, json};

/// An act: its entry, its time, its kind, and what it says.
type Acts = Vec<(u64, u64, &'static str, Value)>;

/// The acts among some facts that are about one thing.
fn acts<F: Fact>(entries: &[Entry<F>], about: impl Fn(&F) -> bool) -> Acts {
    let about = entries.iter().filter(|entry| about(&entry.fact));
    about.map(|entry| (entry.index, entry.time_ms, F::NAME, entry.fact.json())).collect()
}

pub(super) fn policy(args: &ShowArgs) -> Result<Exit, Failed> {
    show(args, "policy", |history, id| acts(&history.policies, |fact| fact.id == id))
}

pub(super) fn risk(args: &ShowArgs) -> Result<Exit, Failed> {
    show(args, "risk", |history, id| acts(&history.risks, |fact| fact.id == id))
}

pub(super) fn vendor(args: &ShowArgs) -> Result<Exit, Failed> {
    show(args, "vendor", |history, id| acts(&history.vendors, |fact| fact.id == id))
}

/// What the list of people says of somebody, and their courses.
pub(super) fn person(args: &ShowArgs) -> Result<Exit, Failed> {
    show(args, "person", |history, id| {
        let mut all = acts(&history.people, |fact| fact.person.shown() == id);
        all.extend(acts(&history.trainings, |fact| fact.person.shown() == id));
        all
    })
}

pub(super) fn exception(args: &ShowArgs) -> Result<Exit, Failed> {
    show(args, "exception", |history, id| {
        acts(&history.decisions, |fact| fact.about == DecisionAbout::Exception && fact.id == id)
    })
}

/// The decisions of a review, and what was in use before and after it.
pub(super) fn review(args: &ShowArgs) -> Result<Exit, Failed> {
    show(args, "review or request", |history, id| {
        let of_review = |of: &str| {
            of.strip_prefix(id).is_some_and(|rest| rest == "/before" || rest == "/after")
        };
        let about = |about| about != DecisionAbout::Exception;
        let mut all = acts(&history.decisions, |fact| about(fact.about) && fact.id == id);
        all.extend(acts(&history.evidence, |fact| of_review(&fact.id)));
        all
    })
}

pub(super) fn finding(args: &ShowArgs) -> Result<Exit, Failed> {
    show(args, "report or finding", |history, id| {
        let mut all = acts(&history.findings, |fact| fact.check == REPORTED && fact.name == id);
        all.extend(acts(&history.evidence, |fact| fact.id == id));
        all
    })
}

fn show(
    args: &ShowArgs,
    what: &str,
    of: impl FnOnce(&History, &str) -> Acts,
) -> Result<Exit, Failed> {
    let history = Book::of(&args.source)?.now()?;
    let mut all = of(&history, &args.id);
    if all.is_empty() {
        let id = args.id.escape_default();
        return Err(Failed::usage(anyhow!("the ledger knows no {what} `{id}`"))
            .advice("the command `list` beside this one names them"));
    }
    all.sort_by_key(|(index, ..)| *index);
    if args.json {
        let all: Vec<Value> = all
            .into_iter()
            .map(|(entry, time_ms, kind, fact)| {
                json!({ "entry": entry, "time_ms": time_ms, "kind": kind, "fact": fact })
            })
            .collect();
        answer(&format!("{:#}\n", Value::Array(all)))?;
        return Ok(Exit::Clean);
    }
    for (index, time_ms, kind, fact) in &all {
        let word = ["event", "verdict"].iter().find_map(|name| fact[*name].as_str());
        let (day, word) = (shown_day(Some(*time_ms)), word.unwrap_or_default());
        answer(&format!("entry {index}, {day}: {kind} {}\n", plain(word)))?;
        if let Value::Object(members) = fact {
            answer(&lines(members))?;
        }
    }
    Ok(Exit::Clean)
}
