//! `avouch ledger erase`

// Writing to a string does not fail: the results are left out.
use super::args::PlaceArgs;
use super::{Failed, answer, hold, personal, place, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::format::canonical::{from_hex, to_hex};
use avouch_ledger::keys::KeyRing;
use avouch_ledger::log::{AdministerError, EraseError, RetentionError};
use avouch_ledger::storage::Disk;
use avouch_ledger::vault::{Pseudonym, Vault};
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Whom to forget.
#[derive(Clone, Debug, Args)]
pub(crate) struct EraseArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The subject, such as `principal=anna`, or what stands for it in the log
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(crate) subject: String,
    /// Only in this quarter, such as `2026-Q4` [default: in all]
    #[arg(long, value_name = "QUARTER")]
    pub(crate) quarter: Option<String>,
    /// The key file of an administrator who approves. Repeatable. Without it, nobody is forgotten
    #[arg(long, value_name = "FILE")]
    pub(crate) approve: Vec<PathBuf>,
    /// Only shows where the subject is known
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Shows where a subject is known, or forgets it.
pub(super) fn run(args: &EraseArgs) -> Result<Exit, Failed> {
    let home = place::existing(&args.place)?;
    let ring = KeyRing::load(&Disk::read_only(home.log())).map_err(Failed::usage)?;
    let vault = personal::vault(&home, &ring)?;
    let known = known(args, &vault)?;
    drop(vault);
    if known.is_empty() {
        return Err(Failed::usage(anyhow!("there is no key of this subject"))
            .advice("it was never sealed (`avouch ledger append --personal`), is erased already, or its quarter is another"));
    }
    if args.dry_run || args.approve.is_empty() {
        let lines = known
            .iter()
            .map(|(quarter, subject)| format!("{quarter}  known as {}\n", to_hex(subject)));
        answer(&lines.collect::<String>())?;
        tell("nothing was changed: erase it with --approve FILE");
        return Ok(Exit::Clean);
    }
    let keys = hold::keys(&args.approve)?;
    let ledger = place::open(&args.place)?;
    let mut text = String::new();
    let mut done = Ok(());
    for (quarter, subject) in &known {
        match ledger.erase(*subject, quarter, &keys) {
            Ok(erased) => {
                let _ = writeln!(
                    text,
                    "entry {}: {} of {quarter} is erased, id {}\n  {}",
                    erased.index,
                    to_hex(subject),
                    to_hex(&erased.id),
                    erased.receipt
                );
            }
            Err(error) => {
                done = Err(refused(error));
                break;
            }
        }
    }
    let closed = place::close(ledger);
    answer(&text)?;
    done?;
    closed?;
    tell(
        "who knows the value and the key of pseudonyms can still tell that it is the same subject, until the records of the quarter are purged",
    );
    Ok(Exit::Clean)
}

/// The quarters in which the subject is known, with what stands for it there.
fn known(args: &EraseArgs, vault: &Vault) -> Result<Vec<(String, Pseudonym)>, Failed> {
    let given = from_hex(&args.subject).and_then(|bytes| Pseudonym::try_from(bytes).ok());
    let named = match (given, args.subject.split_once('=')) {
        (None, Some((name, value))) => Some((personal::field(name)?, value.as_bytes())),
        (None, None) => {
            return Err(Failed::usage(anyhow!("`{}` is not a subject", args.subject))
                .advice("such as `principal=anna`, or 32 hexadecimal digits"));
        }
        _ => None,
    };
    let quarters =
        vault.quarters().filter(|name| args.quarter.as_ref().is_none_or(|quarter| quarter == name));
    let known = quarters.filter_map(|quarter| {
        let subject = match named {
            Some((field, value)) => vault.pseudonym(quarter, field, value)?,
            None => given?,
        };
        vault.knows(quarter, &subject).then(|| (quarter.to_owned(), subject))
    });
    Ok(known.collect())
}

fn refused(error: EraseError) -> Failed {
    let advice = match &error {
        EraseError::Administer(AdministerError::Retention(RetentionError::HeldDays(_))) => {
            "nothing was changed; `avouch ledger release` ends a hold"
        }
        EraseError::Administer(AdministerError::Approvals { .. } | AdministerError::Stranger) => {
            "name the key files of administrators with `--approve`; nothing was changed"
        }
        EraseError::Unknown(_) => "nothing was changed",
        _ => {
            "whoever opens the ledger next for writing goes on with it; see that the disk is there, writable and not full"
        }
    };
    Failed::usage(error).advice(advice)
}
