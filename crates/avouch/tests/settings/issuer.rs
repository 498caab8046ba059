//! An issuer that signs whatever a test wants.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// A key that signs with ES256.
pub(crate) struct Key(EcdsaKeyPair);

/// The issuer's key, and one of somebody else.
pub(crate) static OURS: LazyLock<Key> = LazyLock::new(Key::new);
pub(crate) static FOREIGN: LazyLock<Key> = LazyLock::new(Key::new);

fn digits(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Seconds since 1970.
pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

impl Key {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        json!({"kty": "EC", "crv": "P-256", "x": digits(x), "y": digits(y)})
    }

    /// What an issuer with this key publishes.
    pub(crate) fn published(&self) -> String {
        let mut key = self.jwk();
        key["kid"] = json!("k");
        json!({ "keys": [key] }).to_string()
    }

    /// RFC 7638.
    pub(crate) fn thumbprint(&self) -> String {
        let key = self.jwk();
        let text =
            format!("{{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":{},\"y\":{}}}", key["x"], key["y"]);
        digits(digest(&SHA256, text.as_bytes()))
    }

    fn sign(&self, head: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", digits(head.to_string()), digits(claims.to_string()));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", digits(signature))
    }

    /// A good token but for what is said otherwise: `null` leaves a claim out, and `typ` is of the head.
    pub(crate) fn token(&self, otherwise: &Value) -> String {
        let mut head = json!({"alg": "ES256", "kid": "k", "typ": "at+jwt"});
        let now = now_s();
        let mut claims = json!({
            "iss": "https://id.example", "aud": "shop", "sub": "anna", "client_id": "app",
            "jti": "t-1", "iat": now - 60, "exp": now + 600,
        });
        for (name, value) in otherwise.as_object().unwrap() {
            let members = if name == "typ" { &mut head } else { &mut claims };
            members[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.sign(&head, &claims)
    }

    /// The proof that who sends a token has this key (RFC 9449).
    pub(crate) fn proof(&self, address: &str, token: &str, made_s: u64) -> String {
        let head = json!({"alg": "ES256", "typ": "dpop+jwt", "jwk": self.jwk()});
        let claims = json!({
            "htm": "GET", "htu": address, "iat": made_s, "jti": format!("{made_s}-{address}"),
            "ath": digits(digest(&SHA256, token.as_bytes())),
        });
        self.sign(&head, &claims)
    }
}

/// The header that carries a token.
pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// The line of an issuer whose keys are in `jwks.json`, with these settings more or otherwise.
pub(crate) fn issuer(otherwise: &[(&str, &str)]) -> String {
    let mut settings = vec![
        ("name", "\"id\""),
        ("issuer", "\"https://id.example\""),
        ("audience", "[\"shop\"]"),
        ("jwks_file", "\"jwks.json\""),
    ];
    for (name, value) in otherwise {
        settings.retain(|(known, _)| known != name);
        if !value.is_empty() {
            settings.push((name, value));
        }
    }
    let settings: Vec<String> =
        settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    format!("guard.identify.issuer = [{{ {} }}]", settings.join(", "))
}
