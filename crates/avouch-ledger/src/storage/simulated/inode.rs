//! The content of one file: as it is seen, and as it would be after a loss of power.

use super::random::Random;
use std::collections::BTreeSet;

/// Bytes that a disk writes whole or not at all, or leaves as rubbish.
pub(super) const SECTOR_BYTES: usize = 512;

#[derive(Clone, Debug, Default)]
pub(super) struct Inode {
    /// What a reader sees.
    pub(super) seen: Vec<u8>,
    /// What is on the disk.
    kept: Vec<u8>,
    /// Sectors in which both may differ and which the next flush writes.
    dirty: BTreeSet<usize>,
    /// Where it was cut off since the last flush.
    cut: Option<usize>,
}

fn sector(bytes: &[u8], number: usize) -> Vec<u8> {
    let begin = (number * SECTOR_BYTES).min(bytes.len());
    let end = (begin + SECTOR_BYTES).min(bytes.len());
    bytes[begin..end].to_vec()
}

fn put(bytes: &mut Vec<u8>, number: usize, content: &[u8]) {
    let begin = number * SECTOR_BYTES;
    if bytes.len() < begin + content.len() {
        bytes.resize(begin + content.len(), 0);
    }
    bytes[begin..begin + content.len()].copy_from_slice(content);
}

impl Inode {
    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        if self.seen.len() < end {
            self.seen.resize(end, 0);
        }
        self.seen[offset..end].copy_from_slice(bytes);
        if !bytes.is_empty() {
            self.dirty.extend(offset / SECTOR_BYTES..=(end - 1) / SECTOR_BYTES);
        }
    }

    /// Cuts the file off. Whether the disk knows is seen when the power goes.
    pub(super) fn truncate(&mut self, size: usize) {
        self.seen.truncate(size);
        self.dirty.retain(|number| number * SECTOR_BYTES < size);
        self.cut = Some(self.cut.map_or(size, |cut| cut.min(size)));
    }

    /// Everything reaches the disk.
    pub(super) fn flush(&mut self) {
        if let Some(cut) = self.cut.take() {
            self.kept.truncate(cut);
        }
        for number in std::mem::take(&mut self.dirty) {
            let content = sector(&self.seen, number);
            put(&mut self.kept, number, &content);
        }
    }

    /// A flush that fails: some reaches the disk, and the system forgets that the rest has not.
    pub(super) fn flush_in_part(&mut self, random: &Random) {
        self.cut_by_chance(random);
        for number in std::mem::take(&mut self.dirty) {
            if random.one_in(2) {
                let content = sector(&self.seen, number);
                put(&mut self.kept, number, &content);
            }
        }
    }

    /// The power goes: each sector that was under way is old, new, or rubbish.
    pub(super) fn lose_power(&mut self, random: &Random) {
        self.cut_by_chance(random);
        for number in std::mem::take(&mut self.dirty) {
            match random.below(5) {
                0 | 1 => (),
                2 | 3 => {
                    let content = sector(&self.seen, number);
                    put(&mut self.kept, number, &content);
                }
                _ => {
                    let rubbish: Vec<u8> = sector(&self.seen, number)
                        .iter()
                        .map(|_| u8::try_from(random.below(256)).unwrap())
                        .collect();
                    put(&mut self.kept, number, &rubbish);
                }
            }
        }
        self.seen = self.kept.clone();
    }

    fn cut_by_chance(&mut self, random: &Random) {
        if let Some(cut) = self.cut.take().filter(|_| random.one_in(2)) {
            self.kept.truncate(cut);
        }
    }

    /// A bit changes on the disk, unseen. `None` for an empty file.
    pub(super) fn rot(&mut self, random: &Random) -> Option<usize> {
        let bits = (self.kept.len() as u64).checked_mul(8).filter(|bits| *bits > 0)?;
        let bit = random.below(bits);
        let at = usize::try_from(bit / 8).unwrap();
        self.kept[at] ^= 1 << (bit % 8);
        self.seen = self.kept.clone();
        Some(at)
    }
}
