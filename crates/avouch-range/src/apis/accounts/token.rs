//! Signed tokens (RFC 7515 and 7519), whose key nobody can guess.

use crate::kit::clock::unix_seconds;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Signs and reads tokens.
#[derive(Debug)]
pub(super) struct Mint(hmac::Key);

impl Mint {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    /// A token for a session that ends after so many seconds.
    pub(super) fn issue(&self, session: &str, seconds: u64) -> String {
        let now = unix_seconds();
        let header = json!({"alg": "HS256", "typ": "JWT"});
        let claims = json!({
            "iss": "club", "aud": "club-api", "jti": session, "iat": now, "exp": now + seconds,
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let tag = hmac::sign(&self.0, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
    }

    /// The session of a token that we signed, this way, and that has not ended.
    pub(super) fn session(&self, token: &str) -> Option<String> {
        let (signed, tag) = token.rsplit_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.0, signed.as_bytes(), &tag).ok()?;
        let (header, claims) = signed.split_once('.')?;
        let read = |part: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let claims = read(claims)?;
        let sound =
            read(header)?.get("alg")? == "HS256" && claims.get("exp")?.as_u64()? > unix_seconds();
        sound.then(|| claims.get("jti")?.as_str().map(str::to_owned))?
    }
}
