//! Sealing a record, and opening it.

use super::period::PeriodKeys;
use super::secret::{KeyFailure, Secret32};
use super::xaes::{self, TAG_BYTES};
use crate::format::{ENTRY_HEADER_BYTES, EntryHeader, RECORD, Record, RecordError};
use crate::merkle::{ENTRY_BYTES_MAX, Hash};

/// Why a record was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It does not fit an entry.
    #[error("the record has {0} bytes, more than 65,447")]
    TooLong(usize),
    /// It is not well formed.
    #[error("the record is not well formed")]
    Record(#[from] RecordError),
    /// The library failed.
    #[error("the record could not be sealed")]
    Key(#[from] KeyFailure),
}

/// Why a record was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The entry is not bound to this key.
    #[error("the record is not committed to this key")]
    Commitment,
    /// The key does not open it.
    #[error("the key does not open the record")]
    Sealed,
    /// What is in it is not a record.
    #[error("what was sealed is not a record")]
    Record(#[from] RecordError),
}

fn commitment(key: &Secret32) -> Hash {
    let parts: [&[u8]; 2] = [b"avouch/record-key/v1\0", key.danger_bytes()];
    Hash::of(&zeroize::Zeroizing::new(parts.concat()))
}

fn additional(
    origin_hash: &Hash,
    header: &[u8; ENTRY_HEADER_BYTES],
) -> [u8; 32 + ENTRY_HEADER_BYTES] {
    let mut bytes = [0; 32 + ENTRY_HEADER_BYTES];
    if let Some((origin, rest)) = bytes.split_first_chunk_mut() {
        *origin = origin_hash.0;
        rest.copy_from_slice(header);
    }
    bytes
}

/// Seals a record into the bytes of an entry, which replace what was in `entry`.
pub fn seal_record(
    entry: &mut Vec<u8>,
    keys: &PeriodKeys,
    origin_hash: &Hash,
    (period, time_ms): (u32, u64),
    nonce: [u8; 24],
    record: &Record,
) -> Result<(), SealError> {
    let bytes = record.bytes();
    if ENTRY_HEADER_BYTES + bytes + TAG_BYTES > ENTRY_BYTES_MAX {
        return Err(SealError::TooLong(bytes));
    }
    let key = keys.seal.derive(&nonce)?;
    let header =
        EntryHeader { kind: RECORD, period, time_ms, nonce, commitment: commitment(&key) }.encode();
    entry.clear();
    entry.extend_from_slice(&header);
    record.write(entry)?;
    let aad = additional(origin_hash, &header);
    let payload = entry.get_mut(ENTRY_HEADER_BYTES..).unwrap_or_default();
    let tag = xaes::seal_in_place(&key, &nonce, &aad, payload)?;
    entry.extend_from_slice(&tag);
    Ok(())
}

/// The key of one record, which opens it and nothing else.
pub fn record_key(keys: &PeriodKeys, header: &EntryHeader) -> Result<Secret32, KeyFailure> {
    keys.seal.derive(&header.nonce)
}

/// Opens a record with the keys of its period.
pub fn open_record(
    keys: &PeriodKeys,
    origin_hash: &Hash,
    header: &EntryHeader,
    payload: &[u8],
) -> Result<Record, OpenError> {
    let key = record_key(keys, header).map_err(|_| OpenError::Sealed)?;
    open_record_with(&key, origin_hash, header, payload)
}

/// Opens a record with its own key.
pub fn open_record_with(
    key: &Secret32,
    origin_hash: &Hash,
    header: &EntryHeader,
    payload: &[u8],
) -> Result<Record, OpenError> {
    if commitment(key) != header.commitment {
        return Err(OpenError::Commitment);
    }
    let aad = additional(origin_hash, &header.encode());
    let plain = xaes::open(key, &header.nonce, &aad, payload).ok_or(OpenError::Sealed)?;
    Ok(Record::parse(&plain)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Term;

    fn sealed() -> (Vec<u8>, PeriodKeys, Hash, Record) {
        let origin = Hash::of(b"log.example/a");
        let keys = PeriodKeys::new(&origin, &Secret32::new([7; 32])).unwrap();
        let term = Term { field: 1, value: b"anna".to_vec() };
        let record = Record::new(1, vec![term], b"{}".to_vec());
        let mut entry = vec![0xff; 7];
        seal_record(&mut entry, &keys, &origin, (3, 99), [5; 24], &record).unwrap();
        (entry, keys, origin, record)
    }

    #[test]
    fn a_sealed_record_is_opened_with_its_period_or_its_own_key() {
        let (entry, keys, origin, record) = sealed();
        let (header, payload) = EntryHeader::parse(&entry).unwrap();
        assert_eq!((header.period, header.time_ms), (3, 99));
        assert_eq!(open_record(&keys, &origin, &header, payload), Ok(record.clone()));
        let key = record_key(&keys, &header).unwrap();
        assert_eq!(open_record_with(&key, &origin, &header, payload), Ok(record));
        assert!(!entry.windows(4).any(|bytes| bytes == b"anna"));
    }

    #[test]
    fn no_bit_of_an_entry_can_change() {
        let (entry, keys, origin, _) = sealed();
        for at in 4..entry.len() {
            let mut changed = entry.clone();
            changed[at] ^= 1;
            let (header, payload) = EntryHeader::parse(&changed).unwrap();
            assert!(open_record(&keys, &origin, &header, payload).is_err(), "byte {at}");
        }
        let (header, payload) = EntryHeader::parse(&entry).unwrap();
        let other = Hash::of(b"log.example/b");
        assert_eq!(open_record(&keys, &other, &header, payload), Err(OpenError::Sealed));
        let stranger = PeriodKeys::new(&origin, &Secret32::new([8; 32])).unwrap();
        assert_eq!(open_record(&stranger, &origin, &header, payload), Err(OpenError::Commitment));
    }

    /// The vector of `docs/ledger-format.md`, section 21.
    #[test]
    fn an_entry_is_that_of_the_format() {
        let origin = Hash::of(b"example.com/log");
        let secret = Secret32::new(std::array::from_fn(|at| u8::try_from(at).unwrap()));
        let keys = PeriodKeys::new(&origin, &secret).unwrap();
        let term = Term { field: 1, value: b"alice".to_vec() };
        let record = Record::new(1, vec![term], b"fact".to_vec());
        let mut entry = Vec::new();
        let nonce = *b"ABCDEFGHIJKLMNOPQRSTUVWX";
        let place = (1, 1_767_225_600_000);
        seal_record(&mut entry, &keys, &origin, place, nonce, &record).unwrap();
        let leaf = "592e793f690f67e70456189d05fd0125e5df4614206a73a277beb8bf6d257013";
        assert_eq!(crate::merkle::leaf_hash(&entry).to_hex(), leaf);
    }

    #[test]
    fn a_record_fits_an_entry_to_the_byte() {
        let (mut entry, keys, origin, _) = sealed();
        let fits = ENTRY_BYTES_MAX - ENTRY_HEADER_BYTES - TAG_BYTES - 4;
        let mut seal = |bytes| {
            let record = Record::new(1, vec![], vec![0; bytes]);
            seal_record(&mut entry, &keys, &origin, (1, 1), [0; 24], &record)
        };
        assert_eq!(seal(0), Ok(()));
        assert_eq!(seal(fits), Ok(()));
        assert_eq!(seal(fits + 1), Err(SealError::TooLong(fits + 5)));
    }
}
