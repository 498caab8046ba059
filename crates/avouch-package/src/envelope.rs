//! Signatures that programs of others check: DSSE envelopes with in-toto statements.

use crate::canonical;
use avouch_ledger::merkle::Hash;
use avouch_ledger::note::{Signer, VerifierKey};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// The type of what is in the envelope.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The type of a statement.
const STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// The predicate that `trestle verify` knows for one signed file.
const PREDICATE: &str =
    "https://oscal-compass.github.io/compliance-trestle/predicates/oscal-signing/v1";

/// What stands before an Ed25519 public key in the form of RFC 8410.
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The statement that a file has a digest, under a checkpoint of the ledger.
pub(crate) fn statement(name: &str, digest: &Hash, checkpoint: &Value) -> Value {
    json!({
        "_type": STATEMENT,
        "predicate": {
            "canonicalization": "RFC8785",
            "digestAlgorithm": "sha256",
            "digestSource": "canonical-json",
            "ledgerCheckpoint": checkpoint,
        },
        "predicateType": PREDICATE,
        "subject": [{ "digest": { "sha256": digest.to_hex() }, "name": name }],
    })
}

/// What is signed: type and payload with their lengths.
pub(crate) fn encoded(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Signs a statement.
pub(crate) fn sign(statement: &Value, signer: &Signer) -> String {
    sign_bytes(PAYLOAD_TYPE, canonical::encode(statement).as_bytes(), signer)
}

/// Signs a payload of any type.
pub(crate) fn sign_bytes(payload_type: &str, payload: &[u8], signer: &Signer) -> String {
    let signature = signer.sign_raw(&encoded(payload_type, payload));
    let envelope = json!({
        "payload": BASE64_STANDARD.encode(payload),
        "payloadType": payload_type,
        "signatures": [{
            "keyid": key_id(signer.verifier().public()),
            "sig": BASE64_STANDARD.encode(signature),
        }],
    });
    canonical::encode(&envelope)
}

/// How an envelope names a key: SHA-256 of it in the form of RFC 8410.
pub(crate) fn key_id(public: &[u8; 32]) -> String {
    Hash::of(&[&SPKI[..], public].concat()).to_hex()
}

/// A public key as other programs read it.
pub fn pem(public: &[u8; 32]) -> String {
    let text = BASE64_STANDARD.encode([&SPKI[..], public].concat());
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}

/// The statement in an envelope, if the key signed it.
pub(crate) fn open(envelope: &[u8], public: &[u8; 32]) -> Option<Value> {
    canonical::parse(&open_bytes(PAYLOAD_TYPE, envelope, public)?)
}

/// The payload of a type in an envelope, if the key signed it.
pub(crate) fn open_bytes(
    payload_type: &str,
    envelope: &[u8],
    public: &[u8; 32],
) -> Option<Vec<u8>> {
    let envelope = canonical::parse(envelope)?;
    let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
    if text(&envelope, "payloadType")? != payload_type {
        return None;
    }
    let payload = BASE64_STANDARD.decode(text(&envelope, "payload")?).ok()?;
    let key = VerifierKey::of_note("package", *public).ok()?;
    let message = encoded(payload_type, &payload);
    let signed = |one: &Value| {
        let signature = text(one, "sig").and_then(|sig| BASE64_STANDARD.decode(sig).ok());
        signature.is_some_and(|signature| key.has_signed(&message, &signature))
    };
    let signatures = envelope.get("signatures")?.as_array()?;
    signatures.iter().any(signed).then_some(payload)
}

/// Whether a statement says that a file has a digest.
pub(crate) fn says(statement: &Value, name: &str, digest: &Hash) -> bool {
    statement.get("_type").and_then(Value::as_str) == Some(STATEMENT)
        && statement.get("subject")
            == Some(&json!([{ "digest": { "sha256": digest.to_hex() }, "name": name }]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_with_its_key_and_nothing_else() {
        let signer = Signer::of_note("package", &[7; 32]).unwrap();
        let digest = Hash::of(b"{}");
        let sealed = sign(&statement("manifest.json", &digest, &json!({})), &signer);
        let public = *signer.verifier().public();
        let opened = open(sealed.as_bytes(), &public).unwrap();
        assert!(says(&opened, "manifest.json", &digest));
        assert!(!says(&opened, "manifest.json", &Hash::of(b"[]")));
        assert_eq!(open(sealed.as_bytes(), &[9; 32]), None);
        for at in (0..sealed.len()).step_by(11) {
            let mut changed = sealed.clone().into_bytes();
            changed[at] ^= 1;
            let other = open(&changed, &public);
            assert!(other.is_none_or(|other| other == opened), "byte {at}");
        }
    }
}
