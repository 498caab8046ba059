//! `[gateway]`: who may connect, and how.

use crate::certificates::{Authority, Pair};
use crate::gate::{Gate, Setup, differ};
use crate::wire::{closes_within, connected};
use rustls::version::{TLS12, TLS13};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

shown! {
    address: "gateway.listen.address",
    plain: "gateway.listen.plain",
    certificate: "gateway.listen.tls.certificate",
    key: "gateway.listen.tls.key",
    min_version: "gateway.listen.tls.min_version",
    client_authorities: "gateway.listen.tls.client_authorities",
    client_certificate: "gateway.listen.tls.client_certificate",
    upgrades: "gateway.upgrades",
    connections_max: "gateway.connections_max",
    connections_per_address_max: "gateway.connections_per_address_max",
}

/// It listens at the address that is named and at no other of this machine.
fn address() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let there = |host: &str| TcpStream::connect((host, port)).is_ok();
    for (host, other) in [("127.0.0.1", "127.0.0.2"), ("127.0.0.2", "127.0.0.1")] {
        let line = format!("gateway.listen = [{{ address = \"{host}:{port}\" }}]");
        let _gate = Gate::of(&[&line]);
        assert!(there(host) && !there(other), "{host}");
    }
}

/// Plain listeners that others can reach are refused unless the key says so.
fn plain() {
    let line =
        |plain: bool| format!("gateway.listen = [{{ address = \"0.0.0.0:0\", plain = {plain} }}]");
    let refused = Setup::of(&[&line(false)]).refused();
    assert!(refused.contains("has no `tls`"), "{refused}");
    Gate::of(&[&line(true)]);
}

#[test]
fn another_listener_waits_for_the_next_start_and_that_is_told() {
    let gate = Gate::of(&[]);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    gate.change(&format!(
        "gateway.listen = [{{ address = \"127.0.0.1:0\" }}, {{ address = \"{free}\" }}]"
    ));
    let told = "holds from the next start on: gateway.listen\n";
    gate.waits_for(|log| log.contains(told), Gate::log);
    assert!(TcpStream::connect(free).is_err());
    assert_eq!(gate.get("/", &[]).status, 200);
}

/// A gateway that speaks TLS with this pair and these settings more.
fn secure(pair: &Pair, more: &str, files: &[(&str, &str)]) -> Setup {
    let line = format!(
        "gateway.listen = [{{ address = \"127.0.0.1:0\", tls = {{ certificate = \"chain.pem\", key = \"key.pem\"{more} }} }}]"
    );
    let setup = Setup::of(&[&line]).file("chain.pem", &pair.certificate).file("key.pem", &pair.key);
    files.iter().fold(setup, |setup, (name, text)| setup.file(name, text))
}

/// Clients get the certificate that is named: who trusts its authority comes in, others do not.
fn certificate() {
    let (one, other) = (Authority::new(), Authority::new());
    let gate = secure(&one.certify("api"), "", &[]).start();
    assert_eq!(gate.get_secure(one.usual_client(), "/").status, 200);
    assert_eq!(gate.get_secure(other.usual_client(), "/").status, 0);
    let gate = secure(&other.certify("api"), "", &[]).start();
    assert_eq!(gate.get_secure(one.usual_client(), "/").status, 0);
    assert_eq!(gate.get("/", &[]).status, 0, "a listener with TLS speaks plainly");
}

/// The key that is named is used: one that does not belong to the certificate is refused.
fn key() {
    let authority = Authority::new();
    let (pair, other) = (authority.certify("api"), authority.certify("api"));
    let mixed = Pair { certificate: pair.certificate.clone(), key: other.key };
    let refused = secure(&mixed, "", &[]).refused();
    assert!(refused.contains("certificate and key"), "{refused}");
    assert_eq!(
        secure(&pair, "", &[]).start().get_secure(authority.usual_client(), "/").status,
        200
    );
}

#[test]
fn another_certificate_is_shown_from_the_next_handshake_on_and_a_broken_one_never() {
    let (one, other) = (Authority::new(), Authority::new());
    let (first, second) = (one.certify("api"), other.certify("api"));
    let gate = secure(&first, "", &[]).start();
    let status = |authority: &Authority| gate.get_secure(authority.usual_client(), "/").status;
    assert_eq!((status(&one), status(&other)), (200, 0));
    // In two steps, as files are renewed: between them they do not belong together.
    gate.write("key.pem", &second.key);
    gate.waits_for(|log| log.contains("certificate and key"), Gate::log);
    assert_eq!(status(&one), 200, "{}", gate.log());
    gate.write("chain.pem", &second.certificate);
    gate.waits_for(|status| status == "200", |_| status(&other).to_string());
    assert_eq!(status(&one), 0);
    gate.write("chain.pem", "no certificate");
    gate.waits_for(|log| log.contains("`chain.pem` holds no certificate"), Gate::log);
    assert_eq!(status(&other), 200);
}

fn min_version() {
    let authority = Authority::new();
    let pair = authority.certify("api");
    let status = |least: &str, version| {
        let gate = secure(&pair, &format!(", min_version = \"{least}\""), &[]).start();
        gate.get_secure(authority.client(&[version], None), "/").status
    };
    assert_eq!((status("1.2", &TLS12), status("1.2", &TLS13)), (200, 200));
    assert_eq!((status("1.3", &TLS12), status("1.3", &TLS13)), (0, 200));
}

/// Only certificates of the authorities that are named are taken.
fn client_authorities() {
    let (server, one, other) = (Authority::new(), Authority::new(), Authority::new());
    let more = ", client_authorities = \"clients.pem\", client_certificate = \"required\"";
    let pair = server.certify("api");
    for (trusted, foreign) in [(&one, &other), (&other, &one)] {
        let gate = secure(&pair, more, &[("clients.pem", &trusted.certificate)]).start();
        let status = |authority: &Authority| {
            let shown = authority.certify("erp");
            gate.get_secure(server.client(rustls::ALL_VERSIONS, Some(&shown)), "/").status
        };
        assert_eq!((status(trusted), status(foreign)), (200, 0));
    }
}

fn client_certificate() {
    let (server, clients) = (Authority::new(), Authority::new());
    let pair = server.certify("api");
    let status = |rule: &str| {
        let more =
            format!(", client_authorities = \"clients.pem\", client_certificate = \"{rule}\"");
        let gate = secure(&pair, &more, &[("clients.pem", &clients.certificate)]).start();
        gate.get_secure(server.usual_client(), "/").status
    };
    assert_eq!((status("none"), status("optional"), status("required")), (200, 200, 0));
}

/// Only what is named may be switched to; a wish for anything else does not reach the API.
fn upgrades() {
    let wish = ["Connection: Upgrade, close", "Upgrade: websocket"];
    differ(
        &[],
        (&["gateway.upgrades = [\"websocket\"]"], true),
        (&["gateway.upgrades = [\"other\"]"], false),
        |gate| {
            gate.get("/live", &wish);
            gate.upstream().last().to_ascii_lowercase().contains("upgrade: websocket")
        },
    );
}

/// How many of so many connections are kept open.
fn kept(gate: &Gate, count: usize) -> usize {
    let mut open: Vec<TcpStream> = (0..count).map(|_| connected(gate.address)).collect();
    open.iter_mut()
        .filter_map(|stream| (!closes_within(stream, Duration::from_millis(400))).then_some(()))
        .count()
}

fn connections_max() {
    let few: &[&str] = &["gateway.connections_max = 2"];
    differ(&[], (few, 2), (&["gateway.connections_max = 3"], 3), |gate| kept(gate, 4));
}

fn connections_per_address_max() {
    let few: &[&str] = &["gateway.connections_per_address_max = 1"];
    let more: &[&str] = &["gateway.connections_per_address_max = 3"];
    differ(&[], (few, 1), (more, 3), |gate| kept(gate, 4));
}
