//! Signs tokens, ES256, with a key that lives as long as the process.

use super::people::scope_of;
use crate::kit::clock::unix_seconds;
use crate::kit::people::Account;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io;
use std::sync::OnceLock;

/// How long a token is good, in seconds.
pub(super) const TOKEN_SECONDS: u64 = 1_800;
/// The `kid` of the issuer's key.
const KEY_ID: &str = "meters-2026";
/// For whom tokens of this service are.
pub(super) const AUDIENCE: &str = "meters";
/// Who signs.
pub(super) const ISSUER: &str = "https://id.meters.test";

static KEY: OnceLock<Option<EcdsaKeyPair>> = OnceLock::new();

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) sub: String,
    pub(super) scope: String,
    pub(super) iat: u64,
    pub(super) exp: u64,
}

fn key() -> io::Result<&'static EcdsaKeyPair> {
    let made = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok();
    KEY.get_or_init(made).as_ref().ok_or_else(|| io::Error::other("no key could be made"))
}

/// A token for that person, as signing in gives it.
pub(super) fn issue(account: &Account) -> io::Result<String> {
    let now = unix_seconds();
    sign(account, AUDIENCE, now, now + TOKEN_SECONDS)
}

fn sign(account: &Account, audience: &str, issued_at: u64, ends_at: u64) -> io::Result<String> {
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: audience.to_owned(),
        sub: account.email.to_owned(),
        scope: scope_of(account).to_owned(),
        iat: issued_at,
        exp: ends_at,
    };
    let header = json!({"alg": "ES256", "typ": "JWT", "kid": KEY_ID}).to_string();
    let claims = serde_json::to_string(&claims)?;
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = key()?
        .sign(&SystemRandom::new(), input.as_bytes())
        .map_err(|_| io::Error::other("nothing could be signed"))?;
    Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Whether the issuer signed that.
pub(super) fn signed_by_issuer(input: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = key() else { return false };
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref())
        .verify(input, signature)
        .is_ok()
}

/// The public key in a set (RFC 7517).
pub(super) fn key_set() -> Value {
    let Some(point) = key().ok().and_then(|key| key.public_key().as_ref().get(1..)) else {
        return json!({"keys": []});
    };
    let Some((x, y)) = point.split_at_checked(32) else { return json!({"keys": []}) };
    json!({"keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": KEY_ID,
        "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
    }]})
}

/// Genuine tokens that must not open anything.
#[derive(Clone, Debug)]
pub struct Misfits {
    /// One whose time is over since two hours.
    pub expired: String,
    /// One that is for another service.
    pub other_audience: String,
}

/// Misfits of that person, by the issuer of every `tokens` in this process.
///
/// Errors: there is no randomness.
pub fn misfits(account: &Account) -> io::Result<Misfits> {
    let now = unix_seconds();
    let ended = now.saturating_sub(7_200);
    Ok(Misfits {
        expired: sign(account, AUDIENCE, ended.saturating_sub(TOKEN_SECONDS), ended)?,
        other_audience: sign(account, "billing", now, now + TOKEN_SECONDS)?,
    })
}
