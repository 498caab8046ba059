//! `avouch review …`

use super::args::{ActArgs, IdArgs, ListArgs};
use super::book::{Acted, Book, actor, day, many, person, shown_day, table};
use super::register_args::{ApproveArgs, ChangeArgs, DecideArgs, Keep};
use super::{Failed, answer, files, tell};
use crate::commands::key::now_ms;
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_model::coding::{Digest, Later, Personal};
use avouch_model::fact::decision::{Decision, DecisionAbout, Verdict};
use avouch_model::fact::evidence::{Evidence, EvidenceEvent, EvidenceKind};
use avouch_prove::history::History;
use avouch_prove::rules::keys::{Life, lives};
use serde_json::json;
use std::path::Path;

fn in_use(history: &History) -> Vec<Life<'_>> {
    lives(history).into_iter().filter(|life| life.at(now_ms())).collect()
}

/// What is in use, as lines that anybody can make again from the ledger: id, owner, entry.
fn snapshot(lives: &[Life<'_>]) -> String {
    let mut text: Vec<String> = lives
        .iter()
        .map(|life| {
            let fact = &life.begun.fact;
            let owner = fact.owner.as_ref().map(Personal::shown).unwrap_or_default();
            format!("{}\t{owner}\t{}\n", fact.id, life.begun.index)
        })
        .collect();
    text.sort();
    text.concat()
}

/// Begins a review.
pub(super) fn open(args: &IdArgs) -> Result<Exit, Failed> {
    taken(args, "before", "the review begins")
}

/// Ends a review.
pub(super) fn close(args: &IdArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.act.source)?;
    let history = book.now()?;
    let decided = |key: &str| {
        history.decisions.iter().any(|entry| {
            entry.fact.id == args.id && entry.fact.objects.iter().any(|one| one == key)
        })
    };
    let left: Vec<String> = in_use(&history)
        .iter()
        .map(|life| life.begun.fact.id.clone())
        .filter(|key| !decided(key))
        .collect();
    if !left.is_empty() {
        return Err(Failed::usage(anyhow!("the review says nothing about {}", left.join(", ")))
            .advice(format!("decide with `avouch review decide {} KEY keep|revoke`", args.id)));
    }
    taken(args, "after", "the review ends")
}

fn taken(args: &IdArgs, which: &str, says: &str) -> Result<Exit, Failed> {
    let book = Book::of(&args.act.source)?;
    let history = book.now()?;
    let lives = in_use(&history);
    let text = snapshot(&lives);
    let shown = many(lives.len(), "credential", "credentials");
    let now_ms = now_ms();
    let id = format!("{}/{which}", args.id);
    if history.evidence.iter().any(|entry| entry.fact.id == id) {
        return Err(Failed::usage(anyhow!("`{}` was taken before", id.escape_default()))
            .advice("a new review needs a new id"));
    }
    let evidence = Evidence {
        id,
        event: EvidenceEvent::Collected,
        evidence_kind: EvidenceKind::Derived,
        title: format!("Credentials in use {which} the access review {}", args.id),
        digest: files::digest(&text),
        media_type: Some("text/tab-separated-values".to_owned()),
        bytes: Some(text.len() as u64),
        source: Some("this ledger".to_owned()),
        query: Some(
            "credentials that were issued or rotated and have not ended: id, owner, entry"
                .to_owned(),
        ),
        rows: Some(lives.len() as u64),
        inputs: Vec::new(),
        // It is no document of people that the control asks for.
        controls: Vec::new(),
        criteria: vec!["CC6.3".to_owned()],
        effective_from_ms: Some(now_ms),
        effective_to_ms: Some(now_ms),
        collected_ms: Some(now_ms),
        actor: Some(actor(&args.act)?),
        because: args.act.because.clone(),
        later: Later::default(),
    };
    let line = format!("{}: {says} with {shown} in use, SHA-256 {}", args.id, evidence.digest);
    book.record(&args.act, vec![Acted::new(line, &evidence)?])?;
    if !args.act.json {
        for life in &lives {
            let owner = life.begun.fact.owner.as_ref().map(Personal::shown).unwrap_or_default();
            answer(&format!("  {}  {owner}\n", life.begun.fact.id))?;
        }
    }
    Ok(Exit::Clean)
}

fn decision(
    id: String,
    about: DecisionAbout,
    verdict: Verdict,
    act: &ActArgs,
) -> Result<Decision, Failed> {
    Ok(Decision {
        id,
        about,
        verdict,
        subject: None,
        objects: Vec::new(),
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
    })
}

/// Records a decision about a credential.
pub(super) fn decide(args: &DecideArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.act.source)?;
    let history = book.now()?;
    let before = format!("{}/before", args.review);
    let Some(begun) = history.evidence.iter().find(|entry| entry.fact.id == before) else {
        return Err(Failed::usage(anyhow!(
            "there is no review `{}`",
            args.review.escape_default()
        ))
        .advice("begin it with `avouch review open`"));
    };
    let Some(life) = lives(&history).into_iter().rfind(|life| life.begun.fact.id == args.key)
    else {
        return Err(Failed::usage(anyhow!(
            "the ledger knows no credential `{}`",
            args.key.escape_default()
        ))
        .advice("`avouch review list` names them"));
    };
    let verdict = match args.verdict {
        Keep::Keep => Verdict::Keep,
        Keep::Revoke => Verdict::Revoke,
    };
    let word = avouch_model::coding::Word::word(verdict);
    let fact = Decision {
        subject: life.begun.fact.owner.clone(),
        objects: vec![args.key.clone()],
        evidence: vec![begun.fact.digest],
        ..decision(args.review.clone(), DecisionAbout::AccessReview, verdict, &args.act)?
    };
    book.record(
        &args.act,
        vec![Acted::new(format!("{}: {word} `{}`", args.review, args.key), &fact)?],
    )?;
    if args.verdict == Keep::Revoke && !args.act.dry_run {
        tell(&format!("carry it out with `avouch key revoke {}`", args.key));
    }
    Ok(Exit::Clean)
}

/// Records that somebody may have a credential.
pub(super) fn approve(args: &ApproveArgs) -> Result<Exit, Failed> {
    let asked = person(&args.requested_by)?;
    let who = actor(&args.act)?;
    if asked == who {
        return Err(Failed::usage(anyhow!("`{}` asks and cannot decide", who.shown()))
            .advice("somebody else has to: name them with `--actor`"));
    }
    let owner = person(&args.owner)?;
    let verdict = if args.refuse { Verdict::Deny } else { Verdict::Allow };
    let id =
        args.request.clone().unwrap_or_else(|| format!("access-{}-{}", owner.shown(), now_ms()));
    let word = if args.refuse { "may not have" } else { "may have" };
    let says = format!("{id}: {} {word} a credential, says {}", owner.shown(), who.shown());
    let fact = Decision {
        subject: Some(owner),
        requested_by: Some(asked),
        ..decision(id, DecisionAbout::AccessRequest, verdict, &args.act)?
    };
    Book::of(&args.act.source)?.record(&args.act, vec![Acted::new(says, &fact)?])?;
    Ok(Exit::Clean)
}

/// Records that a configuration may come into force, or was looked at.
pub(super) fn change(args: &ChangeArgs) -> Result<Exit, Failed> {
    let asked = person(&args.requested_by)?;
    let who = actor(&args.act)?;
    if asked == who {
        return Err(Failed::usage(anyhow!("`{}` asks and cannot decide", who.shown()))
            .advice("somebody else has to: name them with `--actor`"));
    }
    let digest = match Digest::parse(&args.digest) {
        Some(digest) => digest,
        None => files::document(Path::new(&args.digest))?.0,
    };
    let says = format!("the configuration {digest} may come into force, says {}", who.shown());
    let id = args.ticket.clone().unwrap_or_else(|| format!("change-{}", now_ms()));
    let fact = Decision {
        objects: vec![digest.to_string()],
        requested_by: Some(asked),
        ticket: args.ticket.clone(),
        ..decision(id, DecisionAbout::Change, Verdict::Allow, &args.act)?
    };
    Book::of(&args.act.source)?.record(&args.act, vec![Acted::new(says, &fact)?])?;
    Ok(Exit::Clean)
}

/// Lists credentials in use.
pub(super) fn list(args: &ListArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.source)?;
    let history = book.now()?;
    let last = |key: &str| {
        history.decisions.iter().rfind(|entry| {
            entry.fact.about == DecisionAbout::AccessReview
                && entry.fact.objects.iter().any(|one| one == key)
        })
    };
    let lives = in_use(&history);
    let owner =
        |life: &Life<'_>| life.begun.fact.owner.as_ref().map(Personal::shown).unwrap_or_default();
    if args.json {
        let all: Vec<_> = lives
            .iter()
            .map(|life| {
                let key = &life.begun.fact.id;
                let review = last(key).map(|entry| json!({ "review": entry.fact.id, "entry": entry.index, "at_ms": entry.time_ms }));
                json!({ "id": key, "owner": owner(life), "entry": life.begun.index, "from_ms": life.from_ms, "ends_ms": life.ended_ms, "reviewed": review })
            })
            .collect();
        answer(&format!("{:#}\n", serde_json::Value::Array(all)))?;
        return Ok(Exit::Clean);
    }
    let rows: Vec<Vec<String>> = lives
        .iter()
        .map(|life| {
            let key = &life.begun.fact.id;
            let review = last(key).map_or_else(
                || "never".to_owned(),
                |entry| format!("{} on {}", entry.fact.id, shown_day(Some(entry.time_ms))),
            );
            vec![
                key.clone(),
                owner(life),
                shown_day(Some(life.from_ms)),
                shown_day(life.ended_ms),
                review,
            ]
        })
        .collect();
    answer(&table(&["credential", "owner", "from", "until", "reviewed"], &rows))?;
    Ok(Exit::Clean)
}
