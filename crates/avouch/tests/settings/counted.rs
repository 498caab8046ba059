//! What a gateway counts of requests stands in the ledger, and is held against what it recorded.

use crate::gate::{DESCRIBED, Ended, Gate, Setup};
use crate::wire::json;
use serde_json::{Value, json};

/// An API that answers one path with what is no answer.
fn says(request: &str) -> Vec<u8> {
    if request.starts_with("GET /things/broken") {
        b"220 no answer\r\n\r\n".to_vec()
    } else {
        json(200, "{\"name\":\"Anna\"}")
    }
}

fn gate(lines: &[&str]) -> Gate {
    let setup = Setup::saying(says, &[&[DESCRIBED, "ledger.folder = \"audit\""], lines].concat());
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/counted"]);
    setup.start()
}

/// What was counted, in its order.
fn tallies(ended: &Ended) -> Vec<Value> {
    let said = ended.run(&["ledger", "query", "audit", "kind=tally"]);
    let entries = said.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    entries.map(|entry| entry["body"].clone()).collect()
}

/// The exit code of a comparison, and what it says of the counters.
fn compared(ended: &Ended) -> (i32, Value) {
    let (code, said) = ended.run_to(&["gateway", "reconcile", "--json"]);
    let said: Value = serde_json::from_str(&said).expect(&said);
    (code, said["counters"].clone())
}

/// Asks for three things that are allowed, four that are denied, one that the API does not answer.
fn ask(gate: &Gate) {
    for (times, target, status) in [
        (3, "/things", 200),
        (2, "/things?limit=10", 400),
        (1, "/nowhere", 404),
        (1, "/things/../nowhere", 400),
        (1, "/things/broken", 502),
    ] {
        for _ in 0..times {
            assert_eq!(gate.get(target, &[]).status, status, "{target}");
        }
    }
}

#[test]
fn requests_are_counted_by_their_decision_and_as_many_are_recorded() {
    let gate = gate(&[]);
    ask(&gate);
    // Nobody is forgotten who did not wait.
    let (code, said) = gate.run(&["gateway", "reconcile"]);
    assert!(code == 0 && said.contains("no end: run "), "{said}");
    assert!(said.contains(", and 8 requests recorded after it"), "{said}");
    gate.change("gateway.timeouts.head_ms = 9000");
    gate.waits_for(|log| log.contains("it holds from the next request on"), Gate::log);
    assert_eq!(gate.get("/things", &[]).status, 200);
    let ended = gate.ended();
    let tallies = tallies(&ended);
    let of = |name: &str| tallies.iter().map(|tally| tally[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("event"), ["begun", "running", "ended"]);
    assert_eq!(of("allowed"), [0, 4, 5]);
    assert_eq!(of("denied"), [0, 4, 4]);
    assert_eq!(
        (of("observed"), of("failed"), of("unrecorded")),
        (vec![json!(0); 3], vec![json!(0); 3], vec![json!(0); 3])
    );
    assert!(of("run").windows(2).all(|two| two[0] == two[1]), "{tallies:?}");
    let last = &tallies[2];
    let reasons =
        last["reasons"].as_array().unwrap().iter().zip(last["counts"].as_array().unwrap());
    let reasons: Vec<String> =
        reasons.map(|(reason, count)| format!("{} {count}", reason.as_str().unwrap())).collect();
    assert_eq!(
        reasons,
        [
            "allow upstream: upstream-broken 1",
            "deny admit: path-ambiguous 1",
            "deny route: operation-unknown 1",
            "deny validate: parameter-invalid 2"
        ]
    );
    let (code, said) = compared(&ended);
    assert_eq!(code, 0, "{said}");
    assert_eq!((&said["runs"], &said["counted"]), (&json!(1), &json!(9)), "{said}");
    for none in ["differences", "without_end", "not_compared"] {
        assert_eq!(said[none], json!([]), "{said}");
    }
}

/// A count to which there is no record, as of a gateway that lost some: one is missing at a time.
#[test]
fn what_is_counted_and_not_recorded_is_found_and_so_is_the_other_way_round() {
    let gate = gate(&[]);
    ask(&gate);
    let ended = gate.ended();
    let tally = |event: &str, allowed: u64, denied: u64, reasons: &Value, counts: &Value| {
        let tally = json!({
            "run": "01JDK3Q0Z0000000000000000A", "event": event, "allowed": allowed, "observed": 0,
            "denied": denied, "failed": 0, "unrecorded": 0, "reasons": reasons, "counts": counts,
        });
        format!("{tally}\n")
    };
    let said = ended.run(&["ledger", "query", "audit", "kind=request"]);
    let facts =
        said.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["body"].clone());
    let facts: Vec<Value> = facts.collect();
    let allowed = facts.iter().find(|fact| fact["status"] == 200).unwrap();
    let denied = facts.iter().find(|fact| fact["status"] == 404).unwrap();
    let reason = json!(["deny route: operation-unknown"]);
    let begun = tally("begun", 0, 0, &json!([]), &json!([]));
    let append = |kind: &str, lines: &str| {
        ended.feed(&["ledger", "append", "audit", "--kind", kind], lines);
    };
    append("tally", &begun);
    append("request", &format!("{allowed}\n{denied}\n"));
    append("tally", &tally("running", 1, 1, &reason, &json!([1])));
    assert_eq!(compared(&ended).0, 0);
    // Before what would be recorded later, too: what was counted is recorded.
    append("tally", &tally("running", 2, 1, &reason, &json!([1])));
    let (code, said) = compared(&ended);
    assert_eq!(code, 1, "{said}");
    assert_eq!(
        said["differences"],
        json!([{ "run": "01JDK3Q0Z0000000000000000A", "of": "allow", "counted": 2, "recorded": 1 }])
    );
    let (code, said) = ended.run_to(&["gateway", "reconcile"]);
    assert!(code == 1 && said.contains("differs: allow: 2 counted, 1 recorded"), "{said}");
    // Another run: as many of each decision, and of a reason one less than is recorded.
    append("tally", &begun);
    append("request", &format!("{denied}\n"));
    append("tally", &tally("ended", 0, 1, &json!(["deny limit: rate"]), &json!([1])));
    let (code, said) = compared(&ended);
    let of: Vec<&str> = said["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["of"].as_str().unwrap())
        .collect();
    assert_eq!(
        (code, of),
        (1, vec!["allow", "deny limit: rate", "deny route: operation-unknown"]),
        "{said}"
    );
    // What comes behind an end belongs to no run.
    append("request", &format!("{allowed}\n"));
    assert_eq!(compared(&ended).1["not_counted"], 1);
}
