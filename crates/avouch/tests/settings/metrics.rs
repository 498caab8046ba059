//! `[gateway.metrics]` and `[gateway.log]`: what is told to whom, and what never is.

use crate::gate::{DESCRIBED, Gate, Setup};
use crate::issuer::{FOREIGN, OURS, bearer, issuer};
use crate::wire::{exchange, request};
use serde_json::json;

shown! {
    listen: "gateway.metrics.listen",
    plain: "gateway.metrics.plain",
}

const LISTEN: &str = "gateway.metrics = { listen = \"127.0.0.1:0\" }";

/// The page of the metrics.
pub(crate) fn page(gate: &Gate) -> String {
    let address = gate.said.split("metrics at http://").nth(1).expect(&gate.said);
    let address = address.split('/').next().unwrap().parse().unwrap();
    let answer = exchange(address, &request("GET", "/metrics", &[], ""));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

/// They are read at the address that is named, never at the API's, and nowhere where none is named.
fn listen() {
    let gate = Setup::saying(|_| crate::wire::json(200, "{}"), &[LISTEN]).start();
    assert!(page(&gate).contains("avouch_build_info{version="));
    let through = gate.get("/metrics", &[]);
    assert_eq!((through.status, through.body.as_str()), (200, "{}"), "the API's own");
    assert!(!Gate::of(&[]).said.contains("metrics"));
    let port = gate.address.port();
    let taken = format!("gateway.metrics = {{ listen = \"127.0.0.1:{port}\" }}");
    let own = format!("gateway.listen = [{{ address = \"127.0.0.1:{port}\" }}]");
    drop(gate);
    let refused = Setup::of(&[&own, &taken]).refused_at_start(2);
    assert!(refused.contains("cannot listen"), "{refused}");
}

fn plain() {
    let line =
        |plain: bool| format!("gateway.metrics = {{ listen = \"0.0.0.0:0\", plain = {plain} }}");
    let refused = Setup::of(&[&line(false)]).refused();
    assert!(refused.contains("others can reach the metrics"), "{refused}");
    Gate::of(&[&line(true)]);
}

#[test]
fn what_is_counted_is_what_happened_and_names_nobody() {
    let lines = [
        LISTEN,
        DESCRIBED,
        "guard.identify.anybody = false",
        &issuer(&[]),
        "guard.validate.mode = \"learn\"",
        "ledger.folder = \"audit\"",
    ];
    let setup = Setup::of(&lines).file("jwks.json", OURS.published());
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/metrics"]);
    let gate = setup.start();
    let token = OURS.token(&json!({"sub": "somebody-special"}));
    assert_eq!(gate.get("/guarded", &[&bearer(&token)]).status, 200);
    assert_eq!(gate.get("/guarded", &[&bearer(&FOREIGN.token(&json!({})))]).status, 401);
    assert_eq!(gate.get("/a-path-of-nobody", &[]).status, 404);
    assert_eq!(gate.get("/things?limit=word-of-a-client", &[]).status, 200);
    let told = page(&gate);
    for line in [
        "avouch_requests_total{status=\"2xx\",outcome=\"allow\"} 1",
        "avouch_requests_total{status=\"2xx\",outcome=\"observe\"} 1",
        "avouch_requests_total{status=\"4xx\",outcome=\"deny\"} 2",
        "avouch_refusals_total{policy=\"identify\",code=\"token-signature\"} 1",
        "avouch_refusals_total{policy=\"route\",code=\"operation-unknown\"} 1",
        "avouch_would_have_refused_total{policy=\"validate\",code=\"parameter-invalid\"} 1",
        "avouch_operation_requests_total{operation=\"GET /guarded\",outcome=\"allow\"} 1",
        "avouch_request_duration_seconds_count 4",
        "avouch_upstream_duration_seconds_count 2",
        "avouch_key_set_fetches_total{issuer=\"id\",result=\"failed\"} 0",
        "avouch_key_set_keys{issuer=\"id\"} 1",
        "avouch_ledger_commit_duration_seconds_count 4",
        "avouch_ledger_waiting 0",
        "avouch_ledger_failures_total 0",
        "avouch_config_generation 1",
        "avouch_config_reload_failures_total 0",
    ] {
        assert!(told.lines().any(|had| had == line), "`{line}` is missing in {told}");
    }
    for secret in ["somebody-special", token.as_str(), "a-path-of-nobody", "word-of-a-client"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    // A configuration that cannot be used is counted, and the old one holds.
    gate.change("guard.openapi = [\"hunter2\"]");
    gate.waits_for(|page| page.contains("avouch_config_reload_failures_total 1"), page);
    assert_eq!(gate.get("/things", &[]).status, 200);
    let log = gate.log();
    assert!(log.contains("not as it must be at line ") && !log.contains("hunter2"), "{log}");
}

#[test]
fn an_api_that_is_gone_is_counted_and_told_once_in_a_while() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let upstream = format!("gateway.upstream.addresses = [\"http://{nobody}\"]");
    let json_lines = "gateway.log.format = \"json\"";
    let gate = Setup::of(&[LISTEN, &upstream, json_lines]).start();
    for _ in 0..5 {
        assert_eq!(gate.get("/secret-path", &[]).status, 502);
    }
    let told = page(&gate);
    let line = "avouch_upstream_failures_total{code=\"upstream-unreachable\"} 5";
    assert!(told.contains(line), "{told}");
    gate.waits_for(|log| log.contains("upstream-trouble"), Gate::log);
    let log = gate.log();
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect(line);
        assert!(line["time"].is_string() && line["event"].is_string(), "{line}");
    }
    assert!(!log.contains("secret-path"), "{log}");
    assert!(log.lines().filter(|line| line.contains("upstream-trouble")).count() <= 2, "{log}");
}
