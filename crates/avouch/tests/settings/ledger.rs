//! `[ledger]`: where each request is recorded.

use crate::gate::{Gate, Setup};
use crate::wire::{connected, request};
use serde_json::Value;
use std::io::{Read, Write};
use std::time::Duration;

shown! {
    folder: "ledger.folder",
    head: "ledger.head",
    class: "ledger.class",
    replica: "ledger.replica",
    archive: "ledger.archive",
    lock: "ledger.lock",
    acknowledge: "ledger.acknowledge",
    record: "gateway.timeouts.record_ms",
}

/// What the ledger says of itself after one request, with these lines.
fn recorded(lines: &[&str], init: &[&str], say: &[&str]) -> String {
    let setup = Setup::of(lines);
    setup.run(&[&["ledger", "init", "audit", "--origin", "example.com/settings"], init].concat());
    let gate = setup.start();
    assert_eq!(gate.get("/recorded", &[]).status, 200);
    gate.ended().run(say)
}

const FACTS: &[&str] = &["ledger", "query", "audit", "kind=request"];

fn folder() {
    let facts = recorded(&["ledger.folder = \"audit\""], &[], FACTS);
    assert_eq!(facts.lines().count(), 1, "{facts}");
    let facts = recorded(&[], &[], FACTS);
    assert_eq!(facts.lines().count(), 0, "{facts}");
}

/// The newest checkpoint is looked for where the key says: a ledger that was set back is noticed by it,
/// and where it is not there nothing is recorded and nothing served.
fn head() {
    let folder = "ledger.folder = \"audit\"";
    let elsewhere = "ledger.head = \"elsewhere\"";
    let facts = recorded(&[folder, elsewhere], &["--head", "elsewhere"], FACTS);
    assert_eq!(facts.lines().count(), 1, "{facts}");
    let setup = Setup::of(&[folder]);
    let init =
        ["ledger", "init", "audit", "--origin", "example.com/settings", "--head", "elsewhere"];
    setup.run(&init);
    let refused = setup.refused_at_start(4);
    assert!(refused.contains("the store of the newest one is empty"), "{refused}");
}

/// The class decides how long a request is kept; what is none is refused at the start.
fn class() {
    let folder = "ledger.folder = \"audit\"";
    let classes = |line: &str| {
        let init = ["--class", "requests=9", "--class", "other=9"];
        let said = recorded(&[folder, line], &init, &["ledger", "stats", "audit", "--json"]);
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        said["records_by_class"].to_string()
    };
    assert_eq!(classes("ledger.class = \"requests\""), "{\"requests\":4}");
    assert_eq!(classes("ledger.class = \"other\""), "{\"other\":4}");
    let setup = Setup::of(&[folder, "ledger.class = \"unheard-of\""]);
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/settings"]);
    let refused = setup.refused_at_start(2);
    assert!(refused.contains("no retention class `unheard-of`"), "{refused}");
}

/// A gateway with a ledger, and these lines.
fn auditing(lines: &[&str]) -> Setup {
    let setup = Setup::of(&[&["ledger.folder = \"audit\""], lines].concat());
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/settings"]);
    setup
}

/// How many requests can be restored from a copy that followed.
fn copied(lines: &[&str]) -> usize {
    let gate = auditing(lines).start();
    assert_eq!(gate.get("/recorded", &[]).status, 200);
    let ended = gate.ended();
    if !ended.path("copy").exists() {
        return 0;
    }
    let restore = ["ledger", "archive", "restore", "new", "--from", "copy"];
    ended.run(&[&restore[..], &["--key", "audit/identity.vkey"]].concat());
    // It is read with the key that is in no copy.
    std::fs::create_dir_all(ended.path("new/private")).unwrap();
    std::fs::copy(ended.path("audit/private/kek"), ended.path("new/private/kek")).unwrap();
    ended.run(&["ledger", "query", "new", "kind=request"]).lines().count()
}

fn replica() {
    assert_eq!(copied(&["ledger.replica = \"copy\""]), 1);
    assert_eq!(copied(&[]), 0);
}

fn archive() {
    assert_eq!(copied(&[COPY]), 1);
    assert_eq!(copied(&[]), 0);
}

const COPY: &str = "ledger.archive = \"copy\"";

/// A folder cannot be locked, and is not taken for a place that is.
fn lock() {
    let refused = auditing(&[COPY, "ledger.lock = \"compliance\""]).refused_at_start(2);
    assert!(refused.contains("a folder cannot be locked"), "{refused}");
    assert_eq!(auditing(&[COPY]).start().get("/recorded", &[]).status, 200);
}

/// A gateway whose archive went away.
fn without_archive(lines: &[&str]) -> Gate {
    let gate = auditing(&[&[COPY], lines].concat()).start();
    assert_eq!(gate.get("/recorded", &[]).body, BODY);
    let copy = gate.path("copy");
    std::fs::rename(&copy, gate.path("gone")).unwrap();
    std::fs::write(&copy, "a file").unwrap();
    gate.waits_for(
        |log| log.contains("falls behind"),
        |gate| {
            // What it has to bring there.
            let asked = request("GET", "/recorded", &[], "");
            connected(gate.address).write_all(&asked).unwrap();
            gate.log()
        },
    );
    gate
}

/// What the API says.
const BODY: &str = "{\"name\":\"Anna\"}";
const ARCHIVED: &str = "ledger.acknowledge = \"archived\"";
const SOON: &str = "gateway.timeouts.record_ms = 3000";

/// Whoever wants the archive to have a request sees no answer to it while it has not.
fn acknowledge() {
    refused_unrecorded(&without_archive(&[SOON, ARCHIVED]));
    assert_eq!(without_archive(&[SOON]).get("/recorded", &[]).body, BODY);
}

fn refused_unrecorded(gate: &Gate) {
    let refused = gate.get("/recorded", &[]);
    assert_eq!(refused.status, 503);
    assert!(
        refused.body.contains("record-failed") && !refused.body.contains("Anna"),
        "{}",
        refused.body
    );
}

/// What the archive has not got when the gateway ends is in the ledger all the same, which is closed in good
/// order; and a configuration is seen although nothing gets into the archive.
#[test]
fn a_gateway_whose_archive_is_away_goes_on_and_ends_in_good_order() {
    let drain = "gateway.timeouts.drain_ms = 100";
    let gate = without_archive(&[SOON, ARCHIVED, drain]);
    refused_unrecorded(&gate);
    for head_ms in [9_000, 9_001] {
        gate.change(&format!("gateway.timeouts.head_ms = {head_ms}"));
        let line = "it holds from the next request on";
        gate.waits_for(|log| log.matches(line).count() == head_ms - 8_999, Gate::log);
    }
    let ended = gate.ended();
    let said = ended.run(&["ledger", "query", "audit", "kind=request"]);
    assert!(said.lines().count() > 1, "{said}");
    let said = ended.run(&["ledger", "verify", "audit", "--at-rest"]);
    assert!(said.contains("INTACT"), "{said}");
}

/// An answer that is waited for, and an answer that is not, within the short time.
fn record() {
    let answers = |lines: &[&str]| {
        let drain = "gateway.timeouts.drain_ms = 100";
        let gate = without_archive(&[lines, &[drain]].concat());
        let mut stream = connected(gate.address);
        stream.write_all(&request("GET", "/recorded", &[], "")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(7))).unwrap();
        stream.read(&mut [0; 64]).is_ok_and(|count| count > 0)
    };
    assert!(answers(&[SOON, ARCHIVED]));
    assert!(!answers(&["gateway.timeouts.record_ms = 60000", ARCHIVED]));
}

/// What was in force, from when on, and what was not taken: each a fact with the hash of the files.
#[test]
fn which_configuration_was_in_force_is_recorded() {
    let setup = Setup::of(&["ledger.folder = \"audit\""]);
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/settings"]);
    let gate = setup.start();
    gate.change("guard.openapi = 7");
    gate.waits_for(|log| log.contains("is not used"), Gate::log);
    gate.change("gateway.timeouts.head_ms = 9000");
    gate.waits_for(|log| log.contains("it holds from the next request on"), Gate::log);
    let said = gate.ended().run(&["ledger", "query", "audit", "kind=configuration"]);
    let facts: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| -> Vec<Value> {
        facts.iter().map(|fact| fact["body"][name].clone()).collect()
    };
    assert_eq!(of("event"), ["loaded", "refused", "changed"], "{said}");
    let digests = of("digest");
    assert!(digests[0] != digests[1] && digests[1] != digests[2] && digests[0] != digests[2]);
    assert_eq!(of("before")[1..], [digests[0].clone(), digests[0].clone()]);
    assert!(of("places")[2].to_string().contains("avouch.toml"), "{said}");
}

/// A block holds within a second, and the ledger has who decided it, why, and that it was lifted.
#[test]
fn who_is_shut_out_is_recorded_with_the_reason() {
    let contain = "guard.contain.file = \"blocks.toml\"";
    let gate = auditing(&[contain]).start();
    assert_eq!(gate.get("/recorded", &[]).status, 200);
    let add = ["block", "add", "address", "127.0.0.0/8", "--because", "it attacks", "--by", "anna"];
    assert_eq!(gate.run(&add).0, 0);
    gate.waits_for(|status| status == "403", |gate| gate.get("/", &[]).status.to_string());
    assert!(gate.run(&["block", "list"]).1.contains("by anna: it attacks"));
    assert_eq!(gate.run(&["block", "lift", "address", "127.0.0.1"]).0, 2);
    assert_eq!(gate.run(&["block", "lift", "address", "127.0.0.0/8", "--dry-run"]).0, 0);
    assert_eq!(gate.run(&["block", "lift", "address", "127.0.0.0/8"]).0, 0);
    gate.waits_for(|status| status == "200", |gate| gate.get("/", &[]).status.to_string());
    let said = gate.ended().run(&["ledger", "query", "audit", "kind=decision"]);
    let facts: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |place: usize, name: &str| facts[place]["body"][name].clone();
    assert_eq!(facts.len(), 2, "{said}");
    assert_eq!((of(0, "verdict"), of(1, "verdict")), ("deny".into(), "allow".into()), "{said}");
    assert_eq!(of(0, "because"), "it attacks");
    assert_eq!(of(0, "objects")[0], "address:127.0.0.0/8");
    assert_eq!(of(0, "id"), of(1, "id"));
    assert!(of(0, "decided_by").to_string().contains("anna"), "{said}");
}
