//! Clients, servers and a collector that others wrote: WebSocket, gRPC, OpenTelemetry, and a browser.
//!
//! `cargo xtask test --only clients` installs them and runs this; by itself it is ignored, since it needs
//! Python and packages.

use crate::certificates::Authority;
use crate::gate::{DESCRIBED, Ended, Gate, Setup};
use crate::issuer::{FOREIGN, OURS, issuer};
use crate::wire::{connected, exchange};
use serde_json::{Value, json};
use std::collections::BTreeMap;
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
    setup(server, more).start()
}

/// The same, before it is started.
fn setup(server: &Server, more: &[&str]) -> Setup {
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
    setup
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

/// A description of what the page asks for.
const BROWSED: &str = include_str!("../clients/browsing.json");

/// What the page got, what the browser saw, what the API was asked, and what is recorded of it, behind a
/// gateway that does so with requests that only ask what may be asked.
fn browsed(options: &str) -> (Value, Vec<Value>, Vec<Value>, Vec<Value>) {
    let api = Server::start("browsing.py", &["serve"]);
    let authority = Authority::new();
    let pair = authority.certify("gateway");
    let tls =
        "{ address = \"127.0.0.1:0\", tls = { certificate = \"chain.pem\", key = \"key.pem\" } }";
    // The same API under two origins.
    let listen = format!("gateway.listen = [{tls}, {tls}]");
    let options = format!("guard.route.options = \"{options}\"");
    let gate = setup(&api, &[&listen, &options, SWITCHES, DESCRIBED])
        .file("openapi.json", BROWSED)
        .file("authority.pem", &authority.certificate)
        .file("chain.pem", &pair.certificate)
        .file("key.pem", &pair.key)
        .start();
    gate.waits_for(|log| log.matches("listening at ").count() == 2, Gate::log);
    let log = gate.log();
    let ports = log.split("listening at 127.0.0.1:").skip(1);
    let [here, there] = ports
        .map(|rest| format!("https://localhost:{}", rest.split(',').next().unwrap()))
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let trusted = gate.path("authority.pem");
    let words =
        ["browse", trusted.to_str().unwrap(), &format!("{here}/page"), &there, &token("anna")];
    let told: Value = serde_json::from_str(&client("browsing.py", &words)).unwrap();
    let ended = gate.ended();
    ended.run(&["gateway", "reconcile"]);
    let asked = api.ended().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen = told["seen"].as_array().unwrap().clone();
    (told["said"].clone(), seen, asked, facts(&ended, "request"))
}

/// Requests by their id, each of which there is once, with what is told of them.
#[track_caller]
fn by_id<'v>(requests: impl IntoIterator<Item = &'v Value>, of: &str) -> BTreeMap<String, Value> {
    let mut ids = BTreeMap::new();
    for request in requests {
        let id = request["id"].as_str().unwrap_or_else(|| panic!("no id: {request}")).to_owned();
        assert!(ids.insert(id, request[of].clone()).is_none(), "twice: {request}");
    }
    ids
}

#[test]
#[ignore = "needs Python and a browser; `cargo xtask test --only clients` runs it"]
fn a_page_in_a_browser_gets_on_with_its_api_and_each_request_is_recorded() {
    for (options, across) in [
        ("forward", json!([200, { "name": "Anna", "visit": "" }])),
        ("answer", json!("TypeError: Failed to fetch")),
    ] {
        let (said, seen, asked, recorded) = browsed(options);
        assert_eq!(said["first"], json!([200, { "name": "Anna", "visit": "" }]), "{said}");
        assert_eq!(said["again"], json!([200, { "name": "Anna", "visit": "visit=7" }]), "{said}");
        assert_eq!(said["cookie"], "", "the page must not see it");
        assert_eq!(said["many"], json!(vec![200; 20]), "{said}");
        assert_eq!(said["written"][0], 200, "{said}");
        assert_eq!((&said["wrong"], &said["nobody"]), (&json!(422), &json!(401)), "{said}");
        assert_eq!(said["heard"], json!(["ä€𝄞", [1, 2, 3], 1000, true]), "{said}");
        assert_eq!(said["across"], across, "{options}: {said}");
        // What the browser saw answered is recorded, with the same status, and nothing else is.
        assert_eq!(by_id(&seen, "status"), by_id(&recorded, "status"), "{seen:?} {recorded:?}");
        assert!(seen.len() > 28, "{seen:?}");
        let forwarded = recorded.iter().filter(|one| !one["upstream_us"].is_null());
        assert_eq!(by_id(&asked, "method"), by_id(forwarded, "method"), "{asked:?} {recorded:?}");
        let written = asked.iter().filter(|one| one["method"] == "POST").map(|one| &one["body"]);
        let expected = ["{\"name\":\"ä€𝄞\"}", "{\"name\":\"across\"}"];
        let writes = if options == "forward" { 2 } else { 1 };
        assert_eq!(written.collect::<Vec<_>>(), expected[..writes]);
        // All but the socket, for which a browser makes a connection of its own.
        assert_eq!(count(&seen, "protocol", "h2"), seen.len() - 1, "{seen:?}");
        assert_eq!(count(&recorded, "protocol", "HTTP/2.0"), seen.len() - 1, "{recorded:?}");
        let preflight: Vec<_> = recorded.iter().filter(|one| one["method"] == "OPTIONS").collect();
        assert_eq!(preflight.len(), 1, "{recorded:?}");
        assert_eq!(preflight[0]["upstream_us"].is_null(), options == "answer", "{preflight:?}");
    }
}
