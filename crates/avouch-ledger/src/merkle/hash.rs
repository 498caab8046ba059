//! Hashes of leaves and of nodes.

use aws_lc_rs::digest::{Context, SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fmt;

/// Bytes of one hash.
pub const HASH_BYTES: usize = 32;

/// A SHA-256 hash. It prints as standard base64, as the notes of C2SP do.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; HASH_BYTES]);

/// The root of the tree without leaves: the hash of nothing (RFC 6962, section 2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

impl Hash {
    /// Hashes bytes as they are, with no prefix.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_digest(&digest(&SHA256, bytes))
    }

    /// Reads a hash from standard base64 with padding, and nothing else.
    pub fn from_base64(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Reads a hash from as many bytes as it has.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes in lower-case hexadecimal.
    pub fn to_hex(self) -> String {
        use std::fmt::Write;
        self.0.iter().fold(String::with_capacity(2 * HASH_BYTES), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    fn from_digest(digest: &aws_lc_rs::digest::Digest) -> Self {
        Self(digest.as_ref().try_into().unwrap_or_default())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// Hashes a leaf: `SHA-256(0x00 || entry)`.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[0]);
    context.update(entry);
    Hash::from_digest(&context.finish())
}

/// Hashes a node: `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 1 + 2 * HASH_BYTES];
    if let [_, both @ ..] = &mut bytes
        && let Some((first, second)) = both.split_first_chunk_mut()
    {
        *first = left.0;
        second.copy_from_slice(&right.0);
    }
    Hash::of(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_specification() {
        assert_eq!(Hash::of(b""), EMPTY_ROOT);
        let leaf = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(leaf_hash(b"").to_hex(), leaf);
        let left = leaf_hash(b"");
        let right = leaf_hash(b"\0");
        let node = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
        assert_eq!(node_hash(&left, &right).to_hex(), node);
    }

    #[test]
    fn base64_is_read_strictly() {
        let text = EMPTY_ROOT.to_string();
        assert_eq!(Hash::from_base64(&text), Some(EMPTY_ROOT));
        assert_eq!(Hash::from_base64(text.trim_end_matches('=')), None);
        assert_eq!(Hash::from_base64("AAAA"), None);
    }
}
