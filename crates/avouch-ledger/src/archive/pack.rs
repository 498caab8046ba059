//! Packs: so many entries as one object, with the hashes that prove them.

use crate::merkle::{Bundle, Frontier, Hash, TILE_WIDTH, leaf_hash, push_entry};

const MAGIC: &[u8; 8] = b"AVLPACK1";

/// Bytes before the offsets of the bundles.
pub(super) const HEADER_BYTES: usize = 88;

/// LIMIT: bundles of a pack.
pub(super) const BUNDLES_MAX: u64 = 256;

/// Entries of a full bundle.
const WIDTH: usize = 256;

/// LIMIT: bytes of a pack.
pub(super) const PACK_BYTES_MAX: usize = 512 << 20;

/// Why bytes are not a pack, or entries do not make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// It has not the form of a pack, or was changed.
    #[error("it is not a pack, or was changed")]
    Malformed,
    /// It is another pack, or of another log.
    #[error("it is another pack, or one of another log")]
    Other,
    /// The entries are more than a pack may hold.
    #[error("the entries have more than 512 MiB: a ledger with smaller packs is needed")]
    TooLarge,
}

/// Entries of a pack, while it is filled.
#[derive(Debug)]
pub struct Pack {
    number: u64,
    bundles: Vec<Vec<u8>>,
    leaves: Vec<Hash>,
    bytes: usize,
}

impl Pack {
    /// An empty pack.
    pub fn new(number: u64) -> Self {
        Self { number, bundles: Vec::new(), leaves: Vec::new(), bytes: 0 }
    }

    /// Appends an entry.
    pub fn push(&mut self, entry: &[u8]) -> Result<(), PackError> {
        if self.leaves.len().is_multiple_of(WIDTH) {
            self.bundles.push(Vec::new());
        }
        self.bytes += 2 + entry.len();
        let bundle = self.bundles.last_mut().filter(|_| self.bytes <= PACK_BYTES_MAX);
        push_entry(bundle.ok_or(PackError::TooLarge)?, entry).map_err(|_| PackError::TooLarge)?;
        self.leaves.push(leaf_hash(entry));
        Ok(())
    }

    /// Entries in it.
    pub fn count(&self) -> u64 {
        self.leaves.len() as u64
    }

    /// Its bytes. It must be full.
    pub fn encode(&self, origin_hash: &Hash) -> Vec<u8> {
        let tiles: Vec<Hash> = self.leaves.chunks(WIDTH).map(root).collect();
        let count = u32::try_from(self.bundles.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(self.bytes + 48 * self.leaves.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&origin_hash.0);
        bytes.extend_from_slice(&self.number.to_be_bytes());
        bytes.extend_from_slice(&count.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&root(&self.leaves).0);
        let mut at = HEADER_BYTES as u64 + 8 * (u64::from(count) + 1);
        for bundle in &self.bundles {
            bytes.extend_from_slice(&at.to_be_bytes());
            at += bundle.len() as u64;
        }
        bytes.extend_from_slice(&at.to_be_bytes());
        self.bundles.iter().for_each(|bundle| bytes.extend_from_slice(bundle));
        self.leaves.iter().chain(&tiles).for_each(|hash| bytes.extend_from_slice(&hash.0));
        let digest = Hash::of(&bytes);
        bytes.extend_from_slice(&digest.0);
        bytes
    }

    /// Reads the pack of a log with this number and so many entries, and gives the entries one after
    /// another. Every byte of it is checked against the entries.
    pub fn read<'a>(
        bytes: &'a [u8],
        origin_hash: &Hash,
        (number, entries): (u64, u64),
    ) -> Result<Vec<&'a [u8]>, PackError> {
        let (body, digest) = bytes.split_last_chunk::<32>().ok_or(PackError::Malformed)?;
        if Hash::of(body).0 != *digest {
            return Err(PackError::Malformed);
        }
        let bundles = entries / TILE_WIDTH;
        let header = body.get(..HEADER_BYTES).ok_or(PackError::Malformed)?;
        let place = [&MAGIC[..], &origin_hash.0, &number.to_be_bytes()].concat();
        if !header.starts_with(&place) {
            return Err(PackError::Other);
        }
        let offset = |place: u64| {
            let at = HEADER_BYTES + 8 * usize::try_from(place).ok()?;
            let bytes = body.get(at..at + 8)?.try_into().ok()?;
            usize::try_from(u64::from_be_bytes(bytes)).ok()
        };
        let mut pack = Self::new(number);
        let mut found = Vec::new();
        for place in 0..bundles {
            let (begin, end) = (offset(place), offset(place + 1));
            let bundle = begin.zip(end).and_then(|(begin, end)| body.get(begin..end));
            for entry in Bundle::new(bundle.ok_or(PackError::Malformed)?) {
                let entry = entry.map_err(|_| PackError::Malformed)?;
                pack.push(entry)?;
                found.push(entry);
            }
            if found.len() as u64 != (place + 1) * TILE_WIDTH {
                return Err(PackError::Malformed);
            }
        }
        // One content has one spelling.
        if pack.encode(origin_hash) == bytes { Ok(found) } else { Err(PackError::Malformed) }
    }
}

fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_is_read_as_it_was_written_and_any_change_is_noticed() {
        let origin = Hash([7; 32]);
        let mut pack = Pack::new(3);
        let entries: Vec<Vec<u8>> = (0..512_u64)
            .map(|number| vec![7; 72 + usize::try_from(number % 50).unwrap()])
            .collect();
        for entry in &entries {
            pack.push(entry).unwrap();
        }
        let bytes = pack.encode(&origin);
        assert_eq!(bytes.len(), 88 + 24 + pack.bytes + 512 * 32 + 64 + 32);
        assert_eq!(Pack::read(&bytes, &origin, (3, 512)).unwrap(), entries);
        assert_eq!(Pack::read(&bytes, &origin, (4, 512)), Err(PackError::Other));
        assert!(Pack::read(&bytes, &origin, (3, 256)).is_err());
        assert!(Pack::read(&bytes, &origin, (3, 768)).is_err());
        for at in (0..bytes.len()).step_by(53) {
            let mut changed = bytes.clone();
            changed[at] ^= 4;
            assert!(Pack::read(&changed, &origin, (3, 512)).is_err());
            // Also when the digest was made to fit.
            let body = changed.len() - 32;
            let digest = Hash::of(&changed[..body]);
            changed[body..].copy_from_slice(&digest.0);
            let read = Pack::read(&changed, &origin, (3, 512));
            assert!(read.is_err() || read.is_ok_and(|read| read != entries) || at >= body, "{at}");
        }
    }
}
