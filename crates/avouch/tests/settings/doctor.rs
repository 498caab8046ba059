//! `avouch doctor` before gateways whose controls are on, and off.

use crate::certificates::Authority;
use crate::gate::{DESCRIBED, Gate, Setup};
use crate::issuer::{OURS, issuer};
use serde_json::{Value, json};

/// What `avouch doctor` finds: its exit code, and the result of each control.
fn found(gate: &Gate, more: &[&str]) -> (i32, Vec<(String, String, String)>) {
    let address = gate.address.to_string();
    let words = [&["doctor", "--json", "--address", &address], more].concat();
    let (code, out) = gate.run(&words);
    let found: Value = serde_json::from_str(&out).expect(&out);
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let controls = found["controls"].as_array().unwrap().iter();
    let controls =
        controls.map(|one| (text(one, "control"), text(one, "result"), text(one, "detail")));
    (code, controls.collect())
}

/// A gateway with everything on.
fn everything(more: &[&str]) -> Gate {
    let authority = Authority::new();
    let pair = authority.certify("api");
    let listen = "gateway.listen = [{ address = \"127.0.0.1:0\", tls = { certificate = \"chain.pem\", key = \"key.pem\", min_version = \"1.3\" } }]";
    let lines = [
        listen,
        "gateway.metrics = { listen = \"127.0.0.1:0\" }",
        DESCRIBED,
        "guard.identify.anybody = false",
        &issuer(&[]),
        "guard.identify.keys = { file = \"keys.json\" }",
        "guard.admit.hosts = [\"api.example\"]",
        "guard.limit = [{ name = \"all\", by = [\"address\"], rate = \"1/min\", burst = 60 }]",
        "ledger.folder = \"audit\"",
    ];
    let setup = Setup::of(&[&lines[..], more].concat())
        .file("chain.pem", &pair.certificate)
        .file("key.pem", &pair.key)
        .file("jwks.json", OURS.published())
        .file("avouch.toml", "[guard.identify.keys]\nfile = \"keys.json\"\n");
    setup.run(&["key", "issue", "--owner", "erp"]);
    setup.run(&["ledger", "init", "audit", "--origin", "example.com/doctor"]);
    let good = OURS.token(&json!({}));
    let old = OURS.token(&json!({"exp": 1_000_000_000}));
    setup.file("good", good).file("old", old).start()
}

#[test]
fn where_everything_is_on_everything_bites() {
    let gate = everything(&[]);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let past = nobody.to_string();
    let more = ["--token", "file:good", "--expired", "file:old", "--upstream", &past];
    let (code, controls) = found(&gate, &more);
    let other: Vec<_> = controls.iter().filter(|(_, result, _)| result != "bites").collect();
    assert!(other.is_empty() && controls.len() == 23, "{} {other:#?}", controls.len());
    assert_eq!(code, 0);
}

#[test]
fn what_only_it_could_be_given_is_not_taken_for_good() {
    let (code, controls) = found(&everything(&[]), &[]);
    let untested: Vec<&str> = controls
        .iter()
        .filter(|(_, result, _)| result == "not tested")
        .map(|(control, ..)| control.as_str())
        .collect();
    assert_eq!(untested, ["expired tokens", "changed tokens", "the API past the gateway"]);
    assert_eq!(code, 3);
}

/// The gateway decides by one configuration and the doctor reads another, as after a change that the
/// gateway did not take up: what does not bite is said.
#[test]
fn a_control_that_is_off_in_the_gateway_and_on_in_the_file_does_not_bite() {
    for (off, control) in [
        ("guard.validate.mode = \"learn\"", "parameters that nobody described"),
        ("guard.route.mode = \"learn\"", "paths that nobody described"),
        ("guard.identify.mode = \"learn\"", "forged tokens"),
    ] {
        let gate = everything(&[off]);
        gate.write_without("on.toml", off);
        let (code, controls) = found(&gate, &["--config", "on.toml"]);
        let (_, result, detail) = controls.iter().find(|(name, ..)| name == control).unwrap();
        assert_eq!(result, "does not bite", "{control}: {detail}");
        assert_eq!(code, 1);
        // Told by its own configuration, the doctor says that it is off.
        let (_, controls) = found(&gate, &[]);
        let (_, result, _) = controls.iter().find(|(name, ..)| name == control).unwrap();
        assert_eq!(result, "off", "{control}");
    }
}

#[test]
fn an_api_that_can_be_reached_past_the_gateway_is_said_to() {
    let gate = everything(&[]);
    let past = gate.upstream().address.to_string();
    let (code, controls) = found(&gate, &["--upstream", &past]);
    let line = controls.iter().find(|(name, ..)| name == "the API past the gateway").unwrap();
    assert_eq!((line.1.as_str(), code), ("does not bite", 1));
}

#[test]
fn nobody_at_the_address_is_no_pass() {
    let gate = Gate::of(&[]);
    let (code, out) = gate.run(&["doctor", "--address", "127.0.0.1:1"]);
    assert_eq!((code, out.as_str()), (3, ""));
}
