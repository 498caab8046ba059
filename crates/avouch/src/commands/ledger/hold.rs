//! `avouch ledger hold` and `avouch ledger release`

use super::args::{HoldArgs, ReleaseArgs};
use super::{Failed, answer, place};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::format::canonical::{from_hex, to_hex};
use avouch_ledger::format::control::Act;
use avouch_ledger::format::{Day, is_class};
use avouch_ledger::home::Home;
use avouch_ledger::keys::Secret32;
use avouch_ledger::log::{AdministerError, Ledger};
use std::path::PathBuf;

/// A day as a person types it.
pub(super) fn day(text: &str) -> Result<Day, Failed> {
    Day::parse(text).ok_or_else(|| {
        Failed::usage(anyhow!("`{text}` is not a day")).advice("days are written as `2026-11-25`")
    })
}

/// The keys of administrators who approve.
pub(super) fn keys(files: &[PathBuf]) -> Result<Vec<Secret32>, Failed> {
    files.iter().map(|path| Home::read_seed(path).map_err(Failed::usage)).collect()
}

/// Keeps days from being purged.
pub(super) fn hold(args: &HoldArgs) -> Result<Exit, Failed> {
    let (from_day, to_day) = (day(&args.from)?, day(&args.to)?);
    if from_day > to_day {
        return Err(Failed::usage(anyhow!("the first day is after the last one")));
    }
    if args.class != "*" && !is_class(&args.class) {
        return Err(Failed::usage(anyhow!("`{}` is not a retention class", args.class)));
    }
    let (class, reason) = (args.class.clone(), args.reason.clone());
    let ledger = place::open(&args.place)?;
    let act = Act::Hold { class, from_day, to_day, reason };
    let (index, id) = approved(&ledger, act, &args.approve)?;
    place::close(ledger)?;
    answer(&format!("entry {index}: hold {}\n", to_hex(&id.unwrap_or_default())))?;
    Ok(Exit::Clean)
}

/// Ends a hold.
pub(super) fn release(args: &ReleaseArgs) -> Result<Exit, Failed> {
    let hold = from_hex(&args.hold).and_then(|id| id.try_into().ok()).ok_or_else(|| {
        Failed::usage(anyhow!("`{}` is not the id of a hold", args.hold))
            .advice("`avouch ledger query type=hold` lists them")
    })?;
    let ledger = place::open(&args.place)?;
    let act = Act::Release { hold, reason: args.reason.clone() };
    let (index, _) = approved(&ledger, act, &args.approve)?;
    place::close(ledger)?;
    answer(&format!("entry {index}: released\n"))?;
    Ok(Exit::Clean)
}

fn approved(
    ledger: &Ledger,
    act: Act,
    files: &[PathBuf],
) -> Result<(u64, Option<[u8; 16]>), Failed> {
    ledger.administer(act, &keys(files)?).map_err(|error| {
        let advice = match &error {
            AdministerError::Approvals { .. } | AdministerError::Stranger => {
                "name the key files of administrators with `--approve`; nothing was written"
            }
            AdministerError::Contradiction => "see `avouch ledger show`; nothing was written",
            _ => "see that the disk is there, writable and not full",
        };
        Failed::usage(error).advice(advice)
    })
}
