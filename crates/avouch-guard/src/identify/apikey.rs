//! The text of an API key: `avk_` id `_` secret check.
//!
//! The prefix lets scanners for leaked secrets know one when they see it. The id finds the key and is no
//! secret. The secret has 256 random bits, which is why no slow hash is needed to keep it: nobody tries
//! that many. The check tells a mistyped key from a wrong one without looking it up. Letters and digits
//! only, without those that look alike, so that a double click takes all of it.

use super::text::sha256;
use avouch_model::secret::Secret;

/// What each key begins with.
pub const PREFIX: &str = "avk_";

/// The digits of Crockford's base 32, small.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Digits of an id: 80 bits.
const ID_DIGITS: usize = 16;
/// Digits of a secret: 256 bits and four that are zero.
const SECRET_DIGITS: usize = 52;
/// Digits of a check: 40 bits.
const CHECK_DIGITS: usize = 8;

/// Random bytes that a key is made of: ten for its id, 32 for its secret.
pub const RANDOM_BYTES: usize = 42;

/// A key as it was sent: well formed, which says nothing of whether it is one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyText<'a> {
    pub(super) id: &'a str,
}

/// Makes a key of random bytes: its id, and its text, which nobody sees a second time.
pub(super) fn mint(random: &[u8; RANDOM_BYTES]) -> (String, Secret) {
    let (id, secret) = random.split_at(10);
    let id = base32(id);
    let body = format!("{PREFIX}{id}_{}", base32(secret));
    let text = format!("{body}{}", check_of(&body));
    (id, Secret::new(text))
}

/// Reads a key, when its check is right.
pub(super) fn read(text: &str) -> Option<KeyText<'_>> {
    let body_length = PREFIX.len() + ID_DIGITS + 1 + SECRET_DIGITS;
    if text.len() != body_length + CHECK_DIGITS {
        return None;
    }
    let (body, check) = text.split_at_checked(body_length)?;
    let (id, secret) = body.strip_prefix(PREFIX)?.split_once('_')?;
    let digits = |text: &str| text.bytes().all(|byte| DIGITS.contains(&byte));
    let formed = id.len() == ID_DIGITS && digits(id) && digits(secret);
    (formed && check == check_of(body)).then_some(KeyText { id })
}

/// Whether a text begins as a key does.
pub(super) fn looks_like_one(text: &str) -> bool {
    text.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn check_of(body: &str) -> String {
    let digest = sha256(body.as_bytes());
    digest.first_chunk::<5>().map(|first| base32(first)).unwrap_or_default()
}

/// Bytes in digits of five bits each, the last one filled up with zeros.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(digit(held >> bits));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(digit(held << (5 - bits)));
    }
    text
}

fn digit(value: u32) -> char {
    let index = usize::try_from(value & 31).unwrap_or_default();
    DIGITS.get(index).copied().map_or('0', char::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_has_the_form_that_the_page_names() {
        let (id, text) = mint(&[0xff; RANDOM_BYTES]);
        assert_eq!(id, "z".repeat(16));
        let text = text.danger_reveal();
        assert_eq!(text.len(), 81);
        assert!(text.starts_with(&format!("avk_{id}_{}", "z".repeat(51))), "{text}");
        assert_eq!(read(text), Some(KeyText { id: &id }));
    }

    #[test]
    fn a_slip_of_the_finger_is_seen() {
        let (_, text) = mint(&[7; RANDOM_BYTES]);
        let text = text.danger_reveal();
        for place in 0..text.len() {
            let mut slipped = text.to_owned().into_bytes();
            slipped[place] = if slipped[place] == b'q' { b'r' } else { b'q' };
            assert_eq!(read(std::str::from_utf8(&slipped).unwrap()), None, "at {place}");
        }
        assert_eq!(read(&text.to_uppercase()), None);
        assert_eq!(text.get(..80).and_then(read), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,90}") {
            prop_assert!(read(&text).is_none());
        }

        #[test]
        fn whatever_is_made_is_read(random: [[u8; 21]; 2]) {
            let random: [u8; RANDOM_BYTES] = random.concat().try_into().unwrap();
            let (id, text) = mint(&random);
            prop_assert_eq!(read(text.danger_reveal()), Some(KeyText { id: &id }));
        }
    }
}
