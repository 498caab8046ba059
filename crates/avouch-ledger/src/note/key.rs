//! Keys of notes: names, identifiers, and Ed25519.

use crate::merkle::Hash;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fmt;
use zeroize::Zeroizing;

/// LIMIT: the most bytes of a key's name.
pub(super) const NAME_BYTES_MAX: usize = 255;

/// The signature type of a plain Ed25519 signature over the text (C2SP `signed-note`).
pub(super) const TYPE_NOTE: u8 = 1;

/// The signature type of a timestamped Ed25519 cosignature (C2SP `tlog-cosignature`).
pub(super) const TYPE_COSIGNATURE: u8 = 4;

/// Why a text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The name is empty, too long, or has a space, a plus or a control character.
    #[error("a key's name must not be empty, nor have spaces, plus signs or more than 255 bytes")]
    Name,
    /// The form is not `name+hash+key`.
    #[error("a public key has the form `name+hash+key`")]
    Form,
    /// Only Ed25519 keys, of notes or of cosignatures, are known here.
    #[error("the key is of a kind that is not known here")]
    Kind,
    /// The hash in the key is not that of the key.
    #[error("the key's hash is not that of the key: it was not copied whole")]
    Hash,
    /// The seed is no private key.
    #[error("the bytes are no private key")]
    Seed,
}

/// Whether a text may name a key (C2SP `signed-note`).
pub(super) fn is_name(name: &str) -> bool {
    let fine = |c: char| c != '+' && !c.is_whitespace() && !c.is_control();
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.chars().all(fine)
}

/// The first four bytes of `SHA-256(name || "\n" || type || key)`.
fn key_id(name: &str, kind: u8, public: &[u8]) -> u32 {
    let mut bytes = Vec::with_capacity(name.len() + 2 + public.len());
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(&[b'\n', kind]);
    bytes.extend_from_slice(public);
    Hash::of(&bytes).0.first_chunk().map_or(0, |id| u32::from_be_bytes(*id))
}

/// A public key that checks signatures of notes, or cosignatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: u8,
    public: [u8; 32],
    id: u32,
}

impl VerifierKey {
    /// A key that checks signatures of notes.
    pub fn of_note(name: &str, public: [u8; 32]) -> Result<Self, KeyError> {
        Self::new(name, TYPE_NOTE, public)
    }

    /// A key that checks cosignatures.
    pub fn of_cosignature(name: &str, public: [u8; 32]) -> Result<Self, KeyError> {
        Self::new(name, TYPE_COSIGNATURE, public)
    }

    fn new(name: &str, kind: u8, public: [u8; 32]) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        Ok(Self { name: name.to_owned(), kind, public, id: key_id(name, kind, &public) })
    }

    /// Reads the encoded form `name+hash+key` of C2SP `signed-note`.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Form);
        };
        let bytes = BASE64_STANDARD.decode(key).map_err(|_| KeyError::Form)?;
        let (kind, public) = bytes.split_first().ok_or(KeyError::Form)?;
        if ![TYPE_NOTE, TYPE_COSIGNATURE].contains(kind) {
            return Err(KeyError::Kind);
        }
        let public = public.try_into().map_err(|_| KeyError::Form)?;
        let key = Self::new(name, *kind, public)?;
        if format!("{:08x}", key.id) == id { Ok(key) } else { Err(KeyError::Hash) }
    }

    /// The name of whoever signs with it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The short number by which a signature says which key made it.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The 32 bytes of the Ed25519 key.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Whether it checks cosignatures rather than signatures of notes.
    pub fn is_cosigner(&self) -> bool {
        self.kind == TYPE_COSIGNATURE
    }

    /// Whether the 64 bytes are a signature of the message by this key.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(message, signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.kind];
        bytes.extend_from_slice(&self.public);
        write!(f, "{}+{:08x}+{}", self.name, self.id, BASE64_STANDARD.encode(bytes))
    }
}

/// A private key that signs notes. It shows nothing of itself.
pub struct Signer {
    key: VerifierKey,
    pair: Ed25519KeyPair,
    seed: Zeroizing<[u8; 32]>,
}

impl Signer {
    /// Makes a signer of notes from the seed of an Ed25519 key.
    pub fn of_note(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        Self::new(name, TYPE_NOTE, seed)
    }

    pub(super) fn new(name: &str, kind: u8, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Seed)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| KeyError::Seed)?;
        let key = VerifierKey::new(name, kind, public)?;
        Ok(Self { key, pair, seed: Zeroizing::new(*seed) })
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.key
    }

    /// The seed, for the one moment it is put away sealed.
    pub fn danger_seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// Signs a message as it is: 64 bytes.
    pub fn sign_raw(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}, …)", self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the Go checksum database, as it is published.
    const SUM: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

    #[test]
    fn a_published_key_is_read_and_written_again() {
        let key = VerifierKey::parse(SUM).unwrap();
        assert_eq!(key.name(), "sum.golang.org");
        assert_eq!(key.id(), 0x033d_e0ae);
        assert_eq!(key.to_string(), SUM);
    }

    #[test]
    fn a_key_that_was_not_copied_whole_is_refused() {
        assert_eq!(VerifierKey::parse(&SUM.replace("033d", "033e")), Err(KeyError::Hash));
        assert_eq!(VerifierKey::parse("sum.golang.org+033de0ae"), Err(KeyError::Form));
        assert_eq!(VerifierKey::parse(&SUM.replace("sum.", "sum ")), Err(KeyError::Name));
        assert_eq!(VerifierKey::parse("a+00000000+BwAA"), Err(KeyError::Kind));
    }

    #[test]
    fn a_signer_shows_nothing_of_its_seed() {
        let signer = Signer::of_note("log.example", &[0x5a; 32]).unwrap();
        let shown = format!("{signer:?}");
        assert!(shown.starts_with("Signer(log.example+"));
        assert!(!shown.to_lowercase().contains("5a5a"));
        assert!(!shown.contains("90, 90"));
    }
}
