//! Tokens that issuers signed.

use super::kit::{Draft, NOW_S, SETTINGS, Scene, Shown, kid, published, said, signer};
use crate::Refusal;
use crate::identify::algorithm::Algorithm;
use crate::identify::jwk::KeySet;
use crate::identify::text::digits;
use crate::identify::{Identified, Identifier, UnusableKey};
use avouch_model::fact::request::ProvenBy;
use serde_json::json;

/// What comes of a token.
fn of(draft: &Draft) -> String {
    Scene::usual().token(&draft.sign())
}

fn draft() -> Draft {
    Draft::at(NOW_S)
}

fn refusal(scene: &mut Scene, shown: &Shown) -> Refusal {
    match scene.identify(shown) {
        Identified::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_says_who_asks_and_what_they_are() {
    let token = draft()
        .with("scope", "orders:read orders:write")
        .with("realm_access", json!({"roles": ["clerk"]}))
        .sign();
    let mut scene = Scene::usual();
    let Identified::Known { principal, carried_by } = scene.identify(&Shown::bearer(&token)) else {
        panic!("it is good")
    };
    assert_eq!(principal.id, "anna");
    assert_eq!(principal.issuer.as_deref(), Some("id"));
    assert_eq!(principal.proven_by, ProvenBy::Token);
    assert_eq!(principal.roles, ["clerk"]);
    assert_eq!(principal.scopes, ["orders:read", "orders:write"]);
    assert_eq!(principal.token.as_deref(), Some("t-1"));
    assert_eq!(principal.expires_ms, Some((NOW_S + 600) * 1_000));
    assert_eq!(
        carried_by.names().map(http::HeaderName::as_str).collect::<Vec<_>>(),
        ["authorization"]
    );
    assert!(
        !format!("{principal:?}").contains(token.rsplit_once('.').unwrap().1),
        "the token is in it"
    );
}

#[test]
fn every_algorithm_that_is_allowed_is_verified() {
    for word in ["RS256", "PS384", "ES256", "ES384", "ES512", "EdDSA"] {
        assert_eq!(of(&draft().key("a", word)), "known anna", "{word}");
        // The same text with another signature of the same key.
        let (one, other) =
            (draft().key("a", word).sign(), draft().with("n", 1).key("a", word).sign());
        let signature = other.rsplit_once('.').unwrap().1;
        let mixed = format!("{}.{signature}", one.rsplit_once('.').unwrap().0);
        assert_eq!(Scene::usual().token(&mixed), "401 token-signature", "{word}");
    }
}

#[test]
fn the_algorithm_is_of_the_settings_and_not_of_the_token() {
    for word in ["none", "None", "HS256", "RS384", "ES256K", ""] {
        assert_eq!(of(&draft().head("alg", word)), "401 token-algorithm", "{word}");
    }
    assert_eq!(of(&draft().head("alg", json!(["ES256"]))), "401 token-algorithm");
    // With the public key as the shared secret, which is how a weak reader is fooled.
    let head = json!({"typ": "at+jwt", "alg": "HS256", "kid": "a-rsa"}).to_string();
    let claims = json!(draft().claims).to_string();
    let forged = draft().sign_texts(&head, &claims);
    assert_eq!(Scene::usual().token(&forged), "401 token-algorithm");
    // The right word for another kind of key than the one it names.
    let other = draft().key("a", "RS256").head("kid", "a-p256");
    assert_eq!(of(&other), "401 token-signature");
    let unsigned = draft().sign();
    let unsigned = format!("{}.", unsigned.rsplit_once('.').unwrap().0);
    assert_eq!(Scene::usual().token(&unsigned), "401 token-signature");
}

#[test]
fn a_key_that_comes_with_the_token_is_not_looked_at() {
    let foreign = signer("mallory", Algorithm::Es256).jwk();
    for (name, value) in [
        ("jwk", foreign),
        ("jku", json!("https://mallory.example/jwks")),
        ("x5u", json!("https://mallory.example/x5u")),
        ("x5c", json!(["MIIB"])),
    ] {
        let forged =
            draft().key("mallory", "ES256").head("kid", "a-p256").head(name, value.clone());
        assert_eq!(of(&forged), "401 token-signature", "{name}");
        assert_eq!(of(&draft().head(name, value)), "known anna", "{name} is ignored");
    }
}

#[test]
fn what_is_critical_is_refused() {
    assert_eq!(of(&draft().head("crit", json!(["exp"]))), "401 token-critical");
    assert_eq!(of(&draft().head("crit", json!([]))), "401 token-critical");
}

#[test]
fn only_an_access_token_is_one() {
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/at+JWT"] {
        assert_eq!(of(&draft().head("typ", typ)), "known anna", "{typ}");
    }
    for typ in ["JWT", "dpop+jwt", "logout+jwt", "", "application/", "at+jwt "] {
        assert_eq!(of(&draft().head("typ", typ)), "401 token-type", "{typ}");
    }
    assert_eq!(of(&draft().head("typ", json!(null))), "401 token-type");
    let any = format!("{SETTINGS}profile = \"any\"");
    for (typ, end) in [
        (json!("JWT"), "known anna"),
        (json!(null), "known anna"),
        (json!("at+jwt"), "known anna"),
        (json!("dpop+jwt"), "401 token-type"),
        (json!("logout+jwt"), "401 token-type"),
    ] {
        let plain =
            draft().without("client_id").without("jti").without("iat").head("typ", typ.clone());
        assert_eq!(Scene::new(&any).token(&plain.sign()), end, "{typ}");
    }
}

#[test]
fn the_issuer_is_the_one_to_the_letter() {
    for other in ["https://id.example/", "https://ID.example", "http://id.example", ""] {
        assert_eq!(of(&draft().with("iss", other)), "401 issuer-unknown", "{other}");
    }
    assert_eq!(of(&draft().with("iss", json!(["https://id.example"]))), "401 issuer-unknown");
    assert_eq!(of(&draft().without("iss")), "401 issuer-unknown");
}

#[test]
fn a_token_for_others_is_refused() {
    assert_eq!(of(&draft().with("aud", json!(["other", "shop"]))), "known anna");
    for audience in
        [json!("other"), json!([]), json!(["other"]), json!("shop2"), json!({"shop": 1})]
    {
        assert_eq!(of(&draft().with("aud", audience.clone())), "401 token-audience", "{audience}");
    }
    assert_eq!(of(&draft().with("aud", json!(null))), "401 token-incomplete");
}

#[test]
fn a_claim_that_must_be_there_must_be_there() {
    for name in ["exp", "aud", "sub", "client_id", "iat", "jti"] {
        assert_eq!(of(&draft().without(name)), "401 token-incomplete", "{name}");
    }
    for (name, value) in [
        ("sub", json!("")),
        ("sub", json!(7)),
        ("jti", json!("")),
        ("exp", json!("1900000000")),
        ("exp", json!(-1)),
        ("iat", json!("now")),
        ("nbf", json!(true)),
        ("scope", json!(7)),
        ("scope", json!([7])),
        ("realm_access", json!({"roles": {"a": 1}})),
        ("sub", json!("a".repeat(513))),
    ] {
        assert_eq!(
            of(&draft().with(name, value.clone())),
            "401 token-incomplete",
            "{name} {value}"
        );
    }
    let any = format!("{SETTINGS}profile = \"any\"");
    for name in ["exp", "aud", "sub"] {
        let token = draft().without(name).sign();
        assert_eq!(Scene::new(&any).token(&token), "401 token-incomplete", "{name}");
    }
}

#[test]
fn times_are_kept_to_within_the_leeway() {
    let settings = format!("{SETTINGS}leeway_s = 10");
    let at = |draft: Draft| Scene::new(&settings).token(&draft.sign());
    assert_eq!(at(draft().with("exp", NOW_S - 9)), "known anna");
    assert_eq!(at(draft().with("exp", NOW_S - 10)), "401 token-expired");
    assert_eq!(at(draft().with("nbf", NOW_S + 10)), "known anna");
    assert_eq!(at(draft().with("nbf", NOW_S + 11)), "401 token-early");
    assert_eq!(at(draft().with("iat", NOW_S + 10)), "known anna");
    assert_eq!(at(draft().with("iat", NOW_S + 11)), "401 token-early");
    assert_eq!(at(draft().with("exp", json!(f64::MAX))), "known anna", "for ever is a time");
}

#[test]
fn a_remembered_token_ends_with_its_time() {
    let mut scene = Scene::usual();
    let token = scene.draft().with("exp", NOW_S + 20).sign();
    assert_eq!(scene.token(&token), "known anna");
    scene.pass_s(49);
    assert_eq!(scene.token(&token), "known anna");
    scene.pass_s(1);
    assert_eq!(scene.token(&token), "401 token-expired");
    assert_eq!(scene.fetches, 1);
}

#[test]
fn what_two_readers_could_read_in_two_ways_is_refused() {
    let draft = draft();
    let head = r#"{"alg":"ES256","kid":"a-p256","typ":"at+jwt"}"#;
    let claims = json!(draft.claims).to_string();
    assert_eq!(Scene::usual().token(&draft.sign_texts(head, &claims)), "known anna");
    let twice = claims.replacen('{', "{\"sub\":\"root\",", 1);
    assert_eq!(Scene::usual().token(&draft.sign_texts(head, &twice)), "401 token-malformed");
    let twice = head.replacen('{', "{\"alg\":\"none\",", 1);
    assert_eq!(Scene::usual().token(&draft.sign_texts(&twice, &claims)), "401 token-malformed");
}

#[test]
fn a_token_that_is_too_long_is_refused_before_it_is_read() {
    let token = |length: usize| {
        let draft = draft().with("pad", "x".repeat(length));
        draft.sign()
    };
    assert_eq!(Scene::usual().token(&token(5_500)), "known anna");
    assert_eq!(Scene::usual().token(&token(6_200)), "401 token-too-long");
    let short = format!("token_bytes_max = 512\n{SETTINGS}");
    assert_eq!(Scene::new(&short).token(&token(300)), "401 token-too-long");
}

#[test]
fn two_credentials_are_refused() {
    let token = draft().sign();
    let shown = Shown::bearer(&token).header("authorization", &format!("Bearer {token}"));
    let refusal = refusal(&mut Scene::usual(), &shown);
    assert_eq!((refusal.code, refusal.status), ("credentials-several", 400));
    let refused =
        Shown::get("/orders").header("authorization", &format!("Bearer {token}, Bearer x"));
    assert_eq!(Scene::usual().outcome(&refused), "401 token-malformed");
}

#[test]
fn a_token_in_the_address_is_refused() {
    let token = draft().sign();
    let shown = Shown::get(&format!("/orders?a=1&access_token={token}"));
    assert_eq!(Scene::usual().outcome(&shown), "400 credential-in-query");
    let both = Shown { target: "/orders?access_token=x".to_owned(), ..Shown::bearer(&token) };
    assert_eq!(Scene::usual().outcome(&both), "400 credential-in-query");
}

#[test]
fn schemes_of_others_are_refused_unless_they_are_named() {
    let basic = Shown::get("/token").header("authorization", "Basic YTpi");
    assert_eq!(Scene::usual().outcome(&basic), "401 scheme-unknown");
    let foreign = format!("foreign_schemes = [\"Basic\"]\n{SETTINGS}");
    assert_eq!(Scene::new(&foreign).outcome(&basic), "nobody");
    for odd in ["Bearer", "Bearer ", "Bearer a b", "Bearer é", "Bearer =", "bearer \"x\""] {
        let shown = Shown::get("/").header("authorization", odd);
        assert_eq!(Scene::usual().outcome(&shown), "401 token-malformed", "{odd}");
    }
}

#[test]
fn nobody_is_told_how_to_be_somebody() {
    let scene = &mut Scene::usual();
    assert_eq!(scene.outcome(&Shown::get("/orders")), "nobody");
    let missing = scene.identifier.missing();
    assert_eq!((missing.status, missing.code), (401, "credential-missing"));
    let challenge = missing.challenge.unwrap();
    assert_eq!(challenge, "Bearer, DPoP algs=\"RS256 PS256 ES256 EdDSA\"");
}

#[test]
fn a_refusal_says_so_as_the_rfc_has_it() {
    let expired = draft().with("exp", NOW_S - 600).sign();
    let refusal = refusal(&mut Scene::usual(), &Shown::bearer(&expired));
    let challenge = refusal.challenge.unwrap();
    assert_eq!(
        challenge,
        "Bearer error=\"invalid_token\", error_description=\"the token has expired\""
    );
}

#[test]
fn a_weak_or_strange_key_of_an_issuer_is_not_used() {
    let good = signer("a", Algorithm::Rs256).jwk();
    let with = |name: &str, value: serde_json::Value| {
        let mut key = good.clone();
        key["kid"] = json!(kid("a", Algorithm::Rs256));
        key[name] = value;
        json!({"keys": [key]}).to_string().into_bytes()
    };
    let token = draft().key("a", "RS256").sign();
    let end = |published| {
        let mut scene = Scene { published: Some(published), ..Scene::usual() };
        scene.token(&token)
    };
    assert_eq!(end(with("use", json!("sig"))), "known anna");
    assert_eq!(end(with("alg", json!("RS256"))), "known anna");
    assert_eq!(end(with("key_ops", json!(["verify"]))), "known anna");
    for (name, value) in [
        ("use", json!("enc")),
        ("alg", json!("ES256")),
        ("alg", json!("HS256")),
        ("key_ops", json!(["encrypt"])),
        // A private part that is published is everybody's.
        ("d", json!("AQAB")),
        ("kty", json!("oct")),
        ("k", json!("c2VjcmV0")),
        ("n", json!("AQAB")),
    ] {
        assert_eq!(end(with(name, value)), "503 keys-unavailable", "{name}");
    }
    // It may be used for PS256 alone, and this is RS256.
    assert_eq!(end(with("alg", json!("PS256"))), "401 token-signature");
}

#[test]
fn a_key_of_rsa_has_2048_bits_at_least() {
    let read = |modulus: &[u8]| {
        let key = json!({"kty": "RSA", "e": "AQAB", "n": digits(modulus)});
        let text = json!({ "keys": [key] }).to_string();
        let read = KeySet::parse(text.as_bytes()).unwrap();
        (read.set.len(), read.unusable)
    };
    let of_bits = |first: u8, bytes: usize| [&[first][..], &vec![0xff; bytes - 1]].concat();
    assert_eq!(read(&of_bits(0x80, 256)), (1, Vec::new()));
    assert_eq!(read(&of_bits(0x7f, 256)), (0, vec![UnusableKey::Size]), "2047 bits");
    assert_eq!(read(&of_bits(0xff, 128)), (0, vec![UnusableKey::Size]), "1024 bits");
    assert_eq!(read(&of_bits(0x01, 1_025)), (0, vec![UnusableKey::Size]), "8193 bits");
    let padded = [&[0][..], &of_bits(0x80, 256)].concat();
    assert_eq!(read(&padded), (1, Vec::new()), "a zero in front is no bit");
}

#[test]
fn a_token_without_the_id_of_a_key_is_tried_with_those_there_are() {
    assert_eq!(of(&draft().head("kid", json!(null))), "known anna");
    assert_eq!(of(&draft().key("b", "ES256").head("kid", json!(null))), "401 token-signature");
    assert_eq!(of(&draft().head("kid", json!(7))), "401 token-malformed");
}

#[test]
fn settings_that_cannot_be_meant_are_refused_by_name() {
    let wrong = |text: &str| match toml::from_str(text) {
        Err(error) => toml::de::Error::to_string(&error),
        Ok(settings) => match Identifier::new(settings, None, 1) {
            Ok(_) => panic!("it is taken: {text}"),
            Err(error) => error.to_string(),
        },
    };
    for (from, to, names) in [
        ("audience = [\"shop\"]", "audience = []", "guard.identify.issuer[0].audience"),
        ("audience = [\"shop\"]", "audience = [\"\"]", "audience"),
        ("audience = [\"shop\"]", "", "audience"),
        ("\"RS256\"", "\"HS256\"", "HS256"),
        ("\"RS256\"", "\"none\"", "none"),
        ("https://id.example/jwks", "http://id.example/jwks", "jwks_url"),
        ("https://id.example/jwks", "http://127.0.0.1@id.example/jwks", "jwks_url"),
        ("jwks_url = \"https://id.example/jwks\"", "", "jwks_url"),
        ("roles_claim", "role_claim", "role_claim"),
        ("name = \"id\"", "name = \"id\"\nleeway_s = 61", "guard.identify.issuer[0].leeway_s"),
        ("name = \"id\"", "name = \"id\"\nprofile = \"none\"", "profile"),
    ] {
        let message = wrong(&SETTINGS.replacen(from, to, 1));
        assert!(message.contains(names), "{to}: {message}");
    }
    let message = wrong(&format!("{SETTINGS}{SETTINGS}"));
    assert!(message.contains("issuer[1].issuer"), "{message}");
    let message = wrong(&format!("token_bytes_max = 8193\n{SETTINGS}"));
    assert!(message.contains("token_bytes_max"), "{message}");
    for scheme in ["Bearer", "dpop", "apikey", "a b", ""] {
        let keys = "[keys]\nfile = \"k\"\nheaders = [\"Authorization: ApiKey\"]";
        let message = wrong(&format!("foreign_schemes = [\"{scheme}\"]\n{keys}"));
        assert!(message.contains("foreign_schemes"), "{scheme}: {message}");
    }
    let message = wrong("[keys]\nfile = \"keys.json\"");
    assert!(message.contains("guard.identify.keys"), "{message}");
    let message = wrong("[keys]\nfile = \"keys.json\"\nheaders = [\"Authorization: Bearer\"]");
    assert!(message.contains("keys.headers"), "{message}");
    let message = wrong("[keys]\nfile = \"keys.json\"\npepper = \"hunter2\"");
    assert!(message.contains("keys.pepper") && !message.contains("hunter2"), "{message}");
}

#[test]
fn a_reload_keeps_the_keys_of_issuers() {
    let mut scene = Scene::usual();
    let token = scene.draft().sign();
    assert_eq!(scene.token(&token), "known anna");
    let settings = super::kit::settings(&SETTINGS.replace("\"ES384\", ", ""));
    let after = Identifier::new(settings, None, 1).unwrap().taking_over(&scene.identifier);
    let shown = Shown::bearer(&token);
    assert_eq!(said(&after.identify(&shown.request(), scene.now_ms)), "known anna");
    let elsewhere = super::kit::settings(&SETTINGS.replace("example/jwks", "example/other"));
    let after = Identifier::new(elsewhere, None, 1).unwrap().taking_over(&scene.identifier);
    assert_eq!(said(&after.identify(&shown.request(), scene.now_ms)), "ask KeySet(0)");
    assert!(published(&["a"]).len() < crate::identify::KEY_SET_BYTES_MAX);
}
