//! `[[guard.own]]` and `[guard.owning]`: whose an object is.

use crate::gate::{DESCRIBED, Gate, Setup};
use crate::issuer::{OURS, bearer, issuer};
use crate::wire::json;
use serde_json::json;

shown! {
    matches: "guard.own.match",
    ask: "guard.own.ask",
    owner: "guard.own.owner",
    claim: "guard.own.claim",
    item: "guard.own.item",
    parameter: "guard.own.parameter",
    roles: "guard.own.roles",
    mode: "guard.owning.mode",
    remembered_ms: "guard.owning.remembered_ms",
    answer_bytes_max: "guard.owning.answer_bytes_max",
}

/// An API that forgets to look whose anything is.
fn says(head: &str) -> Vec<u8> {
    let body = if head.starts_with("GET /things ") {
        "{\"items\": [{\"id\": 1, \"group\": 2}]}"
    } else if head.starts_with("GET /old ") {
        "{\"owner\": \"anna\", \"other\": \"anna\", \"customer\": \"anna\"}"
    } else {
        "{\"owner\": \"otto\", \"other\": \"anna\", \"customer\": \"c1\"}"
    };
    json(200, body)
}

fn gate(entry: &str, more: &[&str]) -> Gate {
    let entry = format!("guard.own = [{{ {entry} }}]");
    let issuer = issuer(&[("roles_claim", "\"roles\"")]);
    let lines = [&[DESCRIBED, issuer.as_str(), entry.as_str()][..], more].concat();
    Setup::saying(says, &lines).file("jwks.json", OURS.published()).start()
}

/// What Anna is answered.
fn asked(gate: &Gate, path: &str) -> u16 {
    let claims = json!({"sub": "anna", "customer": "c1", "roles": ["boss"]});
    gate.get(path, &[&bearer(&OURS.token(&claims))]).status
}

fn status(entry: &str, path: &str) -> u16 {
    asked(&gate(entry, &[]), path)
}

/// An entry by which what `/guarded` says is Otto's.
const OTTOS: &str = "match = [\"GET /guarded\"], ask = \"GET /guarded\", owner = \"/owner\"";

/// An entry by which the list has only the first thing.
const LISTED: &str =
    "match = [\"GET /things/{id}\"], ask = \"GET /things\", item = \"/items/*/id\"";

fn matches() {
    let other = OTTOS.replace("match = [\"GET /guarded\"]", "match = [\"GET /scoped\"]");
    assert_eq!((status(OTTOS, "/guarded"), status(&other, "/guarded")), (404, 200));
}

fn ask() {
    let other = OTTOS.replace("ask = \"GET /guarded\"", "ask = \"GET /old\"");
    assert_eq!((status(OTTOS, "/guarded"), status(&other, "/guarded")), (404, 200));
}

fn owner() {
    let other = OTTOS.replace("\"/owner\"", "\"/other\"");
    assert_eq!((status(OTTOS, "/guarded"), status(&other, "/guarded")), (404, 200));
}

fn claim() {
    let by_id = OTTOS.replace("\"/owner\"", "\"/customer\"");
    let by_claim = format!("{by_id}, claim = \"customer\"");
    assert_eq!((status(&by_id, "/guarded"), status(&by_claim, "/guarded")), (404, 200));
}

fn item() {
    let other = LISTED.replace("/items/*/id", "/items/*/group");
    let both = |entry| (status(entry, "/things/1"), status(entry, "/things/2"));
    assert_eq!(both(LISTED), (200, 404));
    assert_eq!(both(&other), (404, 200));
}

fn parameter() {
    let last = LISTED.replace("GET /things/{id}", "GET /groups/{group}/things/{id}");
    let named = format!("{last}, parameter = \"group\"");
    let path = "/groups/1/things/5";
    assert_eq!((status(&last, path), status(&named, path)), (404, 200));
}

fn roles() {
    let all = format!("{OTTOS}, roles = [\"boss\"]");
    assert_eq!((status(OTTOS, "/guarded"), status(&all, "/guarded")), (404, 200));
}

fn mode() {
    let status =
        |mode: &str| asked(&gate(OTTOS, &[&format!("guard.owning.mode = \"{mode}\"")]), "/guarded");
    assert_eq!((status("enforce"), status("learn")), (404, 200));
}

/// How often the API is asked for the list when a thing is asked for twice.
fn remembered_ms() {
    let questions = |ms: u64| {
        let gate = gate(LISTED, &[&format!("guard.owning.remembered_ms = {ms}")]);
        assert_eq!((asked(&gate, "/things/1"), asked(&gate, "/things/1")), (200, 200));
        gate.upstream().seen().iter().filter(|head| head.starts_with("GET /things ")).count()
    };
    assert_eq!((questions(0), questions(60_000)), (2, 1));
}

fn answer_bytes_max() {
    let status = |most: u64| {
        asked(&gate(LISTED, &[&format!("guard.owning.answer_bytes_max = {most}")]), "/things/1")
    };
    assert_eq!((status(1_000), status(10)), (200, 503));
}
