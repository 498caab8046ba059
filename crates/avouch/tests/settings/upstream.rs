//! `[gateway.upstream]`: which API is asked, and how it is known to be the one.

use crate::certificates::Authority;
use crate::gate::{Setup, differ};
use crate::wire::{Upstream, json};

shown! {
    addresses: "gateway.upstream.addresses",
    host: "gateway.upstream.host",
    http2: "gateway.upstream.http2",
    authorities: "gateway.upstream.authorities",
}

fn addresses() {
    let (one, other) = (Upstream::saying(|_| json(200, "1")), Upstream::saying(|_| json(200, "2")));
    for (named, body) in [(&one, "1"), (&other, "2")] {
        let line = format!("gateway.upstream.addresses = [\"http://{}\"]", named.address);
        let gate = Setup::of(&[&line]).start();
        assert_eq!(gate.get("/", &[]).body, body);
        assert!(gate.upstream().seen().is_empty());
    }
}

/// A client's Host does not choose among what stands behind the API's address.
fn host() {
    differ(
        &[],
        (&["gateway.upstream.host = \"api.internal\""], (true, false)),
        (&[], (false, true)),
        |gate| {
            gate.get("/", &["Host: client.example"]);
            let seen = gate.upstream().last().to_ascii_lowercase();
            (
                seen.contains("\r\nhost: api.internal\r\n"),
                seen.contains("\r\nhost: client.example\r\n"),
            )
        },
    );
}

/// The API is spoken to in HTTP/2 (RFC 9113, section 3.4), where messages frame themselves.
fn http2() {
    let shared: &[&str] = &["gateway.timeouts.answer_ms = 500"];
    let spoken = |line: &str| {
        let gate = Setup::of(&[shared, &[line]].concat()).start();
        gate.get("/", &[]);
        gate.upstream().seen()[0].starts_with("PRI * HTTP/2.0")
    };
    assert!(spoken("gateway.upstream.http2 = true"));
    assert!(!spoken("gateway.upstream.http2 = false"));
}

/// An API whose certificate none of the authorities vouches for is not asked.
fn authorities() {
    let (own, other) = (Authority::new(), Authority::new());
    let status = |authority: &Authority| {
        let upstream = Upstream::secure(|_| json(200, "{}"), own.certify("api").server());
        let address = format!(
            "gateway.upstream.addresses = [\"https://localhost:{}\"]",
            upstream.address.port()
        );
        let lines = [address.as_str(), "gateway.upstream.authorities = \"internal.pem\""];
        let setup = Setup::before(upstream, &lines).file("internal.pem", &authority.certificate);
        let gate = setup.start();
        (gate.get("/", &[]).status, gate.upstream().seen().len())
    };
    assert_eq!(status(&own), (200, 1));
    assert_eq!(status(&other), (502, 0));
}
