//! An export that proves itself: entries under a signed root, and that none was left out.
//!
//! Section 16 of `docs/ledger-format.md`.

use super::asking::{Blinded, Search};
use super::entries::Found;
use super::nodes::StoredTree;
use super::rounds::Round;
use crate::format::canonical::{Value, to_hex};
use crate::format::control::{Act, Control, kinds};
use crate::format::{ENTRY_HEADER_BYTES, EntryHeader, RECORD, Record};
use crate::keys::{IndexKey, Secret32};
use crate::log::{Answer, ProvenLeaf};
use crate::merkle::Hash;
use crate::note::{Checkpoint, Note};
use crate::storage::Storage;
use crate::view::ViewError;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

/// LIMIT: entries that an answer may name: what who checks it keeps in memory.
pub const HITS_MAX: usize = 1 << 22;

/// What is asked for: all entries in which a field has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The field.
    pub field: u8,
    /// The value.
    pub value: Vec<u8>,
}

impl Question {
    /// Whether a record has the value.
    pub fn fits(&self, record: &Record) -> bool {
        let mut terms = record.terms.iter();
        terms.any(|term| term.field == self.field && term.value == self.value)
    }
}

/// The keys that an export needs, as far as they are to be shown.
pub trait Shown {
    /// What stands for the value in the index of a period, and the key that proves it.
    fn blinded(&mut self, period: u32, question: &Question) -> Option<(Blinded, IndexKey)>;

    /// The key of one record, if it is to be given away.
    fn record_key(&mut self, header: &EntryHeader) -> Option<Secret32>;
}

/// Why no export was made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be written.
    #[error("the export cannot be written")]
    Write(#[from] io::Error),
    /// What is to be shown cannot be read, or is not what was signed.
    #[error("what is to be exported cannot be shown")]
    View(#[from] ViewError),
    /// The genesis or the checkpoint is malformed.
    #[error("the newest checkpoint is malformed")]
    Checkpoint,
    /// The range is beyond the checkpoint.
    #[error("the newest checkpoint covers {0} entries only")]
    NotSigned(u64),
    /// There are too many.
    #[error("more than {HITS_MAX} entries would have to be shown at once: ask for fewer")]
    TooMany,
    /// Postings are missing or wrong, so that nothing can be proven about them.
    #[error("the postings of period {period} for the entries from {first} on are missing or wrong")]
    NoPostings {
        /// The period.
        period: u32,
        /// Where the round begins.
        first: u64,
    },
    /// A record cannot be asked for, because there is no key.
    #[error("there is no key for period {0}, and no purge that destroyed it")]
    NoKey(u32),
}

/// What was exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Lines with an entry.
    pub entries: u64,
    /// All lines before the last one.
    pub lines: u64,
    /// Entries that the checkpoint covers.
    pub size: u64,
}

/// What an export is about.
#[derive(Debug)]
pub struct Exporting<'a> {
    /// The folder of the log.
    pub storage: Arc<dyn Storage>,
    /// The genesis, a signed note.
    pub genesis: &'a str,
    /// The checkpoint under which everything is proven.
    pub checkpoint: &'a Note,
    /// The entries, as far as the checkpoint covers them; all when none is given.
    pub range: Option<Range<u64>>,
    /// What is asked for; everything when nothing is.
    pub question: Option<Question>,
}

impl Exporting<'_> {
    /// Writes the export.
    pub fn write(
        &self,
        shown: &mut dyn Shown,
        out: &mut dyn Write,
    ) -> Result<Exported, ExportError> {
        let signed =
            Checkpoint::parse(&self.checkpoint.text).map_err(|_| ExportError::Checkpoint)?;
        let range = self.range.clone().unwrap_or(0..signed.size);
        if range.end > signed.size || range.start > range.end {
            return Err(ExportError::NotSigned(signed.size));
        }
        let origin_hash = Hash::of(signed.origin.as_bytes());
        let mut export = Export {
            search: Search::open(self.storage.clone(), origin_hash, signed.size)?,
            tree: StoredTree::open(self.storage.clone(), origin_hash)?,
            signed,
            shown,
            out,
            done: BTreeSet::new(),
            exported: Exported::default(),
        };
        export.exported.size = export.signed.size;
        let terms = self.question.as_ref().map(|question| export.terms(question, &range));
        export.head(self, &range, terms.transpose()?.as_ref())?;
        export.controls(&[kinds::EPOCH_ROTATE, kinds::EPOCH_RECOVER])?;
        match &self.question {
            None => export.listing(range)?,
            Some(question) => export.answers(question, &range)?,
        }
        export.end()
    }
}

/// What stands for the value in each period, ascending.
type Terms = BTreeMap<u32, (Blinded, IndexKey)>;

/// An export that is being written.
struct Export<'a> {
    search: Search,
    tree: StoredTree,
    signed: Checkpoint,
    shown: &'a mut dyn Shown,
    out: &'a mut dyn Write,
    /// Entries that were shown before the others.
    done: BTreeSet<u64>,
    exported: Exported,
}

impl Export<'_> {
    fn line(&mut self, members: Vec<(&str, Value)>) -> Result<(), ExportError> {
        self.exported.lines += 1;
        let mut line = Value::object(members).encode();
        line.push('\n');
        Ok(self.out.write_all(line.as_bytes())?)
    }

    fn terms(&mut self, question: &Question, range: &Range<u64>) -> Result<Terms, ExportError> {
        let purged = self.purged()?;
        let mut terms = Terms::new();
        for part in self.rounds(range).iter().flat_map(|round| round.index.parts.clone()) {
            if terms.contains_key(&part.period) || purged.contains(&part.period) {
                continue;
            }
            let term = self.shown.blinded(part.period, question);
            terms.insert(part.period, term.ok_or(ExportError::NoKey(part.period))?);
        }
        Ok(terms)
    }

    fn rounds(&self, range: &Range<u64>) -> Vec<Round> {
        let meets = |round: &&Round| round.index.end > range.start && round.index.first < range.end;
        self.search.rounds().iter().filter(meets).cloned().collect()
    }

    /// Periods that a purge names.
    fn purged(&mut self) -> Result<BTreeSet<u32>, ExportError> {
        let mut purged = BTreeSet::new();
        for index in self.search.controls(kinds::PURGE) {
            if let Act::Purge { periods, .. } = self.act(index, kinds::PURGE)? {
                purged.extend(periods);
            }
        }
        Ok(purged)
    }

    fn act(&mut self, index: u64, kind: u8) -> Result<Act, ExportError> {
        let entry = self.search.entries.entry(index)?;
        let payload = entry.get(ENTRY_HEADER_BYTES..).unwrap_or_default();
        let control = Control::parse(kind, payload);
        Ok(control.map_err(|_| ViewError::Unproven(index))?.act)
    }

    fn head(
        &mut self,
        about: &Exporting<'_>,
        range: &Range<u64>,
        terms: Option<&Terms>,
    ) -> Result<(), ExportError> {
        let question = about.question.as_ref().zip(terms);
        let query = question.map_or(Value::Null, |(question, terms)| {
            let one = |(period, (term, key)): (&u32, &(Blinded, IndexKey))| {
                Value::object([
                    ("index_key", Value::hex(key.key.danger_bytes())),
                    ("period", Value::Number(u64::from(*period))),
                    ("seal_hash", Value::hex(&key.seal_hash.0)),
                    ("term", Value::hex(term)),
                ])
            };
            Value::object([
                ("field", Value::Number(question.field.into())),
                ("terms", Value::List(terms.iter().map(one).collect())),
                ("value", Value::hex(&question.value)),
            ])
        });
        let origin = self.signed.origin.clone();
        self.line(vec![
            ("checkpoint", Value::Text(about.checkpoint.to_string())),
            ("end", Value::Number(range.end)),
            ("first", Value::Number(range.start)),
            ("genesis", Value::Text(about.genesis.to_owned())),
            ("origin", Value::Text(origin)),
            ("query", query),
            ("type", Value::text("export")),
            ("version", Value::Number(1)),
        ])
    }

    fn controls(&mut self, wanted: &[u8]) -> Result<(), ExportError> {
        let mut all: Vec<u64> =
            wanted.iter().flat_map(|kind| self.search.controls(*kind)).collect();
        all.sort_unstable();
        for index in all {
            self.once(index)?;
        }
        Ok(())
    }

    /// Shows what stands at an index, if it was not shown before.
    fn once(&mut self, index: u64) -> Result<(), ExportError> {
        if self.done.insert(index) { self.show(index) } else { Ok(()) }
    }

    fn show(&mut self, index: u64) -> Result<(), ExportError> {
        let found = self.search.entries.get(index)?.ok_or(ViewError::TooFew(index))?;
        let leaf = found.leaf().ok_or(ViewError::Gone(index))?;
        let under = (self.signed.size, &self.signed.root);
        let path = self.tree.inclusion((index, &leaf), under)?;
        let proof = Value::List(path.iter().map(|hash| Value::hex(&hash.0)).collect());
        let mut members = vec![("index", Value::Number(index)), ("proof", proof)];
        match found {
            Found::Entry(entry) => {
                let header = EntryHeader::parse(&entry).ok().map(|(header, _)| header);
                let header = header.filter(|header| header.kind == RECORD);
                if let Some(key) = header.and_then(|header| self.shown.record_key(&header)) {
                    members.push(("key", Value::hex(key.danger_bytes())));
                }
                members.push(("entry", Value::Text(to_hex(&entry))));
                members.push(("type", Value::text("entry")));
                self.exported.entries += 1;
            }
            Found::Hole(_) | Found::Within => {
                members.push(("hash", Value::hex(&leaf.0)));
                members.push(("type", Value::text("hole")));
            }
        }
        self.line(members)
    }

    fn listing(&mut self, range: Range<u64>) -> Result<(), ExportError> {
        // A rotation that was shown before has its place here too.
        for index in range {
            self.show(index)?;
        }
        Ok(())
    }

    fn answers(&mut self, question: &Question, range: &Range<u64>) -> Result<(), ExportError> {
        self.controls(&[kinds::PERIOD_OPEN, kinds::PURGE, kinds::REDACT])?;
        let rounds = self.rounds(range);
        for round in &rounds {
            self.once(round.entry)?;
        }
        let (purged, redacted) = (self.purged()?, self.redacted()?);
        let mut hits = BTreeSet::new();
        for round in &rounds {
            let parts = round.index.parts.iter();
            for part in parts.filter(|part| !purged.contains(&part.period)) {
                let blinded = self.shown.blinded(part.period, question);
                let (term, _) = blinded.ok_or(ExportError::NoKey(part.period))?;
                let answer = self.search.ask(round, part, term);
                let answer = answer.ok_or(ExportError::NoPostings {
                    period: part.period,
                    first: round.index.first,
                })?;
                if let Answer::Present(leaf) = &answer {
                    let named = leaf.positions.iter().map(|at| round.index.first + u64::from(*at));
                    hits.extend(named.filter(|index| range.contains(index)));
                }
                if hits.len() > HITS_MAX {
                    return Err(ExportError::TooMany);
                }
                self.answer(round.entry, part.period, &answer)?;
            }
        }
        for index in hits.difference(&redacted) {
            self.once(*index)?;
        }
        let covered = rounds.last().map_or(range.start, |round| round.index.end);
        for index in covered.max(range.start)..range.end {
            self.once(index)?;
        }
        Ok(())
    }

    fn redacted(&mut self) -> Result<BTreeSet<u64>, ExportError> {
        let mut redacted = BTreeSet::new();
        for index in self.search.controls(kinds::REDACT) {
            if let Act::Redact { entry, .. } = self.act(index, kinds::REDACT)? {
                redacted.insert(entry);
            }
        }
        Ok(redacted)
    }

    fn answer(&mut self, round: u64, period: u32, answer: &Answer) -> Result<(), ExportError> {
        let (present, leaves) = match answer {
            Answer::Present(leaf) => (true, std::slice::from_ref(leaf)),
            Answer::Absent(leaves) => (false, leaves.as_slice()),
        };
        let neighbour = |leaf: &ProvenLeaf| {
            let path = leaf.path.iter().map(|hash| Value::hex(&hash.0)).collect();
            Value::object([
                ("leaf", Value::hex(&leaf.data())),
                ("position", Value::Number(leaf.place)),
                ("proof", Value::List(path)),
            ])
        };
        self.line(vec![
            ("index", Value::Number(round)),
            ("neighbours", Value::List(leaves.iter().map(neighbour).collect())),
            ("period", Value::Number(period.into())),
            ("present", Value::Bool(present)),
            ("type", Value::text("answer")),
        ])
    }

    fn end(mut self) -> Result<Exported, ExportError> {
        let exported = self.exported;
        self.line(vec![
            ("entries", Value::Number(exported.entries)),
            ("lines", Value::Number(exported.lines)),
            ("type", Value::text("end")),
        ])?;
        self.out.flush()?;
        Ok(exported)
    }
}
