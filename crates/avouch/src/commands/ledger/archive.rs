//! `avouch ledger archive`

// Writing to a string does not fail: the results are left out.
use super::args::PlaceArgs;
use super::beyond_args::ArchiveCommand;
use super::{Failed, answer, objects, place, tell};
use crate::copying::LockMode;
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::archive::{
    ArchiveError, Archived, Archiver, Objects, RestoreError, check, restore,
};
use avouch_ledger::home::Home;
use avouch_ledger::log::{Ledger, read_genesis};
use avouch_ledger::storage::{Disk, Storage, SystemRng};
use avouch_ledger::verify::{Knowledge, Verdict, verify};
use serde_json::json;
use std::fmt::Write as _;
use std::sync::Arc;

/// Does what was asked of an archive.
pub(super) fn run(command: &ArchiveCommand) -> Result<Exit, Failed> {
    match command {
        ArchiveCommand::Push { place, to, lock, json } => push(place, to, *lock, *json),
        ArchiveCommand::Check { place, from, json } => compare(place, from, *json),
        ArchiveCommand::Restore { place, from, key } => again(place, from, key),
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

fn push(at: &PlaceArgs, to: &str, lock: Option<LockMode>, as_json: bool) -> Result<Exit, Failed> {
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

fn again(at: &PlaceArgs, from: &str, key: &str) -> Result<Exit, Failed> {
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
    let report = verify(log.as_ref(), &Knowledge::of(identity));
    let (size, packs) = (restored.size, restored.packs);
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
