//! `[guard.filter]`: only what is meant for the caller goes out.

use crate::certificates::Authority;
use crate::gate::{DESCRIBED, Gate, Setup};
use crate::wire::{Answer, json};

shown! {
    mode: "guard.filter.mode",
    undescribed: "guard.filter.undescribed",
    classes: "guard.filter.classes",
    failures: "guard.filter.failures",
    body_bytes_max: "guard.filter.body_bytes_max",
    remove_headers: "guard.filter.remove_headers",
    security_headers: "guard.filter.security_headers",
    hsts: "guard.filter.hsts_s",
}

/// What an API says that says too much.
const MUCH: &str = "{\"name\":\"Anna\",\"mail\":\"anna@example.com\",\"role\":\"admin\"}";

fn gate(line: &str) -> Gate {
    let says = |asked: &str| {
        if asked.starts_with("GET /old") {
            return json(500, "{\"error\":\"at Orders.java:41\"}");
        }
        let length = MUCH.len();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-node: n7\r\ncontent-length: {length}\r\n\r\n{MUCH}"
        )
        .into_bytes()
    };
    Setup::saying(says, &[DESCRIBED, line]).start()
}

fn things(line: &str) -> Answer {
    gate(line).get("/things", &[])
}

fn mode() {
    assert!(!things("guard.filter.mode = \"enforce\"").body.contains("role"));
    assert_eq!(things("guard.filter.mode = \"learn\"").body, MUCH);
}

fn undescribed() {
    let removed = things("guard.filter.undescribed = \"remove\"");
    assert!(removed.status == 200 && !removed.body.contains("role"), "{removed:?}");
    assert_eq!(things("guard.filter.undescribed = \"keep\"").body, MUCH);
    let refused = things("guard.filter.undescribed = \"refuse\"");
    assert_eq!((refused.status, refused.code().as_str()), (502, "answer-undescribed"));
}

fn classes() {
    assert!(!things("guard.filter.classes = { email = [\"support\"] }").body.contains("mail"));
    assert!(things("guard.filter.classes = { iban = [\"support\"] }").body.contains("anna@"));
}

fn failures() {
    let failed = |line: &str| gate(line).get("/old", &[]).body;
    assert!(!failed("guard.filter.failures = \"replace\"").contains("Orders.java"));
    assert!(failed("guard.filter.failures = \"keep\"").contains("Orders.java"));
}

fn body_bytes_max() {
    assert_eq!(things("guard.filter.body_bytes_max = 10").status, 502);
    assert_eq!(things("guard.filter.body_bytes_max = 1000").status, 200);
}

fn remove_headers() {
    let shows = |line: &str| things(line).head.contains("\r\nx-node: n7");
    assert!(!shows("guard.filter.remove_headers = [\"X-Node\"]"));
    assert!(shows("guard.filter.remove_headers = [\"X-Other\"]"));
}

fn security_headers() {
    let has = |line: &str| things(line).head.contains("\r\nx-content-type-options: nosniff");
    assert!(has("guard.filter.security_headers = true"));
    assert!(!has("guard.filter.security_headers = false"));
}

fn hsts() {
    let authority = Authority::new();
    let pair = authority.certify("api");
    let listen = "gateway.listen = [{ address = \"127.0.0.1:0\", tls = { certificate = \"chain.pem\", key = \"key.pem\" } }]";
    let head = |line: &str| {
        let setup = Setup::of(&[DESCRIBED, listen, line]).file("chain.pem", &pair.certificate);
        let gate = setup.file("key.pem", &pair.key).start();
        gate.get_secure(authority.usual_client(), "/things").head
    };
    assert!(head("guard.filter.hsts_s = 777").contains("strict-transport-security: max-age=777"));
    assert!(!head("guard.filter.hsts_s = 0").contains("strict-transport-security"));
}
