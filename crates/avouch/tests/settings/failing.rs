//! `[gateway.record]`: what becomes of requests while the ledger cannot be written, and what the ledger
//! says of it afterwards.
//!
//! The disk is full by a limit on the size of files, which is taken away again while the gateway runs.

use crate::gate::{Ended, Gate, Setup};
use serde_json::Value;
use std::process::Command;

shown! {
    on_failure: "gateway.record.on_failure",
}

/// What a file may have before it is full: of the ledger's, only the entries grow to that.
const FILE_BYTES: u64 = 96 * 1024;

/// A gateway whose ledger is full after some requests.
fn gate(on_failure: &str) -> Gate {
    let lines = [
        "gateway.metrics = { listen = \"127.0.0.1:0\" }",
        "ledger.folder = \"audit\"",
        &format!("gateway.record.on_failure = \"{on_failure}\""),
    ];
    let setup = Setup::of(&lines);
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/failing"]);
    setup.with_files_of_at_most(FILE_BYTES).start()
}

fn is_open(gate: &Gate) -> bool {
    crate::metrics::page(gate).contains("\navouch_ledger_open 1\n")
}

/// Asks until the ledger takes nothing any more. Gives how many requests were made, and of the answers
/// those that were not 200.
fn fill(gate: &Gate) -> (u64, Vec<u16>) {
    let long = format!("/{}", "x".repeat(400));
    let (mut asked, mut others) = (0, Vec::new());
    while is_open(gate) {
        assert!(asked < 2_000, "the ledger is never full");
        asked += 1;
        others.extend(Some(gate.get(&long, &[]).status).filter(|status| *status != 200));
    }
    (asked, others)
}

/// Takes the limit away, and waits until the ledger takes records again.
fn mend(gate: &Gate) {
    let process = gate.id().to_string();
    let mended = Command::new("prlimit").args(["--pid", &process, "--fsize=unlimited:"]).status();
    assert!(mended.unwrap().success());
    gate.waits_for(|page| page.contains("\navouch_ledger_open 1\n"), crate::metrics::page);
}

/// What the ledger says: requests that are in it, requests that it says it missed, and those that the
/// gateway counted beyond what is recorded.
fn told(gate: Gate) -> (u64, u64, i64) {
    let ended = gate.ended();
    let facts = ended.run(&["ledger", "query", "audit", "kind=request", "--scan"]);
    let verified = ended.run(&["ledger", "verify", "audit"]);
    let missed = verified.lines().filter_map(|line| {
        let (before, _) = line.split_once(" records were lost")?;
        before.rsplit(' ').next()?.parse::<u64>().ok()
    });
    (facts.lines().count() as u64, missed.sum(), lacking(&ended))
}

/// Requests that the gateway counted, less those that it recorded: a difference, which is found.
fn lacking(ended: &Ended) -> i64 {
    let (code, said) = ended.run_to(&["gateway", "reconcile", "--json"]);
    let said: Value = serde_json::from_str(&said).expect(&said);
    assert_eq!(code, 1, "{said}");
    let differences = said["counters"]["differences"].as_array().unwrap();
    // A reason counts with its decision.
    let decisions = differences.iter().filter(|one| !one["of"].as_str().unwrap().contains(' '));
    let number = |one: &Value, name: &str| one[name].as_i64().unwrap();
    decisions.map(|one| number(one, "counted") - number(one, "recorded")).sum()
}

/// Where the operator chose it, requests that read pass while the ledger is full, and it tells afterwards
/// how many it missed; otherwise none passes. Requests that write never do.
fn on_failure() {
    for (word, read) in [("refuse", 503), ("pass-reads", 200)] {
        let gate = gate(word);
        let (mut asked, others) = fill(&gate);
        // The answer during which the disk became full is no whole one.
        let is_broken = |status: &u16| read == 503 && [0, 503].contains(status);
        assert!(others.iter().all(is_broken), "{word}: {others:?}");
        let reached = gate.upstream().seen().len();
        for _ in 0..3 {
            assert_eq!(gate.get("/", &[]).status, read, "{word}");
            assert_eq!(gate.ask("POST", "/", &[], "1").status, 503, "{word}");
            asked += 2;
        }
        let reads = if read == 200 { 3 } else { 0 };
        assert_eq!(
            gate.upstream().seen().len(),
            reached + reads,
            "{word}: what cannot be recorded reached the API"
        );
        gate.waits_for(|log| log.contains("takes no records"), Gate::log);
        mend(&gate);
        assert_eq!(gate.ask("POST", "/", &[], "1").status, 200, "{word}");
        asked += 1;
        gate.waits_for(|log| log.contains("takes records again"), Gate::log);
        let (recorded, missed, lacking) = told(gate);
        assert_eq!(recorded + missed, asked, "{word}: {recorded} recorded, {missed} missed");
        assert!(missed >= 6, "{word}: {missed}");
        assert_eq!(lacking.unsigned_abs(), missed, "{word}: the counters know of as many");
    }
}
