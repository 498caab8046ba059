//! Clients, servers and a collector that others wrote: WebSocket, gRPC, OpenTelemetry.
//!
//! `cargo xtask test --only clients` installs them and runs this; by itself it is ignored, since it needs
//! Python and packages.

use crate::gate::{DESCRIBED, Ended, Gate, Setup};
use crate::issuer::{FOREIGN, OURS, issuer};
use crate::wire::{connected, exchange};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A program in Python, with the packages that the step installed.
fn python(script: &str, words: &[&str]) -> Command {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join("../../target/clients/bin/python"));
    command.arg(root.join("tests/clients").join(script)).args(words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// A server that prints its address and ends when its input does.
struct Server {
    child: Child,
    address: String,
    told: BufReader<ChildStdout>,
}

impl Server {
    fn start(script: &str, words: &[&str]) -> Self {
        let mut child = python(script, words)
            .spawn()
            .expect("`cargo xtask test --only clients` installs what is needed");
        let mut told = BufReader::new(child.stdout.take().unwrap());
        let mut address = String::new();
        told.read_line(&mut address).unwrap();
        Self { child, address: address.trim().to_owned(), told }
    }

    /// What it printed since it began, when it has ended.
    fn ended(mut self) -> String {
        drop(self.child.stdin.take());
        let mut all = String::new();
        self.told.read_to_string(&mut all).unwrap();
        assert!(self.child.wait().unwrap().success());
        all
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a client to its good end, and gives what it printed.
#[track_caller]
fn client(script: &str, words: &[&str]) -> String {
    let output = python(script, words).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} {words:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A gateway with a ledger and an issuer, before a server.
fn gate(server: &Server, more: &[&str]) -> Gate {
    let upstream = format!("gateway.upstream.addresses = [\"http://{}\"]", server.address);
    let issuer = issuer(&[]);
    let usual = [
        "guard.identify.anybody = false",
        "guard.contain.file = \"blocks.toml\"",
        "ledger.folder = \"audit\"",
        &upstream,
        &issuer,
    ];
    let setup = Setup::of(&[&usual, more].concat())
        .file("jwks.json", OURS.published())
        .file("blocks.toml", "");
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/clients"]);
    setup.start()
}

fn token(of: &str) -> String {
    OURS.token(&json!({ "sub": of }))
}

fn block(principal: &str) -> String {
    format!(
        "[[block]]\ntarget = \"principal\"\nvalue = \"{principal}\"\nbecause = \"test\"\nby = \"test\"\n"
    )
}

/// The facts of a kind.
fn facts(ended: &Ended, kind: &str) -> Vec<Value> {
    let said = ended.run(&["ledger", "query", "audit", &format!("kind={kind}"), "--scan"]);
    let lines = said.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    lines.map(|entry| entry["body"].clone()).collect()
}

/// How many facts there are, by what a field of them says.
fn count(facts: &[Value], field: &str, value: impl Into<Value>) -> usize {
    let value = value.into();
    facts.iter().filter(|fact| fact[field] == value).count()
}

const SWITCHES: &str = "gateway.upgrades = [\"websocket\"]";

#[test]
#[ignore = "needs Python and packages; `cargo xtask test --only clients` runs it"]
fn a_client_of_websocket_says_and_hears_everything_and_each_connection_is_recorded() {
    let api = Server::start("sockets.py", &["serve"]);
    let gate = gate(&api, &[SWITCHES]);
    let url = format!("ws://{}/live", gate.address);
    client("sockets.py", &["talk", &url, &token("anna")]);
    assert_eq!(client("sockets.py", &["status", &url, ""]), "401");
    assert_eq!(client("sockets.py", &["status", &url, &FOREIGN.token(&json!({}))]), "401");
    let ended = gate.ended();
    let requests = facts(&ended, "request");
    assert_eq!(count(&requests, "status", 101), 11, "{requests:?}");
    assert_eq!(count(&requests, "status", 401), 2);
    let tunnels = facts(&ended, "tunnel");
    assert_eq!(tunnels.len(), 11, "{tunnels:?}");
    assert_eq!(count(&tunnels, "protocol", "websocket"), 11);
    let large = tunnels.iter().filter(|one| one["client_bytes"].as_u64() > Some(6 << 20)).count();
    // What is compressed is shorter.
    assert_eq!(large, 1, "{tunnels:?}");
    for tunnel in &tunnels {
        let request = requests.iter().find(|one| one["id"] == tunnel["request"]).unwrap();
        assert_eq!(request["principal"], tunnel["principal"]);
        assert_eq!(request["principal"], "anna");
    }
}

#[test]
#[ignore = "needs Python and packages; `cargo xtask test --only clients` runs it"]
fn who_is_shut_out_is_cut_off_from_websocket_and_who_asks_too_often_waits() {
    let api = Server::start("sockets.py", &["serve"]);
    let limit =
        "guard.limit = [{ name = \"all\", rate = \"1/d\", burst = 3, by = [\"principal\"] }]";
    let gate = gate(&api, &[SWITCHES, limit]);
    let url = format!("ws://{}/live", gate.address);
    let (anna, ben) = (token("anna"), token("ben"));
    let mut stays = python("sockets.py", &["stay", &url, &anna]).spawn().unwrap();
    let mut told = BufReader::new(stays.stdout.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "here");
    let answers = (0..3).map(|_| client("sockets.py", &["status", &url, &ben]));
    assert_eq!(answers.collect::<Vec<_>>(), ["101"; 3]);
    assert_eq!(client("sockets.py", &["status", &url, &ben]), "429");
    gate.write("blocks.toml", &block("anna"));
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    assert!(rest.starts_with("cut off"), "{rest}");
    assert!(stays.wait().unwrap().success());
    assert_eq!(client("sockets.py", &["status", &url, &anna]), "403");
    let ended = gate.ended();
    assert_eq!(count(&facts(&ended, "tunnel"), "ended_by", "containment"), 1);
    assert_eq!(count(&facts(&ended, "request"), "answer", "deny"), 2);
}

#[test]
#[ignore = "needs Python and packages; `cargo xtask test --only clients` runs it"]
fn a_second_request_behind_a_wish_for_websocket_never_reaches_the_api_as_one() {
    let api = Server::start("sockets.py", &["serve"]);
    let token = token("anna");
    let second = "GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let wish = |key: &str| {
        format!(
            "GET /live HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n{key}\r\n{second}"
        )
    };
    // The API switches: what comes behind is of the other protocol, and no request.
    let gate = gate(&api, &[SWITCHES]);
    let answer =
        exchange(gate.address, wish("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n").as_bytes());
    assert_eq!(answer.status, 101, "{answer:?}");
    assert!(!answer.body.contains("HTTP/1.1"), "{answer:?}");
    // The API does not: whatever comes behind is then a request, and needs a proof of its own.
    let mut stream = connected(gate.address);
    stream.write_all(wish("").as_bytes()).unwrap();
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    let statuses: Vec<&str> =
        text.split("HTTP/1.1 ").skip(1).filter_map(|rest| rest.get(..3)).collect();
    assert_ne!(statuses.first(), Some(&"101"), "{text}");
    assert!(statuses.len() < 2 || statuses[1] == "401", "{text}");
    let ended = gate.ended();
    let requests = facts(&ended, "request");
    let second: Vec<_> = requests.iter().filter(|one| one["path"] == "/second").collect();
    assert!(second.iter().all(|one| one["answer"] == "deny"), "{second:?}");
    assert_eq!(count(&requests, "status", 101), 1, "{requests:?}");
}

#[test]
#[ignore = "needs Python and packages; `cargo xtask test --only clients` runs it"]
fn a_client_of_grpc_calls_in_every_way_and_each_call_is_recorded() {
    let api = Server::start("calls.py", &["serve"]);
    let lines = ["gateway.upstream.http2 = true", "guard.admit.body_bytes_max = 4000000"];
    let gate = gate(&api, &lines);
    let address = gate.address.to_string();
    client("calls.py", &["call", &address, &token("anna")]);
    assert_eq!(client("calls.py", &["status", &address, ""]), "UNAUTHENTICATED");
    gate.write("blocks.toml", &block("anna"));
    gate.waits_for(
        |code| code == "PERMISSION_DENIED",
        |_| client("calls.py", &["status", &address, &token("anna")]),
    );
    let ended = gate.ended();
    let requests = facts(&ended, "request");
    assert!(requests.len() > 70 && requests.iter().all(|one| one["protocol"] == "HTTP/2.0"));
    assert_eq!(count(&requests, "status", 401), 1);
    assert_eq!(count(&requests, "path", "/echo.Echo/Talk"), 1);
}

/// The attributes of a span.
fn says<'a>(span: &'a Value, name: &str) -> &'a Value {
    &span["attributes"][name]
}

#[test]
#[ignore = "needs Python and packages; `cargo xtask test --only clients` runs it"]
fn a_collector_understands_the_spans_and_they_hold_together() {
    let collector = Server::start("collector.py", &[]);
    let line = format!(
        "gateway.traces = {{ endpoint = \"http://{}/v1/traces\", inherit = true, service = \"shop\" }}",
        collector.address
    );
    let setup = Setup::of(&[&line, DESCRIBED, "ledger.folder = \"audit\""]);
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/traces"]);
    let gate = setup.start();
    let (trace, outer) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let parent = format!("traceparent: 00-{trace}-{outer}-01");
    assert_eq!(gate.get("/things/17", &[&parent, "tracestate: shop=1"]).status, 200);
    let api = gate.upstream().last().to_ascii_lowercase();
    assert_eq!(gate.get("/nowhere", &[]).status, 404);
    let ended = gate.ended();
    let said = collector.ended();
    let spans: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (ours, others): (Vec<&Value>, Vec<&Value>) =
        spans.iter().partition(|span| span["traceId"] == trace);
    let root = ours.iter().find(|span| span["kind"] == "SPAN_KIND_SERVER").expect(&said);
    assert_eq!((&root["parentSpanId"], &root["traceState"]), (&json!(outer), &json!("shop=1")));
    assert_eq!(root["name"], "GET /things/{id}");
    assert_eq!(root["resource"]["service.name"], "shop");
    for (name, value) in [
        ("http.request.method", json!("GET")),
        ("http.route", json!("/things/{id}")),
        ("url.path", json!("/things/{id}")),
        ("url.scheme", json!("http")),
        ("server.address", json!("api.example")),
        ("http.response.status_code", json!(200)),
        ("network.protocol.version", json!("1.1")),
        ("avouch.decision", json!("allow")),
    ] {
        assert_eq!(says(root, name), &value, "{name} of {root}");
    }
    let steps: Vec<&str> = ours
        .iter()
        .filter(|span| span["kind"] == "SPAN_KIND_INTERNAL")
        .map(|span| span["name"].as_str().unwrap())
        .collect();
    for step in ["admit", "identify", "route", "validate", "filter", "record"] {
        assert!(steps.contains(&step), "{step} is not among {steps:?}");
    }
    let upstream = ours.iter().find(|span| span["kind"] == "SPAN_KIND_CLIENT").expect(&said);
    let to_the_api = format!("traceparent: 00-{trace}-{}-01", upstream["spanId"].as_str().unwrap());
    assert!(api.contains(&to_the_api) && api.contains("tracestate: shop=1"), "{api}");
    assert_eq!(says(upstream, "http.response.status_code"), &json!(200));
    for span in ours.iter().filter(|span| span["spanId"] != root["spanId"]) {
        assert_eq!(span["parentSpanId"], root["spanId"]);
        let at = |span: &Value, end: &str| span[end].as_str().unwrap().parse::<u64>().unwrap();
        let (from, to) = ("startTimeUnixNano", "endTimeUnixNano");
        assert!(at(root, from) <= at(span, from) && at(span, from) <= at(span, to), "{span}");
        assert!(at(span, to) <= at(root, to), "{span} of {root}");
    }
    let refused = others.iter().find(|span| span["kind"] == "SPAN_KIND_SERVER").expect(&said);
    assert_eq!(
        (says(refused, "avouch.policy"), says(refused, "url.path")),
        (&json!("route"), &json!("REDACTED"))
    );
    // A client that asks for what is not there is no error of ours.
    assert_eq!(refused["status"], Value::Null);
    let requests = facts(&ended, "request");
    assert!(requests.iter().any(|one| one["id"] == *says(root, "avouch.request.id")));
}
