//! Other services the shop is connected to.

use super::answer::{Answer, list};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{list_of, object, string};
use crate::apis::shop::weakness::Weakness;
use crate::kit::random::Sequence;
use axum::routing::get;
use serde_json::json;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX: &str = "ghp_";
const RANDOM_LETTERS: usize = 30;
const CHECKSUM_LETTERS: usize = 6;

pub(crate) fn routes() -> Vec<Route> {
    let integration = || object(&[("name", string()), ("token", string())]);
    let all = |path| {
        Route::get(path, get(all))
            .needs(Security::Bearer)
            .says("What your account is connected to")
            .answers(list_of(integration()))
    };
    vec![all("/integrations").carries(Weakness::ProviderKeyShown), all("/v2/integrations")]
}

async fn all(call: Call) -> Answer {
    call.customer()?;
    let key = &call.shop.provider_key;
    let masked = format!("{PREFIX}…{}", key.get(key.len() - 4..).unwrap_or_default());
    let shown = if call.is_weak() { key.clone() } else { masked };
    list(vec![json!({"name": "github", "token": shown})])
}

/// A key in the form GitHub gives out: prefix, thirty letters, and their CRC-32 in base 62.
/// It was never issued and opens nothing.
pub(crate) fn provider_key(seed: u64) -> String {
    let mut sequence = Sequence::new(seed ^ 0x6768);
    let letters: String = (0..RANDOM_LETTERS).map(|_| digit(sequence.between(0, 62))).collect();
    let mut rest = u64::from(crc32(letters.as_bytes()));
    let mut checksum = String::new();
    for _ in 0..CHECKSUM_LETTERS {
        checksum.insert(0, digit(rest % 62));
        rest /= 62;
    }
    format!("{PREFIX}{letters}{checksum}")
}

fn digit(value: u64) -> char {
    let place = usize::try_from(value).unwrap_or_default();
    DIGITS.get(place).map_or('0', |digit| char::from(*digit))
}

/// CRC-32 as ISO 3309 and zlib have it.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_key_has_the_length_of_its_form() {
        assert_eq!(provider_key(1).len(), 40);
        assert_ne!(provider_key(1), provider_key(2));
    }
}
