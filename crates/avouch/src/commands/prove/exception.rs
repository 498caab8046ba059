//! `avouch exception …`

use super::args::{IdArgs, ListArgs};
use super::book::{Acted, Book, actor, day, person, shown_day, table};
use super::register_args::GrantArgs;
use super::{Failed, answer};
use crate::commands::key::now_ms;
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_model::coding::Later;
use avouch_model::fact::decision::{Decision, DecisionAbout, Verdict};
use avouch_prove::controls;
use avouch_prove::registers::exceptions::{ExceptionState, fold};

const DAY_MS: u64 = 86_400_000;

/// Records that a rule may be left for a while.
pub(super) fn grant(args: &GrantArgs) -> Result<Exit, Failed> {
    let act = &args.act;
    let mut objects = Vec::new();
    for id in &args.control {
        let control = controls::find(id).ok_or_else(|| {
            Failed::usage(anyhow!("`{}` is not a control", id.escape_default()))
                .advice("`avouch control list` names them")
        })?;
        objects.push(control.id.to_owned());
    }
    let until_ms = day(Some(&args.until))?.map(|begin| begin + DAY_MS);
    if until_ms.is_some_and(|until| until <= now_ms()) {
        return Err(Failed::usage(anyhow!("it would have ended already")));
    }
    let (asked, who) = (person(&args.requested_by)?, actor(act)?);
    if asked == who {
        return Err(Failed::usage(anyhow!("`{}` asks and cannot decide", who.shown()))
            .advice("somebody else has to: name them with `--actor`"));
    }
    let Some(because) = act.because.clone() else {
        return Err(Failed::usage(anyhow!("nobody says why")).advice("say it with `--because`"));
    };
    let book = Book::of(&act.source)?;
    if fold(&book.now()?).iter().any(|state| state.id == args.id && state.at(now_ms())) {
        return Err(Failed::usage(anyhow!(
            "the exception `{}` holds already",
            args.id.escape_default()
        ))
        .advice("take another id, or revoke it first"));
    }
    let says = format!(
        "exception `{}` to {} until {}, says {}: {because}",
        args.id,
        objects.join(", "),
        args.until,
        who.shown()
    );
    let fact = Decision {
        id: args.id.clone(),
        about: DecisionAbout::Exception,
        verdict: Verdict::Allow,
        subject: None,
        objects,
        operation: None,
        decided_by: vec![who],
        requested_by: Some(asked),
        policy: None,
        because: Some(because),
        until_ms,
        ticket: None,
        evidence: Vec::new(),
        effective_ms: day(act.effective.as_deref())?,
        collected_ms: day(act.collected.as_deref())?,
        later: Later::default(),
    };
    book.record(act, vec![Acted::new(says, &fact)?])?;
    Ok(Exit::Clean)
}

/// Takes one back.
pub(super) fn revoke(args: &IdArgs) -> Result<Exit, Failed> {
    let act = &args.act;
    let book = Book::of(&act.source)?;
    let states = fold(&book.now()?);
    let Some(state) = states.iter().find(|state| state.id == args.id && state.at(now_ms())) else {
        return Err(Failed::usage(anyhow!("no exception `{}` holds", args.id.escape_default()))
            .advice("`avouch exception list` names them"));
    };
    let fact = Decision {
        id: state.id.clone(),
        about: DecisionAbout::Exception,
        verdict: Verdict::Revoke,
        subject: None,
        objects: state.objects.clone(),
        operation: None,
        decided_by: vec![actor(act)?],
        requested_by: None,
        policy: None,
        because: act.because.clone(),
        until_ms: None,
        ticket: None,
        evidence: Vec::new(),
        effective_ms: day(act.effective.as_deref())?,
        collected_ms: day(act.collected.as_deref())?,
        later: Later::default(),
    };
    book.record(act, vec![Acted::new(format!("exception `{}` is taken back", state.id), &fact)?])?;
    Ok(Exit::Clean)
}

/// Lists them.
pub(super) fn list(args: &ListArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.source)?;
    let states = fold(&book.now()?);
    if args.json {
        answer(&format!("{:#}\n", serde_json::to_value(&states).map_err(Failed::broken)?))?;
        return Ok(Exit::Clean);
    }
    let row = |state: &ExceptionState| {
        let holds = if state.at(now_ms()) { "holds" } else { "over" };
        // The day it ends is the last one it holds.
        let until_ms = state.until_ms.map(|until| until.saturating_sub(1));
        vec![
            state.id.clone(),
            holds.to_owned(),
            shown_day(until_ms),
            state.decided_by.join(", "),
            state.objects.join(" "),
            state.because.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = states.iter().map(row).collect();
    answer(&table(&["id", "now", "until", "decided by", "controls", "because"], &rows))?;
    Ok(Exit::Clean)
}
