//! A text and the signatures under it (C2SP `signed-note`).

use super::key::{Signer, VerifierKey, is_name};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fmt;

/// LIMIT: the most bytes of a note that is read.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;

/// LIMIT: the most signatures of a note that is read; the specification asks for at least 16.
pub const SIGNATURES_MAX: usize = 64;

/// LIMIT: the most bytes of one signature; the largest known kind is below.
const SIGNATURE_BYTES_MAX: usize = 8 * 1024;

/// Why bytes are not a note, or not one that can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is larger than any note that is read.
    #[error("the note has more than 256 KiB")]
    TooLong,
    /// It is not text, or has control characters.
    #[error("the note is not plain text")]
    NotText,
    /// It has no empty line with signatures below.
    #[error("the note has no signatures below an empty line")]
    NoSignatures,
    /// A line below the empty line is no signature.
    #[error("line {0} below the text is no signature")]
    SignatureLine(usize),
    /// It has more signatures than are read.
    #[error("the note has more than 64 signatures")]
    TooMany,
    /// No signature is of a known key.
    #[error("the note is not signed by `{0}`")]
    NotSigned(String),
    /// A signature that names a known key was not made by it.
    #[error("the signature of `{0}` does not belong to this text")]
    BadSignature(String),
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Who says to have signed.
    pub name: String,
    /// The short number of the key.
    pub id: u32,
    /// What follows the number: for a cosignature the time and the signature.
    pub bytes: Vec<u8>,
}

impl Signature {
    /// Reads a line without its end.
    pub fn parse(line: &str) -> Option<Self> {
        let (name, text) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = BASE64_STANDARD.decode(text).ok()?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        let fits = is_name(name) && !bytes.is_empty() && bytes.len() <= SIGNATURE_BYTES_MAX;
        let id = u32::from_be_bytes(*id);
        fits.then(|| Self { name: name.to_owned(), id, bytes: bytes.to_vec() })
    }

    /// Whether it says to be of this key.
    pub fn is_of(&self, key: &VerifierKey) -> bool {
        self.id == key.id() && self.name == key.name()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.id.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.bytes);
        writeln!(f, "— {} {}", self.name, BASE64_STANDARD.encode(bytes))
    }
}

/// A text with signatures. That it was read does not mean that anything was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text with its last line end, without the empty line.
    pub text: String,
    /// The signatures, in order.
    pub signatures: Vec<Signature>,
}

impl Note {
    /// Signs a text. The text must end in a line end.
    pub fn sign(text: String, signer: &Signer) -> Self {
        let signature = signer.sign_raw(text.as_bytes());
        let key = signer.verifier();
        let signature = Signature { name: key.name().to_owned(), id: key.id(), bytes: signature };
        Self { text, signatures: vec![signature] }
    }

    /// Reads a note.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(NoteError::NotText);
        }
        let (text, below) = note.rsplit_once("\n\n").ok_or(NoteError::NoSignatures)?;
        let lines = below.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
        let mut signatures = Vec::new();
        for (number, line) in lines.split('\n').enumerate() {
            if number >= SIGNATURES_MAX {
                return Err(NoteError::TooMany);
            }
            let signature = Signature::parse(line).ok_or(NoteError::SignatureLine(number + 1))?;
            signatures.push(signature);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// Checks that the key signed this text: one signature of it, and none that is wrong.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        let mut found = false;
        for signature in self.signatures.iter().filter(|signature| signature.is_of(key)) {
            if key.is_cosigner() || !key.has_signed(self.text.as_bytes(), &signature.bytes) {
                return Err(NoteError::BadSignature(key.name().to_owned()));
            }
            found = true;
        }
        if found { Ok(()) } else { Err(NoteError::NotSigned(key.name().to_owned())) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| write!(f, "{signature}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signer() -> Signer {
        Signer::of_note("log.example/a", &[7; 32]).unwrap()
    }

    #[test]
    fn what_was_signed_is_read_and_checked() {
        let note = Note::sign("one\n\ntwo\n".to_owned(), &signer());
        let read = Note::parse(note.to_string().as_bytes()).unwrap();
        assert_eq!(read, note);
        assert_eq!(read.verify(signer().verifier()), Ok(()));
    }

    #[test]
    fn a_note_stays_as_it_was_frozen() {
        let note = Note::sign("one\n".to_owned(), &signer());
        let frozen = include_str!("samples/note.txt");
        assert_eq!(note.to_string(), frozen);
    }

    #[test]
    fn another_text_is_not_what_was_signed() {
        let mut note = Note::sign("one\n".to_owned(), &signer());
        note.text = "ten\n".to_owned();
        let said = note.verify(signer().verifier());
        assert_eq!(said, Err(NoteError::BadSignature("log.example/a".to_owned())));
        note.signatures.clear();
        let said = note.verify(signer().verifier());
        assert_eq!(said, Err(NoteError::NotSigned("log.example/a".to_owned())));
    }

    #[test]
    fn one_wrong_signature_of_a_known_key_spoils_the_note() {
        let mut note = Note::sign("one\n".to_owned(), &signer());
        let mut wrong = note.signatures[0].clone();
        wrong.bytes[3] ^= 1;
        note.signatures.push(wrong);
        assert!(note.verify(signer().verifier()).is_err());
    }

    #[test]
    fn what_is_no_note_is_refused() {
        let good = Note::sign("one\n".to_owned(), &signer()).to_string();
        let line = good.lines().last().unwrap().to_owned();
        let many = format!("one\n\n{}", format!("{line}\n").repeat(SIGNATURES_MAX + 1));
        assert_eq!(Note::parse(many.as_bytes()), Err(NoteError::TooMany));
        let seventeen = format!("one\n\n{}", format!("{line}\n").repeat(17));
        assert!(Note::parse(seventeen.as_bytes()).is_ok());
        for bad in [
            good.replace('\n', "\r\n"),
            good.replace("one", "o\0e"),
            good.trim_end().to_owned(),
            format!("{good}trailing"),
            good.replace("\n\n", "\n"),
            good.replace("— ", "- "),
            String::new(),
        ] {
            assert!(Note::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert_eq!(Note::parse(&vec![b'a'; NOTE_BYTES_MAX + 1]), Err(NoteError::TooLong));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Note::parse(&bytes);
        }

        #[test]
        fn a_note_that_is_read_is_written_the_same(text in "[a-z—\n]{0,40}\n\n(— [a-z]{1,4} AAAA[A-D]{4}\n){1,3}") {
            if let Ok(note) = Note::parse(text.as_bytes()) {
                prop_assert_eq!(note.to_string(), text);
            }
        }

        #[test]
        fn a_changed_byte_is_noticed(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let good = Note::sign("log.example/a\n5\nabc\n".to_owned(), &signer());
            let mut bytes = good.to_string().into_bytes();
            let place = at.index(bytes.len());
            bytes[place] ^= 1 << bit;
            if let Ok(note) = Note::parse(&bytes) {
                prop_assert!(note.verify(signer().verifier()).is_err());
            }
        }
    }
}
