//! What a JSON Web Token says, and how one is forged (RFC 7515, 7519).

use super::own_keys::{OwnKeys, Signer};
use crate::step::{Forgery, KeyTold};
use avouch_model::identity::TokenFacts;
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// LIMIT: bytes of a token that is looked into.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// LIMIT: audiences or scopes that are taken from a token.
const TEXTS_MAX: usize = 200;

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

/// The `alg` of a token's header.
pub fn algorithm(token: &str) -> Option<String> {
    Some(json(parts(token)?.header)?.get("alg")?.as_str()?.to_owned())
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
        key_id: header.get("kid").and_then(Value::as_str).map(|kid| redact("kid", kid)),
        issuer: claims.get("iss").and_then(Value::as_str).map(str::to_owned),
        audiences: texts(claims.get("aud"), None),
        scopes: ["scope", "scp", "scopes"]
            .iter()
            .find_map(|n| claims.get(*n))
            .map(|value| texts(Some(value), Some(' '))),
        issued_at: claims.get("iat").and_then(Value::as_i64),
        expires_at: claims.get("exp").and_then(Value::as_i64),
        weak_secret: None,
    })
}

/// A text or a list of texts; a text is taken apart where the separator is, when there is one.
fn texts(value: Option<&Value>, separator: Option<char>) -> Vec<String> {
    let whole: Vec<&str> = match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let words = whole.into_iter().flat_map(|text| match separator {
        Some(separator) => text.split(separator).collect(),
        None => vec![text],
    });
    words.filter(|word| !word.is_empty()).take(TEXTS_MAX).map(str::to_owned).collect()
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

/// The algorithms with a shared secret (RFC 7518, section 3.2).
fn hmac_of(algorithm: &str) -> Option<(&'static str, hmac::Algorithm)> {
    match algorithm {
        "HS256" => Some(("HS256", hmac::HMAC_SHA256)),
        "HS384" => Some(("HS384", hmac::HMAC_SHA384)),
        "HS512" => Some(("HS512", hmac::HMAC_SHA512)),
        _ => None,
    }
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
        let (_, algorithm) = hmac_of(json(parts.header)?.get("alg")?.as_str()?)?;
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
pub fn forge(token: &str, forgery: &Forgery, salt: &[u8], own: &OwnKeys) -> Option<String> {
    let parts = parts(token)?;
    let Parts { header, claims, signature } = parts;
    let bytes = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let joined = |header: &str, signature: &[u8]| {
        format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    match forgery {
        Forgery::SignatureFlipped => {
            let mut flipped = bytes;
            let middle = flipped.len() / 2;
            *flipped.get_mut(middle)? ^= 0b0001_0000;
            Some(joined(header, &flipped))
        }
        Forgery::SignatureRandom => Some(joined(header, &random(salt, header, bytes.len()))),
        Forgery::SignatureZero => Some(joined(header, &vec![0; bytes.len()])),
        Forgery::Unsigned { alg } => {
            Some(format!("{}.{claims}.", with(header, &[("alg", alg.as_str().into())])?))
        }
        Forgery::HmacSigned { key, .. } => hmac_signed(parts, &[], key),
        Forgery::KeyNamed { kid, key, .. } => {
            hmac_signed(parts, &[("kid", kid.as_str().into())], key)
        }
        Forgery::OwnKey { told, signs } => {
            let algorithm = algorithm(token)?;
            let wanted = if *told == KeyTold::Certificate { "RS256" } else { algorithm.as_str() };
            let signer = own.signer(wanted)?;
            let header = with(header, &telling(told, &signer)?)?;
            let input = format!("{header}.{claims}");
            let genuine = signer.sign(input.as_bytes())?;
            let signature = if *signs { genuine } else { random(salt, &header, genuine.len()) };
            Some(joined(&header, &signature))
        }
    }
}

/// Signs with a shared key: by the algorithm of its family that the token has, else HS256.
fn hmac_signed(parts: Parts<'_>, changes: &[(&str, Value)], key: &[u8]) -> Option<String> {
    let told = json(parts.header)?.get("alg")?.as_str()?.to_owned();
    let (name, algorithm) = hmac_of(&told).unwrap_or(("HS256", hmac::HMAC_SHA256));
    let changes = [&[("alg", name.into())], changes].concat();
    let input = format!("{}.{}", with(parts.header, &changes)?, parts.claims);
    let tag = hmac::sign(&hmac::Key::new(algorithm, key), input.as_bytes());
    Some(format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref())))
}

fn random(salt: &[u8], header: &str, length: usize) -> Vec<u8> {
    stretch(&[salt, header.as_bytes()].concat(), length.max(32))
}

/// What the header must say so that a verifier which believes it takes the signer's key.
fn telling(told: &KeyTold, signer: &Signer<'_>) -> Option<Vec<(&'static str, Value)>> {
    let key = signer.key()?;
    let value = match told {
        KeyTold::Key => key.clone(),
        KeyTold::Certificate => Value::Array(vec![signer.certificate()?.into()]),
        KeyTold::KeyAddress(address) | KeyTold::CertificateAddress(address) => {
            address.as_str().into()
        }
    };
    let name = key.get("kid").cloned().unwrap_or_default();
    Some(vec![("alg", signer.algorithm.into()), ("kid", name), (told.header(), value)])
}

fn with(header: &str, changes: &[(&str, Value)]) -> Option<String> {
    let mut header = json(header)?;
    let members = header.as_object_mut()?;
    for (name, value) in changes {
        members.insert((*name).to_owned(), value.clone());
    }
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
        let own = OwnKeys::default();
        let hmac = |key: &[u8]| Forgery::HmacSigned { key: key.to_vec(), key_name: "k".into() };
        let unsigned = Forgery::Unsigned { alg: "none".into() };
        let named = Forgery::KeyNamed {
            kid: "x".into(),
            kid_name: "x".into(),
            key: b"k".to_vec(),
            key_name: "k".into(),
        };
        let embedded = |told| Forgery::OwnKey { told, signs: true };
        for forgery in [
            Forgery::SignatureFlipped,
            Forgery::SignatureRandom,
            Forgery::SignatureZero,
            unsigned,
            hmac(b""),
            named,
            embedded(KeyTold::Key),
            embedded(KeyTold::Certificate),
            embedded(KeyTold::KeyAddress("http://listener/x".into())),
        ] {
            let forged = forge(&genuine, &forgery, b"salt", &own).unwrap();
            assert_ne!(forged, genuine);
            assert_eq!(forged.split('.').nth(1), genuine.split('.').nth(1), "{forgery:?}");
        }
        let blank = forge(&genuine, &hmac(b""), b"", &own).unwrap();
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
