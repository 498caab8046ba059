//! The header of a segment file.

use crate::merkle::Hash;

/// Bytes of the smallest segment: its header and one block.
pub const SEGMENT_BYTES_MIN: u64 = 8 * 1024;

/// LIMIT: bytes of the largest segment.
pub const SEGMENT_BYTES_MAX: u64 = 1 << 30;

const MAGIC: &[u8; 8] = b"AVLSEG1\n";

/// What the first 4 KiB of a segment say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Which log: the hash of its name.
    pub origin_hash: Hash,
    /// Random for each use of the file, so that what it held before is not taken for new.
    pub uuid: [u8; 16],
    /// The index of the first entry.
    pub first: u64,
    /// The hash of the last block of the segment before.
    pub previous: Hash,
}

/// Why bytes are not the header of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    /// It is not a segment, or its header is torn.
    #[error("it is not the header of a segment, or is damaged")]
    Damaged,
    /// Bytes that must be zero are not.
    #[error("bytes that must be zero are not")]
    Rest,
}

impl SegmentHeader {
    /// Bytes of the header with its padding.
    pub const BYTES: usize = 4096;

    /// Writes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.origin_hash.0);
        bytes.extend_from_slice(&self.uuid);
        bytes.extend_from_slice(&self.first.to_be_bytes());
        bytes.extend_from_slice(&self.previous.0);
        bytes.resize(112, 0);
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_be_bytes());
        bytes.resize(Self::BYTES, 0);
        bytes
    }

    /// Reads it.
    pub fn parse(bytes: &[u8; Self::BYTES]) -> Result<Self, SegmentError> {
        let fields = || {
            let (magic, rest) = bytes.split_first_chunk::<8>()?;
            let (origin, rest) = rest.split_first_chunk::<32>()?;
            let (uuid, rest) = rest.split_first_chunk::<16>()?;
            let (first, rest) = rest.split_first_chunk::<8>()?;
            let (previous, rest) = rest.split_first_chunk::<32>()?;
            let (_, rest) = rest.split_first_chunk::<16>()?;
            let (crc, _) = rest.split_first_chunk::<4>()?;
            let good = magic == MAGIC
                && crc32fast::hash(bytes.first_chunk::<112>()?) == u32::from_be_bytes(*crc);
            good.then_some(Self {
                origin_hash: Hash(*origin),
                uuid: *uuid,
                first: u64::from_be_bytes(*first),
                previous: Hash(*previous),
            })
        };
        let header = fields().ok_or(SegmentError::Damaged)?;
        if header.encode() == bytes { Ok(header) } else { Err(SegmentError::Rest) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_back_and_no_bit_of_it_can_change() {
        let header = SegmentHeader {
            origin_hash: Hash([1; 32]),
            uuid: [2; 16],
            first: 77,
            previous: Hash([3; 32]),
        };
        let bytes: [u8; 4096] = header.encode().try_into().unwrap();
        assert_eq!(SegmentHeader::parse(&bytes), Ok(header));
        for at in (0..200).chain([4095]) {
            let mut changed = bytes;
            changed[at] ^= 1;
            assert!(SegmentHeader::parse(&changed).is_err(), "byte {at}");
        }
    }
}
