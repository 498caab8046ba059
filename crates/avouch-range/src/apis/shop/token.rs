//! Tokens: JSON Web Tokens (RFC 7519) signed HS256 or RS256 (RFC 7518), and the mistakes that
//! verifiers make with them.

use crate::apis::shop::weakness::{Switches, Weakness};
use crate::kit::random;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKey};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey,
};
use aws_lc_rs::{hmac, rand::SystemRandom};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io;

/// Seconds a token lives.
pub(crate) const TOKEN_SECONDS: u64 = 3600;
const ISSUER: &str = "https://id.shop.example";
const AUDIENCE: &str = "shop";
/// The secret of a hurried developer: it is in every word list.
const WEAK_SECRET: &[u8] = b"secret123";
const KEY_ID: &str = "shop-1";

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) sub: String,
    /// The number of the session.
    pub(crate) sid: u64,
    pub(crate) iat: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exp: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) birthdate: Option<String>,
}

impl Claims {
    /// Claims that live for [`TOKEN_SECONDS`] and say nothing about the person.
    pub(crate) fn new(subject: &str, session: u64, now: u64) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: subject.to_owned(),
            sid: session,
            iat: now,
            exp: Some(now + TOKEN_SECONDS),
            email: None,
            phone: None,
            birthdate: None,
        }
    }
}

/// How carelessly a group of routes verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leniency {
    /// As it should be.
    Strict,
    /// The payload is decoded, and the signature never looked at.
    SignatureUnchecked,
    /// A header that says `none` is believed.
    NoneAccepted,
    /// The previous key of the rotation was never configured, so it is the empty string.
    BlankKeyAccepted,
}

#[derive(Debug)]
enum Key {
    Shared(Vec<u8>),
    Pair { pair: Box<KeyPair>, pem: String },
}

/// Signs and verifies the shop's tokens.
#[derive(Debug)]
pub(crate) struct Issuer {
    key: Key,
    confuses_keys: bool,
    requires_expiry: bool,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

impl Issuer {
    /// Makes the keys that these switches ask for.
    pub(crate) fn new(switches: &Switches, rs256: bool) -> io::Result<Self> {
        let confuses_keys = switches.has(Weakness::JwtKeyConfusion);
        let key = if rs256 || confuses_keys {
            let unusable = |_| io::Error::other("no RSA key could be made");
            let pair = Box::new(KeyPair::generate(KeySize::Rsa2048).map_err(unusable)?);
            let der: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(unusable)?;
            let pem = pem(der.as_ref());
            Key::Pair { pair, pem }
        } else if switches.has(Weakness::JwtWeakSecret) {
            Key::Shared(WEAK_SECRET.to_vec())
        } else {
            Key::Shared(random::secret_bytes::<32>()?.to_vec())
        };
        let requires_expiry = !switches.has(Weakness::JwtSensitiveClaims);
        Ok(Self { key, confuses_keys, requires_expiry })
    }

    /// Signs these claims.
    pub(crate) fn sign(&self, claims: &Claims) -> io::Result<String> {
        let header = match &self.key {
            Key::Shared(_) => json!({"alg": "HS256", "typ": "JWT"}),
            Key::Pair { .. } => json!({"alg": "RS256", "typ": "JWT", "kid": KEY_ID}),
        };
        let payload = serde_json::to_vec(claims)?;
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let signature = match &self.key {
            Key::Shared(secret) => {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes())
                    .as_ref()
                    .to_vec()
            }
            Key::Pair { pair, .. } => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    signed.as_bytes(),
                    &mut signature,
                )
                .map_err(|_| io::Error::other("the token could not be signed"))?;
                signature
            }
        };
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// What the token says, if it is accepted at `now` (seconds since 1970).
    pub(crate) fn verify(&self, token: &str, leniency: Leniency, now: u64) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        if !self.accepts(&header.alg, signed.as_bytes(), signature, leniency) {
            return None;
        }
        let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let alive = claims.exp.map_or(!self.requires_expiry, |exp| now < exp);
        (alive && claims.iss == ISSUER && claims.aud == AUDIENCE).then_some(claims)
    }

    fn accepts(&self, alg: &str, signed: &[u8], signature: &str, leniency: Leniency) -> bool {
        match leniency {
            Leniency::SignatureUnchecked => return true,
            Leniency::NoneAccepted if alg.eq_ignore_ascii_case("none") => return true,
            _ => (),
        }
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let is_hmac_of = |secret: &[u8]| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            hmac::verify(&key, signed, &signature).is_ok()
        };
        if alg == "HS256" && leniency == Leniency::BlankKeyAccepted && is_hmac_of(b"") {
            return true;
        }
        match (&self.key, alg) {
            (Key::Shared(secret), "HS256") => is_hmac_of(secret),
            (Key::Pair { pair, .. }, "RS256") => {
                let public = pair.public_key().as_ref();
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
                    .verify(signed, &signature)
                    .is_ok()
            }
            (Key::Pair { pem, .. }, "HS256") => self.confuses_keys && is_hmac_of(pem.as_bytes()),
            _ => false,
        }
    }

    /// The public keys as a JSON Web Key set (RFC 7517 section 5).
    pub(crate) fn jwks(&self) -> Value {
        let Key::Pair { pair, .. } = &self.key else { return json!({"keys": []}) };
        let Some((modulus, exponent)) = rsa_numbers(pair.public_key()) else {
            return json!({"keys": []});
        };
        json!({"keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": KEY_ID,
            "n": URL_SAFE_NO_PAD.encode(modulus),
            "e": URL_SAFE_NO_PAD.encode(exponent),
        }]})
    }
}

/// A public key as PEM (RFC 7468 section 13).
fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut lines = String::from("-----BEGIN PUBLIC KEY-----\n");
    for (place, letter) in text.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            lines.push('\n');
        }
        lines.push(letter);
    }
    lines.push_str("\n-----END PUBLIC KEY-----\n");
    lines
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn rsa_numbers(key: &PublicKey) -> Option<(&[u8], &[u8])> {
    let (sequence, _) = der_value(key.as_ref(), 0x30)?;
    let (modulus, rest) = der_value(sequence, 0x02)?;
    let (exponent, _) = der_value(rest, 0x02)?;
    Some((modulus.strip_prefix(&[0]).unwrap_or(modulus), exponent))
}

/// The value of the first element, if it has this tag, and what follows it.
fn der_value(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length >= 0x80 {
        let (digits, after) = rest.split_at_checked(length & 0x7f)?;
        length = digits.iter().fold(0, |sum, digit| (sum << 8) | usize::from(*digit));
        rest = after;
    }
    (*found == tag).then(|| rest.split_at_checked(length)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(switches: &Switches) -> (Issuer, String) {
        let issuer = Issuer::new(switches, false).unwrap();
        let token = issuer.sign(&Claims::new("cus_1", 1, 1_000)).unwrap();
        (issuer, token)
    }

    #[test]
    fn a_token_lives_for_an_hour() {
        let (issuer, token) = signed(&Switches::none());
        let verify = |now| issuer.verify(&token, Leniency::Strict, now).is_some();
        assert!(verify(1_000) && verify(1_000 + TOKEN_SECONDS - 1));
        assert!(!verify(1_000 + TOKEN_SECONDS));
    }

    #[test]
    fn another_shop_does_not_take_the_token() {
        let (_, token) = signed(&Switches::none());
        let (other, _) = signed(&Switches::none());
        assert!(other.verify(&token, Leniency::Strict, 1_000).is_none());
        assert!(other.verify(&token, Leniency::SignatureUnchecked, 1_000).is_some());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_verifier_fail(text in "[A-Za-z0-9_.-]{0,120}") {
            let (issuer, _) = signed(&Switches::only([Weakness::JwtWeakSecret]));
            proptest::prop_assert!(issuer.verify(&text, Leniency::Strict, 0).is_none());
        }

        #[test]
        fn foreign_der_never_reads_past_its_end(bytes: Vec<u8>) {
            if let Some((value, rest)) = der_value(&bytes, 0x30) {
                proptest::prop_assert!(value.len() + rest.len() < bytes.len());
            }
        }
    }
}
