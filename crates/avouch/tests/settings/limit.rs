//! `[[guard.limit]]`: how much may be asked for.

use crate::gate::{DESCRIBED, Gate};
use std::time::Duration;

shown! {
    mode: "guard.limit.mode",
    by: "guard.limit.by",
    rate: "guard.limit.rate",
    burst: "guard.limit.burst",
    matches: "guard.limit.match",
    cost: "guard.limit.cost",
    buckets: "guard.limits.buckets",
}

/// A gateway with a limit, behind a proxy that it believes.
fn limited(limit: &str, more: &[&str]) -> Gate {
    let line = format!("guard.limit = [{{ name = \"all\", {limit} }}]");
    let shared = [DESCRIBED, "guard.admit.trusted_proxies = [\"127.0.0.1\"]", &line];
    Gate::of(&[&shared[..], more].concat())
}

/// The statuses of requests for these paths, one after the other.
fn statuses<const N: usize>(gate: &Gate, paths: [&str; N]) -> [u16; N] {
    paths.map(|path| gate.get(path, &[]).status)
}

fn mode() {
    let both = |mode: &str| {
        let gate = limited(&format!("rate = \"1/d\", burst = 1, mode = \"{mode}\""), &[]);
        statuses(&gate, ["/things", "/things"])
    };
    assert_eq!(both("enforce"), [200, 429]);
    assert_eq!(both("learn"), [200, 200]);
}

/// What has a bucket of its own: each address, or each operation.
fn by() {
    let three = |by: &str| {
        let gate = limited(&format!("rate = \"1/d\", burst = 1, by = {by}"), &[]);
        let ask = |address: &str, path: &str| {
            gate.get(path, &[&format!("X-Forwarded-For: {address}")]).status
        };
        [
            ask("203.0.113.1", "/things"),
            ask("203.0.113.2", "/things"),
            ask("203.0.113.1", "/old"),
            ask("203.0.113.1", "/old"),
        ]
    };
    assert_eq!(three("[]"), [200, 429, 429, 429]);
    assert_eq!(three("[\"address\"]"), [200, 200, 429, 429]);
    assert_eq!(three("[\"operation\"]"), [200, 429, 200, 429]);
}

fn rate() {
    let later = |rate: &str| {
        let gate = limited(&format!("rate = \"{rate}\", burst = 1"), &[]);
        let first = gate.get("/things", &[]).status;
        std::thread::sleep(Duration::from_millis(50));
        (first, gate.get("/things", &[]).status)
    };
    assert_eq!(later("1/d"), (200, 429));
    assert_eq!(later("1000/s"), (200, 200));
}

fn burst() {
    let three = |burst: u32| {
        let gate = limited(&format!("rate = \"1/d\", burst = {burst}"), &[]);
        statuses(&gate, ["/things", "/things", "/things"])
    };
    assert_eq!(three(1), [200, 429, 429]);
    assert_eq!(three(2), [200, 200, 429]);
}

fn matches() {
    let four = |pattern: &str| {
        let gate = limited(&format!("rate = \"1/d\", burst = 1, match = [\"{pattern}\"]"), &[]);
        statuses(&gate, ["/things", "/things", "/old", "/old"])
    };
    assert_eq!(four("GET /things"), [200, 429, 200, 200]);
    assert_eq!(four("GET /old"), [200, 200, 200, 429]);
}

fn cost() {
    let two = |cost: u32| {
        let gate = limited(&format!("rate = \"1/d\", burst = 4, cost = {cost}"), &[]);
        statuses(&gate, ["/things", "/things"])
    };
    assert_eq!(two(3), [200, 429]);
    assert_eq!(two(2), [200, 200]);
}

/// A limit holds for as many at once as there is room for.
fn buckets() {
    let again = |buckets: usize| {
        let room = format!("guard.limits.buckets = {buckets}");
        let gate = limited("rate = \"1/d\", burst = 1, by = [\"address\"]", &[&room]);
        let ask = |last: usize| {
            gate.get("/things", &[&format!("X-Forwarded-For: 203.0.113.{last}")]).status
        };
        assert!((1..=40).all(|last| ask(last) == 200));
        (1..=40).filter(|last| ask(*last) == 200).count()
    };
    assert_eq!(again(100_000), 0);
    assert!(again(8) > 0);
}
