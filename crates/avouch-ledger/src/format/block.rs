//! The header of a commit block.

use crate::merkle::Hash;

/// Blocks begin and end at multiples of this: an acknowledged sector is never written again.
pub const BLOCK_ALIGN: usize = 4096;

/// LIMIT: the most entries of one block.
pub const ENTRIES_MAX: u32 = 65_536;

/// LIMIT: the most bytes of the body of one block.
pub const BODY_BYTES_MAX: usize = 4 << 20;

const MAGIC: &[u8; 4] = b"AVB1";

/// Rounds up to where the next block may begin.
pub fn padded(bytes: usize) -> usize {
    bytes.next_multiple_of(BLOCK_ALIGN)
}

/// What stands before the entries of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockHeader {
    /// The uuid of the segment it was written for.
    pub uuid: [u8; 16],
    /// The index of the first entry.
    pub first: u64,
    /// Entries: at least one.
    pub count: u32,
    /// Bytes of the body.
    pub length: u32,
    /// The root of the tree with these entries.
    pub root: Hash,
    /// The hash of the block before.
    pub previous: Hash,
    /// The checksum of the body.
    pub body_crc: u32,
}

/// What is at a position where a block might be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// No block of this use of the segment: it ends here.
    #[error("there is no block")]
    Absent,
    /// A block of this segment that is not whole, or not the one that is expected.
    #[error("the block is damaged")]
    Damaged,
}

impl BlockHeader {
    /// Bytes of the header.
    pub const BYTES: usize = 112;

    /// Writes it.
    pub fn encode(&self) -> [u8; Self::BYTES] {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&self.uuid);
        bytes.extend_from_slice(&self.first.to_be_bytes());
        bytes.extend_from_slice(&self.count.to_be_bytes());
        bytes.extend_from_slice(&self.length.to_be_bytes());
        bytes.extend_from_slice(&self.root.0);
        bytes.extend_from_slice(&self.previous.0);
        bytes.extend_from_slice(&self.body_crc.to_be_bytes());
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_be_bytes());
        bytes.try_into().unwrap_or([0; Self::BYTES])
    }

    /// The hash by which the next block names this one.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.encode())
    }

    /// Bytes on the disk: header, body and padding.
    pub fn bytes_on_disk(&self) -> u64 {
        padded(Self::BYTES + self.length as usize) as u64
    }

    /// Reads the header at a position of a segment where the entry `first` is expected.
    pub fn parse(
        bytes: &[u8; Self::BYTES],
        uuid: &[u8; 16],
        first: u64,
    ) -> Result<Self, BlockError> {
        let header = Self::fields(bytes).ok_or(BlockError::Absent)?;
        if bytes.first_chunk::<4>() != Some(MAGIC) || header.uuid != *uuid {
            return Err(BlockError::Absent);
        }
        let bounds =
            (1..=ENTRIES_MAX).contains(&header.count) && header.length as usize <= BODY_BYTES_MAX;
        let whole = header.encode() == *bytes && header.first == first;
        if whole && bounds { Ok(header) } else { Err(BlockError::Damaged) }
    }

    /// The header that stands in bytes, if it is whole and of a segment's present use, whatever
    /// entry it speaks of.
    pub(crate) fn of(bytes: &[u8; Self::BYTES], uuid: &[u8; 16]) -> Option<Self> {
        Self::fields(bytes).filter(|header| header.uuid == *uuid && header.encode() == *bytes)
    }

    fn fields(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        let (_, rest) = bytes.split_first_chunk::<8>()?;
        let (uuid, rest) = rest.split_first_chunk::<16>()?;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (root, rest) = rest.split_first_chunk::<32>()?;
        let (previous, rest) = rest.split_first_chunk::<32>()?;
        let (body_crc, _) = rest.split_first_chunk::<4>()?;
        Some(Self {
            uuid: *uuid,
            first: u64::from_be_bytes(*first),
            count: u32::from_be_bytes(*count),
            length: u32::from_be_bytes(*length),
            root: Hash(*root),
            previous: Hash(*previous),
            body_crc: u32::from_be_bytes(*body_crc),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> BlockHeader {
        BlockHeader {
            uuid: [2; 16],
            first: 9,
            count: 3,
            length: 5000,
            root: Hash([4; 32]),
            previous: Hash([5; 32]),
            body_crc: 6,
        }
    }

    #[test]
    fn a_header_is_read_back_and_no_bit_of_it_can_change() {
        let bytes = header().encode();
        assert_eq!(BlockHeader::parse(&bytes, &[2; 16], 9), Ok(header()));
        assert_eq!(header().bytes_on_disk(), 8192);
        for at in 0..BlockHeader::BYTES {
            let mut changed = bytes;
            changed[at] ^= 1;
            assert!(BlockHeader::parse(&changed, &[2; 16], 9).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_block_of_another_use_of_the_file_is_none_and_another_block_is_damage() {
        let bytes = header().encode();
        assert_eq!(BlockHeader::parse(&bytes, &[3; 16], 9), Err(BlockError::Absent));
        assert_eq!(BlockHeader::parse(&bytes, &[2; 16], 10), Err(BlockError::Damaged));
        assert_eq!(BlockHeader::parse(&[0; 112], &[2; 16], 9), Err(BlockError::Absent));
    }
}
