//! `[gateway.listen.tls.acme]`: what an authority is asked for, and by whom it is believed. What it gives
//! then is shown by `pebble`, with a real one.

use crate::certificates::{Authority, Pair};
use crate::gate::{Gate, Setup};
use crate::wire::{Upstream, exchange, request};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

shown! {
    names: "gateway.listen.tls.acme.names",
    directory: "gateway.listen.tls.acme.directory",
    storage: "gateway.listen.tls.acme.storage",
    terms_agreed: "gateway.listen.tls.acme.terms_agreed",
    contact: "gateway.listen.tls.acme.contact",
    authorities: "gateway.listen.tls.acme.authorities",
    http_01: "gateway.listen.tls.acme.http_01",
    external_id: "gateway.listen.tls.acme.external_account.id",
    external_key: "gateway.listen.tls.acme.external_account.key",
}

/// An authority that knows every account, asks for every proof, and never comes to an end with it.
struct Ca {
    upstream: Upstream,
    root: String,
}

impl Ca {
    fn start() -> Self {
        Self::saying(|asked| answer(asked, None))
    }

    fn saying(says: crate::wire::Says) -> Self {
        let authority = Authority::new();
        let upstream = Upstream::secure(says, authority.certify("ca").server());
        Self { upstream, root: authority.certificate }
    }

    fn directory(&self) -> String {
        format!("https://localhost:{}/directory", self.upstream.address.port())
    }

    /// The payload of the first request to a place, once there is one.
    fn told(&self, gate: &Gate, place: &str) -> Value {
        let line = format!("POST {place}");
        let find = || self.upstream.seen().into_iter().find(|seen| seen.starts_with(&line));
        gate.waits_for(
            |seen| seen == "seen",
            |_| {
                if find().is_some() { "seen".to_owned() } else { gate.log() }
            },
        );
        payload(&find().unwrap())
    }
}

/// What was signed.
fn payload(request: &str) -> Value {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let signed: Value = serde_json::from_str(body).unwrap();
    decoded(&signed["payload"])
}

fn decoded(text: &Value) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// What an authority answers (RFC 8555); with a problem, to each order.
fn answer(request: &str, problem: Option<Value>) -> Vec<u8> {
    let mut line = request.lines().next().unwrap().split(' ');
    let (method, path) = (line.next().unwrap(), line.next().unwrap());
    let host = request.split("host: ").nth(1).unwrap().split("\r\n").next().unwrap();
    let at = |place: &str| format!("https://{host}/{place}");
    let path = path.strip_prefix('/').unwrap();
    let (place, rest) = path.split_once('/').unwrap_or((path, ""));
    let (status, body) = match (place, problem) {
        ("directory", _) => (
            200,
            json!({ "newNonce": at("nonce"), "newAccount": at("account"), "newOrder": at("order") }),
        ),
        ("order", Some(problem)) => (403, problem),
        ("order", None) if rest.is_empty() => {
            let names = payload(request)["identifiers"].clone();
            let names = names.as_array().unwrap().iter();
            let proofs: Vec<String> = names
                .map(|name| at(&format!("authorization/{}", name["value"].as_str().unwrap())))
                .collect();
            (201, json!({ "status": "pending", "authorizations": proofs, "finalize": at("end") }))
        }
        ("order", None) => {
            (200, json!({ "status": "pending", "authorizations": [], "finalize": at("end") }))
        }
        ("authorization", _) => {
            let challenge = |kind: &str| json!({ "type": kind, "url": at(&format!("challenge/{kind}")), "token": "the-token", "status": "pending" });
            (
                200,
                json!({
                    "status": "pending",
                    "identifier": { "type": "dns", "value": rest },
                    "challenges": [challenge("http-01"), challenge("tls-alpn-01")],
                }),
            )
        }
        ("challenge", _) => (
            200,
            json!({ "type": rest, "url": at(path), "token": "the-token", "status": "processing" }),
        ),
        _ => (200, json!({})),
    };
    let body = if method == "HEAD" { String::new() } else { body.to_string() };
    let location = at(&format!("{place}/1"));
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Said\r\nreplay-nonce: n\r\nlocation: {location}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// What is written below `acme` when nothing else is.
const USUAL: [(&str, &str); 5] = [
    ("names", "[\"localhost\"]"),
    ("storage", "\"acme\""),
    ("terms_agreed", "true"),
    ("authorities", "\"ca.pem\""),
    ("contact", "[]"),
];

/// A listener whose certificate that authority is to give, with these keys in the place of the usual.
fn listener(ca: &Ca, keys: &[(&str, &str)]) -> Setup {
    let directory = format!("{:?}", ca.directory());
    let usual = USUAL.into_iter().chain([("directory", directory.as_str())]);
    let usual = usual.filter(|(key, _)| !keys.iter().any(|(own, _)| own == key));
    let all: Vec<String> =
        usual.chain(keys.iter().copied()).map(|(key, value)| format!("{key} = {value}")).collect();
    let line = format!(
        "gateway.listen = [{{ address = \"127.0.0.1:0\", tls = {{ acme = {{ {} }} }} }}]",
        all.join(", ")
    );
    Setup::of(&[&line]).file("ca.pem", &ca.root)
}

/// No other names are asked for than those.
fn names() {
    for names in [["localhost", "a.example"], ["b.example", "c.example"]] {
        let ca = Ca::start();
        let gate = listener(&ca, &[("names", &format!("{names:?}"))]).start();
        let asked = names.map(|name| json!({ "type": "dns", "value": name }));
        assert_eq!(ca.told(&gate, "/order "), json!({ "identifiers": asked }));
    }
    let refused = listener(&Ca::start(), &[("names", "[\"*.example\"]")]).refused();
    assert!(refused.contains("is a wildcard"), "{refused}");
}

/// That authority is asked, and securely.
fn directory() {
    let (one, other) = (Ca::start(), Ca::start());
    let gate = listener(&one, &[]).start();
    one.told(&gate, "/account ");
    assert_eq!(other.upstream.seen().len(), 0);
    let refused = listener(&one, &[("directory", "\"http://localhost/directory\"")]).refused();
    assert!(refused.contains("begins with `https://`"), "{refused}");
}

/// The account is kept there, for its owner alone, and is the same after a restart.
fn storage() {
    let ca = Ca::start();
    let gate = listener(&ca, &[("storage", "\"elsewhere\"")]).start();
    ca.told(&gate, "/order ");
    let folder = std::fs::read_dir(gate.path("elsewhere")).unwrap().next().unwrap().unwrap().path();
    let account = folder.join("account.json");
    assert!(std::fs::read_to_string(&account).unwrap().contains("key_pkcs8"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&account).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Another start with the same storage is the same account, and asks again in its name.
    let count = |line: &str| {
        let seen = ca.upstream.seen();
        seen.iter().filter(|seen| seen.starts_with(line)).count()
    };
    let orders = count("POST /order ");
    let kept = format!("{:?}", gate.path("elsewhere"));
    let again = listener(&ca, &[("storage", &kept)]).start();
    gate.terminate();
    again.waits_for(|now| now != orders.to_string(), |_| count("POST /order ").to_string());
    assert_eq!(count("POST /account "), 1);
}

/// Nobody agrees to terms by not knowing of them.
fn terms_agreed() {
    let refused = listener(&Ca::start(), &[("terms_agreed", "false")]).refused();
    assert!(refused.contains("read the terms of service"), "{refused}");
    let ca = Ca::start();
    let gate = listener(&ca, &[("terms_agreed", "true")]).start();
    assert_eq!(ca.told(&gate, "/account ")["termsOfServiceAgreed"], true);
}

fn contact() {
    for contact in ["mailto:a@example.com", "mailto:b@example.com"] {
        let ca = Ca::start();
        let gate = listener(&ca, &[("contact", &format!("[{contact:?}]"))]).start();
        assert_eq!(ca.told(&gate, "/account ")["contact"], json!([contact]));
    }
}

/// An authority whose own certificate comes from nobody that is believed is told nothing.
fn authorities() {
    let (ca, other) = (Ca::start(), Ca::start());
    let gate = listener(&ca, &[]).file("other.pem", &other.root).start();
    ca.told(&gate, "/account ");
    let ca = Ca::start();
    let gate =
        listener(&ca, &[("authorities", "\"other.pem\"")]).file("other.pem", &other.root).start();
    gate.waits_for(|log| log.contains("no new certificate for localhost"), Gate::log);
    assert!(gate.log().contains("invalid peer certificate"), "{}", gate.log());
    assert_eq!(ca.upstream.seen().len(), 0);
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// What the listener of the API is shown as an answer to `tls-alpn-01`.
fn proves_by_tls(gate: &Gate) -> bool {
    let mut config = rustls::ClientConfig::clone(&Authority::new().usual_client());
    config.alpn_protocols = vec![b"acme-tls/1".to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = TcpStream::connect(gate.address).unwrap();
    // It is not of this authority, which is found out only where one is shown.
    let ended = client.complete_io(&mut stream).unwrap_err().to_string();
    ended.contains("invalid peer certificate")
}

/// The proof is given there, and else by the listener itself; never by asking the API.
fn http_01() {
    let ca = Ca::start();
    let address = free_port();
    let gate = listener(&ca, &[("http_01", &format!("\"{address}\""))]).start();
    ca.told(&gate, "/challenge/http-01 ");
    let asked = |path: &str| exchange(address, &request("GET", path, &[], ""));
    let proof = asked("/.well-known/acme-challenge/the-token");
    assert!(proof.status == 200 && proof.body.starts_with("the-token."), "{proof:?}");
    for other in ["/.well-known/acme-challenge/other", "/", "/users"] {
        assert_eq!(asked(other).status, 404, "{other}");
    }
    assert!(!proves_by_tls(&gate));
    let ca = Ca::start();
    let gate = listener(&ca, &[]).start();
    ca.told(&gate, "/challenge/tls-alpn-01 ");
    assert!(proves_by_tls(&gate));
    assert_eq!(gate.upstream().seen().len(), 0);
}

const EXTERNAL: (&str, &str) =
    ("external_account", "{ id = \"kid-1\", key = \"file:external.key\" }");

/// The account is bound to one elsewhere, by its id and its key (RFC 8555, section 7.3.4).
fn bound(external: (&str, &str), key: &[u8]) -> (Value, bool) {
    let ca = Ca::start();
    let setup = listener(&ca, &[external]).file("external.key", URL_SAFE_NO_PAD.encode(b"secret"));
    let gate = setup.start();
    let binding = ca.told(&gate, "/account ")["externalAccountBinding"].clone();
    assert!(!gate.log().contains("c2VjcmV0"), "{}", gate.log());
    let part = |name: &str| binding[name].as_str().unwrap_or_default().to_owned();
    let signed = format!("{}.{}", part("protected"), part("payload"));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
    let signature = URL_SAFE_NO_PAD.decode(part("signature")).unwrap();
    let holds = aws_lc_rs::hmac::verify(&key, signed.as_bytes(), &signature).is_ok();
    (decoded(&binding["protected"])["kid"].clone(), holds)
}

fn external_id() {
    assert_eq!(bound(EXTERNAL, b"secret"), (json!("kid-1"), true));
    let other = ("external_account", "{ id = \"kid-2\", key = \"file:external.key\" }");
    assert_eq!(bound(other, b"secret").0, json!("kid-2"));
}

fn external_key() {
    assert!(bound(EXTERNAL, b"secret").1);
    assert!(!bound(EXTERNAL, b"another").1);
    let clear = ("external_account", "{ id = \"kid-1\", key = \"c2VjcmV0\" }");
    let refused = listener(&Ca::start(), &[clear]).refused();
    assert!(!refused.contains("c2VjcmV0"), "{refused}");
}

#[test]
fn a_listener_without_a_certificate_turns_clients_away_and_says_so() {
    let ca = Ca::start();
    let gate = listener(&ca, &[]).start();
    assert_eq!(gate.get_secure(Authority::new().usual_client(), "/").status, 0);
    assert_eq!(gate.get("/", &[]).status, 0, "it speaks plainly");
    gate.waits_for(
        |log| log.contains("has no certificate yet, and turned clients away"),
        Gate::log,
    );
    assert_eq!(gate.upstream().seen().len(), 0);
}

#[test]
fn what_a_refusing_authority_says_is_told_in_one_line_and_counted() {
    let ca = Ca::saying(|asked| {
        let detail = "no\r\nlistening at 192.0.2.1:1, in front of nothing";
        let kind = "urn:ietf:params:acme:error:rejectedIdentifier";
        answer(asked, Some(json!({ "type": kind, "detail": detail })))
    });
    let gate = listener(&ca, &[]).start();
    gate.waits_for(|log| log.contains("rejectedIdentifier"), Gate::log);
    assert!(!gate.log().contains("\nlistening at 192.0.2.1"), "{}", gate.log());
    assert!(gate.log().contains("it has none, and clients are turned away"), "{}", gate.log());
}

#[test]
fn an_authority_that_leads_elsewhere_in_clear_is_not_followed() {
    let ca = Ca::saying(|asked| {
        let text = String::from_utf8(answer(asked, None)).unwrap();
        text.replace("https://localhost", "http://xlocalhost").into_bytes()
    });
    let gate = listener(&ca, &[]).start();
    gate.waits_for(|log| log.contains("which is no address by `https`"), Gate::log);
    assert!(ca.upstream.seen().iter().all(|seen| seen.starts_with("GET /directory")));
}

#[test]
fn files_and_an_authority_are_not_named_together() {
    let pair: Pair = Authority::new().certify("api");
    let ca = Ca::start();
    let line =
        "gateway.listen = [{ address = \"127.0.0.1:0\", tls = { certificate = \"chain.pem\" } }]";
    let refused = Setup::of(&[line]).file("chain.pem", &pair.certificate).refused();
    assert!(refused.contains("`tls` names either"), "{refused}");
    let twice = listener(&ca, &[("names", "[\"localhost\", \"localhost\"]")]).refused();
    assert!(twice.contains("stands twice"), "{twice}");
}
