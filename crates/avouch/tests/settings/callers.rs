//! `[guard.identify.keys]`, `.certificate` and `.proof`: machines, and tokens that have an owner.

use crate::certificates::Authority;
use crate::gate::{DESCRIBED, Setup};
use crate::issuer::{FOREIGN, OURS, issuer, now_s};
use serde_json::json;

shown! {
    key_headers: "guard.identify.keys.headers",
    key_file: "guard.identify.keys.file",
    pepper: "guard.identify.keys.pepper",
    certificate_accept: "guard.identify.certificate.accept",
    certificate_principal: "guard.identify.certificate.principal",
    certificate_roles: "guard.identify.certificate.roles",
    proof_algorithms: "guard.identify.proof.algorithms",
    proof_age: "guard.identify.proof.age_s",
    proof_origins: "guard.identify.proof.origins",
}

/// A gateway that takes API keys, and one key of the file `name`.
fn keyed(lines: &[&str], name: &str) -> (Setup, String) {
    let strict: &[&str] = &["guard.identify.anybody = false", DESCRIBED];
    let setup = Setup::of(&[strict, lines].concat());
    let issued = |file: &str| {
        let file = format!("[guard.identify.keys]\nfile = \"{file}\"\n");
        std::fs::write(setup.path("avouch.toml"), file).unwrap();
        setup.run(&["key", "issue", "--owner", "erp"]).trim_end().to_owned()
    };
    let (one, other) = (issued("keys.json"), issued("others.json"));
    let key = if name == "keys.json" { one } else { other };
    (setup, key)
}

fn key_headers() {
    let status = |headers: &str| {
        let lines = ["guard.identify.keys.file = \"keys.json\"", headers];
        let (setup, key) = keyed(&lines, "keys.json");
        setup.start().get("/guarded", &[&format!("X-Erp-Key: {key}")]).status
    };
    assert_eq!(status("guard.identify.keys.headers = [\"X-Erp-Key\"]"), 200);
    assert_eq!(status("guard.identify.keys.headers = [\"X-Other-Key\"]"), 401);
}

fn key_file() {
    let status = |file: &str| {
        let line = format!("guard.identify.keys.file = \"{file}\"");
        let (setup, key) = keyed(&[&line], "keys.json");
        setup.start().get("/guarded", &[&format!("X-API-Key: {key}")]).status
    };
    assert_eq!((status("keys.json"), status("others.json")), (200, 401));
}

/// Keys are known by what the pepper makes of them: with another one the file opens nothing.
fn pepper() {
    let with = |pepper: &str| {
        let line = format!("guard.identify.keys.pepper = \"file:{pepper}\"");
        keyed(&["guard.identify.keys.file = \"keys.json\"", &line], "keys.json")
    };
    let (setup, key) = with("keys.json.pepper");
    assert_eq!(setup.start().get("/guarded", &[&format!("X-API-Key: {key}")]).status, 200);
    let refused = with("others.json.pepper").0.refused();
    assert!(refused.contains("its keys were made with the pepper"), "{refused}");
}

/// What a machine with a certificate is answered. Its subject is `erp`, its other name `localhost`.
fn machine(lines: &[&str], path: &str) -> u16 {
    let (server, clients) = (Authority::new(), Authority::new());
    let (pair, shown) = (server.certify("api"), clients.certify("erp"));
    let listen = "gateway.listen = [{ address = \"127.0.0.1:0\", tls = { certificate = \"chain.pem\", key = \"key.pem\", client_authorities = \"clients.pem\", client_certificate = \"required\" } }]";
    let shared = [listen, "guard.identify.anybody = false", DESCRIBED, &issuer(&[])];
    let setup = Setup::of(&[&shared[..], lines].concat())
        .file("chain.pem", &pair.certificate)
        .file("key.pem", &pair.key)
        .file("clients.pem", &clients.certificate)
        .file("jwks.json", OURS.published())
        .file("p.cedar", "permit (principal == Machine::\"localhost\", action, resource);");
    let client = server.client(rustls::ALL_VERSIONS, Some(&shown));
    setup.start().get_secure(client, path).status
}

fn certificate_accept() {
    assert_eq!(machine(&["guard.identify.certificate.accept = true"], "/guarded"), 200);
    assert_eq!(machine(&["guard.identify.certificate.accept = false"], "/guarded"), 401);
}

fn certificate_principal() {
    let status = |part: &str| {
        let part = format!("guard.identify.certificate.principal = \"{part}\"");
        let policies = "guard.authorize.policies = [\"p.cedar\"]";
        machine(&["guard.identify.certificate.accept = true", &part, policies], "/guarded")
    };
    assert_eq!((status("name"), status("subject")), (200, 403));
}

fn certificate_roles() {
    let status = |roles: &str| {
        let roles = format!("guard.identify.certificate.roles = [\"{roles}\"]");
        machine(&["guard.identify.certificate.accept = true", &roles], "/admin")
    };
    assert_eq!((status("admin"), status("clerk")), (200, 403));
}

/// What a bound token with a proof for an address, made so long ago, is answered.
fn proven(line: &str, address: &str, age_s: u64) -> u16 {
    let token = OURS.token(&json!({"cnf": {"jkt": FOREIGN.thumbprint()}}));
    let lines = [&issuer(&[]), "guard.identify.anybody = false", DESCRIBED, line];
    let gate = Setup::of(&lines).file("jwks.json", OURS.published()).start();
    let proof = FOREIGN.proof(address, &token, now_s() - age_s);
    let headers = [format!("Authorization: DPoP {token}"), format!("DPoP: {proof}")];
    gate.get("/guarded", &[&headers[0], &headers[1]]).status
}

const HERE: &str = "http://api.example/guarded";

fn proof_algorithms() {
    assert_eq!(proven("guard.identify.proof.algorithms = [\"ES256\"]", HERE, 0), 200);
    assert_eq!(proven("guard.identify.proof.algorithms = [\"EdDSA\"]", HERE, 0), 401);
}

fn proof_age() {
    assert_eq!(proven("guard.identify.proof.age_s = 200", HERE, 100), 200);
    assert_eq!(proven("guard.identify.proof.age_s = 50", HERE, 100), 401);
}

fn proof_origins() {
    let outside = "https://shop.example/guarded";
    assert_eq!(
        proven("guard.identify.proof.origins = [\"https://shop.example\"]", outside, 0),
        200
    );
    assert_eq!(proven("guard.identify.proof.origins = [\"https://b.example\"]", outside, 0), 401);
}
