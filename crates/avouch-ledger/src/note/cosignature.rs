//! Cosignatures of witnesses: Ed25519 with a time (C2SP `tlog-cosignature`, version 1).

use super::key::{KeyError, Signer, TYPE_COSIGNATURE, VerifierKey};
use super::signed::{Note, NoteError, Signature};

/// The latest time that a cosignature may name, in seconds since 1970.
const TIME_MAX: u64 = i64::MAX as u64;

/// A private key that cosigns.
#[derive(Debug)]
pub struct Cosigner(Signer);

impl Cosigner {
    /// Makes a cosigner from the seed of an Ed25519 key, which must serve nothing else.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        Signer::new(name, TYPE_COSIGNATURE, seed).map(Self)
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey {
        self.0.verifier()
    }

    /// Cosigns the text of a checkpoint at a time, in seconds since 1970.
    pub fn cosign(&self, text: &str, time_s: u64) -> Signature {
        let time_s = time_s.min(TIME_MAX);
        let mut bytes = time_s.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.0.sign_raw(message(text, time_s).as_bytes()));
        let key = self.0.verifier();
        Signature { name: key.name().to_owned(), id: key.id(), bytes }
    }
}

fn message(text: &str, time_s: u64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

/// Checks the cosignature of a witness under a note, and says when it was made, in seconds since
/// 1970. Of several, the latest counts; one that is wrong spoils all.
pub fn cosigned_at(note: &Note, key: &VerifierKey) -> Result<u64, NoteError> {
    let mut latest = None;
    for signature in note.signatures.iter().filter(|signature| signature.is_of(key)) {
        let bad = || NoteError::BadSignature(key.name().to_owned());
        let (time, bytes) = signature.bytes.split_first_chunk::<8>().ok_or_else(bad)?;
        let time_s = u64::from_be_bytes(*time);
        let fits = key.is_cosigner() && time_s <= TIME_MAX;
        if !fits || !key.has_signed(message(&note.text, time_s).as_bytes(), bytes) {
            return Err(bad());
        }
        latest = latest.max(Some(time_s));
    }
    latest.ok_or_else(|| NoteError::NotSigned(key.name().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosigned() -> (Note, Cosigner) {
        let signer = Signer::of_note("log.example/a", &[7; 32]).unwrap();
        let witness = Cosigner::new("witness.example/w", &[8; 32]).unwrap();
        let text = "log.example/a\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let mut note = Note::sign(text.to_owned(), &signer);
        note.signatures.push(witness.cosign(&note.text, 1_679_315_147));
        (note, witness)
    }

    #[test]
    fn a_cosignature_says_when() {
        let (note, witness) = cosigned();
        let read = Note::parse(note.to_string().as_bytes()).unwrap();
        assert_eq!(cosigned_at(&read, witness.verifier()), Ok(1_679_315_147));
    }

    #[test]
    fn a_cosigned_checkpoint_stays_as_it_was_frozen() {
        assert_eq!(cosigned().0.to_string(), include_str!("samples/cosigned.txt"));
    }

    #[test]
    fn another_time_is_not_what_was_signed() {
        let (mut note, witness) = cosigned();
        note.signatures[1].bytes[7] ^= 1;
        assert!(matches!(cosigned_at(&note, witness.verifier()), Err(NoteError::BadSignature(_))));
    }

    #[test]
    fn a_cosignature_on_another_checkpoint_counts_for_nothing() {
        let (mut note, witness) = cosigned();
        note.text = note.text.replace("\n5\n", "\n6\n");
        assert!(cosigned_at(&note, witness.verifier()).is_err());
    }

    #[test]
    fn a_signature_of_a_log_is_no_cosignature() {
        let (note, _) = cosigned();
        let log = Signer::of_note("log.example/a", &[7; 32]).unwrap();
        assert!(matches!(cosigned_at(&note, log.verifier()), Err(NoteError::BadSignature(_))));
        let stranger = Cosigner::new("witness.example/w", &[9; 32]).unwrap();
        assert!(matches!(cosigned_at(&note, stranger.verifier()), Err(NoteError::NotSigned(_))));
    }
}
