//! The ledger, read for a package: under which checkpoint, and with which keys.
//!
//! Which checkpoint it is follows from the ledger and the period alone, so that a second export of a
//! period is the first one again, byte for byte, whatever was written since.

use avouch_ledger::format::{EntryHeader, RECORD};
use avouch_ledger::keys::{Custody, IndexKey, Kek, KeyRing, PeriodKeys, Secret32, record_key};
use avouch_ledger::merkle::Hash;
use avouch_ledger::note::{Checkpoint, Note, VerifierKey};
use avouch_ledger::search::{Blinded, Entries, Found, Question, Search, Shown, StoredTree};
use avouch_ledger::storage::{Storage, read_whole};
use avouch_ledger::verify::{WitnessPolicy, each_published};
use avouch_ledger::view::ViewError;
use std::collections::BTreeMap;
use std::io;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

/// LIMIT: bytes of a genesis.
const NOTE_BYTES_MAX: u64 = 16 * 1024;

/// Why a ledger cannot be read for a package.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// A file cannot be read.
    #[error("`{0}` of the ledger cannot be read")]
    Io(&'static str, #[source] io::Error),
    /// The genesis is malformed.
    #[error("the genesis of the ledger is malformed")]
    Genesis,
    /// An entry cannot be read.
    #[error("the ledger cannot be read")]
    View(#[from] ViewError),
    /// The index does not cover the period yet.
    #[error("no published checkpoint covers the index of the period yet")]
    NotCovered,
}

/// The keys of a ledger's records, each derived once.
pub struct Keys {
    ring: KeyRing,
    kek: Arc<Kek>,
    known: BTreeMap<u32, Option<PeriodKeys>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// With the key that wraps the others.
    pub fn new(ring: KeyRing, kek: Arc<Kek>) -> Self {
        Self { ring, kek, known: BTreeMap::new() }
    }

    /// The keys of a period, unless they are gone.
    pub fn of(&mut self, period: u32) -> Option<&PeriodKeys> {
        let (ring, kek) = (&self.ring, &self.kek);
        let derive = || {
            let secret = ring.secret(period, kek).ok()?;
            PeriodKeys::new(&ring.origin().hash(), &secret).ok()
        };
        self.known.entry(period).or_insert_with(derive).as_ref()
    }

    /// The key of a record.
    pub fn record(&mut self, header: &EntryHeader) -> Option<Secret32> {
        record_key(self.of(header.period)?, header).ok()
    }
}

/// Reads the key ring of a ledger.
pub fn keys(storage: &dyn Storage, custody: &dyn Custody) -> Option<Keys> {
    let ring = KeyRing::load(storage).ok()?;
    let kek = custody.load().ok()?.of(ring.kek()).cloned()?;
    Some(Keys::new(ring, kek))
}

/// A ledger under one checkpoint.
#[derive(Debug)]
pub struct Books {
    /// Its folder.
    pub storage: Arc<dyn Storage>,
    /// The genesis, a signed note.
    pub genesis: String,
    /// The checkpoint under which everything is proven.
    pub note: Note,
    /// What it signs.
    pub signed: Checkpoint,
    /// The last checkpoint from before the period, if there is one.
    pub earlier: Option<Note>,
}

/// What a checkpoint must cover.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The period, in milliseconds since 1970; the end is not part of it.
    pub period: Range<u64>,
    /// An entry that must be covered as well.
    pub entry: Option<u64>,
    /// Which witnesses must have cosigned, if any.
    pub witnesses: Option<&'a WitnessPolicy>,
}

impl Books {
    /// The ledger under the first checkpoint that covers a period together with its index.
    pub fn open(
        storage: Arc<dyn Storage>,
        identity: &VerifierKey,
        wanted: &Wanted<'_>,
    ) -> Result<Self, BooksError> {
        let genesis = read_whole(storage.as_ref(), "genesis", NOTE_BYTES_MAX);
        let genesis = genesis.map_err(|error| BooksError::Io("genesis", error))?;
        let genesis = String::from_utf8(genesis).map_err(|_| BooksError::Genesis)?;
        let mut entries = Entries::open(storage.clone())?;
        let size = entries.size()?;
        let begin = first_at(&mut entries, size, wanted.period.start)?;
        let end = first_at(&mut entries, size, wanted.period.end)?;
        let origin_hash = Hash::of(identity.name().as_bytes());
        let search = Search::open(storage.clone(), origin_hash, size)?;
        let records = records_end(&mut entries, end)?.max(wanted.entry.map_or(0, |at| at + 1));
        let mut rounds = search.rounds().iter();
        let round = rounds.find(|round| round.index.end >= records);
        let covering = round.map(|round| round.entry + 1).ok_or(BooksError::NotCovered)?;
        // Behind the end, so that the time of the last entry shows that the period is over.
        let needed = covering.max(end.saturating_add(1).min(size));
        let (mut earlier, mut chosen) = (None, None::<(Note, Checkpoint)>);
        each_published(storage.as_ref(), |note, checkpoint| {
            if checkpoint.size <= begin {
                earlier = Some(note);
                return ControlFlow::Continue(());
            }
            let known = chosen.as_ref().map(|(_, known)| known.size);
            if known.is_some_and(|size| size != checkpoint.size) {
                return ControlFlow::Break(());
            }
            let vouched =
                |policy: &WitnessPolicy| matches!(policy.witnessed_at(&note), Ok(Some(_)));
            if checkpoint.size >= needed && wanted.witnesses.is_none_or(vouched) {
                chosen = Some((note, checkpoint));
            }
            ControlFlow::Continue(())
        })
        .map_err(|error| BooksError::Io("checkpoints", error))?;
        let (note, signed) = chosen.ok_or(BooksError::NotCovered)?;
        Ok(Self { storage, genesis, note, signed, earlier })
    }

    /// Its entries can be found by their values.
    pub fn search(&self) -> Result<Search, ViewError> {
        Search::open(self.storage.clone(), self.origin_hash(), self.signed.size)
    }

    /// Its entries, one by one.
    pub fn entries(&self) -> Result<Entries, ViewError> {
        Entries::open(self.storage.clone())
    }

    /// Its tree.
    pub fn tree(&self) -> Result<StoredTree, ViewError> {
        StoredTree::open(self.storage.clone(), self.origin_hash())
    }

    /// What stands for the name of the log.
    pub fn origin_hash(&self) -> Hash {
        Hash::of(self.signed.origin.as_bytes())
    }
}

/// Where the records below an index end: behind the last of them are control entries only, of which the
/// index needs to say nothing.
fn records_end(entries: &mut Entries, below: u64) -> Result<u64, ViewError> {
    for index in (0..below).rev() {
        let is_record = match entries.get(index)? {
            Some(Found::Entry(entry)) => {
                EntryHeader::parse(&entry).is_ok_and(|(header, _)| header.kind == RECORD)
            }
            _ => true,
        };
        if is_record {
            return Ok(index + 1);
        }
    }
    Ok(0)
}

/// The first entry at or behind a time. Times only grow, but for steps of the clock.
fn first_at(entries: &mut Entries, size: u64, time_ms: u64) -> Result<u64, ViewError> {
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low + (high - low) / 2;
        if time_near(entries, middle, high)?.is_none_or(|time| time >= time_ms) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

/// The time of an entry, or of the next that is not gone.
fn time_near(entries: &mut Entries, from: u64, below: u64) -> Result<Option<u64>, ViewError> {
    for index in from..below {
        if let Some(Found::Entry(entry)) = entries.get(index)? {
            return Ok(EntryHeader::parse(&entry).ok().map(|(header, _)| header.time_ms));
        }
    }
    Ok(None)
}

/// The keys that an export shows: those of the index, and of records of the period that are not held
/// back.
pub(crate) struct Disclosing<'a> {
    pub(crate) keys: &'a mut Keys,
    pub(crate) period: Range<u64>,
    /// Nonces of records that are held back.
    pub(crate) withheld: &'a dyn Fn(&EntryHeader) -> bool,
    /// The nonce of one record that is shown whenever it was written.
    pub(crate) always: Option<[u8; 24]>,
}

impl Shown for Disclosing<'_> {
    fn blinded(&mut self, period: u32, question: &Question) -> Option<(Blinded, IndexKey)> {
        let keys = self.keys.of(period)?;
        Some((keys.blind(question.field, &question.value), keys.shown().clone()))
    }

    fn record_key(&mut self, header: &EntryHeader) -> Option<Secret32> {
        let shown = self.always == Some(header.nonce)
            || self.period.contains(&header.time_ms) && !(self.withheld)(header);
        if shown { self.keys.record(header) } else { None }
    }
}
