//! `[gateway.traces]`: what a collector is told, and what it never is.

use crate::gate::{DESCRIBED, Gate, Setup};
use crate::metrics::page;
use crate::wire::Upstream;
use std::net::TcpListener;
use std::time::{Duration, Instant};

shown! {
    endpoint: "gateway.traces.endpoint",
    plain: "gateway.traces.plain",
    ratio: "gateway.traces.ratio",
    inherit: "gateway.traces.inherit",
    service: "gateway.traces.service",
    authorization: "gateway.traces.authorization",
}

const OUTER: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn collector() -> Upstream {
    Upstream::saying(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec())
}

/// A line that sends traces there.
fn to(collector: &Upstream, more: &str) -> String {
    let address = collector.address;
    format!("gateway.traces = {{ endpoint = \"http://{address}/v1/traces\"{more} }}")
}

/// What a collector and the API were told when a client asked once, with these headers.
fn told(more: &str, headers: &[&str]) -> (String, String) {
    let collector = collector();
    let setup = Setup::of(&[&to(&collector, more), DESCRIBED]).knowing("KEY", "Bearer hunter2");
    let gate = setup.start();
    assert_eq!(gate.get("/things?limit=5", headers).status, 200);
    let api = gate.upstream().last().to_ascii_lowercase();
    // What waits is told at the end.
    gate.ended();
    (collector.last(), api)
}

/// The trace that the API is told that a request belongs to.
fn trace(api: &str) -> String {
    let told = api.split("traceparent: 00-").nth(1).expect(api);
    told.split('-').next().unwrap().to_owned()
}

fn endpoint() {
    let (told, _) = told("", &[]);
    let head = told.to_ascii_lowercase();
    assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{told}");
    assert!(head.contains("content-type: application/x-protobuf"), "{told}");
    for word in ["GET /things", "http.route", "identify", "validate", "filter", "avouch-gateway"] {
        assert!(told.contains(word), "{word} is not in {told}");
    }
    let nothing = "gateway.traces = { endpoint = \"ftp://collector\" }";
    assert!(Setup::of(&[nothing]).refused().contains("no address of a collector"));
}

fn plain() {
    let line = |plain: bool| {
        format!(
            "gateway.traces = {{ endpoint = \"http://192.0.2.1:4318/v1/traces\", plain = {plain} }}"
        )
    };
    let refused = Setup::of(&[&line(false)]).refused();
    assert!(refused.contains("without TLS"), "{refused}");
    Gate::of(&[&line(true)]);
}

fn ratio() {
    assert!(told(", ratio = 1.0", &[]).0.contains("http.route"));
    let (collector, api) = told(", ratio = 0.0", &[]);
    assert_eq!(collector, "");
    // The API learns that nobody records it.
    assert!(api.contains("traceparent: 00-") && api.contains("-00\r\n"), "{api}");
    let refused = Setup::of(&[&to(&Upstream::saying(|_| Vec::new()), ", ratio = 1.5")]).refused();
    assert!(refused.contains("from 0 to 1"), "{refused}");
}

/// Who may say which trace it is, and who may not.
fn inherit() {
    let parent = format!("traceparent: 00-{OUTER}-00f067aa0ba902b7-01");
    let headers = [parent.as_str(), "tracestate: shop=1"];
    let (_, api) = told(", inherit = true", &headers);
    assert!(trace(&api) == OUTER && api.contains("tracestate: shop=1"), "{api}");
    // The API is under our own span.
    assert!(!api.contains("00f067aa0ba902b7"), "{api}");
    let (_, api) = told(", inherit = false", &headers);
    assert!(trace(&api) != OUTER && !api.contains("tracestate"), "{api}");
    // Who records nothing has nothing recorded.
    let unsampled = format!("traceparent: 00-{OUTER}-00f067aa0ba902b7-00");
    assert_eq!(told(", inherit = true", &[&unsampled]).0, "");
}

fn service() {
    assert!(told(", service = \"shop-front\"", &[]).0.contains("shop-front"));
    assert!(!told("", &[]).0.contains("shop-front"));
}

fn authorization() {
    let (told, _) = told(", authorization = \"env:KEY\"", &[]);
    assert!(told.contains("authorization: Bearer hunter2"), "{told}");
}

#[test]
fn what_is_told_names_nobody_and_leads_to_the_record() {
    let collector = collector();
    let lines =
        [&to(&collector, ""), DESCRIBED, "ledger.folder = \"audit\"", "gateway.threads = 2"];
    let setup = Setup::of(&lines);
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/traces"]);
    let gate = setup.start();
    let headers = ["X-Of-A-Client: secret-header"];
    gate.get("/things/867530", &[]);
    let trace = trace(&gate.upstream().last().to_ascii_lowercase());
    gate.get("/things?limit=secret-query", &headers);
    gate.get("/secret-path", &headers);
    gate.get("/things", &["Authorization: Bearer secret-token"]);
    gate.ask("POST", "/things", &["Content-Type: text/plain"], "secret-body");
    let ended = gate.ended();
    let told = collector.seen().concat();
    for word in
        ["parameter-invalid", "token-malformed", "operation-unknown", "REDACTED", "record", "deny"]
    {
        assert!(told.contains(word), "{word} is not in {told}");
    }
    assert!(!told.contains("secret") && !told.contains("867530"), "{told}");
    let found = ended.run(&["ledger", "query", "audit", &format!("trace={trace}"), "--scan"]);
    assert_eq!(found.lines().count(), 1, "{found}");
    assert!(found.contains(&format!("\"within\":\"{trace}\"")), "{found}");
}

#[test]
fn a_collector_that_is_away_or_silent_delays_nobody_and_is_counted() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [silent.local_addr().unwrap(), away] {
        let line = format!("gateway.traces = {{ endpoint = \"http://{address}/v1/traces\" }}");
        let gate = Gate::of(&[&line, "gateway.metrics = { listen = \"127.0.0.1:0\" }"]);
        let began = Instant::now();
        for _ in 0..50 {
            assert_eq!(gate.get("/", &[]).status, 200);
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        let is_counted = |page: &str| {
            let line = page.lines().find(|line| line.contains("spans_total{result=\"failed\"}"));
            !line.expect(page).ends_with(" 0")
        };
        gate.waits_for(is_counted, page);
        gate.waits_for(|log| log.contains("traces did not reach the collector"), Gate::log);
        gate.ended();
    }
}

#[test]
fn who_asks_for_no_traces_has_the_headers_of_clients_untouched() {
    let gate = Gate::of(&[]);
    let parent = format!("traceparent: 00-{OUTER}-00f067aa0ba902b7-01");
    gate.get("/", &[&parent]);
    let api = gate.upstream().last().to_ascii_lowercase();
    assert!(api.contains(&parent), "{api}");
}
