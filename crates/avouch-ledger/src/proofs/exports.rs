//! Checking an export with nothing but the public key: that each entry is under the signed root, and
//! that nothing was left out.
//!
//! An export proves what the log says. That the log keeps its rules is proven by verifying the log.

use super::chain::Chain;
use super::lines::{Leaf, Term, absent, path, read_query};
use super::opened;
use crate::format::canonical::{Value, from_hex};
use crate::format::control::{Act, Control, Index, kinds, members::Members};
use crate::format::{EntryHeader, RECORD, Record};
use crate::merkle::{Hash, leaf_hash, verify_inclusion};
use crate::note::{Checkpoint, Note, VerifierKey};
use crate::search::{HITS_MAX, Question};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, BufRead, Read};
use std::ops::Range;

/// LIMIT: bytes of a line.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// LIMIT: bytes of a text in a line.
pub(super) const TEXT_BYTES_MAX: usize = 640 << 10;

/// LIMIT: entries behind the last round of the index.
const TAIL_MAX: u64 = 262_144;

/// Why an export proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExportFault {
    /// It cannot be read.
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    /// A line has not the form of one.
    #[error("line {line}: {what}")]
    Malformed {
        /// Which, from 1.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// All lines together claim what is not so.
    #[error("{0}")]
    Whole(String),
    /// A line claims what is not so.
    #[error("line {line}: {what}")]
    Invalid {
        /// Which, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
}

/// What an export proves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProvenExport {
    /// The log.
    pub origin: String,
    /// Entries that the signed checkpoint covers.
    pub size: u64,
    /// The entries it is about.
    pub range: Range<u64>,
    /// What was asked for; nothing when it shows every entry of the range.
    pub question: Option<Question>,
    /// Entries that are shown.
    pub entries: u64,
    /// Records that were purged or redacted.
    pub holes: u64,
    /// What should be there and is not: it proves no completeness.
    pub missing: Vec<Missing>,
    /// Periods of which nothing shows that the terms are those of the value asked for.
    pub unproven_terms: Vec<u32>,
    /// The root of the tree that the checkpoint signs.
    pub root: Hash,
    /// The log's signing keys so far, each with the size above which it signs.
    pub epochs: Vec<(u64, [u8; 32])>,
    /// The time of the last entry of the range, if it is shown.
    pub last_ms: Option<u64>,
    /// Parts of rounds of which nothing is known any more, because their periods were purged.
    pub purged_parts: u64,
}

/// Something that an export should show and does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The last line.
    End,
    /// An answer for a period in the round that an entry commits to.
    Answer {
        /// The period.
        period: u32,
        /// The entry.
        round: u64,
    },
    /// An entry that the index names.
    Named(u64),
    /// An entry behind the last round of the index.
    Tail(u64),
    /// The entries of a listing from one on.
    From(u64),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("the last line"),
            Self::Answer { period, round } => {
                write!(f, "an answer for period {period} in the round of entry {round}")
            }
            Self::Named(index) => write!(f, "entry {index}, which the index names"),
            Self::Tail(index) => write!(f, "entry {index} of the tail"),
            Self::From(index) => write!(f, "the entries from {index} on"),
        }
    }
}

/// A record that an export shows.
#[derive(Clone, Copy, Debug)]
pub struct Exhibit<'a> {
    /// Its index.
    pub index: u64,
    /// The entry, which is proven to be in the log.
    pub entry: &'a [u8],
    /// Its head.
    pub header: &'a EntryHeader,
    /// What it says, if the export gives its key; it is then one that was asked for.
    pub record: Option<&'a Record>,
}

/// Whether a text begins like an export.
#[must_use]
pub fn is_export(text: &[u8]) -> bool {
    text.starts_with(b"{\"checkpoint\":")
}

/// Checks an export. Each record that it gives the key of and that was asked for is shown, and each
/// that stays sealed.
pub fn check_export(
    mut from: impl BufRead,
    identity: &VerifierKey,
    mut show: impl FnMut(&Exhibit<'_>),
) -> Result<ProvenExport, ExportFault> {
    let mut state: Option<State<'_>> = None;
    let mut number = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        number += 1;
        let read = from.by_ref().take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        let malformed = |what| ExportFault::Malformed { line: number, what };
        let text = line.strip_suffix(b"\n").ok_or_else(|| malformed("it is too long or torn"))?;
        let value = Value::parse_with_lines(text).map_err(|_| malformed("not canonical JSON"))?;
        let members = Members::of(value).ok_or_else(|| malformed("not an object"))?;
        let done = match &mut state {
            None => State::begin(members, identity).map(|begun| state = Some(begun)),
            Some(state) => state.line(members, number - 1, &mut show),
        };
        done.map_err(|fault| match fault {
            Fault::Form(what) => malformed(what),
            Fault::Claim(what) => ExportFault::Invalid { line: number, what },
        })?;
    }
    let empty = ExportFault::Malformed { line: 1, what: "there is nothing" };
    state.ok_or(empty)?.end().map_err(|fault| match fault {
        Fault::Form(text) => ExportFault::Whole(text.to_owned()),
        Fault::Claim(text) => ExportFault::Whole(text),
    })
}

/// What is wrong with a line.
enum Fault {
    Form(&'static str),
    Claim(String),
}

fn form<T>(value: Option<T>, what: &'static str) -> Result<T, Fault> {
    value.ok_or(Fault::Form(what))
}

fn claim(holds: bool, what: impl Into<String>) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::Claim(what.into())) }
}

/// A round, and which of its parts were answered.
struct Round {
    index: Index,
    answered: BTreeSet<u32>,
}

struct State<'a> {
    proven: ProvenExport,
    chain: Chain<'a>,
    note: Note,
    root: Hash,
    terms: BTreeMap<u32, Term>,
    /// Whether the checkpoint was compared with the keys, behind which none may come.
    signed: bool,
    /// The next entry of a listing, or of the tail.
    next: u64,
    covered: u64,
    rounds: BTreeMap<u64, Round>,
    purged: BTreeSet<u32>,
    redacted: BTreeSet<u64>,
    commitments: BTreeMap<u32, Hash>,
    wanted: BTreeSet<u64>,
    tail: BTreeSet<u64>,
    ended: bool,
}

impl<'a> State<'a> {
    fn begin(mut members: Members, identity: &'a VerifierKey) -> Result<Self, Fault> {
        let what = "it does not begin with a head";
        let mut text = |name| form(members.text_up_to(name, TEXT_BYTES_MAX), what);
        let (checkpoint, genesis) = (text("checkpoint")?, text("genesis")?);
        let (origin, kind) = (text("origin")?, text("type")?);
        let mut number = |name| form(members.number(name), what);
        let (first, end, version) = (number("first")?, number("end")?, number("version")?);
        let query = form(members.take("query"), what)?;
        form(members.end().filter(|()| kind == "export" && version == 1), what)?;
        let note = form(Note::parse(checkpoint.as_bytes()).ok(), "the checkpoint is no note")?;
        let signed = form(Checkpoint::parse(&note.text).ok(), "the checkpoint is none")?;
        let chain =
            Chain::of(&genesis, identity).map_err(|error| Fault::Claim(error.to_string()))?;
        let same = origin == chain.origin() && origin == signed.origin;
        claim(same, "the head, the genesis and the checkpoint are not of one log")?;
        claim(first <= end && end <= signed.size, "the range is beyond the checkpoint")?;
        let (question, terms) = form(read_query(query), "the question is malformed")?;
        let proven = ProvenExport {
            origin,
            size: signed.size,
            range: first..end,
            question,
            root: signed.root,
            ..ProvenExport::default()
        };
        Ok(Self {
            proven,
            chain,
            note,
            root: signed.root,
            terms,
            signed: false,
            next: first,
            covered: first,
            rounds: BTreeMap::new(),
            purged: BTreeSet::new(),
            redacted: BTreeSet::new(),
            commitments: BTreeMap::new(),
            wanted: BTreeSet::new(),
            tail: BTreeSet::new(),
            ended: false,
        })
    }

    fn line(
        &mut self,
        mut members: Members,
        before: u64,
        show: &mut impl FnMut(&Exhibit<'_>),
    ) -> Result<(), Fault> {
        form((!self.ended).then_some(()), "there is more behind the end")?;
        match form(members.text("type"), "it has no type")?.as_str() {
            "entry" => self.entry(members, show),
            "hole" => self.hole(members),
            "answer" => self.answer(members),
            "end" => {
                let counts = members.number("entries").zip(members.number("lines"));
                let counts = form(counts.filter(|_| members.end().is_some()), "the end")?;
                self.ended = true;
                claim(counts == (self.proven.entries, before), "the counts at the end")
            }
            _ => Err(Fault::Form("its type is not known")),
        }
    }

    /// Index and path of a line.
    fn place(members: &mut Members) -> Result<(u64, Vec<Hash>), Fault> {
        let index = form(members.number("index"), "it has no index")?;
        Ok((index, form(path(members), "its proof is malformed")?))
    }

    fn is_under(&self, index: u64, leaf: &Hash, path: &[Hash]) -> Result<(), Fault> {
        let proven = verify_inclusion(leaf, index, self.proven.size, path, &self.root);
        claim(proven.is_ok(), format!("entry {index} is not under the signed root"))
    }

    fn entry(
        &mut self,
        mut members: Members,
        show: &mut impl FnMut(&Exhibit<'_>),
    ) -> Result<(), Fault> {
        let (index, path) = Self::place(&mut members)?;
        let what = "the entry is malformed";
        let entry = members.text_up_to("entry", TEXT_BYTES_MAX);
        let entry = form(entry.and_then(|entry| from_hex(&entry)), what)?;
        let key = if members.has("key") { Some(form(members.hex("key"), what)?) } else { None };
        form(members.end(), what)?;
        self.is_under(index, &leaf_hash(&entry), &path)?;
        self.proven.entries += 1;
        let (header, payload) = form(EntryHeader::parse(&entry).ok(), what)?;
        if index + 1 == self.proven.range.end {
            self.proven.last_ms = Some(header.time_ms);
        }
        if header.kind != RECORD && self.control(index, header.kind, payload)? {
            return Ok(());
        }
        let origin_hash = self.chain.origin_hash();
        let record = key.map(|key| opened(&entry, origin_hash, key)).transpose();
        let record = record.map_err(|error| Fault::Claim(error.to_string()))?;
        let asked = |record: &Record| {
            self.proven.question.as_ref().is_none_or(|question| question.fits(record))
        };
        if header.kind == RECORD && record.as_ref().is_none_or(asked) {
            show(&Exhibit { index, entry: &entry, header: &header, record: record.as_ref() });
        }
        self.wanted.remove(&index);
        self.reached(index)
    }

    /// Takes in a control entry; whether it was a change of the key, which has no place of its own.
    fn control(&mut self, index: u64, kind: u8, payload: &[u8]) -> Result<bool, Fault> {
        if matches!(kind, kinds::EPOCH_ROTATE | kinds::EPOCH_RECOVER) && !self.chain.has(index) {
            claim(!self.signed, "a change of the key comes too late")?;
            let sound = self.chain.rotate(index, kind, payload);
            sound.map_err(|error| Fault::Claim(error.to_string()))?;
            self.seen(index)?;
            return Ok(true);
        }
        let control = form(Control::parse(kind, payload).ok(), "the control entry is malformed")?;
        match control.act {
            Act::Index(round) if self.proven.question.is_some() => self.round(index, round)?,
            Act::Purge { periods, .. } => self.purged.extend(periods),
            Act::PeriodOpen { period, commitment, .. } => {
                self.commitments.insert(period, commitment);
            }
            Act::Redact { entry, .. } => {
                self.redacted.insert(entry);
            }
            _ => (),
        }
        Ok(false)
    }

    fn hole(&mut self, mut members: Members) -> Result<(), Fault> {
        let (index, path) = Self::place(&mut members)?;
        let leaf = form(members.hash("hash"), "the hole is malformed")?;
        form(members.end(), "the hole is malformed")?;
        self.is_under(index, &leaf, &path)?;
        self.proven.holes += 1;
        if self.proven.question.is_none() || self.redacted.contains(&index) {
            self.reached(index)?;
        }
        Ok(())
    }

    /// Something stands in its place.
    fn reached(&mut self, index: u64) -> Result<(), Fault> {
        if self.proven.question.is_some() {
            return self.seen(index);
        }
        self.judge()?;
        let follows = index == self.next || index < self.proven.range.start;
        claim(follows, format!("entry {} is missing", self.next))?;
        self.next = self.next.max(index + 1);
        Ok(())
    }

    fn seen(&mut self, index: u64) -> Result<(), Fault> {
        if self.proven.question.is_some() && index >= self.covered {
            self.tail.insert(index);
            form((self.tail.len() as u64 <= TAIL_MAX).then_some(()), "the tail is too long")?;
        }
        Ok(())
    }

    fn round(&mut self, entry: u64, index: Index) -> Result<(), Fault> {
        let range = &self.proven.range;
        if index.end <= range.start || index.first >= range.end || self.rounds.contains_key(&entry)
        {
            return Ok(());
        }
        claim(index.first <= self.covered, format!("a round before entry {entry} is missing"))?;
        self.covered = self.covered.max(index.end);
        self.tail = self.tail.split_off(&self.covered);
        self.rounds.insert(entry, Round { index, answered: BTreeSet::new() });
        Ok(())
    }

    fn answer(&mut self, mut members: Members) -> Result<(), Fault> {
        self.judge()?;
        let what = "the answer is malformed";
        let entry = form(members.number("index"), what)?;
        let period = form(members.small("period"), what)?;
        let present = form(members.flag("present"), what)?;
        let leaves = form(members.list("neighbours", Leaf::read), what)?;
        form(members.end(), what)?;
        let stranger = || Fault::Claim("an answer to what was not asked".to_owned());
        let round = self.rounds.get_mut(&entry).ok_or_else(stranger)?;
        let mut parts = round.index.parts.iter();
        let part = parts.find(|part| part.period == period).ok_or_else(stranger)?;
        let term = self.terms.get(&period).ok_or_else(stranger)?.blinded;
        for leaf in &leaves {
            let (hash, path) = (leaf_hash(&leaf.data), &leaf.path);
            let proven = verify_inclusion(&hash, leaf.place, part.terms, path, &part.root);
            claim(proven.is_ok(), "a leaf is not in the index")?;
        }
        if present {
            let leaf = leaves.first().filter(|leaf| leaves.len() == 1 && leaf.term == term);
            let leaf = leaf.ok_or_else(|| Fault::Claim("it does not show the term".to_owned()))?;
            let named = leaf.positions().map(|at| round.index.first + u64::from(at));
            self.wanted.extend(named.filter(|index| self.proven.range.contains(index)));
            form((self.wanted.len() <= HITS_MAX).then_some(()), "it names too many entries")?;
        } else {
            claim(absent(&leaves, term, part.terms), "it does not show that the term is absent")?;
        }
        round.answered.insert(period);
        Ok(())
    }

    /// Compares the checkpoint with the keys, once all changes of them were read.
    fn judge(&mut self) -> Result<(), Fault> {
        if !self.signed {
            let key = self.chain.key_at(self.proven.size);
            let by = key.is_some_and(|key| self.note.verify(&key).is_ok());
            claim(by, "the checkpoint is not signed by the key of its epoch")?;
            self.signed = true;
        }
        Ok(())
    }

    fn end(mut self) -> Result<ProvenExport, Fault> {
        self.judge()?;
        let mut missing = Vec::new();
        if !self.ended {
            missing.push(Missing::End);
        }
        let range = self.proven.range.clone();
        if let Some(question) = self.proven.question.clone() {
            self.terms_are_of(&question)?;
            for (entry, round) in &self.rounds {
                let parts = round.index.parts.iter().map(|part| part.period);
                let gone = parts.clone().filter(|period| {
                    !round.answered.contains(period) && self.purged.contains(period)
                });
                self.proven.purged_parts += gone.count() as u64;
                let open = |period: &u32| {
                    !round.answered.contains(period) && !self.purged.contains(period)
                };
                let open = parts.filter(open);
                missing.extend(open.map(|period| Missing::Answer { period, round: *entry }));
            }
            let named = self.wanted.difference(&self.redacted).take(20);
            missing.extend(named.map(|index| Missing::Named(*index)));
            let tail = self.covered.max(range.start)..range.end;
            let absent = tail.filter(|index| !self.tail.contains(index)).take(20);
            missing.extend(absent.map(Missing::Tail));
        } else if self.next < range.end {
            missing.push(Missing::From(self.next));
        }
        self.proven.missing = missing;
        self.proven.epochs = self.chain.into_epochs();
        Ok(self.proven)
    }

    /// Whether the terms are those of the value: the keys of the index say so, and what a period's
    /// beginning committed to says that they are the right ones.
    fn terms_are_of(&mut self, question: &Question) -> Result<(), Fault> {
        let asked: BTreeSet<u32> =
            self.rounds.values().flat_map(|round| round.answered.iter().copied()).collect();
        for (period, term) in self.terms.iter().filter(|(period, _)| asked.contains(period)) {
            let (Some(key), Some(known)) = (&term.key, self.commitments.get(period)) else {
                self.proven.unproven_terms.push(*period);
                continue;
            };
            let fits = key.commitment(self.chain.origin_hash()) == *known
                && key.blind(question.field, &question.value) == term.blinded;
            claim(fits, format!("the term of period {period} is not that of the value"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
