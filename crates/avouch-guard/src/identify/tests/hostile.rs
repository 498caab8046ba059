//! Whatever is sent: no panic, and nobody is believed without a signature.

use super::kit::{Draft, NOW_S, SETTINGS, Scene, Shown, published, said, settings};
use crate::identify::jwk::KeySet;
use crate::identify::{Answer, Identified, Identifier};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Members to put in place of others.
type Members = Vec<(String, Value)>;

/// Any JSON, small.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        "\\PC{0,12}".prop_map(Value::from),
        prop_oneof!["shop", "anna", "https://id.example", "ES256", "at\\+jwt", "a-p256"]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,4}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// A good token with some of it replaced.
fn tampered() -> impl Strategy<Value = (Members, Members)> {
    let head = prop_oneof!["alg", "typ", "kid", "crit", "jwk", "jku", "b64", "zip"];
    let claim = prop_oneof![
        "iss",
        "aud",
        "sub",
        "exp",
        "nbf",
        "iat",
        "jti",
        "client_id",
        "cnf",
        "scope",
        "scp",
        "realm_access"
    ];
    let members = |name: BoxedStrategy<String>| proptest::collection::vec((name, anything()), 0..3);
    (members(head.boxed()), members(claim.boxed()))
}

fn draft((head, claims): &(Members, Members)) -> Draft {
    let draft = Draft::at(NOW_S);
    let draft = head.iter().fold(draft, |draft, (name, value)| draft.head(name, value.clone()));
    claims.iter().fold(draft, |draft, (name, value)| draft.with(name, value.clone()))
}

fn is_known(identified: &Identified) -> bool {
    matches!(identified, Identified::Known { .. })
}

proptest! {
    #[test]
    fn a_token_of_another_key_is_never_believed(tampering in tampered()) {
        let mut forged = draft(&tampering).key("mallory", "ES256");
        forged.head.entry("kid").or_insert(json!("a-p256"));
        prop_assert!(!is_known(&Scene::usual().identify(&Shown::bearer(&forged.sign()))));
    }

    #[test]
    fn whatever_an_issuer_signs_ends_in_an_answer(tampering in tampered()) {
        let token = draft(&tampering).sign();
        let mut scene = Scene::usual();
        let end = scene.identify(&Shown::bearer(&token));
        if let Identified::Known { principal, .. } = &end {
            // Only what may be said in several ways was replaced.
            let claims = &draft(&tampering).claims;
            prop_assert_eq!(claims.get("sub"), Some(&json!(principal.id)));
            prop_assert_eq!(claims.get("iss"), Some(&json!("https://id.example")));
            prop_assert!(principal.expires_ms.is_none_or(|end| end > (NOW_S - 30) * 1_000));
        }
        prop_assert_eq!(said(&end), scene.token(&token), "the second time as the first");
    }

    #[test]
    fn a_token_that_was_changed_anywhere_is_not_believed(at in any::<prop::sample::Index>(), to in 0_u8..64) {
        let token = Draft::at(NOW_S).sign();
        let mut bytes = token.clone().into_bytes();
        let place = at.index(bytes.len());
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let digit = digits[usize::from(to)];
        prop_assume!(bytes[place] != digit);
        bytes[place] = digit;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(!is_known(&Scene::usual().identify(&Shown::bearer(&changed))));
    }

    #[test]
    fn no_header_makes_it_panic(value in "[ -~]{0,120}", dpop in "[ -~]{0,60}", key in "[ -~]{0,90}") {
        let shown = Shown::get("/").header("authorization", &value).header("dpop", &dpop).header("x-api-key", &key);
        prop_assert!(!is_known(&Scene::usual().identify(&shown)));
        let shown = Shown::get(&format!("/?{key}")).header("authorization", &format!("Bearer {value}"));
        prop_assert!(!is_known(&Scene::usual().identify(&shown)));
    }

    #[test]
    fn no_key_set_makes_it_panic(keys in proptest::collection::vec(anything(), 0..3), odd in anything(), member in "kty|crv|n|e|x|y|alg|use|kid|key_ops") {
        let mut published: Value = serde_json::from_slice(&published(&["a"])).unwrap();
        published["keys"][1][&member] = odd;
        published["keys"].as_array_mut().unwrap().extend(keys);
        let read = KeySet::parse(published.to_string().as_bytes());
        prop_assert!(read.is_none_or(|read| read.set.len() <= 5));
    }

    #[test]
    fn no_answer_about_a_token_makes_it_panic(said in anything(), more in anything()) {
        let text = "[[issuer]]\nname = \"id\"\nissuer = \"https://id.example\"\naudience = [\"shop\"]\nintrospection = { url = \"https://id.example/i\", client_id = \"g\", secret = \"env:S\" }";
        let mut scene = Scene { introspection: Some(said), ..Scene::new(text) };
        prop_assert!(!is_known(&scene.identify(&Shown::bearer("opaque"))));
        scene.introspection = Some(json!({"active": true, "sub": more, "aud": "shop"}));
        scene.identify(&Shown::bearer("opaque2"));
    }

    /// One that remembers and one that does not say the same of the same, at each moment.
    #[test]
    fn remembering_changes_nothing(
        steps in proptest::collection::vec((0_u64..40, 0_usize..6, prop::bool::weighted(0.1)), 1..60)
    ) {
        let tokens: Vec<String> = (0..6_u64).map(|number| {
            let key = if number % 3 == 2 { "b" } else { "a" };
            Draft::at(NOW_S)
                .with("jti", format!("t-{number}"))
                .with("nbf", NOW_S + number * 7)
                .with("exp", NOW_S + 60 + number * 50)
                .key(key, "EdDSA")
                .sign()
        }).collect();
        let remembering = Identifier::new(settings(SETTINGS), None, 7).unwrap();
        let mut forgetting = Identifier::new(settings(SETTINGS), None, 7).unwrap();
        let mut now_ms = NOW_S * 1_000;
        let mut both = true;
        for (wait_s, which, rotate) in steps {
            now_ms += wait_s * 1_000;
            both ^= rotate;
            let bytes = published(if both { &["a", "b"] } else { &["a"] });
            // What was verified is forgotten, what was fetched is not.
            forgetting = Identifier::new(settings(SETTINGS), None, 7).unwrap().taking_over(&forgetting);
            let shown = Shown::bearer(&tokens[which]);
            let end = |identifier: &Identifier| {
                let body = Answer::Body { bytes: &bytes, max_age_s: Some(30) };
                for question in identifier.due(now_ms) {
                    identifier.answer(&question, body, now_ms);
                }
                loop {
                    match identifier.identify(&shown.request(), now_ms) {
                        Identified::Ask(question) => identifier.answer(&question, body, now_ms),
                        other => return said(&other),
                    };
                }
            };
            prop_assert_eq!(end(&remembering), end(&forgetting));
        }
    }
}
