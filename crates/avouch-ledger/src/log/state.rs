//! Where a ledger was left, put away so that the next start need not read all of it.
//!
//! It lies beside the signing key, which signs it, and is never believed before it fits: the key must
//! be the one of the epoch that it speaks of, the tree must have the published root, every file of
//! entries must be there, and what is read behind it must follow. Whoever starts without it reads
//! everything.

use super::core::{Core, Output};
use super::fold::Fold;
use super::open::Parts;
use super::private;
use super::read::SEGMENTS;
use super::recover::Published;
use super::stored::stored;
use crate::format::canonical::{Value, to_hex};
use crate::format::control::members::Members as Fields;
use crate::format::{Genesis, Origin};
use crate::keys::Keks;
use crate::merkle::{Frontier, Hash};
use crate::note::Signer;
use crate::storage::{Storage, read_whole, replace};
use std::io;

/// The file in the private folder.
pub(crate) const STATE: &str = "state";

/// LIMIT: bytes of the file.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Entries after which it is put away again.
const EVERY: u64 = if cfg!(test) { 12 } else { 131_072 };

/// Where the last block of a segment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The index of the segment's first entry.
    pub(crate) first: u64,
    /// Which use of the file.
    pub(crate) uuid: [u8; 16],
    /// Where the next block begins.
    pub(crate) at: u64,
}

/// All that is needed to go on behind the first entries.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) fold: Fold,
    pub(crate) frontier: Frontier,
    /// The hash of the last block.
    pub(crate) previous: Hash,
    /// The segment that was written to.
    pub(crate) mark: Option<Mark>,
    /// The first entries of all files of entries.
    pub(crate) files: Vec<u64>,
}

/// What the signing key signs.
fn statement(origin: &Origin, body: &[u8]) -> String {
    format!("avouch/state/v1\n{origin}\n{}\n", Hash::of(body).to_hex())
}

impl State {
    fn value(&self) -> Option<Value> {
        let mark = self.mark.map(|mark| {
            Value::object([
                ("at", Value::Number(mark.at)),
                ("first", Value::Number(mark.first)),
                ("uuid", Value::hex(&mark.uuid)),
            ])
        });
        let peaks = self.frontier.peaks().iter().map(|peak| Value::hex(&peak.0));
        Some(Value::object([
            ("files", Value::List(self.files.iter().copied().map(Value::Number).collect())),
            ("fold", self.fold.value()?),
            ("mark", mark.unwrap_or(Value::Null)),
            ("peaks", Value::List(peaks.collect())),
            ("previous", Value::hex(&self.previous.0)),
        ]))
    }

    fn of(value: Value) -> Option<Self> {
        let mut fields = Fields::of(value)?;
        let mark = |value| {
            let mut fields = Fields::of(value)?;
            let mark = Mark {
                at: fields.number("at")?,
                first: fields.number("first")?,
                uuid: fields.hex("uuid")?,
            };
            fields.end().map(|()| mark)
        };
        let number = |value| if let Value::Number(number) = value { Some(number) } else { None };
        let hash = |value| match value {
            Value::Text(text) => {
                Some(Hash(crate::format::canonical::from_hex(&text)?.try_into().ok()?))
            }
            _ => None,
        };
        let fold = Fold::read(fields.take("fold")?)?;
        let peaks = fields.list("peaks", hash)?;
        let mark = match fields.take("mark")? {
            Value::Null => None,
            value => Some(mark(value)?),
        };
        let state = Self {
            frontier: Frontier::from_peaks(fold.size, peaks)?,
            fold,
            previous: fields.hash("previous")?,
            mark,
            files: fields.list("files", number)?,
        };
        fields.end().map(|()| state)
    }

    /// Puts it away, if nothing is unfinished.
    fn store(&self, storage: &dyn Storage, origin: &Origin, signer: &Signer) -> io::Result<()> {
        let Some(value) = self.value() else { return Ok(()) };
        let body = value.encode();
        let signature = signer.sign_raw(statement(origin, body.as_bytes()).as_bytes());
        let text = format!("{}\n{body}", to_hex(&signature));
        if text.len() as u64 > FILE_BYTES_MAX {
            return Ok(());
        }
        replace(storage, STATE, text.as_bytes())
    }

    /// What was put away, if the key of its epoch signed it and it fits what was published.
    pub(crate) fn load(
        parts: &Parts,
        genesis: &Genesis,
        keks: &Keks,
        published: Published,
    ) -> Option<Self> {
        let private = parts.private.as_ref();
        let bytes = read_whole(private, STATE, FILE_BYTES_MAX).ok()?;
        let place = bytes.iter().position(|byte| *byte == b'\n')?;
        let (signature, body) = (bytes.get(..place)?, bytes.get(place + 1..)?);
        let state = Self::of(Value::parse(body).ok()?)?;
        let (origin, fold) = (&genesis.origin, &state.fold);
        let place = (origin.as_str(), &origin.hash(), fold.epoch);
        let signer = private::load(private, keks, place, &fold.epoch_key).ok()?;
        // The same key signs the same text alike.
        let again = signer.sign_raw(statement(origin, body).as_bytes());
        let (size, root) = published?;
        let fits = to_hex(&again).as_bytes() == signature
            && (fold.size < size || (fold.size == size && state.frontier.root() == root));
        let files = stored(parts.log.as_ref()).ok()?;
        let there = |first: &u64| files.binary_search_by_key(first, |file| file.first).is_ok();
        (fits && state.files.iter().all(there)).then_some(state)
    }
}

impl Output {
    /// Whether the state behind the next block is to be put away.
    pub(crate) fn state_is_due(&self) -> bool {
        self.writer.frontier.size() >= self.put_away + EVERY
    }
}

impl Core {
    /// Puts the state away that belongs to what was just published. It is derived: what goes wrong does
    /// no harm.
    pub(crate) fn put_away(&self, output: &mut Output) {
        let size = output.writer.frontier.size();
        let Some(fold) = output.state.take().filter(|fold| fold.size == size) else { return };
        let Ok(mut files) = super::read::firsts(self.parts.log.as_ref(), SEGMENTS) else { return };
        let Ok(kept) = super::read::firsts(self.parts.log.as_ref(), super::kept::KEPT) else {
            return;
        };
        files.extend(kept);
        files.sort_unstable();
        files.dedup();
        let writer = &output.writer;
        let mark = writer.segment.as_ref().map(|segment| Mark {
            first: segment.first,
            uuid: segment.uuid,
            at: segment.at,
        });
        let (frontier, previous) = (writer.frontier.clone(), writer.previous);
        let state = State { fold, frontier, previous, mark, files };
        let _ = state.store(self.parts.private.as_ref(), &self.origin, &output.signer);
        output.put_away = size;
    }
}

/// Whoever goes on must come to know what whoever reads everything does, if the latter can.
#[cfg(test)]
pub(crate) fn agrees(
    found: &super::recover::Recovered,
    all: Result<super::recover::Recovered, super::recover::RecoverError>,
) {
    let Ok(all) = all else { return };
    let told = |of: &super::recover::Recovered| {
        let mut fold = of.fold.clone();
        // What is there yet of what must go is told by the files alone.
        fold.leftovers = super::fold::Leftovers::default();
        fold.open.values_mut().for_each(|open| open.present = false);
        fold.closed.values_mut().for_each(|closed| closed.present = None);
        fold.purges.values_mut().for_each(|purge| {
            purge.periods.values_mut().for_each(|present| *present = None);
        });
        let segment = of.segment.as_ref().map(|s| (s.first, s.uuid, s.at, s.size, s.limit));
        (fold.value().map(|value| value.encode()), of.frontier.clone(), of.previous, segment)
    };
    assert_eq!(told(found), told(&all));
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Machine, record};
    use super::*;
    use crate::log::{OpenError, segment_path};
    use crate::verify::{Knowledge, Verdict, verify};

    /// A ledger of several lives, whose state was put away.
    fn lived() -> Machine {
        let machine = Machine::new(3).born();
        for life in 0..3 {
            let core = machine.open().unwrap();
            for number in 0..20 {
                let class = if number % 3 == 0 { "brief" } else { "default" };
                core.append(class, &record(&format!("{life} {number}"))).unwrap();
                core.commit().unwrap();
            }
            core.finish().unwrap();
        }
        assert!(machine.other.list("").unwrap().contains(&STATE.to_owned()));
        machine
    }

    fn damage(machine: &Machine) {
        machine.disk.tamper(&segment_path(0), |bytes| bytes[5000] ^= 1);
    }

    #[test]
    fn only_what_came_since_is_read_and_all_of_it_without_the_state() {
        let machine = lived();
        damage(&machine);
        let core = machine.open().unwrap();
        core.append("default", &record("goes on")).unwrap();
        core.finish().unwrap();
        drop(core);
        // Whoever verifies reads everything.
        let knowledge = Knowledge::of(Machine::identity().verifier().clone());
        assert_eq!(verify(&machine.disk, &knowledge).verdict(), Verdict::Tampered);
        machine.other.remove(STATE).unwrap();
        assert!(matches!(machine.open(), Err(OpenError::Recover(_))));
    }

    #[test]
    fn a_state_that_was_touched_is_not_gone_on_with() {
        let machine = lived();
        damage(&machine);
        let bytes = read_whole(&machine.other, STATE, 1 << 20).unwrap();
        for at in (0..bytes.len()).step_by(37) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            replace(&machine.other, STATE, &changed).unwrap();
            assert!(machine.open().is_err(), "byte {at}");
        }
        replace(&machine.other, STATE, &bytes).unwrap();
        machine.open().unwrap();
    }

    #[test]
    fn an_older_state_leads_to_the_same_end() {
        let machine = lived();
        let old = read_whole(&machine.other, STATE, 1 << 20).unwrap();
        let core = machine.open().unwrap();
        let keys = Machine::approvals();
        for number in 0..30 {
            core.append("default", &record(&format!("{number}"))).unwrap();
            core.commit().unwrap();
        }
        core.redact(20, "why", &keys).unwrap();
        core.finish().unwrap();
        drop(core);
        replace(&machine.other, STATE, &old).unwrap();
        let core = machine.open().unwrap();
        core.finish().unwrap();
        drop(core);
        let knowledge = Knowledge::of(Machine::identity().verifier().clone());
        assert_eq!(verify(&machine.disk, &knowledge).verdict(), Verdict::Intact);
    }

    #[test]
    fn a_file_of_entries_that_is_missing_is_noticed() {
        let machine = lived();
        machine.disk.remove(&segment_path(0)).unwrap();
        assert!(matches!(machine.open(), Err(OpenError::Recover(_))));
    }
}
