//! `avouch audit request list`

use super::act::{self, words};
use super::request_args::ListArgs;
use super::{Failed, answer};
use crate::exit::Exit;
use avouch_package::acts::{Asked, Spoken, Standing, fold};
use avouch_package::populations::Row;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Lists requests.
pub(super) fn run(args: &ListArgs) -> Result<Exit, Failed> {
    let engagement = act::engagement(&args.engagement)?;
    let said = act::said(&args.place, &engagement)?;
    let key = engagement.auditor_key();
    // Whether the rows are there is what a package shows: here every answer counts as one.
    let mut holds = |_: &_| true;
    let spoken = said.acts.iter().filter_map(|(index, time_ms, act)| {
        let row = Row {
            kind: "engagement".to_owned(),
            index: *index,
            leaf: avouch_ledger::merkle::Hash([0; 32]),
            time_ms: *time_ms,
            fact: act::json(act),
            withheld: Map::new(),
        };
        Spoken::of(&row, key.as_ref(), &mut holds)
    });
    let asked = fold(spoken.collect(), key.is_some());
    for one in &asked {
        answer(&if args.json { format!("{}\n", value(one)) } else { text(one) })?;
    }
    if !args.json {
        let of = |standing| asked.iter().filter(|one| one.standing == standing).count();
        let (open, answered) = (of(Standing::Open), of(Standing::Answered));
        let closed = of(Standing::Closed);
        answer(&format!(
            "{} requests: {open} open, {answered} answered, {closed} closed\n",
            asked.len()
        ))?;
    }
    Ok(Exit::Clean)
}

fn text(one: &Asked) -> String {
    let mut text = format!("{:<8}  {}\n", one.standing.word(), one.id);
    for spoken in &one.said {
        // Writing to a string does not fail.
        let _ = writeln!(text, "          entry {}: {}", spoken.index, words(&spoken.act));
    }
    text
}

fn value(one: &Asked) -> Value {
    let said: Vec<Value> = one
        .said
        .iter()
        .map(|spoken| json!({ "index": spoken.index, "time_ms": spoken.time_ms, "act": act::json(&spoken.act) }))
        .collect();
    json!({ "id": one.id, "standing": one.standing.word(), "said": said })
}
