//! Acts that the auditor signed: the operator of the ledger cannot put words into the auditor's mouth.
//!
//! What is signed is the fact as canonical JSON, without the name of the person, which a ledger may
//! replace by a pseudonym, and without the signature itself; as DSSE says.

use crate::canonical;
use avouch_ledger::format::canonical::{from_hex, to_hex};
use avouch_ledger::note::{Signer, VerifierKey};
use serde_json::{Map, Value};

/// The type of what is signed.
pub const PAYLOAD_TYPE: &str = "application/vnd.avouch.engagement-act+json";

/// Members of a fact that are not signed.
const UNSIGNED: [&str; 2] = ["actor", "signature"];

/// Whether the auditor stands behind an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The auditor's key signed it.
    Yes,
    /// Nothing shows it, and nothing says so.
    No,
    /// It bears a signature that the auditor's key did not make.
    Wrong,
}

/// The signature over an act, as it stands in the fact.
pub fn sign(fact: &Map<String, Value>, signer: &Signer) -> String {
    to_hex(&signer.sign_raw(&message(fact)))
}

/// Judges the signature of an act by the key that the engagement names.
pub fn judge(fact: &Map<String, Value>, key: Option<&[u8; 32]>) -> Signed {
    let Some(signature) = fact.get("signature") else { return Signed::No };
    let key = key.and_then(|key| VerifierKey::of_note("auditor", *key).ok());
    let signature = signature.as_str().and_then(from_hex);
    let holds = key.zip(signature);
    if holds.is_some_and(|(key, signature)| key.has_signed(&message(fact), &signature)) {
        Signed::Yes
    } else {
        Signed::Wrong
    }
}

fn message(fact: &Map<String, Value>) -> Vec<u8> {
    let signed: Map<String, Value> = fact
        .iter()
        .filter(|(name, _)| !UNSIGNED.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    crate::envelope::encoded(PAYLOAD_TYPE, canonical::encode(&Value::Object(signed)).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whoever_changes_a_word_of_an_act_is_found_out() {
        let signer = Signer::of_note("auditor", &[7; 32]).unwrap();
        let public = *signer.verifier().public();
        let mut fact = json!({"id": "engagement/x", "actor": "anna", "text": "all keys"});
        let fact = fact.as_object_mut().unwrap();
        assert_eq!(judge(fact, Some(&public)), Signed::No);
        let signature = sign(fact, &signer);
        fact.insert("signature".into(), signature.into());
        assert_eq!(judge(fact, Some(&public)), Signed::Yes);
        fact.insert("actor".into(), json!({"pseudonym": "00"}));
        assert_eq!(judge(fact, Some(&public)), Signed::Yes);
        assert_eq!(judge(fact, Some(&[9; 32])), Signed::Wrong);
        assert_eq!(judge(fact, None), Signed::Wrong);
        fact.insert("text".into(), "some keys".into());
        assert_eq!(judge(fact, Some(&public)), Signed::Wrong);
    }
}
