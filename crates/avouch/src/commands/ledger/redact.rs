//! `avouch ledger redact`

use super::args::PlaceArgs;
use super::show::{Opener, person};
use super::{Failed, answer, hold, personal, place, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::format::canonical::to_hex;
use avouch_ledger::format::{EntryHeader, RECORD};
use avouch_ledger::keys::KeyRing;
use avouch_ledger::log::{AdministerError, RedactError, RetentionError};
use avouch_ledger::search::Entries;
use avouch_ledger::storage::Disk;
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

/// What to take out.
#[derive(Clone, Debug, Args)]
pub(crate) struct RedactArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The record
    #[arg(long, value_name = "INDEX")]
    pub(crate) entry: u64,
    /// Why
    #[arg(long, value_name = "TEXT", requires = "approve")]
    pub(crate) reason: Option<String>,
    /// The key file of an administrator who approves. Repeatable. Without it, nothing is taken out
    #[arg(long, value_name = "FILE", requires = "reason")]
    pub(crate) approve: Vec<PathBuf>,
    /// Only shows what would be taken out
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Shows a record, or takes it out.
pub(super) fn run(args: &RedactArgs) -> Result<Exit, Failed> {
    if args.dry_run || args.approve.is_empty() {
        show(&args.place, args.entry)?;
        tell("nothing was changed: take it out with --reason TEXT and --approve FILE");
        return Ok(Exit::Clean);
    }
    let keys = hold::keys(&args.approve)?;
    let ledger = place::open(&args.place)?;
    let done = ledger.redact(args.entry, args.reason.as_deref().unwrap_or_default(), &keys);
    let closed = place::close(ledger);
    let (index, id) = done.map_err(refused)?;
    closed?;
    answer(&format!(
        "entry {index}: the record {} is taken out, id {}\n  its hash is left, so that all else can still be proven, and what it could be found by, blinded\n  a copy from before can still be read by whoever has the key of its period\n",
        args.entry,
        to_hex(&id)
    ))?;
    Ok(Exit::Clean)
}

fn show(place: &PlaceArgs, index: u64) -> Result<(), Failed> {
    let home = place::existing(place)?;
    let storage = Arc::new(Disk::read_only(home.log()));
    let ring = KeyRing::load(storage.as_ref()).map_err(Failed::usage)?;
    let kek = place::kek(&home, &ring)?;
    let entry = Entries::open(storage).and_then(|mut entries| entries.entry(index));
    let entry = entry.map_err(Failed::usage)?;
    if EntryHeader::parse(&entry).is_ok_and(|(header, _)| header.kind == RECORD) {
        let vault = personal::vault(&home, &ring)?;
        let mut opener = Opener::new(ring, kek).revealing(vault);
        return answer(&person(&opener.describe(index, &entry)));
    }
    Err(Failed::usage(anyhow!("the entry {index} is not a record"))
        .advice("what the log says of itself always stays"))
}

fn refused(error: RedactError) -> Failed {
    let advice = match &error {
        RedactError::Administer(AdministerError::Retention(RetentionError::Held { .. })) => {
            "nothing was changed; `avouch ledger release` ends a hold"
        }
        RedactError::Administer(AdministerError::Retention(_)) | RedactError::View(_) => {
            "nothing was changed; `avouch ledger show --from INDEX` shows what is there"
        }
        RedactError::Administer(AdministerError::Approvals { .. } | AdministerError::Stranger) => {
            "name the key files of administrators with `--approve`; nothing was changed"
        }
        _ => {
            "whoever opens the ledger next for writing goes on with it; see that the disk is there, writable and not full"
        }
    };
    Failed::usage(error).advice(advice)
}
