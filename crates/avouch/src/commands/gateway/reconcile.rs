//! `avouch gateway reconcile`: holds what gateways counted, and what the API says it was asked, against what
//! the ledger says.
//!
//! Whatever reached the API past the gateway is in the API's own log and in no record; and what the ledger
//! says the API answered must be in that log. Each line is told apart by the id of its request.

use super::counted::{Counted, counted};
use crate::commands::ledger::args::PlaceArgs;
use crate::commands::ledger::{place, recorded_requests};
use crate::commands::{Failed, answer, tell};
use crate::config::Config;
use crate::exit::Exit;
use anyhow::{Context as _, anyhow};
use avouch_gateway::record;
use avouch_model::coding::{Fact as _, Later};
use avouch_model::fact::ledger::{Ledger, LedgerEvent, LedgerVerdict};
use clap::Args;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

/// What to compare.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReconcileArgs {
    /// The API's access log: a request a line, with its `x-request-id` somewhere in it; without it, only
    /// what gateways counted is compared
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// The requests of the ledger that must be in the log, such as `since=2026-11-26`; all by default
    #[arg(value_name = "CONDITION", requires = "log")]
    conditions: Vec<String>,
    /// Writes the result into the ledger, which no gateway may have open
    #[arg(long, requires = "log")]
    record: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// LIMIT: lines of each kind that are shown.
const SHOWN_MAX: usize = 20;
/// Letters of an id (a ULID).
const ID_LETTERS: usize = 26;

/// What the log says.
#[derive(Debug, Default)]
struct Log {
    lines: u64,
    /// The first line of each id, and whether the ledger knows it.
    ids: HashMap<String, (u64, bool)>,
    /// Lines in which there is no id.
    without: Vec<u64>,
}

/// What came of it.
#[derive(Debug, Default)]
struct Outcome {
    lines: u64,
    known: u64,
    /// What is in the log and not in the ledger.
    past: Vec<String>,
    answered: u64,
    /// Ids of what the API answered, by the ledger, and is not in the log.
    missing: Vec<String>,
}

impl Outcome {
    fn is_clean(&self) -> bool {
        self.past.is_empty() && self.missing.is_empty()
    }
}

pub(super) fn run(args: &ReconcileArgs, config: &Config) -> Result<Exit, Failed> {
    let folder = config.ledger.folder.clone().ok_or_else(|| {
        Failed::usage(anyhow!("nothing is recorded: `[ledger] folder` names no ledger"))
    })?;
    let at = PlaceArgs { ledger: folder, head: config.ledger.head.clone() };
    let log = args.log.as_deref().map(read).transpose().map_err(Failed::usage)?;
    let counters = counted(&at)?;
    let outcome = log.map(|log| compared(log, &at, &args.conditions)).transpose()?;
    show(outcome.as_ref(), &counters, args.json)?;
    if let Some(outcome) = outcome.as_ref().filter(|_| args.record) {
        keep(outcome, &counters, &at)?;
    }
    let is_clean = counters.is_clean() && outcome.as_ref().is_none_or(Outcome::is_clean);
    Ok(if is_clean { Exit::Clean } else { Exit::Findings })
}

fn read(path: &Path) -> anyhow::Result<Log> {
    let name = || format!("the API's log `{}`", path.display());
    let mut lines = BufReader::new(std::fs::File::open(path).with_context(name)?);
    let (mut log, mut line) = (Log::default(), Vec::new());
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).with_context(name)? == 0 {
            return Ok(log);
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        log.lines += 1;
        match id(&String::from_utf8_lossy(&line)) {
            Some(id) => {
                log.ids.entry(id).or_insert((log.lines, false));
            }
            None => log.without.push(log.lines),
        }
    }
}

/// The first word of a line that has the form of an id.
fn id(line: &str) -> Option<String> {
    let words = line.split(|letter: char| !letter.is_ascii_alphanumeric());
    let is_id = |word: &&str| {
        let upper = word.bytes().map(|byte| byte.to_ascii_uppercase());
        word.len() == ID_LETTERS && upper.into_iter().all(|byte| !b"ILOU".contains(&byte))
    };
    words.into_iter().find(is_id).map(str::to_ascii_uppercase)
}

fn compared(mut log: Log, at: &PlaceArgs, conditions: &[String]) -> Result<Outcome, Failed> {
    let mut outcome = Outcome { lines: log.lines, ..Outcome::default() };
    recorded_requests(at, &[], |request| {
        if let Some((_, known)) = log.ids.get_mut(&request.id.to_ascii_uppercase()) {
            *known = true;
        }
    })?;
    recorded_requests(at, conditions, |request| {
        if request.upstream_us.is_some() {
            outcome.answered += 1;
            if !log.ids.contains_key(&request.id.to_ascii_uppercase()) {
                outcome.missing.push(request.id);
            }
        }
    })?;
    let unknown = log.ids.iter().filter(|(_, (_, known))| !known);
    let mut past: Vec<(u64, String)> =
        unknown.map(|(id, (line, _))| (*line, format!("line {line}: {id}"))).collect();
    past.extend(log.without.iter().map(|line| (*line, format!("line {line}: no request id"))));
    past.sort();
    outcome.known = log.ids.values().filter(|(_, known)| *known).count() as u64;
    outcome.past = past.into_iter().map(|(_, text)| text).collect();
    Ok(outcome)
}

fn show(outcome: Option<&Outcome>, counters: &Counted, as_json: bool) -> Result<(), Failed> {
    if as_json {
        let mut found = json!({ "counters": counters.json() });
        if let (Some(outcome), Some(members)) = (outcome, found.as_object_mut()) {
            members.extend(outcome.json());
        }
        return answer(&format!("{found}\n"));
    }
    let mut text = outcome.map(Outcome::text).unwrap_or_default();
    let lines = counters.lines();
    for line in lines.iter().take(SHOWN_MAX) {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{line}");
    }
    if let Some(more) = lines.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
        let _ = writeln!(text, "{more} more lines; `--json` has them all");
    }
    answer(&text)
}

impl Outcome {
    fn json(&self) -> Map<String, Value> {
        let members = [
            ("lines", json!(self.lines)),
            ("known", json!(self.known)),
            ("past_the_gateway", json!(self.past)),
            ("answered", json!(self.answered)),
            ("not_in_the_log", json!(self.missing)),
        ];
        members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
    }

    fn text(&self) -> String {
        let Self { lines, known, past, answered, missing } = self;
        let mut text = format!(
            "the API's log has {lines} lines about {} requests, of which {known} are in the ledger\n\
             the ledger has {answered} requests that the API answered, of which {} are in the log\n",
            *known + past.len() as u64,
            *answered - missing.len() as u64
        );
        for (what, found) in [("past the gateway", past), ("not in the log", missing)] {
            for one in found.iter().take(SHOWN_MAX) {
                let _ = writeln!(text, "{what}: {one}");
            }
            if let Some(more) = found.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
                let _ = writeln!(text, "{what}: {more} more");
            }
        }
        text
    }
}

/// Writes down what came of it.
fn keep(outcome: &Outcome, counters: &Counted, at: &PlaceArgs) -> Result<(), Failed> {
    let Some(ledger) = place::open_unless_used(at)? else {
        return Err(Failed::usage(anyhow!("the ledger is in use, so the result is not recorded"))
            .advice("compare again when the gateway has ended"));
    };
    let gaps = [
        ("past-the-gateway", outcome.past.is_empty()),
        ("not-in-the-log", outcome.missing.is_empty()),
        ("counters-differ", counters.is_clean()),
    ];
    let wrong = gaps.iter().filter(|(_, is_clean)| !is_clean);
    let findings: Vec<String> = wrong.map(|(code, _)| (*code).to_owned()).collect();
    let is_whole = outcome.past.is_empty() && counters.is_clean();
    let event = if is_whole { LedgerEvent::Reconciled } else { LedgerEvent::Gap };
    let verdict =
        if findings.is_empty() { LedgerVerdict::Intact } else { LedgerVerdict::Incomplete };
    let fact = Ledger {
        origin: ledger.origin().as_str().to_owned(),
        event,
        verdict: Some(verdict),
        size: Some(ledger.durable().size),
        root: None,
        findings,
        counted_here: Some(outcome.known),
        counted_there: Some(outcome.known + outcome.past.len() as u64),
        first: None,
        end: None,
        place: None,
        actor: None,
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        because: Some(if counters.is_clean() {
            "the log of the API".to_owned()
        } else {
            "the log of the API, and gateways counted others than are recorded".to_owned()
        }),
        later: Later::default(),
    };
    let kept = || -> anyhow::Result<u64> {
        let index = ledger.append("default", &record(fact.encode()?))?;
        ledger.wait(index)?;
        ledger.close()?;
        Ok(index)
    };
    let index = kept().map_err(|error| {
        Failed::untested(error.context(anyhow!("the result could not be recorded")))
    })?;
    tell(&format!("recorded as entry {index}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_wherever_it_stands() {
        let text = "01M8BVWZ8QGCBVS8CP5P86T000";
        for line in [
            text.to_owned(),
            format!("- \"{text}\" 200"),
            format!("id={text};x"),
            text.to_lowercase(),
        ] {
            assert_eq!(id(&line).as_deref(), Some(text), "{line}");
        }
        for line in ["", "GET / 200", "01M8BVWZ8QGCBVS8CP5P86T0000", "01M8BVWZ8QGCBVS8CP5P86T00U"] {
            assert_eq!(id(line), None, "{line}");
        }
    }
}
