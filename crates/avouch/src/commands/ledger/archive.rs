//! `avouch ledger archive`

// Writing to a string does not fail: the results are left out.
use super::args::PlaceArgs;
use super::beyond_args::ArchiveCommand;
use super::{Failed, answer, objects, place, tell};
use crate::copying::LockMode;
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_gateway::record;
use avouch_ledger::archive::{
    ArchiveError, Archived, Archiver, Objects, RestoreError, check, restore,
};
use avouch_ledger::home::Home;
use avouch_ledger::log::{Ledger, read_genesis};
use avouch_ledger::storage::{Disk, Storage, SystemRng};
use avouch_ledger::verify::{Knowledge, Verdict, verify};
use avouch_model::coding::{Fact, Later, Personal};
use avouch_model::fact::ledger::{Ledger as LedgerFact, LedgerEvent, LedgerVerdict};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// The retention class of what is recorded.
const CLASS: &str = "default";

/// Does what was asked of an archive.
pub(super) fn run(command: &ArchiveCommand) -> Result<Exit, Failed> {
    match command {
        ArchiveCommand::Push { place, to, lock, record, json } => {
            push(place, to, *lock, (*record, *json))
        }
        ArchiveCommand::Check { place, from, json } => compare(place, from, *json),
        ArchiveCommand::Restore { place, from, key, record } => {
            again(place, from, key, record.as_deref())
        }
    }
}

pub(super) fn archiver(
    home: &Home,
    objects: Arc<dyn Objects>,
    retains: bool,
) -> Result<Archiver, Failed> {
    let identity = home.identity().map_err(Failed::usage)?;
    let log: Arc<dyn Storage> = Arc::new(Disk::read_only(home.log()));
    let genesis = read_genesis(log.as_ref(), &identity).map_err(place::refused)?;
    Ok(Archiver::new(log, objects, genesis, retains))
}

fn push(
    at: &PlaceArgs,
    to: &str,
    lock: Option<LockMode>,
    (records, as_json): (bool, bool),
) -> Result<Exit, Failed> {
    let home = place::existing(at)?;
    let objects = objects::open(to, lock)?;
    let archiver = archiver(&home, objects, lock.is_some())?;
    archiver.agree().map_err(refused)?;
    let ledger = place::open(at)?;
    let packs = packs(&archiver, &ledger);
    let closed = place::close(ledger);
    let (packs, full) = packs.map_err(refused)?;
    closed?;
    let size = archiver.rest(full).map_err(refused)?;
    if records {
        let origin = home.identity().map_err(Failed::usage)?.name().to_owned();
        // It comes after what it speaks of, so that the next time brings it there too.
        recorded(at, &done_to(origin, LedgerEvent::Archived, (None, size), to))?;
    }
    let text = if as_json {
        let pack = |pack: &Archived| {
            json!({
                "pack": pack.pack, "sha256": pack.sha256.to_hex(), "locator": pack.locator,
                "version": pack.stored.version, "retain_until_ms": pack.stored.retain_until_ms,
            })
        };
        format!(
            "{}\n",
            json!({ "size": size, "packs": packs.iter().map(pack).collect::<Vec<_>>() })
        )
    } else {
        let mut text = String::new();
        for pack in &packs {
            let _ = writeln!(text, "pack {}  {}", pack.pack, pack.locator);
        }
        let _ = writeln!(text, "{size} entries can be restored from {to}");
        text
    };
    if lock.is_none() && !packs.is_empty() && to.starts_with("s3:") {
        tell(
            "packs are not locked: whoever may write to the bucket can remove them. Lock them with --lock",
        );
    }
    answer(&text)?;
    Ok(Exit::Clean)
}

fn packs(archiver: &Archiver, ledger: &Ledger) -> Result<(Vec<Archived>, u64), ArchiveError> {
    let write = |act| {
        let written = ledger.administer(act, &[]);
        written.map(|_| ()).map_err(|error| error.to_string())
    };
    archiver.packs(write)
}

fn compare(at: &PlaceArgs, from: &str, as_json: bool) -> Result<Exit, Failed> {
    let home = place::existing(at)?;
    let archiver = archiver(&home, objects::open(from, None)?, false)?;
    archiver.agree().map_err(refused)?;
    let (count, lapses) = check(&archiver).map_err(refused)?;
    let text = if as_json {
        let lapse = |lapse: &avouch_ledger::archive::Lapse| json!({ "pack": lapse.pack, "says": lapse.says });
        let lapses: Vec<_> = lapses.iter().map(lapse).collect();
        format!("{}\n", json!({ "packs": count, "lapses": lapses }))
    } else {
        let mut text =
            format!("{count} packs were archived, {} of them are not as they were\n", lapses.len());
        for lapse in &lapses {
            let _ = writeln!(text, "  pack {}: {}", lapse.pack, lapse.says);
        }
        text
    };
    answer(&text)?;
    Ok(if lapses.is_empty() { Exit::Clean } else { Exit::Tampered })
}

/// What was done with a ledger, as a fact.
fn done_to(
    origin: String,
    event: LedgerEvent,
    (verdict, size): (Option<LedgerVerdict>, u64),
    place: &str,
) -> LedgerFact {
    LedgerFact {
        origin,
        event,
        verdict,
        size: Some(size),
        root: None,
        findings: Vec::new(),
        counted_here: None,
        counted_there: None,
        first: Some(0),
        end: Some(size),
        place: Some(place.to_owned()),
        actor: crate::config::variable("USER").map(Personal::Clear),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        because: None,
        later: Later::default(),
    }
}

/// Appends a fact to the ledger in use.
fn recorded(at: &PlaceArgs, fact: &LedgerFact) -> Result<(), Failed> {
    let ledger = place::open(at)?;
    let fact = fact.encode().map_err(Failed::usage)?;
    let appended = ledger.append(CLASS, &record(fact)).map_err(Failed::usage);
    let safe = appended.and_then(|index| ledger.wait(index).map_err(place::stopped));
    place::close(ledger)?;
    safe
}

fn again(at: &PlaceArgs, from: &str, key: &str, record_in: Option<&Path>) -> Result<Exit, Failed> {
    let home = place::home(at);
    if home.exists() {
        let path = at.ledger.display();
        return Err(Failed::usage(anyhow!("there is a ledger in `{path}` already"))
            .advice("name a folder in which there is nothing"));
    }
    let identity = place::key(Some(key), &home)?;
    let objects = objects::open(from, None)?;
    let head = place::head(at, &identity)?;
    let log: Arc<dyn Storage> = Arc::new(Disk::new(home.log()));
    let done = restore(objects.as_ref(), &identity, (&log, head.as_ref()), Arc::new(SystemRng));
    let restored = done.map_err(unfit)?;
    home.write_identity(&identity).map_err(Failed::usage)?;
    let origin = identity.name().to_owned();
    let report = verify(log.as_ref(), &Knowledge::of(identity));
    let (size, packs) = (restored.size, restored.packs);
    if let Some(folder) = record_in {
        let at = PlaceArgs { ledger: folder.to_owned(), head: None };
        let verdict = super::verdict_of(report.verdict());
        recorded(&at, &done_to(origin, LedgerEvent::Restored, (Some(verdict), size), from))?;
    }
    let mut text =
        format!("restored {size} entries, {packs} full packs, into {}\n", at.ledger.display());
    if report.verdict() != Verdict::Intact {
        let _ =
            writeln!(text, "but they are {}: see `avouch ledger verify`", report.verdict().word());
        answer(&text)?;
        // Such as a purge that is to be brought to its end on the next start.
        let incomplete = report.verdict() == Verdict::Incomplete;
        return Ok(if incomplete { Exit::Untested } else { Exit::Tampered });
    }
    text += "they are intact, as far as the public key tells\n\nnext: put back `private` and `witnesses` from where you keep them\n";
    answer(&text)?;
    Ok(Exit::Clean)
}

pub(super) fn refused(error: ArchiveError) -> Failed {
    let (exit, advice) = match &error {
        ArchiveError::Contradicted(_) => (
            Exit::Tampered,
            "nothing was written; compare both with `avouch ledger verify`, and restore the newer one",
        ),
        ArchiveError::Different(_) | ArchiveError::Malformed(_) => {
            (Exit::Tampered, "nothing was written over; see what is there, or name another place")
        }
        ArchiveError::Io { .. } => {
            (Exit::Usage, "what is there already is kept: run the same command again")
        }
        ArchiveError::Gone(_) => {
            (Exit::Usage, "what was purged before cannot be archived any more")
        }
        _ => (Exit::Usage, "see what is wrong, then run the same command again"),
    };
    Failed { exit, error: error.into(), advice: Some(advice.to_owned()) }
}

fn unfit(error: RestoreError) -> Failed {
    let (exit, advice) = match &error {
        RestoreError::Exists => (Exit::Usage, "name a folder in which there is nothing"),
        RestoreError::Absent(_) => {
            (Exit::Usage, "name the place and the public key that were used when it was archived")
        }
        RestoreError::Io { .. } | RestoreError::Write(_) => {
            (Exit::Usage, "remove what was begun, then run the same command again")
        }
        _ => {
            (Exit::Tampered, "the archive was changed; ask for an older version of what is damaged")
        }
    };
    Failed { exit, error: error.into(), advice: Some(advice.to_owned()) }
}
