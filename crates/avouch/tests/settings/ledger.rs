//! `[ledger]`: where each request is recorded.

use crate::gate::{Gate, Setup};
use serde_json::Value;

shown! {
    folder: "ledger.folder",
    head: "ledger.head",
    class: "ledger.class",
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
    assert_eq!(classes("ledger.class = \"requests\""), "{\"requests\":2}");
    assert_eq!(classes("ledger.class = \"other\""), "{\"other\":2}");
    let setup = Setup::of(&[folder, "ledger.class = \"unheard-of\""]);
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/settings"]);
    let refused = setup.refused_at_start(2);
    assert!(refused.contains("no retention class `unheard-of`"), "{refused}");
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
