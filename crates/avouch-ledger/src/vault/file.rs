//! The files of the vault, two for each quarter.
//!
//! `vault/<quarter>` is one line of canonical JSON, replaced as a whole: the quarter's secret wrapped
//! by the uppermost key, the key of pseudonyms sealed by that secret, and the generation of the rows.
//! `vault/<quarter>.<generation>` holds a row for each subject, appended: pseudonym, its key sealed by
//! the quarter's secret, a checksum; and a row for each that was erased, with how many times. To forget somebody, all other rows are written anew under a new
//! secret; with the old secret, old copies of the rows are unreadable too.

use super::Pseudonym;
use crate::format::canonical::{Value, from_hex};
use crate::format::control::members::Members;
use crate::keys::{Kek, KekError, Keks, KeyFailure, Secret32, Xaes};
use crate::merkle::Hash;
use crate::storage::{Appended, Rng, RngError, Storage, read_exact_at, read_whole, replace};
use aws_lc_rs::hmac;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// The folder of the vault, in that of private keys.
const FOLDER: &str = "vault";

/// What wrapping a quarter's secret is for.
const PURPOSE: &str = "avouch/vault/v1";

/// LIMIT: bytes of the file of a quarter's secrets.
const KEYS_BYTES_MAX: u64 = 4096;

/// Bytes of a row: pseudonym, nonce, sealed key, checksum.
const ROW_BYTES: usize = 16 + 24 + 32 + 16 + 4;

/// LIMIT: bytes of the rows of one quarter: those of subjects, and as many erasures.
const ROWS_BYTES_MAX: u64 = 2_000_000 * ROW_BYTES as u64;

/// What a row is: the key of a subject, or how many times one was erased.
const SUBJECT: &[u8] = b"avouch/vault-subject/v1\0";
const ERASED: &[u8] = b"avouch/vault-erased/v1\0";

/// Why the vault cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A file cannot be read or written.
    #[error("the vault of subject keys cannot be read or written")]
    Io(#[from] io::Error),
    /// A file was not written by us.
    #[error("the keys of subjects of {0} are malformed, or wrapped by another key")]
    Malformed(String),
    /// It holds as many as it may.
    #[error("there are as many subjects in this quarter as a vault holds")]
    Full,
    /// The uppermost key could not be used.
    #[error("the keys of subjects could not be wrapped")]
    Kek(#[from] KekError),
    /// The library failed.
    #[error("the keys of subjects could not be used")]
    Key(#[from] KeyFailure),
    /// The machine gave no random bytes.
    #[error("the keys of subjects could not be made")]
    Rng(#[from] RngError),
}

/// The keys of one quarter.
#[derive(Debug)]
pub(super) struct Quarter {
    generation: u64,
    secret: Secret32,
    pseudo: Secret32,
    pub(super) subjects: BTreeMap<Pseudonym, Secret32>,
    /// How many times subjects were erased.
    pub(super) erased: BTreeMap<Pseudonym, u32>,
    rows: Option<Appended>,
}

fn keys_path(quarter: &str) -> String {
    format!("{FOLDER}/{quarter}")
}

fn rows_path(quarter: &str, generation: u64) -> String {
    format!("{FOLDER}/{quarter}.{generation}")
}

fn copy_path(quarter: &str, generation: u64) -> String {
    format!("{FOLDER}/{quarter}.{generation}.end")
}

/// The number of a quarter such as `2026-Q4`.
fn number(quarter: &str) -> Option<u32> {
    let (year, part) = quarter.split_once("-Q")?;
    let (year, part): (u32, u32) = (year.parse().ok()?, part.parse().ok()?);
    let known = year.checked_mul(4)?.checked_add(part.checked_sub(1)?)?;
    (format!("{year:04}-Q{part}") == quarter && part <= 4).then_some(known)
}

fn seal(
    key: &Secret32,
    aad: &[&[u8]],
    secret: &Secret32,
    rng: &dyn Rng,
) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; 24];
    rng.fill(&mut nonce)?;
    let sealed = Xaes::new(key)?.seal(&nonce, aad, secret.danger_bytes())?;
    Ok([&nonce[..], &sealed].concat())
}

fn unseal(key: &Secret32, aad: &[&[u8]], sealed: &[u8]) -> Option<Secret32> {
    let (nonce, sealed) = sealed.split_first_chunk::<24>()?;
    let plain = zeroize::Zeroizing::new(Xaes::new(key).ok()?.open(nonce, aad, sealed)?);
    plain.as_slice().try_into().ok().map(Secret32::new)
}

/// Reads the keys of all quarters. Who will write mends what a crash left.
pub(super) fn load_all(
    storage: &Arc<dyn Storage>,
    origin_hash: &Hash,
    keks: &Keks,
    to_write: bool,
) -> Result<BTreeMap<String, Quarter>, VaultError> {
    let names = storage.list(FOLDER)?;
    let mut quarters = BTreeMap::new();
    for name in names.iter().filter(|name| number(name).is_some()) {
        let mut quarter = Quarter::load_keys(storage.as_ref(), origin_hash, name, keks)
            .and_then(|quarter| quarter.ok_or_else(|| VaultError::Malformed(name.clone())))?;
        if to_write {
            let rows = rows_path(name, quarter.generation);
            let copy = copy_path(name, quarter.generation);
            quarter.rows = Some(Appended::open(storage.clone(), &rows, &copy)?);
        }
        quarter.load_rows(storage.as_ref(), origin_hash, name)?;
        quarters.insert(name.clone(), quarter);
    }
    if to_write {
        remove_others(storage.as_ref(), &names, &quarters)?;
    }
    Ok(quarters)
}

/// Removes rows that no quarter's keys speak of.
fn remove_others(
    storage: &dyn Storage,
    names: &[String],
    quarters: &BTreeMap<String, Quarter>,
) -> io::Result<()> {
    let mut removed = false;
    for name in names {
        let mut parts = name.split('.');
        let quarter = parts.next().unwrap_or_default();
        let generation = parts.next().and_then(|generation| generation.parse::<u64>().ok());
        let known = quarters.get(quarter).map(|quarter| quarter.generation);
        if number(quarter).is_some() && generation.is_some() && known != generation {
            storage.remove(&format!("{FOLDER}/{name}"))?;
            removed = true;
        }
    }
    if removed { storage.sync_folder(FOLDER) } else { Ok(()) }
}

/// Removes everything of a quarter: its secrets first.
pub(super) fn remove(storage: &dyn Storage, quarter: &str) -> io::Result<()> {
    storage.remove(&keys_path(quarter))?;
    storage.sync_folder(FOLDER)?;
    remove_others(storage, &storage.list(FOLDER)?, &BTreeMap::new())
}

impl Quarter {
    /// Makes the keys of a quarter that had none.
    pub(super) fn begin(
        storage: &Arc<dyn Storage>,
        origin_hash: &Hash,
        quarter: &str,
        (kek, rng): (&Kek, &dyn Rng),
    ) -> Result<Self, VaultError> {
        storage.create_folder(FOLDER)?;
        storage.sync_folder("")?;
        let mut begun = Self {
            generation: 0,
            secret: Secret32::random(rng)?,
            pseudo: Secret32::random(rng)?,
            subjects: BTreeMap::new(),
            erased: BTreeMap::new(),
            rows: None,
        };
        begun.write_keys(storage.as_ref(), origin_hash, quarter, (kek, rng))?;
        begun.open_rows(storage, quarter)?;
        Ok(begun)
    }

    fn open_rows(&mut self, storage: &Arc<dyn Storage>, quarter: &str) -> io::Result<()> {
        let copy = copy_path(quarter, self.generation);
        let rows = Appended::open(storage.clone(), &rows_path(quarter, self.generation), &copy)?;
        self.rows = Some(rows);
        Ok(())
    }

    pub(super) fn pseudonym(&self, field: u8, value: &[u8]) -> Pseudonym {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.pseudo.danger_bytes());
        let mut context = hmac::Context::with_key(&key);
        context.update(&[field]);
        context.update(value);
        context.sign().as_ref().first_chunk().copied().unwrap_or_default()
    }

    /// Writes the secrets down.
    pub(super) fn write_keys(
        &self,
        storage: &dyn Storage,
        origin_hash: &Hash,
        quarter: &str,
        (kek, rng): (&Kek, &dyn Rng),
    ) -> Result<(), VaultError> {
        let place = (PURPOSE, origin_hash, number(quarter).unwrap_or_default());
        let wrapped = kek.wrap(place, &self.secret, rng)?;
        let pseudo = seal(&self.secret, &pseudo_aad(origin_hash, quarter), &self.pseudo, rng)?;
        let value = Value::object([
            ("generation", Value::Number(self.generation)),
            ("pseudo", Value::hex(&pseudo)),
            ("wrapped", Value::hex(&wrapped)),
        ]);
        Ok(replace(storage, &keys_path(quarter), format!("{}\n", value.encode()).as_bytes())?)
    }

    fn load_keys(
        storage: &dyn Storage,
        origin_hash: &Hash,
        quarter: &str,
        keks: &Keks,
    ) -> Result<Option<Self>, VaultError> {
        let bytes = read_whole(storage, &keys_path(quarter), KEYS_BYTES_MAX)?;
        let read = || {
            let mut members = Members::of(Value::parse(bytes.strip_suffix(b"\n")?).ok()?)?;
            let generation = members.number("generation")?;
            let pseudo = from_hex(&members.text("pseudo")?)?;
            let wrapped = from_hex(&members.text("wrapped")?)?;
            members.end()?;
            let secret = keks.unwrap((PURPOSE, origin_hash, number(quarter)?), &wrapped)?;
            let pseudo = unseal(&secret, &pseudo_aad(origin_hash, quarter), &pseudo)?;
            let (subjects, erased) = (BTreeMap::new(), BTreeMap::new());
            Some(Self { generation, secret, pseudo, subjects, erased, rows: None })
        };
        Ok(read())
    }

    fn load_rows(
        &mut self,
        storage: &dyn Storage,
        origin_hash: &Hash,
        quarter: &str,
    ) -> Result<(), VaultError> {
        let wrong = || VaultError::Malformed(quarter.to_owned());
        let file = match storage.open(&rows_path(quarter, self.generation)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        let size = file.size()?;
        if size > ROWS_BYTES_MAX {
            return Err(wrong());
        }
        // Who only reads may see a row that is being written: what is not whole at the end is left.
        let mut row = [0; ROW_BYTES];
        for number in 0..size / ROW_BYTES as u64 {
            read_exact_at(file.as_ref(), number * ROW_BYTES as u64, &mut row)?;
            self.read_row(origin_hash, &row).ok_or_else(wrong)?;
        }
        Ok(())
    }

    /// Takes a row in: the key of a subject, or how many times one was erased.
    fn read_row(&mut self, origin_hash: &Hash, row: &[u8; ROW_BYTES]) -> Option<()> {
        let (checked, crc) = row.split_last_chunk::<4>()?;
        let (subject, sealed) = checked.split_first_chunk::<16>()?;
        if crc32fast::hash(checked) != u32::from_be_bytes(*crc) {
            return None;
        }
        if let Some(secret) = unseal(&self.secret, &row_aad(SUBJECT, origin_hash, subject), sealed)
        {
            self.subjects.insert(*subject, secret);
            return Some(());
        }
        let said = unseal(&self.secret, &row_aad(ERASED, origin_hash, subject), sealed)?;
        let times = said.danger_bytes().first_chunk().copied().map(u32::from_be_bytes)?;
        self.erased.insert(*subject, times);
        Some(())
    }

    fn row(
        &self,
        (what, origin_hash): (&[u8], &Hash),
        (subject, secret): (&Pseudonym, &Secret32),
        rng: &dyn Rng,
    ) -> Result<Vec<u8>, VaultError> {
        let sealed = seal(&self.secret, &row_aad(what, origin_hash, subject), secret, rng)?;
        let mut row = [&subject[..], &sealed].concat();
        row.extend_from_slice(&crc32fast::hash(&row).to_be_bytes());
        Ok(row)
    }

    /// Adds the key of a subject. It is safe when this returns.
    pub(super) fn add(
        &mut self,
        origin_hash: &Hash,
        (subject, secret): (Pseudonym, &Secret32),
        rng: &dyn Rng,
    ) -> Result<(), VaultError> {
        let row = self.row((SUBJECT, origin_hash), (&subject, secret), rng)?;
        let rows =
            self.rows.as_mut().ok_or_else(|| io::Error::from(ErrorKind::ReadOnlyFilesystem))?;
        rows.append(&row)?;
        self.subjects.insert(subject, secret.clone());
        Ok(())
    }

    /// Writes all rows anew, under a new secret.
    pub(super) fn write_anew(
        &mut self,
        storage: &Arc<dyn Storage>,
        origin_hash: &Hash,
        quarter: &str,
        (kek, rng): (&Kek, &dyn Rng),
    ) -> Result<(), VaultError> {
        self.rows = None;
        self.secret = Secret32::random(rng)?;
        self.generation += 1;
        let mut rows = Vec::with_capacity(self.subjects.len() * ROW_BYTES);
        for subject in &self.subjects {
            rows.extend_from_slice(&self.row((SUBJECT, origin_hash), subject, rng)?);
        }
        for (subject, times) in &self.erased {
            let mut said = [0; 32];
            if let Some(first) = said.first_chunk_mut() {
                *first = times.to_be_bytes();
            }
            let said = Secret32::new(said);
            rows.extend_from_slice(&self.row((ERASED, origin_hash), (subject, &said), rng)?);
        }
        replace(storage.as_ref(), &rows_path(quarter, self.generation), &rows)?;
        // From here on the new rows count.
        self.write_keys(storage.as_ref(), origin_hash, quarter, (kek, rng))?;
        for path in
            [rows_path(quarter, self.generation - 1), copy_path(quarter, self.generation - 1)]
        {
            match storage.remove(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => (),
            }
        }
        storage.sync_folder(FOLDER)?;
        Ok(self.open_rows(storage, quarter)?)
    }
}

fn pseudo_aad<'a>(origin_hash: &'a Hash, quarter: &'a str) -> [&'a [u8]; 3] {
    [b"avouch/vault-pseudo/v1\0", &origin_hash.0, quarter.as_bytes()]
}

fn row_aad<'a>(what: &'a [u8], origin_hash: &'a Hash, subject: &'a Pseudonym) -> [&'a [u8]; 3] {
    [what, &origin_hash.0, subject]
}
