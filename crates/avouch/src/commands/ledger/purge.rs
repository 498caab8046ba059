//! `avouch ledger purge`

// Writing to a string does not fail: the results are left out.
use super::args::PlaceArgs;
use super::{Failed, answer, hold, place, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::format::Day;
use avouch_ledger::format::canonical::to_hex;
use avouch_ledger::log::{
    AdministerError, Expiring, PurgeError, Purged, RetentionError, SurveyError, moment, survey,
};
use avouch_ledger::storage::Disk;
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// What to purge.
#[derive(Clone, Debug, Args)]
pub(crate) struct PurgeArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// A period, as the list numbers them. Repeatable [default: all that are due]
    #[arg(long, value_name = "N")]
    pub(crate) period: Vec<u32>,
    /// Only of this retention class
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Option<String>,
    /// Only of this day and before
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", requires = "approve")]
    pub(crate) reason: Option<String>,
    /// The key file of an administrator who approves. Repeatable. Without it, nothing is purged
    #[arg(long, value_name = "FILE", requires = "reason")]
    pub(crate) approve: Vec<PathBuf>,
    /// Only lists what would be purged
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Lists what is due, or purges it.
pub(super) fn run(args: &PurgeArgs) -> Result<Exit, Failed> {
    let chosen = chosen(args)?;
    let now_ms = crate::clock::now_ms();
    if args.dry_run || args.approve.is_empty() {
        list(args, &chosen, now_ms)?;
        return Ok(Exit::Clean);
    }
    let keys = hold::keys(&args.approve)?;
    // A period that was named and is not due is refused; others are left out.
    let named = !args.period.is_empty();
    let due = |period: &&Expiring| named || period.is_due(now_ms);
    let records: u64 = chosen.iter().filter(due).map(|period| period.records).sum();
    let periods: Vec<u32> = if named {
        args.period.clone()
    } else {
        chosen.iter().filter(due).map(|period| period.period).collect()
    };
    if periods.is_empty() {
        tell("nothing is due: nothing was changed");
        return Ok(Exit::Clean);
    }
    let ledger = place::open(&args.place)?;
    let reason = args.reason.clone().unwrap_or_default();
    let purged = ledger.purge(&periods, &reason, &keys);
    let closed = place::close(ledger);
    let purged = purged.map_err(refused)?;
    closed?;
    answer(&if args.json {
        machine(&purged, &periods)
    } else {
        person(&purged, periods.len(), records)
    })?;
    Ok(Exit::Clean)
}

/// What the options choose of all that is over, due or not.
fn chosen(args: &PurgeArgs) -> Result<Vec<Expiring>, Failed> {
    let until = args.until.as_deref().map(hold::day).transpose()?;
    let home = place::existing(&args.place)?;
    let identity = home.identity().map_err(Failed::usage)?;
    let mut expiring =
        survey(Arc::new(Disk::read_only(home.log())), &identity).map_err(unreadable)?;
    expiring.retain(|period| {
        args.class.as_ref().is_none_or(|class| *class == period.class)
            && until.is_none_or(|until: Day| period.day <= until)
            && (args.period.is_empty() || args.period.contains(&period.period))
    });
    Ok(expiring)
}

fn unreadable(error: SurveyError) -> Failed {
    let exit = match error {
        SurveyError::View(_) => Exit::Usage,
        _ => Exit::Tampered,
    };
    Failed { exit, error: error.into(), advice: None }
        .advice("nothing was changed; see what is wrong with `avouch ledger verify`")
}

fn list(args: &PurgeArgs, chosen: &[Expiring], now_ms: u64) -> Result<(), Failed> {
    if args.json {
        let lines = chosen.iter().map(|period| format!("{}\n", described(period, now_ms)));
        return answer(&lines.collect::<String>());
    }
    if chosen.is_empty() {
        tell("no such period is over: a period is closed after its day, by the next writer");
        return Ok(());
    }
    let mut text =
        format!("{:>8}  {:<16}{:<12}{:>9}  may be purged\n", "period", "class", "day", "records");
    for period in chosen {
        let Expiring { period: number, class, day, records, .. } = period;
        let _ = writeln!(
            text,
            "{number:>8}  {class:<16}{day:<12}{records:>9}  {}",
            when(period, now_ms),
            day = day.to_string(),
        );
    }
    answer(&text)?;
    let due = chosen.iter().filter(|period| period.is_due(now_ms)).count();
    tell(&format!(
        "nothing was changed. {due} of {} due: purge with --reason TEXT and --approve FILE",
        if due == 1 { "them is" } else { "them are" },
    ));
    Ok(())
}

/// Since when a period may be purged, or why it may not.
fn when(period: &Expiring, now_ms: u64) -> String {
    if let Some(hold) = period.holds.first() {
        return format!("not under the hold {}", to_hex(hold));
    }
    match period.due_ms {
        Some(due_ms) if due_ms <= now_ms => "now".to_owned(),
        Some(due_ms) => format!("from {} (UTC)", moment(due_ms)),
        None => format!("not while `{}` is no retention class", period.class),
    }
}

fn described(period: &Expiring, now_ms: u64) -> Value {
    json!({
        "period": period.period,
        "class": period.class,
        "day": period.day.to_string(),
        "records": period.records,
        "due_ms": period.due_ms,
        "holds": period.holds.iter().map(|hold| to_hex(hold)).collect::<Vec<_>>(),
        "due": period.is_due(now_ms),
    })
}

fn person(purged: &Purged, periods: usize, records: u64) -> String {
    let (s, are) = if periods == 1 { ("", "is") } else { ("s", "are") };
    let had = if records == 1 { "1 record".to_owned() } else { format!("{records} records") };
    let Purged { index, id, kek, destroyed, receipt } = purged;
    format!(
        "purged {periods} period{s}, which had {had}\n  decided by entry {index}, id {}\n  the key `{}` version {} that wrapped their keys is destroyed; version {} wraps the others\n  {receipt}\n  what {are} left of the records: their hashes, so that all else can still be proven\n",
        to_hex(id),
        destroyed.id,
        destroyed.version,
        kek.version,
    )
}

fn machine(purged: &Purged, periods: &[u32]) -> String {
    let value = json!({
        "index": purged.index,
        "id": to_hex(&purged.id),
        "periods": periods,
        "kek": { "id": purged.kek.id, "version": purged.kek.version },
        "destroyed": { "id": purged.destroyed.id, "version": purged.destroyed.version },
        "receipt": purged.receipt,
    });
    format!("{value}\n")
}

fn refused(error: PurgeError) -> Failed {
    let advice = match &error {
        PurgeError::Administer(AdministerError::Retention(RetentionError::Held { .. })) => {
            "nothing was changed; `avouch ledger release` ends a hold".to_owned()
        }
        PurgeError::Administer(AdministerError::Retention(_)) => {
            "nothing was changed; `avouch ledger purge --dry-run` lists what is due".to_owned()
        }
        PurgeError::Administer(AdministerError::Approvals { .. } | AdministerError::Stranger) => {
            "name the key files of administrators with `--approve`; nothing was changed".to_owned()
        }
        PurgeError::TooMany(_) => {
            "purge them in parts, with `--until` or `--class`; nothing was changed".to_owned()
        }
        PurgeError::Custody(_) => format!(
            "give its next version in {}, as `avouch-kek-v1 ID VERSION KEY`",
            place::NEXT_KEK_VARIABLE
        ),
        PurgeError::Witnesses => {
            "nothing was changed; see that the witnesses can be reached, then try again".to_owned()
        }
        _ => "whoever opens the ledger next for writing goes on with it; see that the disk is there, writable and not full".to_owned(),
    };
    Failed::usage(anyhow!(error)).advice(advice)
}
