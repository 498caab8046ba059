//! XAES-256-GCM (C2SP): a key for each nonce, and AES-256-GCM under it.

use super::secret::{KeyFailure, Secret32};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_256, EncryptingKey, UnboundCipherKey};
use std::fmt;

/// Bytes that sealing adds at the end.
pub(super) const TAG_BYTES: usize = 16;

/// A key from which a key for each nonce is derived.
pub struct Xaes {
    cipher: EncryptingKey,
    subkey: [u8; 16],
}

impl fmt::Debug for Xaes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Xaes(…)")
    }
}

impl Xaes {
    /// Takes a key into use.
    pub fn new(key: &Secret32) -> Result<Self, KeyFailure> {
        let unbound =
            UnboundCipherKey::new(&AES_256, key.danger_bytes()).map_err(|_| KeyFailure)?;
        let cipher = EncryptingKey::ecb(unbound).map_err(|_| KeyFailure)?;
        let mut block = [0; 16];
        cipher.encrypt(&mut block).map_err(|_| KeyFailure)?;
        let block = u128::from_be_bytes(block);
        let reduce = if block >> 127 == 1 { 0x87 } else { 0 };
        Ok(Self { cipher, subkey: ((block << 1) ^ reduce).to_be_bytes() })
    }

    /// Derives the key of a nonce.
    pub fn derive(&self, nonce: &[u8; 24]) -> Result<Secret32, KeyFailure> {
        let [half, _] = halves(nonce);
        let mut blocks = [0; 32];
        for (number, block) in (1_u8..).zip(blocks.chunks_mut(16)) {
            let message = [0, number, b'X', 0].into_iter().chain(half);
            for ((to, from), mask) in block.iter_mut().zip(message).zip(self.subkey) {
                *to = from ^ mask;
            }
        }
        self.cipher.encrypt(&mut blocks).map_err(|_| KeyFailure)?;
        Ok(Secret32::new(blocks))
    }

    /// Seals bytes: appends the ciphertext and the tag to what is there already.
    pub fn seal(
        &self,
        nonce: &[u8; 24],
        aad: &[&[u8]],
        plain: &[u8],
    ) -> Result<Vec<u8>, KeyFailure> {
        let mut bytes = plain.to_vec();
        let tag = seal_in_place(&self.derive(nonce)?, nonce, &aad.concat(), &mut bytes)?;
        bytes.extend_from_slice(&tag);
        Ok(bytes)
    }

    /// Opens bytes that were sealed so; `None` when they were not.
    pub fn open(&self, nonce: &[u8; 24], aad: &[&[u8]], sealed: &[u8]) -> Option<Vec<u8>> {
        open(&self.derive(nonce).ok()?, nonce, &aad.concat(), sealed)
    }
}

fn halves(nonce: &[u8; 24]) -> [[u8; 12]; 2] {
    let (chunks, _) = nonce.as_chunks::<12>();
    <[[u8; 12]; 2]>::try_from(chunks).unwrap_or_default()
}

fn gcm(key: &Secret32) -> Result<LessSafeKey, KeyFailure> {
    let unbound = UnboundKey::new(&AES_256_GCM, key.danger_bytes()).map_err(|_| KeyFailure)?;
    Ok(LessSafeKey::new(unbound))
}

/// Seals bytes where they stand, under the key derived for the nonce, and gives the tag.
pub(super) fn seal_in_place(
    key: &Secret32,
    nonce: &[u8; 24],
    aad: &[u8],
    bytes: &mut [u8],
) -> Result<[u8; TAG_BYTES], KeyFailure> {
    let [_, half] = halves(nonce);
    let nonce = Nonce::assume_unique_for_key(half);
    let tag = gcm(key)?.seal_in_place_separate_tag(nonce, Aad::from(aad), bytes);
    tag.map_err(|_| KeyFailure)?.as_ref().try_into().map_err(|_| KeyFailure)
}

/// Opens ciphertext and tag under the key derived for the nonce.
pub(super) fn open(key: &Secret32, nonce: &[u8; 24], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let [_, half] = halves(nonce);
    let mut bytes = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(half);
    let length = gcm(key).ok()?.open_in_place(nonce, Aad::from(aad), &mut bytes).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::canonical::to_hex;

    /// The vectors of the specification: for one the top bit of L is 0, for the other 1.
    #[test]
    fn keys_and_ciphertexts_are_those_of_the_specification() {
        let nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX";
        for (key, aad, derived, sealed) in [
            (
                1,
                "",
                "c8612c9ed53fe43e8e005b828a1631a0bbcb6ab2f46514ec4f439fcfd0fa969b",
                "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271",
            ),
            (
                3,
                "c2sp.org/XAES-256-GCM",
                "e9c621d4cdd9b11b00a6427ad7e559aeedd66b3857646677748f8ca796cb3fd8",
                "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
            ),
        ] {
            let xaes = Xaes::new(&Secret32::new([key; 32])).unwrap();
            assert_eq!(to_hex(xaes.derive(nonce).unwrap().danger_bytes()), derived);
            let bytes = xaes.seal(nonce, &[aad.as_bytes()], b"XAES-256-GCM").unwrap();
            assert_eq!(to_hex(&bytes), sealed);
            let opened = xaes.open(nonce, &[aad.as_bytes()], &bytes);
            assert_eq!(opened.as_deref(), Some(&b"XAES-256-GCM"[..]));
            assert_eq!(xaes.open(nonce, &[b"other"], &bytes), None);
        }
    }

    #[test]
    fn keys_show_nothing() {
        let key = Secret32::new([0x5a; 32]);
        let shown = format!("{key:?} {:?}", Xaes::new(&key).unwrap());
        assert_eq!(shown, "Secret32(…) Xaes(…)");
    }
}
