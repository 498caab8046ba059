//! The header of an entry.

use crate::merkle::{ENTRY_BYTES_MAX, Hash};

/// Bytes before the payload.
pub const ENTRY_HEADER_BYTES: usize = 72;

/// The type of a sealed record. All other types are control entries.
pub const RECORD: u8 = 0x01;

/// What stands before the payload of an entry, in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryHeader {
    /// The type.
    pub kind: u8,
    /// The period whose key seals it; 0 in control entries.
    pub period: u32,
    /// When, in milliseconds since 1970.
    pub time_ms: u64,
    /// Random; zeros in control entries.
    pub nonce: [u8; 24],
    /// What binds the record to its key; zeros in control entries.
    pub commitment: Hash,
}

/// Why bytes are not an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Its length, or the header of a control entry, is wrong.
    #[error("the entry is malformed")]
    Malformed,
    /// A version or flags that are not known.
    #[error("the entry is of a kind that version 1 does not have")]
    Unknown,
}

impl EntryHeader {
    /// The header of a control entry.
    pub fn control(kind: u8, time_ms: u64) -> Self {
        Self { kind, period: 0, time_ms, nonce: [0; 24], commitment: Hash::default() }
    }

    /// Writes it.
    pub fn encode(&self) -> [u8; ENTRY_HEADER_BYTES] {
        let mut bytes = [0; ENTRY_HEADER_BYTES];
        let rest = put(&mut bytes, [1, self.kind, 0, 0]);
        let rest = put(rest, self.period.to_be_bytes());
        let rest = put(rest, self.time_ms.to_be_bytes());
        let rest = put(rest, self.nonce);
        put(rest, self.commitment.0);
        bytes
    }

    /// Reads the header of an entry and gives its payload.
    pub fn parse(entry: &[u8]) -> Result<(Self, &[u8]), EntryError> {
        let (bytes, payload) =
            entry.split_first_chunk::<ENTRY_HEADER_BYTES>().ok_or(EntryError::Malformed)?;
        let header = Self::fields(bytes).ok_or(EntryError::Malformed)?;
        let fits = entry.len() <= ENTRY_BYTES_MAX;
        match bytes {
            [1, _, 0, 0, ..] if !fits => Err(EntryError::Malformed),
            [1, RECORD, 0, 0, ..] => Ok((header, payload)),
            [1, _, 0, 0, ..] if header == Self::control(header.kind, header.time_ms) => {
                Ok((header, payload))
            }
            [1, _, 0, 0, ..] => Err(EntryError::Malformed),
            _ => Err(EntryError::Unknown),
        }
    }

    fn fields(bytes: &[u8; ENTRY_HEADER_BYTES]) -> Option<Self> {
        let (start, rest) = bytes.split_first_chunk::<4>()?;
        let (period, rest) = rest.split_first_chunk::<4>()?;
        let (time, rest) = rest.split_first_chunk::<8>()?;
        let (nonce, rest) = rest.split_first_chunk::<24>()?;
        let [_, kind, ..] = *start;
        Some(Self {
            kind,
            period: u32::from_be_bytes(*period),
            time_ms: u64::from_be_bytes(*time),
            nonce: *nonce,
            commitment: Hash::from_slice(rest)?,
        })
    }
}

/// Writes bytes at the beginning of what is left, and gives the rest.
fn put<const N: usize>(rest: &mut [u8], bytes: [u8; N]) -> &mut [u8] {
    let Some((to, after)) = rest.split_first_chunk_mut() else { return &mut [] };
    *to = bytes;
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_stays_as_it_was_frozen() {
        let header = EntryHeader {
            kind: RECORD,
            period: 7,
            time_ms: 1_795_564_800_000,
            nonce: [9; 24],
            commitment: Hash([8; 32]),
        };
        let bytes = header.encode();
        assert_eq!(bytes[..16], [1, 1, 0, 0, 0, 0, 0, 7, 0, 0, 1, 0xa2, 0x10, 0, 0x88, 0]);
        assert_eq!(bytes[16..40], [9; 24]);
        assert_eq!(bytes[40..], [8; 32]);
        let entry = [&bytes[..], b"payload"].concat();
        assert_eq!(EntryHeader::parse(&entry), Ok((header, &b"payload"[..])));
    }

    #[test]
    fn what_is_no_entry_is_refused() {
        let entry = EntryHeader::control(0x13, 5).encode();
        assert!(EntryHeader::parse(&entry).is_ok());
        assert_eq!(EntryHeader::parse(&entry[..71]), Err(EntryError::Malformed));
        for (at, why) in [
            (0, EntryError::Unknown),
            (2, EntryError::Unknown),
            (3, EntryError::Unknown),
            (7, EntryError::Malformed),
            (20, EntryError::Malformed),
            (71, EntryError::Malformed),
        ] {
            let mut changed = entry;
            changed[at] ^= 2;
            assert_eq!(EntryHeader::parse(&changed), Err(why), "byte {at}");
        }
    }
}
