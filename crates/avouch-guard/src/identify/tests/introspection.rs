//! Tokens that their issuer is asked about.

use super::kit::{NOW_S, Scene, Shown, said};
use crate::identify::{Answer, Identified, Question};
use avouch_model::fact::request::ProvenBy;
use serde_json::{Value, json};

const SETTINGS: &str = r#"
[[issuer]]
name = "id"
issuer = "https://id.example"
audience = ["shop"]
introspection = { url = "https://id.example/introspect", client_id = "gateway", secret = "env:S" }
"#;

fn good() -> Value {
    json!({"active": true, "sub": "anna", "aud": "shop", "iss": "https://id.example",
           "scope": "orders:read", "exp": NOW_S + 600})
}

fn scene(said: Value) -> Scene {
    Scene { introspection: Some(said), ..Scene::new(SETTINGS) }
}

const TOKEN: &str = "mF_9.B5f-4.1JqM";

#[test]
fn the_issuer_says_who_asks() {
    let mut scene = scene(good());
    let Identified::Known { principal, .. } = scene.identify(&Shown::bearer(TOKEN)) else {
        panic!("it is active")
    };
    assert_eq!(principal.id, "anna");
    assert_eq!(principal.proven_by, ProvenBy::Introspection);
    assert_eq!(principal.scopes, ["orders:read"]);
    assert_eq!(principal.token.as_ref().map(String::len), Some(16), "a part of its digest");
    assert!(!format!("{principal:?}").contains(TOKEN));
}

#[test]
fn a_good_answer_is_believed_for_half_a_minute_and_never_past_the_end() {
    let mut scene = scene(good());
    for _ in 0..30 {
        assert_eq!(scene.token(TOKEN), "known anna");
        scene.pass_s(1);
    }
    assert_eq!(scene.questions, 1);
    scene.introspection = Some(json!({"active": false}));
    assert_eq!(scene.token(TOKEN), "401 token-inactive");
    let mut ending = good();
    ending["exp"] = json!(NOW_S + 31);
    scene.introspection = Some(ending);
    assert_eq!(scene.token("other"), "known anna");
    assert_eq!(scene.questions, 3);
    // At its end it is asked for again, and within the leeway its issuer's word counts for a second.
    scene.pass_s(1);
    assert_eq!(scene.token("other"), "known anna");
    assert_eq!(scene.token("other"), "known anna");
    assert_eq!(scene.questions, 4);
    scene.pass_s(29);
    assert_eq!(scene.token("other"), "known anna");
    assert_eq!(scene.questions, 5);
    scene.pass_s(1);
    assert_eq!(scene.token("other"), "401 token-expired");
}

#[test]
fn a_bad_answer_is_believed_for_five_seconds() {
    let mut scene = scene(json!({"active": false}));
    for _ in 0..5 {
        assert_eq!(scene.token(TOKEN), "401 token-inactive");
        scene.pass_s(1);
    }
    assert_eq!(scene.questions, 1);
    scene.introspection = Some(good());
    assert_eq!(scene.token(TOKEN), "known anna");
}

#[test]
fn an_issuer_that_cannot_be_asked_is_our_failure() {
    let mut scene = Scene { introspection: None, ..scene(good()) };
    for _ in 0..100 {
        assert_eq!(scene.token(TOKEN), "503 introspection-unavailable");
        scene.now_ms += 100;
    }
    assert_eq!(scene.questions, 10, "once a second");
    for odd in [json!([]), json!({}), json!({"active": "true"}), json!({"active": 1}), json!(null)]
    {
        let mut scene = Scene { introspection: Some(odd.clone()), ..Scene::new(SETTINGS) };
        assert_eq!(scene.token(TOKEN), "503 introspection-unavailable", "{odd}");
    }
}

#[test]
fn an_active_token_for_others_is_refused() {
    let end = |name: &str, value: Value| {
        let mut said = good();
        said[name] = value;
        scene(said).token(TOKEN)
    };
    assert_eq!(end("aud", json!("other")), "401 token-audience");
    assert_eq!(end("iss", json!("https://other.example")), "401 issuer-unknown");
    assert_eq!(end("exp", json!(NOW_S - 600)), "401 token-expired");
    assert_eq!(end("nbf", json!(NOW_S + 600)), "401 token-early");
    assert_eq!(end("sub", json!("")), "401 token-incomplete");
    assert_eq!(end("cnf", json!({"kid": "x"})), "401 token-binding");
    let mut without = good();
    without.as_object_mut().unwrap().remove("aud");
    assert_eq!(scene(without.clone()).token(TOKEN), "401 token-audience");
    let trusting = SETTINGS.replace("secret =", "audience_required = false, secret =");
    let mut trusting = Scene { introspection: Some(without), ..Scene::new(&trusting) };
    assert_eq!(trusting.token(TOKEN), "known anna");
}

#[test]
fn one_asks_and_others_wait() {
    let scene = scene(good());
    let shown = Shown::bearer(TOKEN);
    let look = |now_ms| scene.identifier.identify(&shown.request(), now_ms);
    let Identified::Ask(question) = look(scene.now_ms) else { panic!("it must be asked") };
    let Question::Introspect { issuer: 0, token, .. } = &question else { panic!("{question:?}") };
    assert_eq!(token.danger_reveal(), TOKEN);
    assert!(!format!("{question:?}").contains(TOKEN));
    assert_eq!(said(&look(scene.now_ms)), "wait Introspection(0)");
    let refusal = scene.identifier.give_up(question.pending());
    assert_eq!((refusal.status, refusal.code), (503, "introspection-unavailable"));
    let bytes = good().to_string().into_bytes();
    let body = Answer::Body { bytes: &bytes, max_age_s: None };
    scene.identifier.answer(&question, body, scene.now_ms);
    assert_eq!(said(&look(scene.now_ms)), "known anna");
}

#[test]
fn who_makes_up_tokens_cannot_make_us_ask_without_end() {
    let scene = scene(good());
    let mut ends = std::collections::BTreeMap::new();
    for number in 0..1_000 {
        let shown = Shown::bearer(&format!("made-up-{number}"));
        let end = said(&scene.identifier.identify(&shown.request(), scene.now_ms));
        *ends.entry(end).or_insert(0) += 1;
    }
    let ends: Vec<(String, i32)> = ends.into_iter().collect();
    let busy = "503 introspection-unavailable".to_owned();
    assert_eq!(ends, [(busy, 744), ("ask Introspection(0)".to_owned(), 256)]);
}

#[test]
fn made_up_tokens_do_not_make_good_ones_be_forgotten() {
    let mut scene = scene(good());
    assert_eq!(scene.token(TOKEN), "known anna");
    scene.introspection = Some(json!({"active": false}));
    for number in 0..40_000 {
        assert_eq!(scene.token(&format!("made-up-{number}")), "401 token-inactive");
    }
    assert_eq!(scene.token(TOKEN), "known anna");
}

#[test]
fn a_token_that_says_nothing_is_refused_where_nobody_can_be_asked() {
    assert_eq!(Scene::usual().token(TOKEN), "401 token-malformed");
    // And one that speaks is verified here, where its issuer has keys.
    let both =
        SETTINGS.replace("introspection =", "jwks_url = \"https://id.example/k\"\nintrospection =");
    let mut scene = Scene { introspection: Some(good()), ..Scene::new(&both) };
    assert_eq!(scene.token(&scene.draft().sign()), "known anna");
    assert_eq!((scene.fetches, scene.questions), (1, 0));
    assert_eq!(scene.token(TOKEN), "known anna");
    assert_eq!(scene.questions, 1);
}
