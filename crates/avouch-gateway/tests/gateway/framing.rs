//! What can be read in two ways is not forwarded.

use super::corpus::cases;
use super::harness::{Upstream, exchange, gateway, statuses};

#[test]
fn every_way_to_frame_a_request_ends_as_it_should() {
    let upstream = Upstream::start();
    let gateway = gateway(upstream.address, "", "");
    let address = gateway.addresses()[0];
    let cases = cases();
    assert!(cases.len() >= 60);
    let mut wrong = Vec::new();
    for case in &cases {
        let before = upstream.seen().len();
        let answer = exchange(address, case.bytes.as_bytes());
        let said = statuses(&answer);
        let seen = upstream.seen();
        let forwarded = &seen[before..];
        if said != case.answers || forwarded.len() != case.forwarded {
            wrong.push(format!("{}: {said:?}, forwarded {forwarded:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_was_authorized_is_what_is_forwarded() {
    let upstream = Upstream::start();
    let gateway = gateway(upstream.address, "", "");
    let asked = b"GET /%6frders/caf%c3%a9?a=%2e%2e&b HTTP/1.1\r\nHost: A\r\n\r\n";
    assert_eq!(statuses(&exchange(gateway.addresses()[0], asked)), [200]);
    let seen = upstream.seen();
    assert!(seen[0].starts_with("GET /orders/caf%C3%A9?a=%2e%2e&b HTTP/1.1\r\n"), "{seen:?}");
    assert!(seen[0].contains("\r\nhost: a\r\n"), "{seen:?}");
}

#[test]
fn a_refusal_comes_in_its_turn_and_ends_the_connection() {
    let upstream = Upstream::start();
    let gateway = gateway(upstream.address, "", "");
    let asked = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n";
    let answer = exchange(gateway.addresses()[0], asked.as_bytes());
    assert_eq!(statuses(&answer), [200, 400]);
    assert!(answer.contains("answer 1") && answer.contains("\"host-count\""), "{answer}");
    assert_eq!(upstream.seen().len(), 1);
}

#[test]
fn nothing_behind_an_upgrade_is_taken_for_a_request() {
    let upstream = Upstream::start();
    let ask = "GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
    // Where the protocol may pass, what follows belongs to it; the API says it back.
    let open = gateway(upstream.address, "upgrades = [\"websocket\"]", "");
    let answer = exchange(open.addresses()[0], ask.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(answer.contains("GET /hidden"), "{answer}");
    assert_eq!(upstream.seen().len(), 1, "{:?}", upstream.seen());
    // Where it may not, the wish is not passed on, and the second is a request of its own.
    let closed = gateway(upstream.address, "", "");
    let answer = exchange(closed.addresses()[0], ask.as_bytes());
    assert_eq!(statuses(&answer), [200, 200], "{answer}");
    assert!(!upstream.seen()[1].to_ascii_lowercase().contains("upgrade"));
}
