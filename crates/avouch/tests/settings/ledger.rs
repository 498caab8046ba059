//! `[ledger]`: where each request is recorded.

use crate::gate::Setup;

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
    assert_eq!(classes("ledger.class = \"requests\""), "{\"requests\":1}");
    assert_eq!(classes("ledger.class = \"other\""), "{\"other\":1}");
    let setup = Setup::of(&[folder, "ledger.class = \"unheard-of\""]);
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/settings"]);
    let refused = setup.refused_at_start(2);
    assert!(refused.contains("no retention class `unheard-of`"), "{refused}");
}
