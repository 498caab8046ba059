//! Nobody is believed without a signature of the issuer's key, whatever the token or the key set says.
#![no_main]

use avouch_guard::identify::{Answer, Identified, Identifier};
use avouch_guard::request::{Peer, Request};
use avouch_guard::settings::identify::IdentifySettings;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

const NOW_MS: u64 = 1_800_000_000_000;
const SETTINGS: &str = r#"
[[issuer]]
name = "id"
issuer = "https://id.example"
audience = ["shop"]
algorithms = ["ES256"]
jwks_url = "https://id.example/jwks"
"#;
const HEAD: &str = r#"{"alg":"ES256","typ":"at+jwt","kid":"k"}"#;
const CLAIMS: &str = r#"{"iss":"https://id.example","aud":"shop","sub":"anna","client_id":"c","iat":1799999990,"exp":1800000600,"jti":"1"}"#;

/// The issuer's key as it publishes it, and a good token.
static ISSUER: LazyLock<(String, String)> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..65]));
    let key = format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256","kid":"k","x":"{x}","y":"{y}"}}]}}"#);
    let signed = format!("{}.{}", BASE64.encode(HEAD), BASE64.encode(CLAIMS));
    let signature = pair.sign(&random, signed.as_bytes()).unwrap();
    (key, format!("{signed}.{}", BASE64.encode(signature.as_ref())))
});

fn identifier(keys: &[u8]) -> Identifier {
    let settings: IdentifySettings = toml::from_str(SETTINGS).unwrap();
    let identifier = Identifier::new(settings, None, 1).unwrap();
    for question in identifier.due(NOW_MS) {
        identifier.answer(&question, Answer::Body { bytes: keys, max_age_s: None }, NOW_MS);
    }
    identifier
}

fn is_known(identifier: &Identifier, header: &[u8]) -> bool {
    let Ok(value) = HeaderValue::from_bytes(header) else { return false };
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, value);
    let request = Request {
        method: "GET",
        host: "a",
        path: "/",
        query: None,
        headers: &headers,
        version: http::Version::HTTP_11,
        peer: Peer { address: IpAddr::V4(Ipv4Addr::LOCALHOST), tls: None },
    };
    matches!(identifier.identify(&request, NOW_MS), Identified::Known { .. })
}

fn bearer(token: &str) -> Vec<u8> {
    format!("Bearer {token}").into_bytes()
}

fuzz_target!(|input: (u8, &[u8], &[u8])| {
    let (choice, first, second) = input;
    let (key, good) = &*ISSUER;
    let (signed, _) = good.rsplit_once('.').unwrap();
    match choice % 4 {
        // A token of raw bytes.
        0 => {
            let known = is_known(&identifier(key.as_bytes()), first);
            let text = String::from_utf8_lossy(first);
            assert!(!known || text.contains(signed), "{text}");
        }
        // Head and claims of any JSON, with the good signature.
        1 => {
            let signature = good.rsplit('.').next().unwrap();
            let made = format!("{}.{}", BASE64.encode(first), BASE64.encode(second));
            let known =
                is_known(&identifier(key.as_bytes()), &bearer(&format!("{made}.{signature}")));
            assert!(!known || made == signed);
        }
        // The good token with another signature.
        2 => {
            let token = format!("{signed}.{}", BASE64.encode(first));
            let known = is_known(&identifier(key.as_bytes()), &bearer(&token));
            // ECDSA signatures can be turned round, so others than ours may verify; none of another length.
            assert!(!known || first.len() == 64);
        }
        // A key set of any bytes believes no token that its keys did not sign.
        _ => {
            let strange = identifier(first);
            assert!(!is_known(&strange, &bearer(good)), "{}", String::from_utf8_lossy(first));
            assert!(!is_known(&strange, second));
        }
    }
    // The good one holds: the others were not refused for another reason.
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| assert!(is_known(&identifier(key.as_bytes()), &bearer(good))));
});
