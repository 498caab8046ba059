//! Hash tiles of C2SP `tlog-tiles` beside a log, against its tree. They are derived and prove nothing.

use super::code::Code;
use super::report::Report;
use crate::merkle::{Frontier, Hash, TILE_WIDTH, TilePath};
use crate::storage::{Storage, read_whole};

/// Bytes of a full tile.
const TILE_BYTES: u64 = TILE_WIDTH * 32;

/// The tiles that the entries fill, one level above the other.
#[derive(Debug)]
pub(super) struct Tiles {
    /// Whether there are any.
    there: bool,
    levels: Vec<Level>,
}

/// The tile of a level that is being filled. A hash within what is gone is not known.
#[derive(Debug, Default)]
struct Level {
    number: u64,
    hashes: Vec<Option<Hash>>,
}

impl Tiles {
    pub(super) fn of(storage: &dyn Storage) -> Self {
        let is_there =
            |level| storage.list(&format!("tile/{level}")).is_ok_and(|names| !names.is_empty());
        let there = (0..8).any(is_there);
        Self { there, levels: Vec::new() }
    }

    /// Takes in the next leaf hash; none when it is not known.
    pub(super) fn leaf(&mut self, storage: &dyn Storage, report: &mut Report, leaf: Option<Hash>) {
        if !self.there {
            return;
        }
        let mut next = Some(leaf);
        for level in 0_u8..8 {
            let Some(hash) = next else { return };
            if self.levels.len() == usize::from(level) {
                self.levels.push(Level::default());
            }
            let Some(row) = self.levels.get_mut(usize::from(level)) else { return };
            row.hashes.push(hash);
            if (row.hashes.len() as u64) < TILE_WIDTH {
                return;
            }
            let known: Option<Vec<Hash>> = std::mem::take(&mut row.hashes).into_iter().collect();
            next = Some(known.map(|hashes| {
                compare(storage, report, (level, row.number), &hashes);
                let mut tree = Frontier::new();
                for hash in hashes {
                    tree.push(hash);
                }
                tree.root()
            }));
            row.number += 1;
        }
    }
}

fn compare(storage: &dyn Storage, report: &mut Report, (level, index): (u8, u64), hashes: &[Hash]) {
    let width = u16::try_from(hashes.len()).unwrap_or(0);
    let path = TilePath { level: Some(level), index, width }.to_string();
    let expected: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
    let found = read_whole(storage, &path, TILE_BYTES);
    // One that is not there can be made again; one that is longer is not the tree's either.
    let wrong = match found {
        Ok(found) => found != expected,
        Err(error) => error.kind() == std::io::ErrorKind::FileTooLarge,
    };
    if wrong {
        report.file(Code::TileMismatch, (&path, 0), "a hash tile is not the tree's");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::{Machine, record};
    use crate::storage::write_all_at;
    use crate::verify::{Knowledge, verify};

    #[test]
    fn a_tile_that_is_not_the_trees_is_named_and_a_missing_one_is_not() {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        let mut leaves = Vec::new();
        for number in 0..600 {
            core.append("default", &record(&format!("{number}"))).unwrap();
        }
        core.finish().unwrap();
        crate::view::View::open(std::sync::Arc::new(machine.disk.clone()))
            .unwrap()
            .walk(0, |_, entry| {
                leaves.push(crate::merkle::leaf_hash(entry));
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        let write = |path: &str, bytes: &[u8]| {
            machine.disk.create_folder("tile/0").unwrap();
            let _ = machine.disk.remove(path);
            let file = machine.disk.create(path).unwrap();
            write_all_at(file.as_ref(), 0, bytes).unwrap();
        };
        let knowledge = Knowledge::of(Machine::identity().verifier().clone());
        let codes = || {
            let report = verify(&machine.disk, &knowledge);
            report.findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        let tile = |number: usize| -> Vec<u8> {
            leaves[number * 256..][..256].iter().flat_map(|leaf| leaf.0).collect()
        };
        write("tile/0/000", &tile(0));
        write("tile/0/001", &tile(1));
        assert_eq!(codes(), []);
        for at in [0, 4_000, 8_191] {
            let mut changed = tile(1);
            changed[at] ^= 1;
            write("tile/0/001", &changed);
            assert_eq!(codes(), [Code::TileMismatch], "{at}");
        }
        write("tile/0/001", &[tile(1), vec![0]].concat());
        assert_eq!(codes(), [Code::TileMismatch]);
        machine.disk.remove("tile/0/001").unwrap();
        assert_eq!(codes(), []);
    }
}
