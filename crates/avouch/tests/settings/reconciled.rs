//! `avouch gateway reconcile`, over the log of an API that was asked through the gateway and past it.

use crate::gate::Setup;
use crate::wire::{exchange, request};
use serde_json::Value;

/// The API's log: a line for each request that reached it.
fn log(heads: &[String]) -> String {
    let id = |head: &String| {
        let found = head.split("\r\n").find_map(|line| line.strip_prefix("x-request-id: "));
        found.unwrap_or("-").to_owned()
    };
    let line = |head: &String| format!("127.0.0.1 \"GET\" 200 {}", id(head));
    heads.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_reached_the_api_past_the_gateway_is_found_and_so_is_what_is_not_in_its_log() {
    let setup = Setup::of(&["ledger.folder = \"audit\""]);
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/reconciled"]);
    let gate = setup.start();
    for _ in 0..3 {
        gate.get("/", &[]);
    }
    gate.write("good.log", &log(&gate.upstream().seen()));
    gate.write("short.log", &log(&gate.upstream().seen()[1..]));
    exchange(gate.upstream().address, &request("GET", "/", &[], ""));
    exchange(
        gate.upstream().address,
        &request("GET", "/", &["x-request-id: 01M8BVWZ8QGCBVS8CP5P86T000"], ""),
    );
    gate.write("bad.log", &log(&gate.upstream().seen()));
    let compared = |log: &str| {
        let (code, said) = gate.run(&["gateway", "reconcile", "--json", "--log", log]);
        let said: Value = serde_json::from_str(&said).expect(&said);
        let count = |name: &str| said[name].as_array().unwrap().len();
        (code, count("past_the_gateway"), count("not_in_the_log"))
    };
    assert_eq!(compared("good.log"), (0, 0, 0));
    assert_eq!(compared("short.log"), (1, 0, 1));
    assert_eq!(compared("bad.log"), (1, 2, 0));
    let (code, said) = gate.run(&["gateway", "reconcile", "--log", "bad.log"]);
    assert!(code == 1 && said.contains("past the gateway: line 4: no request id"), "{said}");
    // While the gateway has the ledger nothing can be recorded, and that is said.
    assert_eq!(gate.run(&["gateway", "reconcile", "--log", "good.log", "--record"]).0, 2);
    let ended = gate.ended();
    ended.run(&["gateway", "reconcile", "--log", "good.log", "--record"]);
    let facts = ended.run(&["ledger", "query", "audit", "kind=ledger", "--scan"]);
    let fact: Value = serde_json::from_str(facts.lines().next().unwrap()).unwrap();
    let body = &fact["body"];
    assert_eq!(
        (&body["event"], &body["verdict"]),
        (&"reconciled".into(), &"intact".into()),
        "{fact}"
    );
    assert_eq!((&body["counted_here"], &body["counted_there"]), (&3.into(), &3.into()), "{fact}");
}
