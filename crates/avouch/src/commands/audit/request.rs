//! `avouch audit request …`

use super::act::{self, Said, blank, finish};
use super::package::read;
use super::request_args::{
    AddArgs, AnswerArgs, CommentArgs, ImportArgs, JudgeArgs, RequestCommand, SideArg,
};
use super::{Failed, open, record, request_list, tell};
use crate::commands::key::now_ms;
use crate::commands::ledger::place;
use crate::commands::prove::files;
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::format::Day;
use avouch_model::coding::{Digest, Fact, Later};
use avouch_model::fact::engagement::{Engagement as Act, EngagementEvent, Side};
use avouch_model::fact::evidence::{Evidence, EvidenceEvent, EvidenceKind};
use avouch_package::acts::signing::{self, Signed};
use avouch_package::acts::{refer, standard};
use avouch_package::canonical;
use avouch_package::engagement::Engagement;
use avouch_prove::controls;
use serde_json::Value;

/// LIMIT: bytes of a text, and of the name of a request.
const TEXT_BYTES_MAX: usize = 4096;
const ID_BYTES_MAX: usize = 64;

pub(super) fn run(command: &RequestCommand) -> Result<Exit, Failed> {
    match command {
        RequestCommand::Add(args) => add(args)?,
        RequestCommand::Answer(args) => reply(args)?,
        RequestCommand::Comment(args) => comment(args)?,
        RequestCommand::Close(args) => judge(args, EngagementEvent::Closed)?,
        RequestCommand::Reopen(args) => judge(args, EngagementEvent::Reopened)?,
        RequestCommand::Import(args) => import(args)?,
        RequestCommand::List(args) => return request_list::run(args),
    }
    Ok(Exit::Clean)
}

fn add(args: &AddArgs) -> Result<(), Failed> {
    let engagement = act::engagement(&args.act.engagement)?;
    let due_ms = args.due.as_deref().map(|day| open::moment(day, Day::end_ms)).transpose()?;
    // Who asks without the ledger cannot see what was asked for already; the import does.
    let said = match &args.act.out {
        Some(_) => Said::default(),
        None => act::said(&args.act.place, &engagement)?,
    };
    let mut acts = Vec::new();
    if args.standard {
        for one in standard().map_err(Failed::broken)? {
            if is_asked(&said, &one.id) {
                continue;
            }
            acts.push(Act {
                request: Some(one.id),
                text: Some(one.text),
                population: one.population,
                filter: one.filter,
                controls: one.controls,
                due_ms,
                ..blank(&args.act, &engagement, (EngagementEvent::Asked, Side::Auditor))
            });
        }
        if acts.is_empty() {
            tell("all of them were asked for already");
        }
    } else {
        let id = args.id.clone().unwrap_or_default();
        if is_asked(&said, &id) {
            return Err(Failed::usage(anyhow!("`{id}` was asked for already"))
                .advice("take another id, or say more with `avouch audit request comment`"));
        }
        known_controls(&args.control)?;
        if let Some(name) = &args.population {
            known_population(name)?;
        }
        acts.push(Act {
            request: Some(named(&id)?),
            text: args.says.as_deref().map(worded).transpose()?,
            population: args.population.clone(),
            filter: args.filter.clone(),
            controls: args.control.clone(),
            due_ms,
            ..blank(&args.act, &engagement, (EngagementEvent::Asked, Side::Auditor))
        });
    }
    finish(&args.act, &engagement, acts)
}

fn is_asked(said: &Said, id: &str) -> bool {
    asked(said, id).is_some()
}

fn asked<'a>(said: &'a Said, id: &str) -> Option<&'a Act> {
    let mut acts = said.acts.iter().map(|(_, _, act)| act);
    acts.find(|act| act.event == EngagementEvent::Asked && act.request.as_deref() == Some(id))
}

/// The request that an act is about, which must be there unless the act goes elsewhere.
fn about(said: &Said, id: &str, is_elsewhere: bool) -> Result<String, Failed> {
    if is_elsewhere || is_asked(said, id) {
        return named(id);
    }
    Err(Failed::usage(anyhow!("nobody asked for `{}`", id.escape_default()))
        .advice("`avouch audit request list` names the requests"))
}

fn reply(args: &AnswerArgs) -> Result<(), Failed> {
    let engagement = act::engagement(&args.act.engagement)?;
    let said = act::said(&args.act.place, &engagement)?;
    let mut answer = Act {
        request: Some(about(&said, &args.id, false)?),
        text: args.says.as_deref().map(worded).transpose()?,
        ..blank(&args.act, &engagement, (EngagementEvent::Answered, Side::Management))
    };
    let request = asked(&said, &args.id);
    if let Some(folder) = &args.package {
        let name = args.population.clone().or_else(|| request?.population.clone());
        let name = name.ok_or_else(|| {
            Failed::usage(anyhow!("`{}` asks for no population", args.id)).advice(
                "name one with `--population`, or a document with `--evidence` or `--document`",
            )
        })?;
        let own = args.population.is_some() || !args.filter.is_empty();
        answer.filter = match request {
            Some(request) if !own => request.filter.clone(),
            _ => args.filter.clone(),
        };
        let found = refer(folder, &name, &answer.filter).map_err(|error| {
            Failed::usage(error).advice("`populations/` of the package has a file for each; `avouch audit verify` says whether it is whole")
        })?;
        answer.population = Some(name);
        answer.count = Some(found.count);
        answer.root = Some(Digest(found.root.0));
        answer.end = Some(found.end);
    } else if let Some(id) = &args.evidence {
        let piece = said.evidence.iter().rev().find(|(time_ms, piece)| {
            piece.id == *id
                && piece.event == EvidenceEvent::Received
                && engagement.period.contains(*time_ms)
        });
        let (_, piece) = piece.ok_or_else(|| {
            Failed::usage(anyhow!(
                "no evidence `{}` was taken in within the period",
                id.escape_default()
            ))
            .advice("hand the document in with `--document FILE`")
        })?;
        answer.evidence = Some(piece.id.clone());
        answer.digest = Some(piece.digest);
    } else if let Some(file) = &args.document {
        let piece = document(args, &engagement, file)?;
        answer.evidence = Some(piece.id.clone());
        answer.digest = Some(piece.digest);
        if !args.act.dry_run {
            let ledger = place::open(&args.act.place)?;
            let appended = record::append(&ledger, &args.act.class, &piece);
            place::close(ledger)?;
            appended?;
        }
    }
    finish(&args.act, &engagement, vec![answer])
}

/// A document that is handed in for the engagement itself, so that its proof shows it.
fn document(
    args: &AnswerArgs,
    engagement: &Engagement,
    file: &std::path::Path,
) -> Result<Evidence, Failed> {
    let (digest, bytes) = files::document(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Evidence {
        id: engagement.evidence_id(),
        event: EvidenceEvent::Received,
        evidence_kind: EvidenceKind::Report,
        title: args.says.clone().unwrap_or_else(|| name.clone()),
        digest,
        media_type: None,
        bytes: Some(bytes),
        source: Some(name),
        query: None,
        rows: None,
        inputs: Vec::new(),
        controls: Vec::new(),
        criteria: Vec::new(),
        effective_from_ms: None,
        effective_to_ms: None,
        collected_ms: Some(now_ms()),
        actor: args.act.actor.as_deref().map(Into::into),
        because: Some(format!("answers {}", args.id)),
        later: Later::default(),
    })
}

fn comment(args: &CommentArgs) -> Result<(), Failed> {
    let engagement = act::engagement(&args.act.engagement)?;
    let side = match args.side {
        SideArg::Auditor => Side::Auditor,
        SideArg::Management => Side::Management,
    };
    let request = match &args.id {
        None => None,
        Some(id) if args.act.out.is_some() => Some(named(id)?),
        Some(id) => Some(about(&act::said(&args.act.place, &engagement)?, id, false)?),
    };
    let text = Some(worded(&args.says)?);
    let act =
        Act { request, text, ..blank(&args.act, &engagement, (EngagementEvent::Commented, side)) };
    finish(&args.act, &engagement, vec![act])
}

fn judge(args: &JudgeArgs, event: EngagementEvent) -> Result<(), Failed> {
    let engagement = act::engagement(&args.act.engagement)?;
    let elsewhere = args.act.out.is_some();
    let said = if elsewhere { Said::default() } else { act::said(&args.act.place, &engagement)? };
    let act = Act {
        request: Some(about(&said, &args.id, elsewhere)?),
        text: args.says.as_deref().map(worded).transpose()?,
        ..blank(&args.act, &engagement, (event, Side::Auditor))
    };
    finish(&args.act, &engagement, vec![act])
}

/// Records acts that the auditor signed elsewhere; those that are there already are left out.
fn import(args: &ImportArgs) -> Result<(), Failed> {
    let engagement = act::engagement(&args.act.engagement)?;
    let key = engagement.auditor_key().ok_or_else(|| {
        Failed::usage(anyhow!("the engagement names no key of the auditor"))
            .advice("acts of an engagement without one are recorded without `--out`")
    })?;
    let known: Vec<String> = act::said(&args.act.place, &engagement)?
        .acts
        .into_iter()
        .filter_map(|(_, _, act)| act.signature)
        .collect();
    let mut acts: Vec<Act> = Vec::new();
    for file in &args.files {
        let bytes = read(file, "the acts")?;
        for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.is_empty() {
                continue;
            }
            let bad = |why: &str| {
                Failed::usage(anyhow!("line {} of `{}` {why}", at + 1, file.display()))
                    .advice("nothing was recorded; ask the auditor for the file that `--out` wrote")
            };
            let value = canonical::parse(line).ok_or_else(|| bad("is not canonical JSON"))?;
            let fact = value.as_object().ok_or_else(|| bad("is no act"))?;
            if signing::judge(fact, Some(&key)) != Signed::Yes {
                return Err(bad("is not signed by the auditor's key"));
            }
            let act = Act::of_json(&Value::Object(fact.clone())).map_err(|_| bad("is no act"))?;
            if act.id != engagement.evidence_id() || act.side != Side::Auditor {
                return Err(bad("is no act of the auditor in this engagement"));
            }
            let twice = |one: &Act| one.signature == act.signature;
            if known.iter().any(|one| Some(one) == act.signature.as_ref()) || acts.iter().any(twice)
            {
                tell(&format!("line {} is recorded already", at + 1));
                continue;
            }
            acts.push(act);
        }
    }
    let unsigned =
        super::request_args::ActArgs { auditor_key: None, out: None, ..args.act.clone() };
    act::record_all(&unsigned, &acts)
}

fn known_controls(ids: &[String]) -> Result<(), Failed> {
    match ids.iter().find(|id| controls::find(id).is_none()) {
        None => Ok(()),
        Some(id) => Err(Failed::usage(anyhow!("there is no control `{}`", id.escape_default()))
            .advice("`avouch control list` names them")),
    }
}

fn known_population(name: &str) -> Result<(), Failed> {
    let all = avouch_package::populations::Definition::all().map_err(Failed::broken)?;
    if all.iter().any(|known| known.name == name) {
        return Ok(());
    }
    let names: Vec<&str> = all.iter().map(|known| known.name.as_str()).collect();
    Err(Failed::usage(anyhow!("there is no population `{}`", name.escape_default()))
        .advice(format!("there are {}", names.join(", "))))
}

fn named(id: &str) -> Result<String, Failed> {
    let sound = !id.is_empty()
        && id.len() <= ID_BYTES_MAX
        && id.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    if sound {
        return Ok(id.to_owned());
    }
    Err(Failed::usage(anyhow!("`{}` cannot name a request", id.escape_default()))
        .advice("letters, digits, `-`, `.` and `_` can, 64 of them"))
}

fn worded(text: &str) -> Result<String, Failed> {
    if text.len() <= TEXT_BYTES_MAX && !text.trim().is_empty() {
        return Ok(text.to_owned());
    }
    Err(Failed::usage(anyhow!("a text has between 1 and {TEXT_BYTES_MAX} bytes")))
}
