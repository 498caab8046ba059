//! The keys of one period: one retention class on one day.

use super::secret::{KeyFailure, Secret32};
use super::xaes::Xaes;
use crate::merkle::Hash;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use std::fmt;

/// What follows from a period's secret.
pub struct PeriodKeys {
    pub(super) seal: Xaes,
    index: hmac::Key,
    shown: IndexKey,
}

/// What is shown to someone who checks a search: that what stands for a value in the index of a
/// period is right. It opens no record, but lets who has it try other values.
#[derive(Clone, Debug)]
pub struct IndexKey {
    /// The key of the index.
    pub key: Secret32,
    /// The hash of the key that seals records, which the period's commitment binds too.
    pub seal_hash: Hash,
}

impl fmt::Debug for PeriodKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PeriodKeys(…)")
    }
}

impl IndexKey {
    /// What `period-open` says of the secret that both follow from.
    pub fn commitment(&self, origin_hash: &Hash) -> Hash {
        let index = Hash::of(self.key.danger_bytes());
        let parts: [&[u8]; 4] =
            [b"avouch/period-key/v1\0", &origin_hash.0, &self.seal_hash.0, &index.0];
        Hash::of(&parts.concat())
    }

    /// What stands for a field's value in the search index.
    pub fn blind(&self, field: u8, value: &[u8]) -> [u8; 8] {
        blind(&hmac::Key::new(hmac::HMAC_SHA256, self.key.danger_bytes()), field, value)
    }
}

fn blind(key: &hmac::Key, field: u8, value: &[u8]) -> [u8; 8] {
    let mut context = hmac::Context::with_key(key);
    context.update(&[field]);
    context.update(value);
    let tag = context.sign();
    tag.as_ref().first_chunk().copied().unwrap_or_default()
}

fn derive(origin_hash: &Hash, secret: &Secret32, info: &str) -> Result<Secret32, KeyFailure> {
    let prk = Salt::new(HKDF_SHA256, &origin_hash.0).extract(secret.danger_bytes());
    let mut bytes = [0; 32];
    let info = [info.as_bytes()];
    let okm = prk.expand(&info, HKDF_SHA256).map_err(|_| KeyFailure)?;
    okm.fill(&mut bytes).map_err(|_| KeyFailure)?;
    Ok(Secret32::new(bytes))
}

impl PeriodKeys {
    /// Derives them for a log.
    pub fn new(origin_hash: &Hash, secret: &Secret32) -> Result<Self, KeyFailure> {
        let index = derive(origin_hash, secret, "avouch/index/v1")?;
        let seal = derive(origin_hash, secret, "avouch/seal/v1")?;
        Ok(Self {
            seal: Xaes::new(&seal)?,
            index: hmac::Key::new(hmac::HMAC_SHA256, index.danger_bytes()),
            shown: IndexKey { key: index, seal_hash: Hash::of(seal.danger_bytes()) },
        })
    }

    /// What is shown to someone who checks a search.
    pub fn shown(&self) -> &IndexKey {
        &self.shown
    }

    /// What `period-open` says of the secret, so that no other can take its place. It binds both
    /// keys that follow from it, so that one can be shown without the other.
    pub fn commitment(origin_hash: &Hash, secret: &Secret32) -> Result<Hash, KeyFailure> {
        let key = derive(origin_hash, secret, "avouch/index/v1")?;
        let seal = derive(origin_hash, secret, "avouch/seal/v1")?;
        let seal_hash = Hash::of(seal.danger_bytes());
        Ok(IndexKey { key, seal_hash }.commitment(origin_hash))
    }

    /// What stands for a field's value in the search index, so that who has no key learns nothing.
    pub fn blind(&self, field: u8, value: &[u8]) -> [u8; 8] {
        blind(&self.index, field, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::canonical::to_hex;

    /// The vectors of `docs/ledger-format.md`, section 21.
    #[test]
    fn derivations_are_those_of_the_format() {
        let origin = Hash::of(b"example.com/log");
        let secret = Secret32::new(std::array::from_fn(|at| u8::try_from(at).unwrap()));
        let keys = PeriodKeys::new(&origin, &secret).unwrap();
        let seal = derive(&origin, &secret, "avouch/seal/v1").unwrap();
        let known = [
            "9d1c252403849c89871df70bf9e81a2ddf0fde1de0170fdb64be5091106408fd",
            "75fa60c6403f57439e9c8d847d1338374927cc63134f2d86425e30a4f7428ffa",
            "c6b123247b9b458f",
        ];
        let derived = [
            to_hex(seal.danger_bytes()),
            PeriodKeys::commitment(&origin, &secret).unwrap().to_hex(),
            to_hex(&keys.blind(1, b"alice")),
        ];
        assert_eq!(derived, known);
    }
}
