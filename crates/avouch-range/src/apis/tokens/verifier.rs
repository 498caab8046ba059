//! Verifies tokens, strictly or with one mistake.

use super::foreign::{address_in, fetched, verifies};
use super::issuer::{AUDIENCE, Claims, ISSUER, signed_by_issuer};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, SqlitePool};
use std::io;
use std::path::PathBuf;

/// Where the keys of partners lie. Nothing is there: this API has none.
const KEYS_FOLDER: &str = "/var/lib/meters/keys";
/// LIMIT: bytes of a file that is taken for a key.
const KEY_BYTES_MAX: u64 = 4_096;

/// Which mistake is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leniency {
    Strict,
    EmbeddedKey,
    KeyAddress,
    KeyPath,
    KeyQuery,
    ZeroSignature,
    ExpiryUnchecked,
    AudienceUnchecked,
}

/// Verifies; holds the table of partners' keys.
#[derive(Debug)]
pub(super) struct Verifier {
    keys: SqlitePool,
}

/// A token, taken apart.
struct Parts<'t> {
    header: Value,
    claims: Claims,
    input: &'t [u8],
    signature: Vec<u8>,
}

fn parts(token: &str) -> Option<Parts<'_>> {
    let (input, signature) = token.rsplit_once('.')?;
    let (header, claims) = input.split_once('.')?;
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    Some(Parts {
        header: serde_json::from_slice(&decoded(header)?).ok()?,
        claims: serde_json::from_slice(&decoded(claims)?).ok()?,
        input: input.as_bytes(),
        signature: decoded(signature)?,
    })
}

/// What a token claims, whoever signed it.
pub(super) fn claimed(token: &str) -> Option<Claims> {
    parts(token).map(|parts| parts.claims)
}

impl Verifier {
    /// Opens the table of keys.
    pub(super) async fn open() -> io::Result<Self> {
        let keys = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(SqliteConnectOptions::new().in_memory(true))
            .await
            .map_err(io::Error::other)?;
        sqlx::raw_sql("CREATE TABLE keys (kid TEXT PRIMARY KEY, secret TEXT)")
            .execute(&keys)
            .await
            .map_err(io::Error::other)?;
        Ok(Self { keys })
    }

    /// What the token says, if it is accepted.
    pub(super) async fn verify(&self, token: &str, leniency: Leniency, now: u64) -> Option<Claims> {
        let parts = parts(token)?;
        if !self.is_signed(&parts, leniency).await {
            return None;
        }
        let Parts { claims, .. } = parts;
        let in_time = claims.exp > now || leniency == Leniency::ExpiryUnchecked;
        let for_us = claims.aud == AUDIENCE || leniency == Leniency::AudienceUnchecked;
        (in_time && for_us && claims.iss == ISSUER).then_some(claims)
    }

    async fn is_signed(&self, parts: &Parts<'_>, leniency: Leniency) -> bool {
        let algorithm = parts.header.get("alg").and_then(Value::as_str).unwrap_or_default();
        if algorithm == "ES256" && signed_by_issuer(parts.input, &parts.signature) {
            return true;
        }
        let is_hmac_of = |secret: &[u8]| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            algorithm == "HS256" && hmac::verify(&key, parts.input, &parts.signature).is_ok()
        };
        let kid = parts.header.get("kid").and_then(Value::as_str).unwrap_or_default();
        match leniency {
            Leniency::EmbeddedKey => parts
                .header
                .get("jwk")
                .is_some_and(|key| verifies(key, parts.input, &parts.signature)),
            Leniency::KeyAddress => match address_in(&parts.header) {
                Some(address) => {
                    let set = fetched(address).await.unwrap_or_default();
                    let keys = set.get("keys").and_then(Value::as_array);
                    keys.into_iter()
                        .flatten()
                        .any(|key| verifies(key, parts.input, &parts.signature))
                }
                None => false,
            },
            Leniency::KeyPath => file(kid).await.is_some_and(|key| is_hmac_of(&key)),
            Leniency::KeyQuery => {
                let sql = format!("SELECT secret FROM keys WHERE kid = '{kid}'");
                let found = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql));
                let found = found.fetch_optional(&self.keys).await.ok().flatten();
                found.is_some_and(|key| is_hmac_of(key.as_bytes()))
            }
            Leniency::ZeroSignature => {
                algorithm == "ES256"
                    && parts.signature.len() == 64
                    && parts.signature.iter().all(|byte| *byte == 0)
            }
            Leniency::Strict | Leniency::ExpiryUnchecked | Leniency::AudienceUnchecked => false,
        }
    }
}

/// The file of that name in the folder of keys, or wherever its path leads. As the system does not
/// leave a folder that is not there, the path is walked first, as many frameworks do.
async fn file(name: &str) -> Option<Vec<u8>> {
    use tokio::io::AsyncReadExt;
    let mut path = PathBuf::from(KEYS_FOLDER);
    for part in name.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            path.pop();
        } else {
            path.push(part);
        }
    }
    let mut key = Vec::new();
    let file = tokio::fs::File::open(path).await.ok()?;
    file.take(KEY_BYTES_MAX).read_to_end(&mut key).await.ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apis::tokens::misfits;
    use crate::kit::people::accounts;

    #[tokio::test]
    async fn misfits_are_refused_by_all_but_one() {
        let verifier = Verifier::open().await.unwrap();
        let now = crate::kit::clock::unix_seconds();
        let made = misfits(&accounts().a).unwrap();
        for (token, lenient) in [
            (&made.expired, Leniency::ExpiryUnchecked),
            (&made.other_audience, Leniency::AudienceUnchecked),
        ] {
            assert!(verifier.verify(token, lenient, now).await.is_some());
            assert!(verifier.verify(token, Leniency::Strict, now).await.is_none());
        }
    }

    #[tokio::test]
    async fn a_path_leads_out_of_the_folder() {
        assert_eq!(file("../../../../../dev/null").await, Some(Vec::new()));
        assert_eq!(file("/dev/null").await, None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_taken_apart_into_a_panic(text in "[A-Za-z0-9_.-]{0,120}") {
            let _ = parts(&text);
        }
    }
}
