//! The uppermost key, which wraps all others.

use super::secret::{KeyFailure, Secret32};
use super::xaes::Xaes;
use crate::format::canonical::{from_hex, to_hex};
use crate::format::control::KekVersion;
use crate::merkle::Hash;
use crate::storage::Rng;
use zeroize::Zeroizing;

/// The first word of the file.
const HEADER: &str = "avouch-kek-v1";

/// LIMIT: bytes of the key's name.
const ID_BYTES_MAX: usize = 100;

/// Bytes of a wrapped secret: nonce, ciphertext, tag.
const WRAPPED_BYTES: usize = 24 + 32 + 16;

/// A key that wraps keys.
#[derive(Debug)]
pub struct Kek {
    version: KekVersion,
    key: Secret32,
    xaes: Xaes,
}

/// Why a text is not such a key, or could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KekError {
    /// It has not the form `avouch-kek-v1 <id> <version> <64 hexadecimal digits>`.
    #[error("it has not the form `avouch-kek-v1 <id> <version> <64 hexadecimal digits>`")]
    Form,
    /// The library failed.
    #[error("the key could not be used")]
    Key(#[from] KeyFailure),
    /// The machine gave no random bytes.
    #[error("the key could not be made")]
    Rng(#[from] crate::storage::RngError),
}

impl Kek {
    /// Makes a key.
    pub fn new(id: &str, version: u32, key: Secret32) -> Result<Self, KekError> {
        let plain = |byte: u8| byte.is_ascii_graphic();
        if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(plain) {
            return Err(KekError::Form);
        }
        let xaes = Xaes::new(&key)?;
        Ok(Self { version: KekVersion { id: id.to_owned(), version }, key, xaes })
    }

    /// Makes a random key, or the next version of one.
    pub fn random(id: &str, version: u32, rng: &dyn Rng) -> Result<Self, KekError> {
        Self::new(id, version, Secret32::random(rng)?)
    }

    /// Reads the text that [`Kek::danger_text`] writes.
    pub fn parse(text: &str) -> Result<Self, KekError> {
        let mut words = text.split_ascii_whitespace();
        let (header, id, version, key) = (words.next(), words.next(), words.next(), words.next());
        let (Some(HEADER), Some(id), Some(version), Some(key), None) =
            (header, id, version, key, words.next())
        else {
            return Err(KekError::Form);
        };
        let version = version.parse().map_err(|_| KekError::Form)?;
        let key = from_hex(key).and_then(|key| key.try_into().ok()).ok_or(KekError::Form)?;
        Self::new(id, version, Secret32::new(key))
    }

    /// The key as the text of a file.
    pub fn danger_text(&self) -> Zeroizing<String> {
        let KekVersion { id, version } = &self.version;
        let key = Zeroizing::new(to_hex(self.key.danger_bytes()));
        Zeroizing::new(format!("{HEADER} {id} {version} {}\n", *key))
    }

    /// Which key it is.
    pub fn version(&self) -> &KekVersion {
        &self.version
    }

    fn additional(&self, purpose: &str, origin_hash: &Hash, number: u32) -> Vec<u8> {
        let parts: [&[u8]; 6] = [
            purpose.as_bytes(),
            b"\0",
            &origin_hash.0,
            &number.to_be_bytes(),
            &self.version.version.to_be_bytes(),
            self.version.id.as_bytes(),
        ];
        parts.concat()
    }

    /// Wraps a secret for a purpose of a log.
    pub(crate) fn wrap(
        &self,
        (purpose, origin_hash, number): (&str, &Hash, u32),
        secret: &Secret32,
        rng: &dyn Rng,
    ) -> Result<Vec<u8>, KekError> {
        let mut nonce = [0; 24];
        rng.fill(&mut nonce)?;
        let aad = self.additional(purpose, origin_hash, number);
        let sealed = self.xaes.seal(&nonce, &[&aad], secret.danger_bytes())?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Unwraps a secret; `None` when this key did not wrap it for this purpose.
    pub(crate) fn unwrap(
        &self,
        (purpose, origin_hash, number): (&str, &Hash, u32),
        wrapped: &[u8],
    ) -> Option<Secret32> {
        let (nonce, sealed) = wrapped.split_first_chunk::<24>()?;
        if wrapped.len() != WRAPPED_BYTES {
            return None;
        }
        let aad = self.additional(purpose, origin_hash, number);
        let plain = Zeroizing::new(self.xaes.open(nonce, &[&aad], sealed)?);
        plain.as_slice().try_into().ok().map(Secret32::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::SystemRng;

    #[test]
    fn what_was_wrapped_is_unwrapped_for_the_same_purpose_only() {
        let kek = Kek::random("file", 1, &SystemRng).unwrap();
        let log = Hash::of(b"log");
        let secret = Secret32::new([3; 32]);
        let wrapped = kek.wrap(("a", &log, 1), &secret, &SystemRng).unwrap();
        let read = Kek::parse(&kek.danger_text()).unwrap();
        assert_eq!(read.unwrap(("a", &log, 1), &wrapped).unwrap().danger_bytes(), &[3; 32]);
        assert!(read.unwrap(("b", &log, 1), &wrapped).is_none());
        assert!(read.unwrap(("a", &log, 2), &wrapped).is_none());
        assert!(read.unwrap(("a", &log, 1), &wrapped[..71]).is_none());
        let next = Kek::random("file", 2, &SystemRng).unwrap();
        assert!(next.unwrap(("a", &log, 1), &wrapped).is_none());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in
            ["", "avouch-kek-v1 file 1", "avouch-kek-v2 file 1 00", "avouch-kek-v1 file x 00"]
        {
            assert_eq!(Kek::parse(text).unwrap_err(), KekError::Form);
        }
    }
}
