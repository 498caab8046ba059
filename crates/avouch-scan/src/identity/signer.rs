//! Signs webhooks by the secret the user told.

use crate::told::{SigningAlgorithm, Webhook};
use avouch_model::secret::Secret;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What is mixed into the true secret to make one that is wrong.
const WRONG: &str = "not the secret of ";

/// Holds the secret of a receiver of webhooks.
#[derive(Debug)]
pub struct Signer {
    webhook: Webhook,
    secret: Secret,
    /// When each body was signed first: signed again, it is a replay.
    signed_at: Mutex<BTreeMap<String, i64>>,
}

impl Signer {
    /// A signer for that receiver.
    pub fn new(webhook: Webhook, secret: Secret) -> Self {
        Self { webhook, secret, signed_at: Mutex::default() }
    }

    /// The headers that make this body signed at that moment, or when it was signed first.
    pub fn headers(&self, body: &str, rightly: bool, now_seconds: i64) -> Vec<(String, String)> {
        let mut times = self.signed_at.lock().unwrap_or_else(PoisonError::into_inner);
        let at = *times.entry(body.to_owned()).or_insert(now_seconds);
        drop(times);
        let timestamp = at.to_string();
        let text = self.webhook.signed.replace("{timestamp}", &timestamp).replace("{body}", body);
        let algorithm = match self.webhook.algorithm {
            SigningAlgorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            SigningAlgorithm::Sha256 => hmac::HMAC_SHA256,
            SigningAlgorithm::Sha512 => hmac::HMAC_SHA512,
        };
        let secret = self.secret.danger_reveal();
        let wrong = format!("{WRONG}{secret}");
        let key = hmac::Key::new(algorithm, if rightly { secret } else { &wrong }.as_bytes());
        let tag = hmac::sign(&key, text.as_bytes());
        let value = self
            .webhook
            .signature
            .replace("{timestamp}", &timestamp)
            .replace("{hex}", &crate::nonce::hexadecimal(tag.as_ref()))
            .replace("{base64}", &STANDARD.encode(tag.as_ref()));
        let mut headers = vec![(self.webhook.header.clone(), value)];
        headers.extend(
            self.webhook.timestamp_header.iter().map(|name| (name.clone(), timestamp.clone())),
        );
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        let told = r#"{"operation": "POST /hooks", "secret": "env:X", "body": "{}", "header": "X-Sig",
            "signature": "t={timestamp},v1={hex}", "signed": "{timestamp}.{body}"}"#;
        Signer::new(serde_json::from_str(told).unwrap(), Secret::new("whsec"))
    }

    #[test]
    fn a_replay_has_the_signature_of_the_first_time() {
        let signer = signer();
        let first = signer.headers("{}", true, 1_700_000_000);
        assert_eq!(first, signer.headers("{}", true, 1_700_000_500));
        assert_ne!(first, signer.headers("{}", false, 1_700_000_000));
        // HMAC-SHA256 of `1700000000.{}` under `whsec`, computed by another program.
        let expected =
            "t=1700000000,v1=7d44587dddbaf4c7f70fef20f48cd594834ffea1641e3ac227b84408298738af";
        assert_eq!(first, [("X-Sig".to_owned(), expected.to_owned())]);
    }
}
