//! The end of a run: the ledger is counted and verified, and the result is written down.

use super::files::GREEDY_PER_SECOND;
use super::memory::{Growth, Sample};
use super::plan::Plan;
use super::stage::Stage;
use super::tally::{self, Seen, Tally};
use super::trouble::Acts;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// What the ledger holds.
#[derive(Debug, Default)]
struct Found {
    requests: u64,
    /// Hashes of their ids, and how often each is there.
    ids: HashMap<u64, u32>,
    keys: u64,
    intact: bool,
}

/// Ends what runs, and answers whether nothing was wrong.
pub(super) fn judge(
    plan: &Plan,
    mut stage: Stage,
    tally: &Tally,
    samples: &[Sample],
    acts: &Acts,
) -> Result<bool> {
    let ended = stage.end_gateway()?;
    let seen = tally.all();
    let found = found(&stage)?;
    let mut wrong = Vec::new();
    let mut holds = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    holds(ended.success(), format!("the gateway ended with {ended}"));
    holds(seen.requests > 0, "nothing was asked for".to_owned());
    holds(seen.wrong == 0, format!("{} answers were not right", seen.wrong));
    holds(
        found.requests == seen.requests,
        format!("clients made {} requests, the ledger holds {}", seen.requests, found.requests),
    );
    let missing = seen.ids.iter().filter(|id| found.ids.get(id) != Some(&1)).count();
    holds(missing == 0, format!("{missing} answers are not in the ledger exactly once"));
    holds(found.intact, "the ledger does not verify".to_owned());
    holds(counted(&stage)?, "the gateway counted other requests than the ledger holds".to_owned());
    holds(
        found.keys == acts.keys,
        format!("{} acts on API keys, the ledger holds {}", acts.keys, found.keys),
    );
    let greedy = passed_greedily(&seen);
    let most = GREEDY_PER_SECOND * (plan.lasts().as_secs() + 2);
    holds(greedy <= most, format!("a limit let {greedy} pass instead of {most}"));
    let fetches = stage.provider.fetches();
    let most = fetches_max(plan, acts);
    holds(fetches <= most, format!("{fetches} fetches of keys, more than {most}"));
    let growth = Growth::of(samples);
    holds(growth.is_some_and(Growth::is_none), format!("memory grew: {growth:?}"));
    let steady = files_are_steady(samples);
    holds(steady, "open files or threads became more".to_owned());
    let result = written(plan, &seen, &found, samples, acts, &wrong, fetches);
    let file = stage.folder.join("result.json");
    std::fs::write(&file, format!("{result:#}\n"))?;
    println!("{result:#}\n\nwritten to {}", file.display());
    Ok(wrong.is_empty())
}

/// Whether the gateway's own counters are what the ledger holds. The last configuration may be one that
/// was written to be refused, so that another one says where the ledger is.
fn counted(stage: &Stage) -> Result<bool> {
    std::fs::write(stage.folder.join("counted.toml"), "[ledger]\nfolder = \"ledger\"\n")?;
    let words = ["gateway", "reconcile", "--config", "counted.toml"];
    Ok(stage.avouch().args(words).stdout(Stdio::null()).status()?.success())
}

/// Reads what the ledger holds as its user would.
fn found(stage: &Stage) -> Result<Found> {
    let mut found = Found::default();
    let verified =
        stage.avouch().args(["ledger", "verify", "ledger"]).stdout(Stdio::null()).status()?;
    found.intact = verified.success();
    let mut child = stage
        .avouch()
        .args(["ledger", "query", "ledger", "--scan"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let out = BufReader::new(child.stdout.take().context("the ledger says nothing")?);
    for line in out.lines() {
        let entry: Value = serde_json::from_str(&line?)?;
        match entry.get("kind").and_then(Value::as_str) {
            Some("request") => {
                found.requests += 1;
                let id = entry.pointer("/body/id").and_then(Value::as_str).unwrap_or_default();
                *found.ids.entry(tally::hash(id)).or_default() += 1;
            }
            Some("key") => found.keys += 1,
            _ => (),
        }
    }
    found.intact &= child.wait()?.success();
    Ok(found)
}

fn passed_greedily(seen: &Seen) -> u64 {
    seen.answers.get(&(super::asks::Kind::Greedy, 200)).copied().unwrap_or_default()
}

/// By the clock at most each 24 seconds; one each cool-down for made-up keys; and in an outage again and
/// again, ever more seldom.
fn fetches_max(plan: &Plan, acts: &Acts) -> u64 {
    let seconds = plan.lasts().as_secs();
    seconds / 24 + seconds / 30 + acts.count + 10
}

fn files_are_steady(samples: &[Sample]) -> bool {
    let half = samples.len() / 2;
    let most = |samples: &[Sample]| {
        let files = samples.iter().map(|sample| sample.files).max().unwrap_or_default();
        let threads = samples.iter().map(|sample| sample.threads).max().unwrap_or_default();
        (files, threads)
    };
    let (first, second) = (
        most(samples.get(..half).unwrap_or_default()),
        most(samples.get(half..).unwrap_or_default()),
    );
    // A few more may be open when the second half happens to be looked at.
    second.0 <= first.0 + 16 && second.1 <= first.1 + 4
}

fn written(
    plan: &Plan,
    seen: &Seen,
    found: &Found,
    samples: &[Sample],
    acts: &Acts,
    wrong: &[String],
    fetches: u64,
) -> Value {
    let answers: Vec<_> = seen
        .answers
        .iter()
        .map(|((kind, status), count)| json!([format!("{kind:?}"), status, count]))
        .collect();
    let growth = Growth::of(samples);
    let resident: Vec<u64> = samples.iter().map(|sample| sample.resident_kb / 1024).collect();
    let step = (resident.len() / 60).max(1);
    json!({
        "good": wrong.is_empty(),
        "wrong": wrong,
        "wrong_answers": seen.wrongs.values().flatten().collect::<Vec<_>>(),
        "minutes": plan.minutes,
        "rate": plan.rate,
        "connections": plan.connections,
        "requests": seen.requests,
        "recorded": found.requests,
        "intact": found.intact,
        "key_acts": acts.keys,
        "key_acts_recorded": found.keys,
        "troubles": acts.count,
        "signing_keys": acts.signing_keys,
        "key_set_fetches": fetches,
        "memory_mb": growth.map(|growth| json!({
            "first": growth.first, "last": growth.last, "most": growth.most,
        })),
        "memory_mb_over_time": resident.iter().step_by(step).collect::<Vec<_>>(),
        "files_most": samples.iter().map(|sample| sample.files).max(),
        "took_ms_powers_of_two": seen.took,
        "answers": answers,
    })
}
