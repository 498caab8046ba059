//! `[[guard.operation]]`: settings of some operations.

use crate::gate::{DESCRIBED, Setup};
use crate::issuer::{OURS, bearer, issuer};
use crate::wire::Answer;
use serde_json::json;

shown! {
    matches: "guard.operation.match",
    public: "guard.operation.public",
    scopes: "guard.operation.scopes",
    roles: "guard.operation.roles",
    body_bytes_max: "guard.operation.body_bytes_max",
    credentials_upstream: "guard.operation.credentials_upstream",
    learn: "guard.operation.learn",
}

/// A gateway with one entry for some operations.
fn with(entry: &str) -> crate::gate::Gate {
    let line = format!("guard.operation = [{{ {entry} }}]");
    let lines = [DESCRIBED, "guard.identify.anybody = false", &issuer(&[]), &line];
    Setup::of(&lines).file("jwks.json", OURS.published()).start()
}

/// What somebody who is known, without roles and scopes, is answered.
fn known(entry: &str, path: &str) -> Answer {
    with(entry).get(path, &[&bearer(&OURS.token(&json!({})))])
}

fn matches() {
    let status = |pattern: &str| {
        let entry = format!("match = [\"{pattern}\"], roles = [\"boss\"]");
        (known(&entry, "/guarded").status, known(&entry, "/things/1").status)
    };
    assert_eq!(status("GET /guarded"), (403, 200));
    assert_eq!(status("* /things/**"), (200, 403));
}

fn public() {
    let status = |public: bool| {
        with(&format!("match = [\"GET /things\"], public = {public}")).get("/things", &[]).status
    };
    assert_eq!((status(true), status(false)), (200, 401));
    let entry = "guard.operation = [{ match = [\"GET /things\"], public = true, roles = [\"a\"] }]";
    let refused = Setup::of(&[DESCRIBED, entry]).refused();
    assert!(refused.contains("made public and given scopes or roles"), "{refused}");
}

fn scopes() {
    let status = |scopes: &str| {
        known(&format!("match = [\"GET /scoped\"], scopes = {scopes}"), "/scoped").status
    };
    assert_eq!((status("[]"), status("[\"things:read\"]")), (200, 403));
}

fn roles() {
    let status =
        |roles: &str| known(&format!("match = [\"GET /admin\"], roles = {roles}"), "/admin").status;
    assert_eq!((status("[]"), status("[\"admin\"]")), (200, 403));
}

fn body_bytes_max() {
    let status = |most: usize| {
        let gate = with(&format!("match = [\"POST /things\"], body_bytes_max = {most}"));
        gate.post("/things", "{\"name\": \"something long\"}").status
    };
    assert_eq!((status(100), status(10)), (200, 413));
}

/// The API gets the credential only where the key says so.
fn credentials_upstream() {
    let seen = |upstream: bool| {
        let gate = with(&format!("match = [\"**\"], credentials_upstream = {upstream}"));
        let token = OURS.token(&json!({}));
        assert_eq!(gate.get("/guarded", &[&bearer(&token)]).status, 200);
        gate.upstream().last().contains(&token)
    };
    assert!(seen(true) && !seen(false));
}

fn learn() {
    let status = |policy: &str| {
        known(&format!("match = [\"GET /admin\"], learn = [\"{policy}\"]"), "/admin")
    };
    assert_eq!((status("authorize").status, status("validate").status), (200, 403));
}
