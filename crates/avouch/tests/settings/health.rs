//! `[gateway.upstream.health]`: which instance of the API gets requests.

use crate::gate::{Gate, Setup};
use crate::wire::{Upstream, json};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

shown! {
    path: "gateway.upstream.health.path",
    interval_ms: "gateway.upstream.health.interval_ms",
    timeout_ms: "gateway.upstream.health.timeout_ms",
    unhealthy_after: "gateway.upstream.health.unhealthy_after",
    healthy_after: "gateway.upstream.health.healthy_after",
}

/// An API that is well at `/well`, never at `/ill`, late at `/late`, and answers everything else.
fn says(head: &str) -> Vec<u8> {
    if head.starts_with("GET /ill ") {
        return json(503, "{}");
    }
    if head.starts_with("GET /late ") {
        std::thread::sleep(Duration::from_millis(400));
    }
    json(200, "\"one\"")
}

/// A gateway before an instance that says so and another one, which is well whatever it is asked.
fn gate(says: fn(&str) -> Vec<u8>, health: &str) -> (Gate, Upstream) {
    let one = Upstream::saying(says);
    let other = Upstream::saying(|_| json(200, "\"other\""));
    let addresses = format!(
        "gateway.upstream.addresses = [\"http://{}\", \"http://{}\"]",
        one.address, other.address
    );
    let health = format!("gateway.upstream.health = {{ {health} }}");
    let metrics = "gateway.metrics = { listen = \"127.0.0.1:0\" }";
    (Setup::before(other, &[&addresses, &health, metrics]).start(), one)
}

/// How many instances are well.
fn well(gate: &Gate) -> usize {
    let page = crate::metrics::page(gate);
    let lines = page.lines().filter(|line| line.starts_with("avouch_upstream_well{"));
    lines.filter(|line| line.ends_with(" 1")).count()
}

fn becomes(gate: &Gate, count: usize) {
    gate.waits_for(|now| now == count.to_string(), |gate| well(gate).to_string());
}

/// Whether it stays so for a while.
fn stays(gate: &Gate, count: usize) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(1) {
        if well(gate) != count {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

const OFTEN: &str = "interval_ms = 50, unhealthy_after = 1, healthy_after = 1";

/// Who is not well at the path gets no requests, and it is told.
fn path() {
    let (ill, one) = gate(says, &format!("path = \"/ill\", {OFTEN}"));
    becomes(&ill, 1);
    for _ in 0..6 {
        assert_eq!(ill.get("/", &[]).body, "\"other\"");
    }
    assert!(one.seen().iter().all(|head| head.starts_with("GET /ill ")), "{:?}", one.seen());
    let named = format!("the API at http://{} is not well", one.address);
    ill.waits_for(|log| log.contains(&named), Gate::log);
    let (fine, _) = gate(says, &format!("path = \"/well\", {OFTEN}"));
    assert!(stays(&fine, 2));
    let mut said: Vec<String> = (0..6).map(|_| fine.get("/", &[]).body).collect();
    said.sort();
    said.dedup();
    assert_eq!(said, ["\"one\"", "\"other\""]);
}

fn interval_ms() {
    let questions = |interval_ms: u64| {
        let health = format!("path = \"/well\", interval_ms = {interval_ms}");
        let (_gate, one) = gate(says, &health);
        std::thread::sleep(Duration::from_secs(1));
        one.seen().len()
    };
    let (often, seldom) = (questions(50), questions(60_000));
    assert!(often >= 4 && seldom <= 1, "{often} {seldom}");
}

fn timeout_ms() {
    let (hurried, _) = gate(says, &format!("path = \"/late\", timeout_ms = 100, {OFTEN}"));
    becomes(&hurried, 1);
    let (patient, _) = gate(says, &format!("path = \"/late\", timeout_ms = 9000, {OFTEN}"));
    assert!(stays(&patient, 2));
}

/// Bad answers in a row take an instance out, and so many are needed.
fn unhealthy_after() {
    let (soon, _) = gate(says, "path = \"/ill\", interval_ms = 50, unhealthy_after = 2");
    becomes(&soon, 1);
    let (late, _) = gate(says, "path = \"/ill\", interval_ms = 50, unhealthy_after = 100000");
    assert!(stays(&late, 2));
}

/// Good answers in a row bring it back, and so many are needed.
fn healthy_after() {
    static ILL: AtomicBool = AtomicBool::new(true);
    static SINCE: AtomicU64 = AtomicU64::new(0);
    fn recovers(_: &str) -> Vec<u8> {
        if ILL.load(Ordering::SeqCst) {
            return json(503, "{}");
        }
        SINCE.fetch_add(1, Ordering::SeqCst);
        json(200, "{}")
    }
    let back_after = |healthy_after: u64| {
        ILL.store(true, Ordering::SeqCst);
        SINCE.store(0, Ordering::SeqCst);
        let health = format!(
            "path = \"/well\", interval_ms = 50, unhealthy_after = 1, healthy_after = {healthy_after}"
        );
        let (gate, _one) = gate(recovers, &health);
        becomes(&gate, 1);
        ILL.store(false, Ordering::SeqCst);
        becomes(&gate, 2);
        SINCE.load(Ordering::SeqCst)
    };
    assert!(back_after(1) < 8);
    assert!(back_after(8) >= 8);
}

#[test]
fn an_instance_that_breaks_off_is_passed_over_and_no_read_is_lost() {
    // Takes connections, and closes them when it is asked.
    let broken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = broken.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in broken.incoming() {
            let mut stream = stream.unwrap();
            let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
        }
    });
    let addresses =
        format!("gateway.upstream.addresses = [\"http://{address}\", \"http://{{upstream}}\"]");
    let gate = Setup::of(&[&addresses]).start();
    for _ in 0..10 {
        assert_eq!(gate.get("/", &[]).status, 200);
    }
}
