//! `avouch ledger verify`

// Writing to a string does not fail: the results are left out.
use super::args::VerifyArgs;
use super::{Failed, answer, place, put, tell, witnesses};
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use avouch_ledger::home::Home;
use avouch_ledger::keys::{KeyRing, Secret32};
use avouch_ledger::note::Note;
use avouch_ledger::storage::Disk;
use avouch_ledger::verify::{Finding, Knowledge, Report, Verdict, WitnessPolicy, verify};
use avouch_model::fact::ledger::LedgerVerdict;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Judges a ledger. Only an intact one is a success.
pub(super) fn run(args: &VerifyArgs) -> Result<Exit, Failed> {
    let home = Home::new(&args.ledger);
    let log = if home.exists() { home.log() } else { args.ledger.clone() };
    if !log.is_dir() {
        let path = args.ledger.display();
        return Err(Failed::usage(anyhow!("there is no ledger in `{path}`"))
            .advice("name the ledger's folder, or a copy of its folder `log`"));
    }
    let identity = place::key(args.key.as_deref(), &home)?;
    if args.key.is_none() && !args.json {
        tell(
            "the public key lies beside the ledger: who can change one can change the other. Name the key you keep with --key",
        );
    }
    let mut knowledge = Knowledge::of(identity);
    knowledge.now_ms = (!args.at_rest).then(crate::clock::now_ms);
    knowledge.earlier = args.earlier.iter().map(earlier).collect::<Result<_, _>>()?;
    knowledge.earlier.extend(args.latest.iter().map(earlier).collect::<Result<Vec<_>, _>>()?);
    knowledge.witnesses = match &args.witness_policy {
        Some(path) => Some(policy(path)?),
        None if home.exists() => witnesses::policy(&home)?,
        None => None,
    };
    if args.ask_witnesses {
        let policy = knowledge.witnesses.as_ref();
        let shown = witnesses::newest(&home, policy, knowledge.identity.name())?;
        knowledge.earlier.extend(shown);
    }
    let storage = Disk::read_only(log);
    if args.open {
        knowledge.secrets = secrets(&storage, &home)?;
    }
    if let Some(path) = &args.keys {
        take_file(&mut knowledge, path)?;
    }
    let report = verify(&storage, &knowledge);
    say(&report, args.json)
}

/// How a ledger was judged.
pub(crate) struct Judged {
    pub(crate) origin: String,
    pub(crate) verdict: Verdict,
    pub(crate) size: u64,
    /// Codes of what was found.
    pub(crate) findings: Vec<String>,
}

/// Judges a ledger of this machine with the public key beside it.
pub(crate) fn judged(place: &super::args::PlaceArgs) -> Result<Judged, Failed> {
    let home = place::existing(place)?;
    let identity = place::key(None, &home)?;
    let origin = identity.name().to_owned();
    let mut knowledge = Knowledge::of(identity);
    knowledge.now_ms = Some(crate::clock::now_ms());
    knowledge.witnesses = witnesses::policy(&home)?;
    let report = verify(&Disk::read_only(home.log()), &knowledge);
    let findings = report.findings.iter().map(|finding| finding.code.name().to_owned()).collect();
    Ok(Judged { origin, verdict: report.verdict(), size: report.size, findings })
}

/// The word that facts have for a verdict.
pub(crate) fn verdict_of(verdict: Verdict) -> LedgerVerdict {
    match verdict {
        Verdict::Intact => LedgerVerdict::Intact,
        Verdict::Tampered => LedgerVerdict::Tampered,
        Verdict::Incomplete => LedgerVerdict::Incomplete,
        Verdict::Unchecked => LedgerVerdict::Unchecked,
    }
}

/// Says what was found, and tells the shell.
pub(super) fn say(report: &Report, as_json: bool) -> Result<Exit, Failed> {
    let exit = match report.verdict() {
        Verdict::Intact => Exit::Clean,
        Verdict::Tampered => Exit::Tampered,
        Verdict::Incomplete | Verdict::Unchecked => Exit::Untested,
    };
    let text = if as_json {
        let value = machine(report);
        serde_json::to_string_pretty(&value).map_err(Failed::broken)? + "\n"
    } else {
        person(report)
    };
    answer(&text)?;
    Ok(exit)
}

fn earlier(path: &PathBuf) -> Result<Note, Failed> {
    let read = || {
        let bytes = std::fs::read(path)?;
        Note::parse(&bytes).map_err(anyhow::Error::from)
    };
    read().with_context(|| format!("the earlier checkpoint `{}`", path.display())).map_err(
        |error| Failed::usage(error).advice("`avouch ledger checkpoint` prints one to keep"),
    )
}

fn policy(path: &PathBuf) -> Result<WitnessPolicy, Failed> {
    let read = || {
        let text = std::fs::read_to_string(path)?;
        WitnessPolicy::parse(&text).map_err(anyhow::Error::from)
    };
    read()
        .with_context(|| format!("the witness policy `{}`", path.display()))
        .map_err(Failed::usage)
}

/// The secrets of all periods that were not purged.
fn secrets(storage: &Disk, home: &Home) -> Result<BTreeMap<u32, Secret32>, Failed> {
    let ring = KeyRing::load(storage).map_err(Failed::usage)?;
    let kek = place::kek(home, &ring)?;
    let secret = |period| Ok((period, ring.secret(period, &kek).map_err(Failed::usage)?));
    ring.numbers().map(secret).collect()
}

/// Takes in an auditor's file.
fn take_file(knowledge: &mut Knowledge, path: &PathBuf) -> Result<(), Failed> {
    let taken = std::fs::read(path)
        .map_err(anyhow::Error::from)
        .and_then(|bytes| Ok(knowledge.take_file(&bytes)?));
    taken.with_context(|| format!("the auditor's keys `{}`", path.display())).map_err(|error| {
        Failed::usage(error).advice("section 16 of `docs/ledger-format.md` says what it holds")
    })
}

fn person(report: &Report) -> String {
    let mut text = match report.verdict() {
        Verdict::Intact => format!("INTACT  {}\n", report.origin),
        Verdict::Tampered => format!("TAMPERED  {}\n", report.origin),
        Verdict::Incomplete => format!("INCOMPLETE  {}\n", report.origin),
        Verdict::Unchecked => format!("CANNOT BE CHECKED  {}\n", report.origin),
    };
    let (size, proven) = (report.size, report.proven_size);
    let entries = if size == 1 { "entry" } else { "entries" };
    let _ = writeln!(text, "{size} {entries}, {proven} of them as they were signed");
    if let Some(size) = report.quorum_size {
        let _ = writeln!(text, "{size} of them cosigned by enough witnesses");
    }
    if report.opened > 0 {
        let records = if report.opened == 1 { "record" } else { "records" };
        let _ = writeln!(text, "{} {records} opened", report.opened);
    }
    for finding in &report.findings {
        let _ = write!(text, "\n{}\n  {}\n", finding.code.name(), finding.message);
        if let Some((file, offset)) = &finding.place {
            let _ = writeln!(text, "  in {file} at byte {offset}");
        }
        if let Some(index) = finding.index {
            let _ = writeln!(text, "  at entry {index}");
        }
    }
    if report.more_findings > 0 {
        let _ = write!(text, "\nand {} findings more\n", report.more_findings);
    }
    if !report.notes.is_empty() {
        text += "\nto know, though nothing is wrong with it:\n";
        let lines = report.notes.iter().map(|note| format!("  {note}\n"));
        text += &lines.collect::<String>();
    }
    text
}

fn machine(report: &Report) -> Value {
    let finding = |finding: &Finding| {
        let mut value = json!({
            "class": finding.code.class(),
            "code": finding.code.name(),
            "message": finding.message,
        });
        if let Some((before, after)) = &finding.evidence {
            put(&mut value, "evidence", json!([before, after]));
        }
        if let Some((file, offset)) = &finding.place {
            put(&mut value, "file", json!(file));
            put(&mut value, "offset", json!(offset));
        }
        if let Some(index) = finding.index {
            put(&mut value, "index", json!(index));
        }
        value
    };
    let exit = match report.verdict() {
        Verdict::Intact => 0,
        Verdict::Tampered => 1,
        Verdict::Incomplete => 2,
        Verdict::Unchecked => 3,
    };
    let mut value = json!({
        "exit": exit,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "notes": report.notes,
        "origin": report.origin,
        "proven_size": report.proven_size,
        "size": report.size,
        "verdict": report.verdict().word(),
    });
    if let Some(size) = report.quorum_size {
        put(&mut value, "quorum_size", json!(size));
    }
    value
}
