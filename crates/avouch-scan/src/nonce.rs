//! Values that nobody could guess and that a replay finds again.
//!
//! Each is an HMAC of its label under the scan's seed. The seed is drawn once and recorded with the
//! scan, so a check asks for "random" values and stays a pure function.

use aws_lc_rs::hmac;

/// Bytes of a scan's seed.
pub const SEED_BYTES: usize = 32;

/// What every marker begins with.
const CANARY: &str = "cny-";

/// Whether a value holds a marker of a scan, this one's or an earlier one's.
pub fn is_canary(text: &str) -> bool {
    text.contains(CANARY)
}

/// Bytes in lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A source of values for one (check, subject, round).
#[derive(Clone, Debug)]
pub struct Nonces {
    seed: [u8; SEED_BYTES],
    scope: String,
}

impl Nonces {
    /// Values for that scope under that seed.
    pub fn new(seed: [u8; SEED_BYTES], scope: impl Into<String>) -> Self {
        Self { seed, scope: scope.into() }
    }

    fn bytes(&self, label: &str) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.seed);
        let tag = hmac::sign(&key, format!("{}\n{label}", self.scope).as_bytes());
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        bytes
    }

    /// Lower-case hexadecimal, at most 64 digits.
    pub fn hex(&self, label: &str, digits: usize) -> String {
        let mut text = hexadecimal(&self.bytes(label));
        text.truncate(digits);
        text
    }

    /// A number from `least` to `most`, both included.
    pub fn number(&self, label: &str, least: u64, most: u64) -> u64 {
        let bytes = self.bytes(label);
        let wide = bytes.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        let span = most.saturating_sub(least).saturating_add(1).max(1);
        least + wide % span
    }

    /// A word of lower-case letters that is in no dictionary.
    pub fn word(&self, label: &str, letters: usize) -> String {
        self.bytes(label).iter().take(letters).map(|byte| char::from(b'a' + byte % 26)).collect()
    }

    /// A random UUID, version 4 (RFC 9562).
    pub fn uuid(&self, label: &str) -> String {
        let hex = self.hex(label, 32);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        let variant = ["8", "9", "a", "b"]
            .get(usize::try_from(self.number(label, 0, 3)).unwrap_or(0))
            .copied()
            .unwrap_or("8");
        format!(
            "{}-{}-4{}-{variant}{}-{}",
            part(0, 8),
            part(8, 12),
            part(13, 16),
            part(17, 20),
            part(20, 32)
        )
    }

    /// A marker for an object the scan creates: in the wrong hands it is proof (O4).
    pub fn canary(&self, label: &str) -> String {
        format!("{CANARY}{}", self.hex(label, 20))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_label_gives_the_same_value_and_another_another() {
        let nonces = Nonces::new([7; SEED_BYTES], "BOLA-01 GET /x 0");
        assert_eq!(nonces.hex("a", 12), nonces.hex("a", 12));
        assert_ne!(nonces.hex("a", 12), nonces.hex("b", 12));
        assert_ne!(Nonces::new([7; SEED_BYTES], "other").hex("a", 12), nonces.hex("a", 12));
        assert!((10..=20).contains(&nonces.number("n", 10, 20)));
        let uuid = nonces.uuid("u");
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
    }
}
