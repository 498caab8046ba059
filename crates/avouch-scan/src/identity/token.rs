//! What a JSON Web Token says, and how one is forged (RFC 7515, 7519).

use crate::step::Forgery;
use avouch_model::identity::TokenFacts;
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// LIMIT: bytes of a token that is looked into.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// A token in its three parts, still encoded.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'t> {
    header: &'t str,
    claims: &'t str,
    signature: &'t str,
}

/// Splits a token that looks like a signed JSON Web Token.
pub fn parts(token: &str) -> Option<Parts<'_>> {
    if token.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let mut parts = token.split('.');
    let found = Parts { header: parts.next()?, claims: parts.next()?, signature: parts.next()? };
    let is_token = parts.next().is_none() && json(found.header)?.get("alg").is_some();
    is_token.then_some(found)
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// What the token says. `redact` turns a claim's name and value into what may be shown, which is a
/// placeholder when the value is sensitive. The weak secret is looked for elsewhere.
pub fn facts(token: &str, redact: impl Fn(&str, &str) -> String) -> Option<TokenFacts> {
    let parts = parts(token)?;
    let header = json(parts.header)?;
    let claims = json(parts.claims)?;
    let header = header.as_object()?;
    let claims = claims.as_object()?;
    let sensitive = claims.iter().filter_map(|(name, value)| {
        let text = value.as_str()?;
        let shown = redact(name, text);
        (shown != text).then(|| (name.clone(), shown))
    });
    Some(TokenFacts {
        algorithm: header.get("alg")?.as_str()?.to_owned(),
        header_names: header.keys().cloned().collect(),
        claims: claims.keys().cloned().collect(),
        sensitive_claims: sensitive.collect(),
        issued_at: claims.get("iat").and_then(Value::as_i64),
        expires_at: claims.get("exp").and_then(Value::as_i64),
        weak_secret: None,
    })
}

/// The values by which a token names its holder: `sub`, `email`, `preferred_username` …
pub fn holder(token: &str) -> Vec<String> {
    let names = ["sub", "email", "preferred_username", "username", "user_id", "uid", "oid"];
    let claims = parts(token).and_then(|parts| json(parts.claims));
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let found = claims
        .iter()
        .flat_map(|claims| names.iter().filter_map(|name| claims.get(*name)).filter_map(text));
    found.collect()
}

/// What an HMAC secret is held against.
#[derive(Clone, Debug)]
pub struct SignedInput {
    algorithm: hmac::Algorithm,
    input: Vec<u8>,
    signature: Vec<u8>,
}

impl SignedInput {
    /// Of a token with an HMAC algorithm; `None` for others.
    pub fn of(token: &str) -> Option<Self> {
        let parts = parts(token)?;
        let algorithm = match json(parts.header)?.get("alg")?.as_str()? {
            "HS256" => hmac::HMAC_SHA256,
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            _ => return None,
        };
        let input = format!("{}.{}", parts.header, parts.claims).into_bytes();
        Some(Self { algorithm, input, signature: URL_SAFE_NO_PAD.decode(parts.signature).ok()? })
    }

    /// Whether this secret signs the token: mathematical proof.
    pub fn is_signed_by(&self, secret: &[u8]) -> bool {
        let key = hmac::Key::new(self.algorithm, secret);
        hmac::verify(&key, &self.input, &self.signature).is_ok()
    }
}

/// Forges a token. `None` when it is not one. `salt` makes random signatures differ.
pub fn forge(token: &str, forgery: &Forgery, salt: &[u8]) -> Option<String> {
    let parts = parts(token)?;
    let Parts { header, claims, signature } = parts;
    let bytes = URL_SAFE_NO_PAD.decode(signature).ok()?;
    match forgery {
        Forgery::SignatureFlipped => {
            let mut flipped = bytes;
            let middle = flipped.len() / 2;
            *flipped.get_mut(middle)? ^= 0b0001_0000;
            Some(format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(flipped)))
        }
        Forgery::SignatureRandom => {
            let random = stretch(&[salt, header.as_bytes()].concat(), bytes.len().max(32));
            Some(format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(random)))
        }
        Forgery::Unsigned { alg } => Some(format!("{}.{claims}.", with_algorithm(header, alg)?)),
        Forgery::HmacSigned { key, .. } => {
            let input = format!("{}.{claims}", with_algorithm(header, "HS256")?);
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), input.as_bytes());
            Some(format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref())))
        }
    }
}

fn with_algorithm(header: &str, algorithm: &str) -> Option<String> {
    let mut header = json(header)?;
    *header.get_mut("alg")? = Value::String(algorithm.to_owned());
    Some(URL_SAFE_NO_PAD.encode(header.to_string()))
}

/// Bytes that look random, from a seed.
pub fn stretch(seed: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 32);
    let mut counter = 0_u32;
    while bytes.len() < length {
        let block = [seed, &counter.to_be_bytes()].concat();
        bytes.extend_from_slice(digest::digest(&digest::SHA256, &block).as_ref());
        counter += 1;
    }
    bytes.truncate(length);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(secret: &[u8]) -> String {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"u1","email":"ann@shop.io","exp":99}"#);
        let input = format!("{header}.{claims}");
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
    }

    #[test]
    fn only_the_true_secret_signs() {
        let signed = SignedInput::of(&token(b"s3")).unwrap();
        assert!(signed.is_signed_by(b"s3"));
        assert!(!signed.is_signed_by(b"s4"));
    }

    #[test]
    fn every_forgery_keeps_the_claims_and_changes_the_proof() {
        let genuine = token(b"s3");
        let hmac = |key: &[u8]| Forgery::HmacSigned { key: key.to_vec(), key_name: "k".into() };
        let unsigned = Forgery::Unsigned { alg: "none".into() };
        for forgery in [Forgery::SignatureFlipped, Forgery::SignatureRandom, unsigned, hmac(b"")] {
            let forged = forge(&genuine, &forgery, b"salt").unwrap();
            assert_ne!(forged, genuine);
            assert_eq!(forged.split('.').nth(1), genuine.split('.').nth(1), "{forgery:?}");
        }
        let blank = forge(&genuine, &hmac(b""), b"").unwrap();
        assert!(SignedInput::of(&blank).unwrap().is_signed_by(b""));
    }

    #[test]
    fn facts_never_hold_a_sensitive_value() {
        let hide = |_: &str, value: &str| {
            if value.contains('@') { "‹email:0›".to_owned() } else { value.to_owned() }
        };
        let facts = facts(&token(b"x"), hide).unwrap();
        assert_eq!(facts.claims, ["sub", "email", "exp"]);
        assert_eq!(facts.sensitive_claims, [("email".to_owned(), "‹email:0›".to_owned())]);
        assert_eq!(facts.expires_at, Some(99));
        assert!(parts("not.a.token").is_none());
    }
}
