//! Deterministic values for the seed, and true randomness for secrets.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use std::io;

/// The `SplitMix64` generator: the same seed gives the same shop. Not for secrets.
#[derive(Debug)]
pub(crate) struct Sequence(u64);

impl Sequence {
    /// Starts at `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next value.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A value in `low..high`; `low` if the range is empty.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        match high.saturating_sub(low) {
            0 => low,
            width => low + self.next() % width,
        }
    }

    /// One of these; the empty string if there is none.
    pub(crate) fn pick(&mut self, words: &[&'static str]) -> &'static str {
        let place = self.between(0, words.len() as u64);
        usize::try_from(place).ok().and_then(|place| words.get(place)).copied().unwrap_or_default()
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        uuid_of((u128::from(self.next()) << 64) | u128::from(self.next()))
    }
}

/// Writes 128 bits as a version 4 UUID (RFC 9562 section 5.4).
fn uuid_of(bits: u128) -> String {
    let high = bits >> 96;
    let middle = (bits >> 80) & 0xffff;
    let third = ((bits >> 64) & 0x0fff) | 0x4000;
    let fourth = ((bits >> 48) & 0x3fff) | 0x8000;
    let node = bits & 0xffff_ffff_ffff;
    format!("{high:08x}-{middle:04x}-{third:04x}-{fourth:04x}-{node:012x}")
}

/// Bytes nobody can guess.
pub(crate) fn secret_bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("the system gives no randomness"))?;
    Ok(bytes)
}

/// A UUID nobody can guess.
pub(crate) fn secret_uuid() -> io::Result<String> {
    Ok(uuid_of(u128::from_be_bytes(secret_bytes()?)))
}

/// A nine-digit number nobody can guess.
pub(crate) fn secret_number() -> io::Result<u64> {
    Ok(100_000_000 + u64::from(u32::from_be_bytes(secret_bytes()?)) % 900_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_sequence() {
        let (mut one, mut two) = (Sequence::new(7), Sequence::new(7));
        assert_eq!(one.uuid(), two.uuid());
        assert_ne!(one.next(), Sequence::new(8).next());
    }

    #[test]
    fn a_uuid_names_its_version_and_variant() {
        let uuid = secret_uuid().unwrap();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.chars().nth(14), Some('4'));
        assert!(matches!(uuid.chars().nth(19), Some('8' | '9' | 'a' | 'b')));
    }
}
