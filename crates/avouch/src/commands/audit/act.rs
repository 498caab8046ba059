//! Acts of an engagement: read from the ledger, signed, and recorded.

use super::package::read;
use super::request_args::ActArgs;
use super::{Failed, answer, auditor_key, tell};
use crate::commands::key::now_ms;
use crate::commands::ledger::args::PlaceArgs;
use crate::commands::ledger::{Read, Reading, place};
use anyhow::{Context, anyhow};
use avouch_gateway::record;
use avouch_model::coding::{Fact, Later};
use avouch_model::fact::engagement::{Engagement as Act, EngagementEvent, Side};
use avouch_model::fact::evidence::Evidence;
use avouch_package::acts::signing;
use avouch_package::canonical;
use avouch_package::engagement::Engagement;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::path::Path;

/// What the ledger says about an engagement.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Acts, with entry and time.
    pub(super) acts: Vec<(u64, u64, Act)>,
    /// Pieces of evidence, with the time of their entry.
    pub(super) evidence: Vec<(u64, Evidence)>,
}

/// Reads it.
pub(super) fn said(place: &PlaceArgs, engagement: &Engagement) -> Result<Said, Failed> {
    let id = engagement.evidence_id();
    let mut said = Said::default();
    let mut unreadable = 0_u64;
    Reading::open(place)?.facts(|index, time_ms, read| match read {
        Read::Record(record) if record.kind == Act::NUMBER => match Act::decode(&record.body) {
            Ok(act) => said.acts.push((index, time_ms, act)),
            Err(_) => unreadable += 1,
        },
        Read::Record(record) if record.kind == Evidence::NUMBER => {
            let piece = Evidence::decode(&record.body).ok();
            said.evidence.extend(piece.map(|piece| (time_ms, piece)));
        }
        Read::Shown { kind, body } if kind == Act::NAME => match Act::of_json(body) {
            Ok(act) => said.acts.push((index, time_ms, act)),
            Err(_) => unreadable += 1,
        },
        Read::Shown { kind, body } if kind == Evidence::NAME => {
            let piece = Evidence::of_json(body).ok();
            said.evidence.extend(piece.map(|piece| (time_ms, piece)));
        }
        Read::Unreadable => unreadable += 1,
        Read::Record(_) | Read::Shown { .. } | Read::Gap { .. } => (),
    })?;
    said.acts.retain(|(_, _, act)| act.id == id);
    if unreadable > 0 {
        tell(&format!("{unreadable} records cannot be read: they may hold acts too"));
    }
    Ok(said)
}

/// The engagement in a file.
pub(super) fn engagement(file: &Path) -> Result<Engagement, Failed> {
    Engagement::parse(&read(file, "the engagement")?).map_err(|_| {
        Failed::usage(anyhow!("`{}` is no engagement", file.display()))
            .advice("it must be the file that `avouch audit open` wrote, byte for byte")
    })
}

/// An act with nothing in it yet, of whoever gives the words.
pub(super) fn blank(args: &ActArgs, engagement: &Engagement, by: (EngagementEvent, Side)) -> Act {
    Act { actor: args.actor.as_deref().map(Into::into), ..empty(engagement, by, now_ms()) }
}

/// An act with nothing in it, said at a time.
pub(super) fn empty(
    engagement: &Engagement,
    (event, side): (EngagementEvent, Side),
    said_ms: u64,
) -> Act {
    Act {
        id: engagement.evidence_id(),
        event,
        side,
        said_ms,
        request: None,
        text: None,
        population: None,
        filter: Vec::new(),
        controls: Vec::new(),
        due_ms: None,
        count: None,
        root: None,
        end: None,
        evidence: None,
        digest: None,
        actor: None,
        signature: None,
        later: Later::default(),
    }
}

/// An act as JSON, as it is signed and as rows show it.
pub(super) fn json(act: &Act) -> Map<String, Value> {
    match canonical::plain(act.json()) {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Signs acts of the auditor, where a key is given; then records them, or writes them to a file.
pub(super) fn finish(
    args: &ActArgs,
    engagement: &Engagement,
    mut acts: Vec<Act>,
) -> Result<(), Failed> {
    if let Some(file) = &args.auditor_key {
        let signer = auditor_key::agreed(file, engagement)?;
        for act in acts.iter_mut().filter(|act| act.side == Side::Auditor) {
            act.signature = Some(signing::sign(&json(act), &signer));
        }
    } else if engagement.auditor_key.is_some() && acts.iter().any(|act| act.side == Side::Auditor) {
        tell(
            "not signed: with an auditor's key agreed on, what is not signed with `--auditor-key` closes nothing, and every verifier says so",
        );
    }
    record_all(args, &acts)
}

/// Records acts as they are, or writes them to a file.
pub(super) fn record_all(args: &ActArgs, acts: &[Act]) -> Result<(), Failed> {
    if args.dry_run {
        for act in acts {
            answer(&format!("would record: {}\n", words(act)))?;
        }
        return Ok(());
    }
    if let Some(out) = &args.out {
        let mut text = String::new();
        for act in acts {
            text.push_str(&canonical::line(&Value::Object(json(act))));
        }
        let written = std::fs::File::create_new(out)
            .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
        written
            .with_context(|| format!("`{}` cannot be written", out.display()))
            .map_err(Failed::usage)?;
        tell(&format!(
            "wrote {}: give it to whoever keeps the ledger, for `avouch audit request import --file`",
            out.display()
        ));
        return Ok(());
    }
    append(args, acts)
}

fn append(args: &ActArgs, acts: &[Act]) -> Result<(), Failed> {
    if acts.is_empty() {
        return Ok(());
    }
    let ledger = place::open(&args.place)?;
    let mut appended = Ok(Vec::new());
    for act in acts {
        let encoded = act.encode().map_err(|error| Failed::usage(anyhow!(error)))?;
        match ledger.append(&args.class, &record(encoded)) {
            Ok(index) => {
                if let Ok(all) = &mut appended {
                    all.push(index);
                }
            }
            Err(error) => {
                appended = Err(Failed::usage(error)
                    .advice("name a retention class of the ledger with `--class`"));
                break;
            }
        }
    }
    let waited = match appended.as_ref().ok().and_then(|all| all.last()) {
        Some(last) => ledger.wait(*last).map_err(Failed::usage),
        None => Ok(()),
    };
    place::close(ledger)?;
    let indexes = appended?;
    waited?;
    for (index, act) in indexes.iter().zip(acts) {
        answer(&format!("entry {index}: {}\n", words(act)))?;
    }
    Ok(())
}

/// An act in a line.
pub(super) fn words(act: &Act) -> String {
    use avouch_model::coding::Word;
    let request = act.request.as_deref().unwrap_or("the engagement");
    let mut text = format!("{request} {} by {}", act.event.word(), act.side.word());
    // Writing to a string does not fail.
    if let Some(actor) = &act.actor {
        let _ = write!(text, ", {}", actor.shown());
    }
    if let (EngagementEvent::Answered, Some(population)) = (act.event, &act.population) {
        let _ = write!(text, ": {} rows of {population}", act.count.unwrap_or(0));
        if !act.filter.is_empty() {
            let _ = write!(text, " where {}", act.filter.join(" and "));
        }
    } else if let Some(evidence) = &act.evidence {
        let _ = write!(text, ": {evidence}");
    }
    if let Some(digest) = act.digest {
        let _ = write!(text, ", SHA-256 {digest}");
    }
    if let Some(said) = &act.text {
        let _ = write!(text, ": {said}");
    }
    if act.signature.is_some() {
        text.push_str(" (signed)");
    }
    text
}
