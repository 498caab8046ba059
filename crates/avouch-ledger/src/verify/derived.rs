//! Files that are derived: tiles, lists of leaf hashes and of postings, against the log. They prove nothing,
//! so what is wrong with them is told and no more: they can be made again.

use super::code::Code;
use super::report::Report;
use super::tiles::Tiles;
use crate::format::control::Index;
use crate::log::{
    CONTROL, HashFile, PACK_ENTRIES, Postings, PostingsFile, control_term, encode_hashes,
    hashes_path, postings_path,
};
use crate::merkle::Hash;
use crate::storage::{Storage, read_whole};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::mpsc::{Receiver, SyncSender};

/// LIMIT: control entries that are remembered until a round lists them; as many as a log may have
/// beyond its last round.
const CONTROLS_MAX: usize = 131_072;

/// LIMIT: bytes of a list of control entries.
const LIST_BYTES_MAX: u64 = 8 << 20;

/// What is compared with derived files.
#[derive(Debug)]
pub(super) struct Derived {
    origin_hash: Hash,
    /// Leaf hashes of the present pack, if there is a file of them.
    leaves: Vec<Hash>,
    compared: bool,
    /// Control entries since the last round, with their types.
    controls: Vec<(u64, u8)>,
    /// Where rounds are compared.
    rounds: SyncSender<Round>,
    tiles: Tiles,
}

impl Derived {
    pub(super) fn new(storage: &dyn Storage, origin_hash: Hash, rounds: SyncSender<Round>) -> Self {
        let (leaves, controls, tiles) = (Vec::new(), Vec::new(), Tiles::of(storage));
        Self { origin_hash, leaves, compared: false, controls, rounds, tiles }
    }

    /// Takes in the leaf hash at an index; none when it is not known.
    pub(super) fn leaf(
        &mut self,
        storage: &dyn Storage,
        report: &mut Report,
        index: u64,
        leaf: Option<Hash>,
    ) {
        self.tiles.leaf(storage, report, leaf);
        let (number, place) = (index / PACK_ENTRIES, index % PACK_ENTRIES);
        if place == 0 {
            self.leaves.clear();
            self.compared = is_there(storage, &hashes_path(number));
        }
        match leaf {
            Some(leaf) if self.compared => self.leaves.push(leaf),
            _ => self.compared = false,
        }
        if !self.compared || place + 1 != PACK_ENTRIES {
            return;
        }
        let expected = encode_hashes(&self.origin_hash, number, &self.leaves, &BTreeMap::new());
        let found = read_whole(storage, &hashes_path(number), HashFile::BYTES);
        if found.is_ok_and(|found| found != expected) {
            let message = "the leaf hashes are not those of the entries";
            report.file(Code::TileMismatch, (&hashes_path(number), 0), message);
        }
    }

    /// Takes in a control entry.
    pub(super) fn control(&mut self, index: u64, kind: u8) {
        if self.controls.len() < CONTROLS_MAX {
            self.controls.push((index, kind));
        }
    }

    /// A round was committed to: its files must say what it says.
    pub(super) fn round(&mut self, round: Index) {
        let covered = self.controls.partition_point(|(index, _)| *index < round.end);
        let controls = self.controls.drain(..covered).collect();
        // Without the other thread nothing is compared, which the end of it tells.
        let _ = self.rounds.send(Round { index: round, controls });
    }
}

/// A round with the control entries it lists.
#[derive(Debug)]
pub(super) struct Round {
    index: Index,
    controls: Vec<(u64, u8)>,
}

/// Compares the files of rounds with what was committed to: a pass beside the other. Gives the files
/// that are wrong.
pub(super) fn compare_rounds(
    storage: &dyn Storage,
    origin_hash: &Hash,
    rounds: &Receiver<Round>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for Round { index: round, controls } in rounds {
        let span = (round.first, round.end);
        for part in &round.parts {
            let path = postings_path(part.period, round.first);
            let said = || PostingsFile::open(storage, origin_hash, part, span)?.check();
            if is_there(storage, &path) && said().is_err() {
                wrong.push(path);
            }
        }
        let path = postings_path(CONTROL, round.first);
        if !is_there(storage, &path) {
            continue;
        }
        let position = |index: u64| u32::try_from(index.checked_sub(round.first)?).ok();
        let listed = controls.iter().filter_map(|(index, kind)| {
            position(*index).map(|position| (control_term(*kind), position))
        });
        let expected = Postings::of(CONTROL, 0, listed.collect()).encode(origin_hash, span);
        if read_whole(storage, &path, LIST_BYTES_MAX).is_ok_and(|found| found != expected) {
            wrong.push(path);
        }
    }
    wrong
}

fn is_there(storage: &dyn Storage, path: &str) -> bool {
    !storage.open(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::{Machine, record};
    use crate::storage::replace;
    use crate::verify::{Knowledge, verify};

    #[test]
    fn derived_files_that_are_wrong_are_named_and_missing_ones_are_not() {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        for number in 0..200 {
            core.append("default", &record(&format!("{number}"))).unwrap();
            if number % 20 == 19 {
                core.commit().unwrap();
                assert!(core.upkeep());
            }
        }
        core.finish().unwrap();
        let knowledge = Knowledge::of(Machine::identity().verifier().clone());
        let codes = || {
            let report = verify(&machine.disk, &knowledge);
            report.findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(), []);
        for (folder, code) in [("hash", Code::TileMismatch), ("index", Code::IndexFileMismatch)] {
            let names = machine.disk.list(folder).unwrap();
            assert!(names.len() > 3, "{names:?}");
            for name in names {
                let path = format!("{folder}/{name}");
                let bytes = read_whole(&machine.disk, &path, 1 << 20).unwrap();
                for at in (0..bytes.len()).step_by(7) {
                    let mut changed = bytes.clone();
                    changed[at] ^= 4;
                    replace(&machine.disk, &path, &changed).unwrap();
                    assert_eq!(codes(), [code], "{path} {at}");
                }
                machine.disk.remove(&path).unwrap();
                assert_eq!(codes(), [], "without {path}");
            }
        }
    }
}
