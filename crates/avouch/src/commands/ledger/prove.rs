//! `avouch ledger prove`

use super::args::ProveArgs;
use super::show::Opener;
use super::{Failed, answer, place};
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use avouch_ledger::format::EntryHeader;
use avouch_ledger::home::Home;
use avouch_ledger::keys::{KeyRing, record_key};
use avouch_ledger::proofs::{self, CheckError, Proven};
use avouch_ledger::storage::Disk;
use std::path::Path;
use std::sync::Arc;

/// Makes a proof, or checks one.
pub(super) fn run(args: &ProveArgs) -> Result<Exit, Failed> {
    match (&args.check, args.entry) {
        (Some(file), _) => check(args, file),
        (None, Some(entry)) => make(args, entry),
        (None, None) => Err(Failed::usage(anyhow!("no entry was named"))),
    }
}

fn make(args: &ProveArgs, index: u64) -> Result<Exit, Failed> {
    let home = place::existing(&args.place)?;
    let storage = Arc::new(Disk::read_only(home.log()));
    let mut opener = if args.disclose {
        let ring = KeyRing::load(storage.as_ref()).map_err(Failed::usage)?;
        let kek = place::kek(&home, &ring)?;
        Some(Opener::new(ring, kek))
    } else {
        None
    };
    let key = |header: &EntryHeader| {
        let keys = opener.as_mut()?.keys(header.period)?;
        record_key(keys, header).ok()
    };
    let proof = proofs::make(storage, index, key).map_err(Failed::usage)?;
    answer(&proof)?;
    Ok(Exit::Clean)
}

fn check(args: &ProveArgs, file: &Path) -> Result<Exit, Failed> {
    let key = place::key(args.key.as_deref(), &Home::new(&args.place.ledger))?;
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the proof `{}`", file.display()))
        .map_err(Failed::usage)?;
    match proofs::check(&text, &key) {
        Ok(proven) => {
            answer(&describe(&proven))?;
            Ok(Exit::Clean)
        }
        Err(error) => Err(refused(error)),
    }
}

fn describe(proven: &Proven) -> String {
    let mut text = format!(
        "PROVEN  the entry {} is among the first {} of `{}`\n",
        proven.index, proven.size, proven.origin
    );
    if let Some(record) = &proven.record {
        text.push_str(&String::from_utf8_lossy(&record.body));
        text.push('\n');
    }
    text
}

fn refused(error: CheckError) -> Failed {
    Failed { exit: Exit::Tampered, error: error.into(), advice: None }
        .advice("with this public key it proves nothing: see that the key is the right one")
}
