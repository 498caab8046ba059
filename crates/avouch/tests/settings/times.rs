//! `[gateway.timeouts]`: nobody is waited for longer than is said.

use crate::certificates::Authority;
use crate::gate::{Gate, Setup};
use crate::wire::{Upstream, closes_within, connected, json, request};
use std::io::Write;
use std::time::{Duration, Instant};

shown! {
    handshake: "gateway.timeouts.handshake_ms",
    head: "gateway.timeouts.head_ms",
    body_idle: "gateway.timeouts.body_idle_ms",
    body: "gateway.timeouts.body_ms",
    connect: "gateway.timeouts.connect_ms",
    answer: "gateway.timeouts.answer_ms",
    answer_idle: "gateway.timeouts.answer_idle_ms",
    drain: "gateway.timeouts.drain_ms",
}

/// What is over after the short time, also on a busy machine, and not after the time that holds where
/// none is named.
const SOON: Duration = Duration::from_secs(8);
/// The same, where that time is five seconds or two.
const SOONER: Duration = Duration::from_secs(4);
const SOONEST: Duration = Duration::from_millis(1_700);
/// What the long time is not over after.
const NOT_YET: Duration = Duration::from_millis(1_200);
/// The short time and the long time, in milliseconds. All other times are long in each test.
const SHORT: &str = "200";
const LONG: &str = "60000";

const NAMES: [&str; 9] = [
    "handshake_ms",
    "head_ms",
    "body_idle_ms",
    "body_ms",
    "connect_ms",
    "answer_ms",
    "answer_idle_ms",
    "record_ms",
    "drain_ms",
];

/// All times long, but this one.
fn lines(name: &str, value: &str) -> Vec<String> {
    let line = |time: &&str| {
        format!("gateway.timeouts.{time} = {}", if *time == name { value } else { LONG })
    };
    assert!(NAMES.contains(&name));
    NAMES.iter().map(line).collect()
}

/// A gateway with one short time ends what a gateway with long ones waits for.
fn ends(
    name: &str,
    soon: Duration,
    setup: impl Fn(&[&str]) -> Setup,
    hanging: impl Fn(&Gate, Duration) -> bool,
) {
    let over = |value: &str, within| {
        let lines = lines(name, value);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        hanging(&setup(&lines).start(), within)
    };
    assert!(over(SHORT, soon), "{name} = {SHORT} ends nothing");
    assert!(!over(LONG, NOT_YET), "{name} = {LONG} ends it too");
}

/// Whether a client that begins so and says no more is left.
fn left(gate: &Gate, begins: &[u8], within: Duration) -> bool {
    let mut stream = connected(gate.address);
    stream.write_all(begins).unwrap();
    closes_within(&mut stream, within)
}

fn handshake() {
    let pair = Authority::new().certify("api");
    let listen = "gateway.listen = [{ address = \"127.0.0.1:0\", tls = { certificate = \"chain.pem\", key = \"key.pem\" } }]";
    let setup = |lines: &[&str]| {
        let setup = Setup::of(&[lines, &[listen]].concat());
        setup.file("chain.pem", &pair.certificate).file("key.pem", &pair.key)
    };
    ends("handshake_ms", SOONER, setup, |gate, within| left(gate, b"", within));
}

fn head() {
    ends("head_ms", SOON, Setup::of, |gate, within| {
        left(gate, b"GET / HTTP/1.1\r\nHost: a\r\n", within)
    });
}

const BODY: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\nx";

fn body_idle() {
    ends("body_idle_ms", SOON, Setup::of, |gate, within| left(gate, BODY, within));
}

/// A body that never stops and never ends.
fn body() {
    ends("body_ms", SOON, Setup::of, |gate, within| {
        let mut stream = connected(gate.address);
        stream.write_all(BODY).unwrap();
        let began = Instant::now();
        while began.elapsed() < within {
            if closes_within(&mut stream, Duration::from_millis(100)) {
                return true;
            }
            let _ = stream.write_all(b"x");
        }
        false
    });
}

/// Whether a request is answered, with whatever.
fn answered(gate: &Gate, within: Duration) -> bool {
    left(gate, &request("GET", "/", &[], ""), within)
}

/// The API takes the connection and never its handshake.
fn connect() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let line =
        format!("gateway.upstream.addresses = [\"https://{}\"]", silent.local_addr().unwrap());
    ends("connect_ms", SOONEST, |lines| Setup::of(&[lines, &[&line]].concat()), answered);
}

fn answer() {
    let silent = |lines: &[&str]| Setup::saying(|_| Vec::new(), lines);
    ends("answer_ms", SOON, silent, answered);
}

fn answer_idle() {
    let half = |lines: &[&str]| {
        Setup::saying(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc".to_vec(), lines)
    };
    ends("answer_idle_ms", SOON, half, answered);
}

/// A gateway that is told to end does not wait longer for what is under way.
fn drain() {
    let over = |value: &str, within: Duration| {
        let lines = lines("drain_ms", value);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let silent = Upstream::saying(|asked| {
            if asked.starts_with("GET /slow") { Vec::new() } else { json(200, "{}") }
        });
        let mut gate = Setup::before(silent, &lines).start();
        let mut stream = connected(gate.address);
        stream.write_all(&request("GET", "/slow", &[], "")).unwrap();
        while gate.upstream().seen().is_empty() {
            std::thread::sleep(Duration::from_millis(10));
        }
        gate.terminate();
        let began = Instant::now();
        while began.elapsed() < within {
            if gate.has_ended() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    };
    assert!(over(SHORT, SOON));
    assert!(!over(LONG, Duration::from_millis(2_500)));
}
