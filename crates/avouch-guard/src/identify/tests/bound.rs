//! Tokens that only their owner can use, and certificates.

use super::kit::{Draft, NOW_S, SETTINGS, Scene, Shown, signer};
use crate::identify::Identified;
use crate::identify::algorithm::Algorithm;
use crate::identify::jwk::PublicKey;
use crate::identify::text::{digits, sha256};
use avouch_model::fact::request::ProvenBy;
use serde_json::{Value, json};

fn key(name: &str) -> Value {
    signer(name, Algorithm::Es256).jwk()
}

fn thumbprint(name: &str) -> String {
    PublicKey::parse(key(name).as_object().unwrap()).unwrap().thumbprint()
}

/// A token of the client `c`.
fn bound() -> String {
    Draft::at(NOW_S).with("cnf", json!({"jkt": thumbprint("c")})).sign()
}

/// A proof of the client for `GET https://api.example/orders`, before it is signed.
fn proof(token: &str) -> Draft {
    let mut draft = Draft::at(NOW_S).key("c", "ES256");
    draft.head.clear();
    draft.claims.clear();
    draft
        .head("typ", "dpop+jwt")
        .head("jwk", key("c"))
        .head("kid", Value::Null)
        .with("htm", "GET")
        .with("htu", "https://api.example/orders")
        .with("iat", NOW_S)
        .with("jti", "p-1")
        .with("ath", digits(&sha256(token.as_bytes())))
}

fn shown(token: &str, proof: &Draft) -> Shown {
    Shown::get("/orders?page=2")
        .header("authorization", &format!("DPoP {token}"))
        .header("dpop", &proof.sign())
}

#[test]
fn a_thumbprint_is_as_the_rfc_has_it() {
    // RFC 7638, section 3.1.
    let key = json!({
        "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    });
    let key = PublicKey::parse(key.as_object().unwrap()).unwrap();
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn a_bound_token_is_its_owners_alone() {
    let token = bound();
    let mut scene = Scene::usual();
    let Identified::Known { principal, carried_by } =
        scene.identify(&shown(&token, &proof(&token)))
    else {
        panic!("it is proven")
    };
    assert_eq!(principal.proven_by, ProvenBy::BoundToken);
    let carried: Vec<&str> = carried_by.names().map(http::HeaderName::as_str).collect();
    assert_eq!(carried, ["authorization", "dpop"]);
    // Whoever stole the token has another key, or none.
    let thief = proof(&token).key("thief", "ES256").head("jwk", key("thief"));
    assert_eq!(scene.outcome(&shown(&token, &thief)), "401 token-binding");
    let pretender = proof(&token).key("thief", "ES256");
    assert_eq!(scene.outcome(&shown(&token, &pretender)), "401 proof-invalid");
    let Identified::Refused(refusal) = scene.identify(&Shown::bearer(&token)) else { panic!() };
    assert_eq!(refusal.code, "proof-missing");
    assert!(refusal.challenge.unwrap().starts_with("DPoP error=\"invalid_dpop_proof\""));
    // RFC 9449, section 7.1: not even with a good proof beside it.
    let as_bearer = Shown::bearer(&token).header("dpop", &proof(&token).with("jti", "n").sign());
    assert_eq!(scene.outcome(&as_bearer), "401 proof-missing");
    let bare = Shown::get("/orders").header("authorization", &format!("DPoP {token}"));
    assert_eq!(scene.outcome(&bare), "401 proof-missing");
}

#[test]
fn a_proof_is_for_one_request() {
    let token = bound();
    let end = |draft: Draft| Scene::usual().outcome(&shown(&token, &draft));
    let good = || proof(&token);
    assert_eq!(end(good().with("htu", "HTTPS://API.example:443/%6Frders?page=9#x")), "known anna");
    for (name, value) in [
        ("htm", json!("POST")),
        ("htm", json!("get")),
        ("htu", json!("https://api.example/orders/7")),
        ("htu", json!("https://api.example/orders/")),
        ("htu", json!("http://api.example/orders")),
        ("htu", json!("https://api.example:8443/orders")),
        ("htu", json!("https://api.example.org/orders")),
        ("htu", json!("https://x@api.example/orders")),
        ("htu", json!("/orders")),
        ("ath", json!(digits(&sha256(b"another token")))),
        ("ath", Value::Null),
        ("iat", json!(NOW_S - 61)),
        ("iat", json!(NOW_S + 6)),
        ("iat", Value::Null),
        ("jti", json!("")),
        ("jti", json!("x".repeat(257))),
    ] {
        assert_eq!(end(good().with(name, value.clone())), "401 proof-invalid", "{name} {value}");
    }
    for (name, value) in [
        ("typ", json!("at+jwt")),
        ("typ", Value::Null),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("jwk", Value::Null),
        ("crit", json!(["x"])),
    ] {
        assert_eq!(end(good().head(name, value.clone())), "401 proof-invalid", "{name} {value}");
    }
    let mut with_private = key("c");
    with_private["d"] = json!("AQAB");
    assert_eq!(end(good().head("jwk", with_private)), "401 proof-invalid");
    let twice = shown(&token, &good()).header("dpop", &good().sign());
    assert_eq!(Scene::usual().outcome(&twice), "401 proof-invalid");
    let long = good().with("pad", "x".repeat(4_096));
    assert_eq!(end(long), "401 proof-invalid");
}

#[test]
fn a_proof_passes_once() {
    let token = bound();
    let mut scene = Scene::usual();
    assert_eq!(scene.outcome(&shown(&token, &proof(&token))), "known anna");
    assert_eq!(scene.outcome(&shown(&token, &proof(&token))), "401 proof-replayed");
    assert_eq!(scene.outcome(&shown(&token, &proof(&token).with("jti", "p-2"))), "known anna");
    // Also when settings were read anew.
    let settings = super::kit::settings(SETTINGS);
    scene.identifier =
        crate::identify::Identifier::new(settings, None, 1).unwrap().taking_over(&scene.identifier);
    assert_eq!(scene.outcome(&shown(&token, &proof(&token))), "401 proof-replayed");
    scene.pass_s(59);
    assert_eq!(scene.outcome(&shown(&token, &proof(&token))), "401 proof-replayed");
    scene.pass_s(2);
    assert_eq!(scene.outcome(&shown(&token, &proof(&token))), "401 proof-invalid");
}

#[test]
fn a_token_without_an_owner_is_refused_where_one_is_needed() {
    let plain = Draft::at(NOW_S).sign();
    let dpop = format!("{SETTINGS}require_bound = \"dpop\"");
    assert_eq!(Scene::new(&dpop).token(&plain), "401 token-unbound");
    let mtls = format!("{SETTINGS}require_bound = \"mtls\"");
    assert_eq!(Scene::new(&mtls).token(&plain), "401 token-unbound");
    let token = bound();
    assert_eq!(Scene::new(&mtls).outcome(&shown(&token, &proof(&token))), "401 token-unbound");
    assert_eq!(Scene::new(&dpop).outcome(&shown(&token, &proof(&token))), "known anna");
    let as_if = Shown::get("/orders").header("authorization", &format!("DPoP {plain}"));
    assert_eq!(Scene::usual().outcome(&as_if), "401 token-unbound");
}

#[test]
fn the_address_behind_a_proxy_is_the_one_that_is_named() {
    let token = bound();
    let settings = format!("{SETTINGS}\n[proof]\norigins = [\"https://api.shop.example\"]");
    let end = |address: &str| {
        let mut shown = shown(&token, &proof(&token).with("htu", address));
        shown.tls = None;
        Scene::new(&settings).outcome(&shown)
    };
    assert_eq!(end("https://api.shop.example/orders"), "known anna");
    assert_eq!(end("https://api.example/orders"), "401 proof-invalid");
    assert_eq!(end("http://api.example/orders"), "401 proof-invalid");
}

#[test]
fn a_token_of_a_certificate_needs_the_certificate() {
    let digest = [7; 32];
    let cnf = json!({"x5t#S256": digits(&digest)});
    let token = Draft::at(NOW_S).with("cnf", cnf).sign();
    let mut scene = Scene::new(&format!("{SETTINGS}require_bound = \"mtls\""));
    let with = |digest| Shown::bearer(&token).certificate(digest, "CN=app", &[]);
    assert_eq!(scene.outcome(&with(digest)), "known anna");
    assert_eq!(scene.outcome(&with([8; 32])), "401 token-binding");
    assert_eq!(scene.token(&token), "401 token-binding");
    assert_eq!(Scene::usual().token(&token), "401 token-binding", "needed wherever it is said");
}

#[test]
fn what_a_token_is_bound_to_in_an_unknown_way_cannot_be_shown() {
    for cnf in [
        json!({"jwk": {}}),
        json!({"kid": "x"}),
        json!({"jkt": 7}),
        json!({"jkt": ""}),
        json!({"x5t#S256": "short"}),
        json!({}),
        json!("x"),
        Value::Null,
    ] {
        let token = Draft::at(NOW_S).with("cnf", cnf.clone()).sign();
        assert_eq!(Scene::usual().token(&token), "401 token-binding", "{cnf}");
    }
    // Also beside one that is known.
    let both = json!({"jkt": thumbprint("c"), "kid": "x"});
    let token = Draft::at(NOW_S).with("cnf", both).sign();
    assert_eq!(Scene::usual().outcome(&shown(&token, &proof(&token))), "401 token-binding");
}

#[test]
fn a_certificate_says_who_asks_only_where_it_may() {
    let shown = Shown::get("/orders").certificate([1; 32], "CN=erp,O=Example", &["erp.example"]);
    assert_eq!(Scene::usual().outcome(&shown), "nobody");
    let mut scene = Scene::new("certificate = { accept = true, roles = [\"machine\"] }");
    let Identified::Known { principal, carried_by } = scene.identify(&shown) else { panic!() };
    assert_eq!(principal.id, "CN=erp,O=Example");
    assert_eq!(principal.proven_by, ProvenBy::Certificate);
    assert_eq!(principal.roles, ["machine"]);
    assert_eq!(carried_by.names().count(), 0);
    let mut by_name = Scene::new("certificate = { accept = true, principal = \"name\" }");
    assert_eq!(by_name.outcome(&shown), "known erp.example");
    let nameless = Shown::get("/orders").certificate([1; 32], "CN=erp", &[]);
    assert_eq!(by_name.outcome(&nameless), "401 certificate-nameless");
    assert_eq!(by_name.outcome(&Shown::get("/orders")), "nobody");
}
