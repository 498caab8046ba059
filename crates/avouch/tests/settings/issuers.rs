//! `[guard.identify]` and its issuers: whose word is believed.

use crate::gate::{DESCRIBED, Gate, Setup};
use crate::issuer::{FOREIGN, OURS, bearer, issuer, now_s};
use crate::metrics::page;
use crate::wire::{Upstream, json};
use serde_json::{Value, json as value};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

shown! {
    mode: "guard.identify.mode",
    anybody: "guard.identify.anybody",
    name: "guard.identify.issuer.name",
    iss: "guard.identify.issuer.issuer",
    audience: "guard.identify.issuer.audience",
    algorithms: "guard.identify.issuer.algorithms",
    jwks_url: "guard.identify.issuer.jwks_url",
    jwks_file: "guard.identify.issuer.jwks_file",
    profile: "guard.identify.issuer.profile",
    leeway: "guard.identify.issuer.leeway_s",
    subject_claim: "guard.identify.issuer.subject_claim",
    roles_claim: "guard.identify.issuer.roles_claim",
    scopes_claim: "guard.identify.issuer.scopes_claim",
    introspection_url: "guard.identify.issuer.introspection.url",
    introspection_client: "guard.identify.issuer.introspection.client_id",
    introspection_secret: "guard.identify.issuer.introspection.secret",
    introspection_audience: "guard.identify.issuer.introspection.audience_required",
    require_bound: "guard.identify.issuer.require_bound",
    kept_folder: "guard.identify.kept.folder",
    kept_age: "guard.identify.kept.age_s_max",
    foreign_schemes: "guard.identify.foreign_schemes",
    token_bytes_max: "guard.identify.token_bytes_max",
}

/// A gateway that asks who asks, with the keys of our issuer and of another at hand.
fn asking(lines: &[&str]) -> Setup {
    let strict: &[&str] = &["guard.identify.anybody = false", DESCRIBED];
    let setup = Setup::of(&[strict, lines].concat());
    setup.file("jwks.json", OURS.published()).file("foreign.json", FOREIGN.published())
}

/// What a token is answered for a path, where the issuer has these settings.
fn told(settings: &[(&str, &str)], token: &str, path: &str) -> u16 {
    asking(&[&issuer(settings)]).start().get(path, &[&bearer(token)]).status
}

/// One setting of the issuer lets a token in, and another value does not.
#[track_caller]
fn decides(name: &str, lets_in: &str, keeps_out: &str, token: &Value) {
    decides_on("/guarded", 401, (name, lets_in, keeps_out), token);
}

#[track_caller]
fn decides_on(path: &str, refusal: u16, (name, yes, no): (&str, &str, &str), token: &Value) {
    let token = OURS.token(token);
    assert_eq!(told(&[(name, yes)], &token, path), 200, "{name} = {yes}");
    assert_eq!(told(&[(name, no)], &token, path), refusal, "{name} = {no}");
}

fn mode() {
    let status = |mode: &str| {
        let gate = asking(&[&issuer(&[]), mode]).start();
        let forged = gate.get("/guarded", &[&bearer(&FOREIGN.token(&value!({})))]).status;
        (gate.get("/things", &["Authorization: Bearer none"]).status, forged == 200)
    };
    assert_eq!(status("guard.identify.mode = \"enforce\"").0, 401);
    assert_eq!(status("guard.identify.mode = \"learn\"").0, 200);
    assert!(!status("guard.identify.mode = \"enforce\"").1);
}

fn anybody() {
    let status = |line: &str| {
        let setup = Setup::of(&[line, &issuer(&[])]).file("jwks.json", OURS.published());
        setup.start().get("/anything", &[]).status
    };
    assert_eq!(status("guard.identify.anybody = true"), 200);
    assert_eq!(status("guard.identify.anybody = false"), 401);
}

/// Policies know people by the issuer's name: two issuers may know two people by one.
fn name() {
    let status = |name: &str| {
        let policies = "guard.authorize.policies = [\"p.cedar\"]";
        let setup = asking(&[&issuer(&[("name", name)]), policies]);
        let setup =
            setup.file("p.cedar", "permit (principal == User::\"staff/anna\", action, resource);");
        setup.start().get("/guarded", &[&bearer(&OURS.token(&value!({})))]).status
    };
    assert_eq!(status("\"staff\""), 200);
    assert_eq!(status("\"customers\""), 403);
}

fn iss() {
    decides(
        "issuer",
        "\"https://a.example\"",
        "\"https://b.example\"",
        &value!({"iss": "https://a.example"}),
    );
}

fn audience() {
    decides("audience", "[\"a\", \"b\"]", "[\"c\"]", &value!({"aud": "b"}));
}

fn algorithms() {
    decides("algorithms", "[\"ES256\"]", "[\"RS256\", \"EdDSA\"]", &value!({}));
}

/// Keys are those that stand at the address.
fn jwks_url() {
    let ours = Upstream::saying(|_| json(200, &OURS.published()));
    let foreign = Upstream::saying(|_| json(200, &FOREIGN.published()));
    let status = |keys: &Upstream| {
        let url = format!("\"http://{}/jwks\"", keys.address);
        told(&[("jwks_file", ""), ("jwks_url", &url)], &OURS.token(&value!({})), "/guarded")
    };
    assert_eq!(status(&ours), 200);
    assert_eq!(status(&foreign), 401);
}

/// Whether an issuer that is away is away.
static AWAY: AtomicBool = AtomicBool::new(false);

/// What a token is answered by a gateway that was started again, after its issuer went away; and what the
/// metrics and the log say then.
fn restarted(kept: &str, rest: Duration) -> (u16, String, String) {
    // Two tests must not take the issuer away from each other.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    AWAY.store(false, Ordering::SeqCst);
    let issuers = Upstream::saying(|_| {
        let is_away = AWAY.load(Ordering::SeqCst);
        if is_away { json(503, "{}") } else { json(200, &OURS.published()) }
    });
    let folder = tempfile::tempdir().unwrap();
    let kept = kept.replace("{folder}", &folder.path().join("kept").display().to_string());
    let url = format!("\"http://{}/jwks\"", issuers.address);
    let issuer = issuer(&[("jwks_file", ""), ("jwks_url", &url)]);
    let metrics = "gateway.metrics = { listen = \"127.0.0.1:0\" }";
    let lines: Vec<&str> =
        [&issuer, metrics, &kept].into_iter().filter(|line| !line.is_empty()).collect();
    let token = bearer(&OURS.token(&value!({})));
    let gate = asking(&lines).start();
    assert_eq!(gate.get("/guarded", &[&token]).status, 200);
    assert!(!kept.contains("folder") || page(&gate).contains("key_set_restored{issuer=\"id\"} 0"));
    gate.ended();
    AWAY.store(true, Ordering::SeqCst);
    std::thread::sleep(rest);
    let gate = asking(&lines).start();
    let status = gate.get("/guarded", &[&token]).status;
    (status, page(&gate), gate.log())
}

/// A gateway that starts while the issuer is away knows the keys that it knew before.
fn kept_folder() {
    let (status, told, log) =
        restarted("guard.identify.kept = { folder = \"{folder}\" }", Duration::ZERO);
    assert_eq!(status, 200);
    assert!(told.contains("avouch_key_set_restored{issuer=\"id\"} 1"), "{told}");
    assert!(log.contains("those hold that were kept before"), "{log}");
    assert_eq!(restarted("", Duration::ZERO).0, 503);
}

fn kept_age() {
    let line = |age: u32| {
        format!("guard.identify.kept = {{ folder = \"{{folder}}\", age_s_max = {age} }}")
    };
    assert_eq!(restarted(&line(3600), Duration::from_millis(1_100)).0, 200);
    assert_eq!(restarted(&line(1), Duration::from_millis(1_100)).0, 503);
}

fn jwks_file() {
    decides("jwks_file", "\"jwks.json\"", "\"foreign.json\"", &value!({}));
}

fn profile() {
    decides("profile", "\"any\"", "\"rfc9068\"", &value!({"typ": "JWT"}));
}

fn leeway() {
    decides("leeway_s", "60", "0", &value!({"exp": now_s() - 25}));
}

/// The claim that says who. Without it nobody is known.
fn subject_claim() {
    decides("subject_claim", "\"uid\"", "\"login\"", &value!({"uid": "anna"}));
}

fn roles_claim() {
    let token = value!({"realm": {"roles": ["admin"]}, "groups": ["clerk"]});
    decides_on("/admin", 403, ("roles_claim", "\"realm.roles\"", "\"groups\""), &token);
}

fn scopes_claim() {
    let token = value!({"rights": "things:read", "scope": "other"});
    decides_on("/scoped", 403, ("scopes_claim", "\"rights\"", "\"scope\""), &token);
}

/// Says of every token that it is active, where the gateway says who it is by the right secret.
fn authority(asked: &str) -> Vec<u8> {
    // `gw:secret` as Basic has it (RFC 7617).
    let knows = asked.to_ascii_lowercase().contains("authorization: basic z3c6c2vjcmv0\r\n");
    if knows {
        json(200, "{\"active\": true, \"sub\": \"anna\", \"aud\": \"shop\"}")
    } else {
        json(401, "{}")
    }
}

/// What a token that says nothing is answered, with settings of the introspection.
fn introspected(says: crate::wire::Says, settings: &str) -> u16 {
    let there = Upstream::saying(says);
    let url = format!("http://{}/introspect", there.address);
    let settings = settings.replace("{there}", &url);
    let line = issuer(&[("jwks_file", ""), ("introspection", &format!("{{ {settings} }}"))]);
    let setup = asking(&[&line]).knowing("RIGHT", "secret").knowing("WRONG", "guess");
    setup.start().get("/guarded", &["Authorization: Bearer mF_9.B5f-4"]).status
}

fn introspection_url() {
    let rest = "client_id = \"gw\", secret = \"env:RIGHT\"";
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(introspected(authority, &format!("url = \"{{there}}\", {rest}")), 200);
    assert_eq!(introspected(authority, &format!("url = \"http://{nobody}/\", {rest}")), 503);
}

fn introspection_client() {
    let status = |client: &str| {
        let settings =
            format!("url = \"{{there}}\", client_id = \"{client}\", secret = \"env:RIGHT\"");
        introspected(authority, &settings)
    };
    assert_eq!((status("gw"), status("other")), (200, 503));
}

fn introspection_secret() {
    let status = |place: &str| {
        let settings = format!("url = \"{{there}}\", client_id = \"gw\", secret = \"{place}\"");
        introspected(authority, &settings)
    };
    assert_eq!((status("env:RIGHT"), status("env:WRONG")), (200, 503));
}

fn introspection_audience() {
    let status = |required: bool| {
        let settings = format!(
            "url = \"{{there}}\", client_id = \"gw\", secret = \"env:RIGHT\", audience_required = {required}"
        );
        introspected(|_| json(200, "{\"active\": true, \"sub\": \"anna\"}"), &settings)
    };
    assert_eq!((status(false), status(true)), (200, 401));
}

/// A token that a thief could use does not pass where it must be bound.
fn require_bound() {
    let token = OURS.token(&value!({}));
    assert_eq!(told(&[], &token, "/guarded"), 200);
    assert_eq!(told(&[("require_bound", "\"dpop\"")], &token, "/guarded"), 401);
    assert_eq!(told(&[("require_bound", "\"mtls\"")], &token, "/guarded"), 401);
}

fn foreign_schemes() {
    let status = |line: &str| {
        let gate = asking(&[&issuer(&[]), line]).start();
        gate.get("/things", &["Authorization: Basic YTpi"]).status
    };
    assert_eq!(status("guard.identify.foreign_schemes = [\"Basic\"]"), 200);
    assert_eq!(status("guard.identify.foreign_schemes = [\"Digest\"]"), 401);
}

fn token_bytes_max() {
    let token = bearer(&OURS.token(&value!({"padding": "x".repeat(1_000)})));
    let gate = |line: &str| -> Gate { asking(&[&issuer(&[]), line]).start() };
    let status = |line: &str| gate(line).get("/guarded", &[&token]).status;
    assert_eq!(status("guard.identify.token_bytes_max = 4096"), 200);
    assert_eq!(status("guard.identify.token_bytes_max = 1024"), 401);
}
