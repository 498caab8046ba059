//! 32 bytes that must never be seen.

use crate::storage::{Rng, RngError};
use std::fmt;
use zeroize::Zeroizing;

/// A secret of 32 bytes. It prints as nothing and is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret32(Zeroizing<[u8; 32]>);

/// The cryptography refused what cannot be refused: a key of the right length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library failed")]
pub struct KeyFailure;

impl Secret32 {
    /// Takes bytes out of sight.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Makes one that nobody knows.
    pub fn random(rng: &dyn Rng) -> Result<Self, RngError> {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// The bytes, for the moment they are used.
    pub fn danger_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret32(…)")
    }
}
