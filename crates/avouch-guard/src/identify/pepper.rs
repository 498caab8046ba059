//! What turns the texts of API keys into digests.
//!
//! HMAC-SHA-256, which takes half a microsecond. A hash that is slow on purpose protects what people
//! choose, by making each guess dear. Here 256 bits are random, so no number of guesses is enough; and
//! something slow that every request of a stranger can cause is a way to stop the gateway.

use super::text::{hexadecimal, sha256, unhexadecimal};
use aws_lc_rs::hmac;

/// Bytes of a pepper.
pub const PEPPER_BYTES: usize = 32;

/// The key of the digests that the book keeps. It is kept apart from the book: who has one of the two
/// has nothing.
#[derive(Clone)]
pub struct Pepper(hmac::Key, String);

impl std::fmt::Debug for Pepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pepper({})", self.1)
    }
}

impl Pepper {
    /// A pepper of random bytes.
    pub fn new(bytes: &[u8; PEPPER_BYTES]) -> Self {
        let print = hexadecimal(&sha256(&[b"avouch pepper ", &bytes[..]].concat()));
        let print = print.chars().take(16).collect();
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes), print)
    }

    /// It as it is kept in a file, which [`Pepper::parse`] reads.
    pub fn danger_text(bytes: &[u8; PEPPER_BYTES]) -> String {
        hexadecimal(bytes)
    }

    /// Reads one that was written in hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = unhexadecimal(text.trim())?;
        Some(Self::new(&bytes.try_into().ok()?))
    }

    /// What tells it from others and is no secret.
    pub fn print(&self) -> &str {
        &self.1
    }

    /// The digest that the book keeps of a key.
    pub(super) fn digest(&self, text: &str) -> String {
        hexadecimal(hmac::sign(&self.0, text.as_bytes()).as_ref())
    }

    /// Whether the digest is of that text.
    pub(super) fn made(&self, digest: &[u8], text: &str) -> bool {
        hmac::verify(&self.0, text.as_bytes(), digest).is_ok()
    }
}
