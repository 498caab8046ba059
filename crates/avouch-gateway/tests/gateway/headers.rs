//! What the API is told about a request, and by whom.

use super::harness::{Upstream, described, exchange, gateway, statuses};

#[test]
fn nobody_else_speaks_in_our_name() {
    let upstream = Upstream::start();
    let gateway = gateway(upstream.address, "", "");
    let asked = "GET / HTTP/1.1\r\nHost: a\r\nX-Avouch-Subject: root\r\nX_Avouch_Subject: root\r\nx-aVouch_role: root\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /admin\r\nForwarded: for=203.0.113.9\r\nX-Real-IP: 203.0.113.9\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nX-Kept: 1\r\n\r\n";
    exchange(gateway.addresses()[0], asked.as_bytes());
    let seen = upstream.seen()[0].to_ascii_lowercase();
    for gone in ["root", "203.0.113.9", "/admin", "x-hop", "te: ", "forwarded: for"] {
        assert!(!seen.contains(gone), "{gone} in {seen}");
    }
    for told in
        ["x-kept: 1", "x-forwarded-for: 127.0.0.1", "x-forwarded-proto: http\r", "x-request-id: "]
    {
        assert!(seen.contains(told), "{told} in {seen}");
    }
}

#[test]
fn a_trusted_proxy_says_who_asks_and_nobody_else() {
    let upstream = Upstream::start();
    let trusting = gateway(upstream.address, "", "[admit]\ntrusted_proxies = [\"127.0.0.1\"]");
    let asked = b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.1, 203.0.113.9\r\n\r\n";
    exchange(trusting.addresses()[0], asked);
    assert!(
        upstream.seen()[0].contains("x-forwarded-for: 203.0.113.9\r\n"),
        "{:?}",
        upstream.seen()
    );
    let wrong = exchange(
        trusting.addresses()[0],
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: unknown\r\n\r\n",
    );
    assert!(wrong.starts_with("HTTP/1.1 400 ") && upstream.seen().len() == 1, "{wrong}");
}

#[test]
fn a_body_that_says_it_is_too_large_is_refused_before_it_is_read() {
    let upstream = Upstream::start();
    let gateway = gateway(upstream.address, "", "[admit]\nbody_bytes_max = 10");
    let address = gateway.addresses()[0];
    let answer = exchange(
        address,
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(upstream.seen().len(), 0);
    // One that does not say so is cut off where it becomes so, and the API never gets the end of it.
    let answer = exchange(address, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(upstream.seen().len(), 0);
}

#[test]
fn what_is_described_is_not_larger_than_what_is_admitted() {
    let upstream = Upstream::start();
    let description = "openapi: 3.1.0\npaths:\n  /a:\n    post: {security: [], requestBody: {content: {application/json: {}}}, responses: {}}\n";
    let guard = "[admit]\nbody_bytes_max = 10";
    let small = described(upstream.address, guard, description);
    let asked = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n[\"abcdefghi\"]";
    let answer = exchange(small.addresses()[0], asked);
    assert_eq!(statuses(&answer), [413], "{answer}");
    assert_eq!(upstream.seen().len(), 0);
    // An operation may say otherwise.
    let more = format!("{guard}\n[[operation]]\nmatch = [\"POST /a\"]\nbody_bytes_max = 20");
    let large = described(upstream.address, &more, description);
    assert_eq!(statuses(&exchange(large.addresses()[0], asked)), [200]);
}

#[test]
fn the_body_of_a_get_is_forwarded_too() {
    let upstream = Upstream::start();
    let gateway = gateway(upstream.address, "", "");
    let asked =
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    assert_eq!(statuses(&exchange(gateway.addresses()[0], asked)), [200]);
    assert!(upstream.seen()[0].contains("abc"), "{:?}", upstream.seen());
}
