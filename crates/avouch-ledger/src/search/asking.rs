//! Asking the index: which entries may hold given values.

use super::entries::{Entries, Found};
use super::rounds::{Controls, Round};
use crate::format::control::{IndexPart, kinds};
use crate::log::{Answer, PostingsFile};
use crate::merkle::Hash;
use crate::storage::Storage;
use crate::view::ViewError;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

/// Control entries that whoever asks needs to know.
const WANTED: [u8; 6] = [
    kinds::EPOCH_ROTATE,
    kinds::EPOCH_RECOVER,
    kinds::PERIOD_OPEN,
    kinds::INDEX,
    kinds::PURGE,
    kinds::REDACT,
];

/// What stands for a value in the index of a period.
pub type Blinded = [u8; 8];

/// How a search went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// Entries that were read because the index named them, or because nothing was known of them.
    pub read: u64,
    /// Rounds of the index that were asked.
    pub rounds: u64,
    /// Parts of rounds whose postings are missing or wrong: their entries were read instead.
    pub without_postings: u64,
    /// Parts of rounds without a key: what was purged, or never could be read.
    pub without_key: u64,
}

/// How the values of a question belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Together {
    /// An entry must hold all of them.
    All,
    /// An entry must hold one of them.
    Any,
}

/// A ledger that is asked.
#[derive(Debug)]
pub struct Search {
    storage: Arc<dyn Storage>,
    origin_hash: Hash,
    pub(super) entries: Entries,
    controls: Controls,
    rounds: Vec<Round>,
    size: u64,
}

impl Search {
    /// Looks which rounds the first `size` entries have.
    pub fn open(
        storage: Arc<dyn Storage>,
        origin_hash: Hash,
        size: u64,
    ) -> Result<Self, ViewError> {
        let mut entries = Entries::open(storage.clone())?;
        let place = (&origin_hash, size);
        let mut find = |trusted| -> Result<_, ViewError> {
            let wanted = WANTED.as_slice();
            let controls = Controls::find(storage.as_ref(), &mut entries, place, wanted, trusted)?;
            let rounds = controls.rounds(&mut entries)?;
            Ok(rounds.map(|rounds| (controls, rounds)))
        };
        let found = match find(true) {
            Ok(Some(found)) => Some(found),
            // A list is wrong: without them, then.
            _ => find(false)?,
        };
        let (controls, rounds) = found.ok_or_else(|| ViewError::Malformed("index".to_owned()))?;
        Ok(Self { storage, origin_hash, entries, controls, rounds, size })
    }

    /// The control entries of a type.
    pub(super) fn controls(&self, kind: u8) -> Vec<u64> {
        self.controls.of(kind).to_vec()
    }

    /// The changes of the signing key, with their types.
    pub(crate) fn rotations(&self) -> Vec<(u64, u8)> {
        let of = |kind| self.controls.of(kind).iter().map(move |index| (*index, kind));
        let mut all: Vec<_> = of(kinds::EPOCH_ROTATE).chain(of(kinds::EPOCH_RECOVER)).collect();
        all.sort_unstable();
        all
    }

    /// The entries.
    pub(crate) fn entries(&mut self) -> &mut Entries {
        &mut self.entries
    }

    /// The rounds, in their order.
    pub fn rounds(&self) -> &[Round] {
        &self.rounds
    }

    /// Where the tail begins, of which the index says nothing.
    pub fn covered(&self) -> u64 {
        self.rounds.last().map_or(0, |round| round.index.end)
    }

    /// What a part of a round says of a value; `None` when its postings are of no use.
    pub(super) fn ask(&self, round: &Round, part: &IndexPart, term: Blinded) -> Option<Answer> {
        self.postings(round, part)?.ask(term).ok()
    }

    fn postings(&self, round: &Round, part: &IndexPart) -> Option<PostingsFile> {
        let span = (round.index.first, round.index.end);
        PostingsFile::open(self.storage.as_ref(), &self.origin_hash, part, span).ok()
    }

    /// Goes over the entries of a range that may hold all of `asked` values, in their order:
    /// `blind` says what stands for the n-th of them in a period. Two values can share what stands
    /// for them, and of the tail everything is shown: whoever asks looks again.
    pub fn each(
        &mut self,
        range: Range<u64>,
        asked: usize,
        blind: impl FnMut(u32, usize) -> Option<Blinded>,
        each: impl FnMut(u64, Found) -> ControlFlow<()>,
    ) -> Result<Searched, ViewError> {
        self.search(range, (asked, Together::All), blind, each)
    }

    /// Goes over the entries of a range that may hold one of `asked` values or more, as
    /// [`Self::each`] does: in one pass, however many values there are.
    pub fn any(
        &mut self,
        range: Range<u64>,
        asked: usize,
        blind: impl FnMut(u32, usize) -> Option<Blinded>,
        each: impl FnMut(u64, Found) -> ControlFlow<()>,
    ) -> Result<Searched, ViewError> {
        self.search(range, (asked, Together::Any), blind, each)
    }

    fn search(
        &mut self,
        range: Range<u64>,
        asked: (usize, Together),
        mut blind: impl FnMut(u32, usize) -> Option<Blinded>,
        mut each: impl FnMut(u64, Found) -> ControlFlow<()>,
    ) -> Result<Searched, ViewError> {
        let range = range.start..range.end.min(self.size);
        let mut searched = Searched::default();
        let mut on = true;
        let meets = |round: &Round| round.index.end > range.start && round.index.first < range.end;
        let rounds: Vec<Round> = self.rounds.iter().filter(|round| meets(round)).cloned().collect();
        for round in rounds {
            searched.rounds += 1;
            let (named, all) = self.named(&round, asked, &mut blind, &mut searched);
            let whole = if all { round.index.first..round.index.end } else { 0..0 };
            let mut show = |index, found| {
                searched.read += 1;
                let more = each(index, found);
                on = more.is_continue();
                more
            };
            let begin = whole.start.max(range.start);
            self.entries.walk(begin..whole.end.min(range.end), &mut show)?;
            for index in named.into_iter().filter(|index| range.contains(index) && !all) {
                if let Some(found) = self.entries.get(index)?
                    && show(index, found).is_break()
                {
                    break;
                }
            }
            if !on {
                return Ok(searched);
            }
        }
        let tail = self.covered().max(range.start)..range.end;
        self.entries.walk(tail, |index, found| {
            searched.read += 1;
            each(index, found)
        })?;
        Ok(searched)
    }

    /// The entries of a round that its postings name, and whether all must be looked at because
    /// some postings are of no use.
    fn named(
        &self,
        round: &Round,
        (asked, together): (usize, Together),
        blind: &mut impl FnMut(u32, usize) -> Option<Blinded>,
        searched: &mut Searched,
    ) -> (Vec<u64>, bool) {
        let (mut named, mut all) = (Vec::new(), false);
        for part in &round.index.parts {
            let terms: Option<Vec<Blinded>> =
                (0..asked).map(|number| blind(part.period, number)).collect();
            let Some(terms) = terms else {
                searched.without_key += 1;
                continue;
            };
            if let Some(positions) = self.positions(round, part, &terms, together) {
                named.extend(positions.iter().map(|at| round.index.first + u64::from(*at)));
            } else {
                searched.without_postings += 1;
                all = true;
            }
        }
        named.sort_unstable();
        named.dedup();
        (named, all)
    }

    /// The positions that all terms share, or that one of them has.
    fn positions(
        &self,
        round: &Round,
        part: &IndexPart,
        terms: &[Blinded],
        together: Together,
    ) -> Option<Vec<u32>> {
        let file = self.postings(round, part)?;
        if together == Together::Any {
            return file.any(&terms.iter().copied().collect()).ok();
        }
        let mut common: Option<Vec<u32>> = None;
        for term in terms {
            let Answer::Present(leaf) = file.ask(*term).ok()? else { return Some(Vec::new()) };
            common = Some(match common {
                None => leaf.positions,
                Some(mut common) => {
                    common.retain(|at| leaf.positions.binary_search(at).is_ok());
                    common
                }
            });
        }
        Some(common.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::EntryHeader;
    use crate::keys::{KeyRing, PeriodKeys};
    use crate::log::tests::{Machine, record};
    use crate::storage::replace;

    /// A ledger of records `0 …`, `1 …` up to `6 …`, some of them not in the index yet.
    fn grown() -> Machine {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        for number in 0..300 {
            let text = format!("{:03} {number}", number % 7);
            core.append("default", &record(&text)).unwrap();
            if number % 20 == 19 {
                core.commit().unwrap();
                assert!(core.upkeep());
            }
        }
        core.finish().unwrap();
        machine
    }

    fn keys(machine: &Machine) -> PeriodKeys {
        let ring = KeyRing::load(&machine.disk).unwrap();
        let secret = ring.secret(1, &machine.kek()).unwrap();
        PeriodKeys::new(&ring.origin().hash(), &secret).unwrap()
    }

    fn search(machine: &Machine, size: u64) -> Search {
        let storage = Arc::new(machine.disk.clone());
        Search::open(storage, Hash::of(b"log.example/a"), size).unwrap()
    }

    fn hits(machine: &Machine, range: Range<u64>, value: &str) -> (Vec<u64>, Searched) {
        let keys = keys(machine);
        let mut search = search(machine, 400.min(range.end));
        let origin_hash = search.origin_hash;
        let mut found = Vec::new();
        let blind = |_, _| Some(keys.blind(1, value.as_bytes()));
        let searched = search
            .each(range, 1, blind, |index, entry| {
                let Found::Entry(entry) = entry else { panic!() };
                let (header, payload) = EntryHeader::parse(&entry).unwrap();
                let record = crate::keys::open_record(&keys, &origin_hash, &header, payload);
                if record.is_ok_and(|record| record.terms[0].value == value.as_bytes()) {
                    found.push(index);
                }
                ControlFlow::Continue(())
            })
            .unwrap();
        (found, searched)
    }

    #[test]
    fn what_is_asked_for_is_found_without_reading_the_rest() {
        let machine = grown();
        let (found, searched) = hits(&machine, 0..1000, "003");
        assert_eq!(found.len(), 43);
        assert!(searched.rounds >= 4 && searched.without_postings == 0);
        assert!(searched.read < 110, "{searched:?}");
        let (some, _) = hits(&machine, found[3]..found[9], "003");
        assert_eq!(some, found[3..9]);
        assert!(hits(&machine, 0..1000, "777").0.is_empty());
    }

    /// The entries that a search for one of several values shows, and how it went.
    fn shown(machine: &Machine, values: &[&str]) -> (Vec<u64>, Searched) {
        let keys = keys(machine);
        let mut search = search(machine, 400);
        let mut shown = Vec::new();
        let blind = |_, number: usize| Some(keys.blind(1, values[number].as_bytes()));
        let searched = search
            .any(0..1000, values.len(), blind, |index, _| {
                shown.push(index);
                ControlFlow::Continue(())
            })
            .unwrap();
        (shown, searched)
    }

    #[test]
    fn several_values_are_looked_for_at_once() {
        let machine = grown();
        let mut expected = hits(&machine, 0..1000, "003").0;
        expected.extend(hits(&machine, 0..1000, "005").0);
        expected.sort_unstable();
        let (found, searched) = shown(&machine, &["003", "777", "005", "003"]);
        let rest: Vec<u64> = found.iter().copied().filter(|at| !expected.contains(at)).collect();
        assert!(expected.iter().all(|at| found.contains(at)), "one is not shown");
        assert!(found.is_sorted_by(|one, next| one < next), "in their order, each once");
        // Of the tail everything is shown, and of what the index covers nothing else.
        let (none, _) = shown(&machine, &["777"]);
        assert!(rest.iter().all(|at| none.contains(at)), "{rest:?} {none:?}");
        assert!(searched.read < 200 && searched.without_postings == 0, "{searched:?}");
        for name in machine.disk.list("index").unwrap() {
            machine.disk.remove(&format!("index/{name}")).unwrap();
        }
        let (all, searched) = shown(&machine, &["003", "005"]);
        assert!(searched.without_postings >= 4 && expected.iter().all(|at| all.contains(at)));
    }

    #[test]
    fn postings_that_are_missing_or_wrong_hide_nothing() {
        let machine = grown();
        let (expected, _) = hits(&machine, 0..1000, "003");
        let names = machine.disk.list("index").unwrap();
        for name in &names {
            let path = format!("index/{name}");
            let bytes = crate::storage::read_whole(&machine.disk, &path, 1 << 20).unwrap();
            for at in (0..bytes.len()).step_by(5) {
                let mut changed = bytes.clone();
                changed[at] ^= 0x40;
                replace(&machine.disk, &path, &changed).unwrap();
                assert_eq!(hits(&machine, 0..1000, "003").0, expected, "{name} {at}");
            }
            machine.disk.remove(&path).unwrap();
            assert_eq!(hits(&machine, 0..1000, "003").0, expected, "without {name}");
            replace(&machine.disk, &path, &bytes).unwrap();
        }
    }
}
