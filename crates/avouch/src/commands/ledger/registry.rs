//! `avouch ledger registry`

// Writing to a string does not fail: the results are left out.
use super::args::PlaceArgs;
use super::beyond_args::RegistryCommand;
use super::{Failed, answer, place, verify};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::format::control::{Act, LogEvent};
use avouch_ledger::home::Home;
use avouch_ledger::registry::{Registered, RegistryError, news, registered};
use avouch_ledger::storage::{Disk, Storage};
use avouch_ledger::verify::{Knowledge, verify_logs};
use serde_json::json;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Does what was asked of a registry.
pub(super) fn run(command: &RegistryCommand) -> Result<Exit, Failed> {
    match command {
        RegistryCommand::Add { place, log } => tell_of(place, log, false),
        RegistryCommand::Close { place, log } => tell_of(place, log, true),
        RegistryCommand::Show { place, json } => show(place, *json),
        RegistryCommand::Verify { place, log, key, at_rest, json } => {
            judge(place, log, key.as_deref(), (*at_rest, *json))
        }
    }
}

fn reader(folder: &Path) -> Arc<dyn Storage> {
    Arc::new(Disk::read_only(folder))
}

fn known(home: &Home) -> Result<std::collections::BTreeMap<String, Registered>, Failed> {
    registered(reader(&home.log())).map_err(refused)
}

/// Writes down what is new of each log.
fn tell_of(at: &PlaceArgs, logs: &[PathBuf], close: bool) -> Result<Exit, Failed> {
    let home = place::existing(at)?;
    let known = known(&home)?;
    let mut acts = Vec::new();
    for folder in logs {
        let log = Home::new(folder);
        let identity = log.identity().map_err(|error| {
            Failed::usage(error).advice("name folders of ledgers, in which `identity.vkey` is")
        })?;
        let before = known.get(identity.name());
        let told = news(&reader(&log.log()), &identity, before, close).map_err(refused)?;
        acts.extend(told);
    }
    let ledger = place::open(at)?;
    let mut text = String::new();
    let mut failed = None;
    for act in acts {
        let said = in_words(&act);
        if let Err(error) = ledger.administer(act, &[]) {
            failed = Some(Failed::usage(error));
            break;
        }
        let _ = writeln!(text, "{said}");
    }
    let closed = place::close(ledger);
    if let Some(failed) = failed {
        return Err(failed);
    }
    closed?;
    answer(if text.is_empty() { "there is nothing new\n" } else { &text })?;
    Ok(Exit::Clean)
}

fn in_words(act: &Act) -> String {
    let Act::Log { origin, event } = act else { return String::new() };
    match event {
        LogEvent::Birth(_) => format!("`{origin}` is registered"),
        LogEvent::Head(size, _) => format!("`{origin}` has {size} entries"),
        LogEvent::Close(size, _, true) => format!("`{origin}` was closed with {size} entries"),
        LogEvent::Close(size, _, false) => {
            format!("`{origin}` ended with {size} entries, not in good order")
        }
    }
}

fn show(at: &PlaceArgs, as_json: bool) -> Result<Exit, Failed> {
    let home = place::existing(at)?;
    let mut text = String::new();
    for (origin, log) in known(&home)? {
        let size = log.heads.last().map_or(0, |(size, _)| *size);
        let closed = log.closes.get(&size).copied();
        let _ = if as_json {
            let value = json!({
                "log": origin, "key": log.identity, "size": size, "heads": log.heads.len(),
                "closed": closed.is_some(), "clean": closed,
            });
            writeln!(text, "{value}")
        } else {
            let end = match closed {
                Some(true) => "  closed",
                Some(false) => "  ended, not in good order",
                None => "",
            };
            writeln!(text, "{size:>10}  {origin}{end}")
        };
    }
    if text.is_empty() && !as_json {
        text.push_str("no log is registered\n");
    }
    answer(&text)?;
    Ok(Exit::Clean)
}

/// Judges the registry and all logs of which it tells.
fn judge(
    at: &PlaceArgs,
    logs: &[PathBuf],
    key: Option<&str>,
    (at_rest, as_json): (bool, bool),
) -> Result<Exit, Failed> {
    let folder = |path: &Path| {
        let home = Home::new(path);
        if home.exists() { home.log() } else { path.to_owned() }
    };
    let home = Home::new(&at.ledger);
    let mut knowledge = Knowledge::of(place::key(key, &home)?);
    knowledge.now_ms = (!at_rest).then(crate::clock::now_ms);
    let mut given = Vec::new();
    for path in logs {
        let log = folder(path);
        if !log.is_dir() {
            let error = anyhow!("there is no ledger in `{}`", path.display());
            return Err(
                Failed::usage(error).advice("name folders of ledgers, or copies of their `log`")
            );
        }
        given.push((path.display().to_string(), reader(&log)));
    }
    let report = verify_logs(&reader(&folder(&at.ledger)), &knowledge, &given);
    verify::say(&report, as_json)
}

fn refused(error: RegistryError) -> Failed {
    let (exit, advice) = match &error {
        RegistryError::NotContinued { .. }
        | RegistryError::OtherIdentity(_)
        | RegistryError::Check(_) => (
            Exit::Tampered,
            "nothing was written; see what is wrong with the log with `avouch ledger verify`",
        ),
        RegistryError::Unborn(_) => {
            (Exit::Usage, "register it first with `avouch ledger registry add`")
        }
        _ => (Exit::Usage, "see that the ledger is there and has a checkpoint"),
    };
    let error = anyhow::Error::from(error).context("nothing was written into the registry");
    Failed { exit, error, advice: Some(advice.to_owned()) }
}
