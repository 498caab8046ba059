//! The keys of subjects: people whose personal data is in records, and who may have to be forgotten
//! before the records are.
//!
//! In scope: `docs/ledger-format.md`, section 6, "Pseudonyms and subject keys": for each quarter a key
//! that makes pseudonyms, and for each subject a key that seals what is personal. The vault is kept
//! outside of the log, because it forgets: see `file` for its form. Out of scope: which data is
//! personal.

mod file;
#[cfg(test)]
mod tests;

pub use file::VaultError;

use crate::format::Origin;
use crate::keys::{Kek, Keks, Secret32, Xaes};
use crate::merkle::Hash;
use crate::storage::{Rng, Storage};
use file::Quarter;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What stands for somebody, or for what is personal.
pub type Pseudonym = [u8; 16];

/// LIMIT: subjects of one quarter.
const SUBJECTS_MAX: usize = 1_000_000;

/// A personal value as a record holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Personal {
    /// What stands for the value, and what the record can be found by.
    pub pseudonym: Pseudonym,
    /// The quarter, such as `2026-Q4`.
    pub quarter: String,
    /// The value, sealed: nonce, ciphertext, tag.
    pub sealed: Vec<u8>,
    /// Whose key seals it.
    pub subject: Pseudonym,
}

/// The keys of all quarters.
#[derive(Debug)]
pub struct Vault {
    storage: Arc<dyn Storage>,
    origin_hash: Hash,
    quarters: BTreeMap<String, Quarter>,
}

impl Vault {
    /// Opens the vault in the folder of private keys, to write to it: what a crash left is mended.
    pub(crate) fn open(
        storage: Arc<dyn Storage>,
        origin: &Origin,
        keks: &Keks,
    ) -> Result<Self, VaultError> {
        let origin_hash = origin.hash();
        let quarters = file::load_all(&storage, &origin_hash, keks, true)?;
        Ok(Self { storage, origin_hash, quarters })
    }

    /// Looks into the vault.
    pub fn read(
        storage: Arc<dyn Storage>,
        origin: &Origin,
        keks: &Keks,
    ) -> Result<Self, VaultError> {
        let origin_hash = origin.hash();
        let quarters = file::load_all(&storage, &origin_hash, keks, false)?;
        Ok(Self { storage, origin_hash, quarters })
    }

    /// Whether nobody was ever known.
    pub fn is_empty(&self) -> bool {
        self.quarters.is_empty()
    }

    /// The quarters there are keys of, ascending.
    pub fn quarters(&self) -> impl Iterator<Item = &str> {
        self.quarters.keys().map(String::as_str)
    }

    /// What stands for a value in a quarter; nothing if the quarter has no keys.
    pub fn pseudonym(&self, quarter: &str, field: u8, value: &[u8]) -> Option<Pseudonym> {
        Some(self.quarters.get(quarter)?.pseudonym(field, value))
    }

    /// Whether there is a key of a subject.
    pub fn knows(&self, quarter: &str, subject: &Pseudonym) -> bool {
        self.quarters.get(quarter).is_some_and(|quarter| quarter.subjects.contains_key(subject))
    }

    /// The value, if there is a key of its subject still.
    pub fn reveal(&self, personal: &Personal) -> Option<Vec<u8>> {
        let quarter = self.quarters.get(&personal.quarter)?;
        let key = Xaes::new(quarter.subjects.get(&personal.subject)?).ok()?;
        let (nonce, sealed) = personal.sealed.split_first_chunk::<24>()?;
        key.open(nonce, &[&self.additional(&personal.pseudonym)], sealed)
    }

    fn additional(&self, pseudonym: &Pseudonym) -> Vec<u8> {
        [&b"avouch/subject/v1\0"[..], &self.origin_hash.0, pseudonym].concat()
    }

    /// Seals a personal value with the key of its subject, which is made when it is not there yet and
    /// is safe when this returns.
    pub(crate) fn seal(
        &mut self,
        quarter: &str,
        subject: (u8, &[u8]),
        (field, value): (u8, &[u8]),
        (kek, rng): (&Kek, &dyn Rng),
    ) -> Result<Personal, VaultError> {
        if !self.quarters.contains_key(quarter) {
            let begun = Quarter::begin(&self.storage, &self.origin_hash, quarter, (kek, rng))?;
            self.quarters.insert(quarter.to_owned(), begun);
        }
        let Some(keys) = self.quarters.get_mut(quarter) else {
            return Err(VaultError::Malformed(quarter.to_owned()));
        };
        let subject = keys.pseudonym(subject.0, subject.1);
        let secret = match keys.subjects.get(&subject) {
            Some(secret) => secret.clone(),
            None if keys.subjects.len() >= SUBJECTS_MAX => return Err(VaultError::Full),
            None => {
                let secret = Secret32::random(rng)?;
                keys.add(&self.origin_hash, (subject, &secret), rng)?;
                secret
            }
        };
        let pseudonym = keys.pseudonym(field, value);
        let mut nonce = [0; 24];
        rng.fill(&mut nonce)?;
        let sealed = Xaes::new(&secret)?.seal(&nonce, &[&self.additional(&pseudonym)], value)?;
        let sealed = [&nonce[..], &sealed].concat();
        Ok(Personal { pseudonym, quarter: quarter.to_owned(), sealed, subject })
    }

    /// Whether a subject is to be erased, which the log says so many times. Who was erased and came
    /// again has another key, which stays until the log says it once more.
    pub(crate) fn must_erase(&self, quarter: &str, subject: &Pseudonym, times: u32) -> bool {
        let done = |keys: &Quarter| keys.erased.get(subject).copied().unwrap_or(0);
        self.quarters.get(quarter).is_some_and(|keys| done(keys) < times)
    }

    /// Destroys the key of a subject, as far as this folder goes. What was written before can be read
    /// only with the uppermost key that wrapped it.
    pub(crate) fn erase(
        &mut self,
        quarter: &str,
        (subject, times): (&Pseudonym, u32),
        wraps: (&Kek, &dyn Rng),
    ) -> Result<(), VaultError> {
        let Some(keys) = self.quarters.get_mut(quarter) else { return Ok(()) };
        keys.subjects.remove(subject);
        keys.erased.insert(*subject, times);
        keys.write_anew(&self.storage, &self.origin_hash, quarter, wraps)
    }

    /// Wraps everything with another uppermost key.
    pub(crate) fn rewrap(&self, wraps: (&Kek, &dyn Rng)) -> Result<(), VaultError> {
        let mut quarters = self.quarters.iter();
        quarters.try_for_each(|(name, keys)| {
            keys.write_keys(self.storage.as_ref(), &self.origin_hash, name, wraps)
        })
    }

    /// Forgets the quarters of which no record is left.
    pub(crate) fn keep_only(&mut self, living: &BTreeSet<String>) -> Result<(), VaultError> {
        let gone: Vec<String> =
            self.quarters.keys().filter(|name| !living.contains(*name)).cloned().collect();
        for name in gone {
            file::remove(self.storage.as_ref(), &name)?;
            self.quarters.remove(&name);
        }
        Ok(())
    }
}
