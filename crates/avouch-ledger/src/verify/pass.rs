//! One pass over the entries, with the checkpoints beside it.

use super::Knowledge;
use super::checkpoints::{End, Published, Stream};
use super::code::Code;
use super::report::{Finding, Report};
use super::rules::Rules;
use crate::format::{Genesis, SegmentError};
use crate::log::{
    CHECKPOINT, CHECKPOINTS, ReadError, SEGMENTS, SegmentReader, firsts, segment_path,
};
use crate::merkle::{Frontier, Hash, leaf_hash};
use crate::note::{Checkpoint, Note, VerifierKey};
use crate::storage::{Storage, read_whole};
use std::io::ErrorKind;

/// LIMIT: bytes of the genesis and of the newest checkpoint.
const NOTE_BYTES_MAX: u64 = 16 * 1024;

/// The state of a pass.
struct Pass<'a> {
    storage: &'a dyn Storage,
    knowledge: &'a Knowledge,
    report: Report,
    rules: Rules,
    frontier: Frontier,
    stream: Stream,
    /// The next checkpoint that was not compared yet.
    next: Option<Published>,
    /// The last that agreed with the tree.
    agreed: Option<Note>,
    /// The last that was read.
    last: Option<Note>,
    /// Whether a checkpoint contradicted the tree: it is said once.
    contradicted: bool,
    /// Earlier checkpoints of the auditor, by size.
    earlier: Vec<(u64, Hash, Note)>,
    previous: Hash,
    /// Since when witnesses vouch for the newest checkpoint with quorum, in seconds since 1970.
    witnessed_s: u64,
}

pub(super) fn run(storage: &dyn Storage, knowledge: &Knowledge) -> Report {
    let mut report = Report { origin: knowledge.identity.name().to_owned(), ..Report::default() };
    let Some(genesis) = genesis(storage, knowledge, &mut report) else { return report };
    let stream = match Stream::open(storage) {
        Ok(stream) => stream,
        Err(error) => {
            report.file(Code::Unreadable, (CHECKPOINTS, 0), error.to_string());
            return report;
        }
    };
    let mut pass = Pass {
        storage,
        knowledge,
        report,
        rules: Rules::new(&genesis, *knowledge.identity.public(), knowledge.secrets.clone()),
        frontier: Frontier::new(),
        stream,
        next: None,
        agreed: None,
        last: None,
        contradicted: false,
        earlier: Vec::new(),
        previous: Hash::default(),
        witnessed_s: 0,
    };
    pass.take_earlier();
    pass.advance();
    if pass.next.is_none() && pass.report.findings.is_empty() {
        pass.report.file(Code::CheckpointMissing, (CHECKPOINTS, 0), "there is no checkpoint");
    }
    pass.segments(&genesis);
    pass.end();
    pass.report
}

fn genesis(storage: &dyn Storage, knowledge: &Knowledge, report: &mut Report) -> Option<Genesis> {
    let place = ("genesis", 0);
    let bytes = match read_whole(storage, "genesis", NOTE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            report.file(Code::GenesisMissing, place, "there is no genesis to begin with");
            return None;
        }
        Err(error) => {
            report.file(Code::Unreadable, place, error.to_string());
            return None;
        }
    };
    let Ok(note) = Note::parse(&bytes) else {
        report.file(Code::GenesisMalformed, place, "the genesis is not a signed note");
        return None;
    };
    let Ok(genesis) = Genesis::parse(&note.text) else {
        report.file(Code::GenesisMalformed, place, "the genesis breaks the rules of its form");
        return None;
    };
    if genesis.origin.as_str() != knowledge.identity.name() {
        let message = format!("the genesis is of the log `{}`", genesis.origin);
        report.file(Code::OriginMismatch, place, message);
        return None;
    }
    if let Err(error) = note.verify(&knowledge.identity) {
        report.file(Code::GenesisSignatureInvalid, place, error.to_string());
        return None;
    }
    Some(genesis)
}

impl Pass<'_> {
    fn take_earlier(&mut self) {
        for note in &self.knowledge.earlier {
            match Checkpoint::parse(&note.text) {
                Ok(checkpoint) if checkpoint.origin == self.report.origin => {
                    self.earlier.push((checkpoint.size, checkpoint.root, note.clone()));
                }
                _ => {
                    let message = "an earlier checkpoint is not one of this log".to_owned();
                    let code = Code::EarlierCheckpointInvalid;
                    let (index, place, evidence) = (None, None, None);
                    self.report.find(Finding { code, message, index, place, evidence });
                }
            }
        }
        self.earlier.sort_by_key(|(size, ..)| *size);
        self.earlier.reverse();
    }

    /// Reads the next checkpoint.
    fn advance(&mut self) {
        let before = self.next.take();
        let published = match self.stream.next() {
            Ok(published) => published,
            Err(End::Over) => return,
            Err(End::Torn(offset)) => {
                let message = "the last checkpoint is incomplete";
                return self.report.file(Code::CheckpointTorn, (CHECKPOINTS, offset), message);
            }
            Err(End::Malformed(offset)) => {
                let message = "a published checkpoint has not the form of one";
                return self.report.file(Code::CheckpointMalformed, (CHECKPOINTS, offset), message);
            }
            Err(End::Io(error)) => {
                return self.report.file(Code::Unreadable, (CHECKPOINTS, 0), error.to_string());
            }
        };
        let place = (CHECKPOINTS, published.offset);
        if published.checkpoint.origin != self.report.origin {
            let message = format!("a checkpoint is of the log `{}`", published.checkpoint.origin);
            self.report.file(Code::OriginMismatch, place, message);
        }
        if let Some(before) = before.map(|before| before.checkpoint) {
            let now = &published.checkpoint;
            if now.size < before.size || (now.size == before.size && now.root != before.root) {
                let message =
                    format!("a checkpoint of {} entries follows one of {}", now.size, before.size);
                self.report.file(Code::CheckpointsOutOfOrder, place, message);
            }
        }
        self.last = Some(published.note.clone());
        self.next = Some(published);
    }

    fn segments(&mut self, genesis: &Genesis) {
        let files = match firsts(self.storage, SEGMENTS) {
            Ok(files) => files,
            Err(error) => {
                return self.report.file(Code::Unreadable, (SEGMENTS, 0), error.to_string());
            }
        };
        loop {
            let first = self.frontier.size();
            if !files.contains(&first) {
                let behind = files.iter().any(|file| *file > first);
                if behind || self.next.is_some() {
                    let path = segment_path(first);
                    let message = format!("no segment begins with the entry {first}");
                    self.report.file(Code::SegmentMissing, (&path, 0), message);
                }
                return;
            }
            let before = self.frontier.size();
            if !self.segment(first, genesis) || self.frontier.size() == before {
                return;
            }
            let size = self.frontier.size();
            if self.next.is_none() && !files.contains(&size) {
                return;
            }
        }
    }

    /// Reads a segment; whether the pass can go on behind it.
    fn segment(&mut self, first: u64, genesis: &Genesis) -> bool {
        let path = segment_path(first);
        let mut reader = match SegmentReader::open(self.storage, first) {
            Ok(reader) => reader,
            Err(error) => return self.unreadable(&path, &error),
        };
        let header = *reader.header();
        if header.origin_hash != genesis.origin.hash() {
            self.report.file(Code::OriginMismatch, (&path, 0), "the segment is of another log");
            return false;
        }
        if header.first != first || header.previous != self.previous {
            let message = "the segment does not follow the one before";
            self.report.file(Code::SegmentMalformed, (&path, 0), message);
            return false;
        }
        loop {
            let (root, offset) = match reader.next_block() {
                Ok(Some(block)) => {
                    for (index, entry) in block.entries() {
                        self.entry(index, entry);
                    }
                    (block.header.root, block.offset)
                }
                Ok(None) => break,
                Err(error) => return self.unreadable(&path, &error),
            };
            if root != self.frontier.root() {
                let message = "the entries of this block do not give its root";
                self.report.file(Code::BlockRootMismatch, (&path, offset), message);
                return false;
            }
        }
        self.previous = *reader.previous();
        true
    }

    fn unreadable(&mut self, path: &str, error: &ReadError) -> bool {
        match error {
            ReadError::Io { source, .. } => {
                self.report.file(Code::Unreadable, (path, 0), source.to_string());
            }
            ReadError::Header { source, .. } => {
                let message = match source {
                    SegmentError::Damaged => "it is not the header of a segment, or is damaged",
                    SegmentError::Rest => "bytes of the header that must be zero are not",
                };
                self.report.file(Code::SegmentMalformed, (path, 0), message);
            }
            // Behind everything that was signed, it is what a crash leaves.
            ReadError::Damaged { offset, .. } => {
                let code = if self.next.is_some() { Code::BlockDamaged } else { Code::TornTail };
                self.report.file(code, (path, *offset), "the block is damaged");
            }
        }
        false
    }

    fn entry(&mut self, index: u64, entry: &[u8]) {
        let leaf = leaf_hash(entry);
        self.rules.entry(&mut self.report, index, entry, leaf);
        self.frontier.push(leaf);
        let size = self.frontier.size();
        while let Some((known, ..)) = self.earlier.last()
            && *known <= size
        {
            self.compare_earlier();
        }
        while let Some(published) = &self.next
            && published.checkpoint.size <= size
        {
            self.compare();
        }
        self.rules.behind(&mut self.report, size);
    }

    fn compare_earlier(&mut self) {
        let Some((size, root, note)) = self.earlier.pop() else { return };
        if !self.signed(&note) {
            let message =
                format!("the earlier checkpoint of {size} entries is not signed by the log");
            let (index, place, evidence) = (None, None, None);
            let code = Code::EarlierCheckpointInvalid;
            self.report.find(Finding { code, message, index, place, evidence });
        } else if size == self.frontier.size() && root != self.frontier.root() {
            let message =
                format!("the first {size} entries are not those of the earlier checkpoint");
            let evidence = self.last.as_ref().map(|last| (note.to_string(), last.to_string()));
            let (code, index, place) = (Code::HistoryRewritten, Some(size), None);
            self.report.find(Finding { code, message, index, place, evidence });
        }
    }

    /// Whether a checkpoint of the present size is signed with the key of its epoch.
    fn signed(&self, note: &Note) -> bool {
        let key =
            VerifierKey::of_note(&self.report.origin, self.rules.key_at(self.frontier.size()));
        key.is_ok_and(|key| note.verify(&key).is_ok())
    }

    /// Compares the next published checkpoint with the tree as it is now.
    fn compare(&mut self) {
        let Some(published) = self.next.clone() else { return };
        let (size, root) = (published.checkpoint.size, published.checkpoint.root);
        let place = (CHECKPOINTS, published.offset);
        // A size below the present one can only come of a wrong order, which was said.
        if size == self.frontier.size() {
            if !self.signed(&published.note) {
                let message = format!(
                    "the checkpoint of {size} entries is not signed by the key of its epoch"
                );
                self.report.file(Code::CheckpointSignatureInvalid, place, message);
            } else if root == self.frontier.root() {
                self.report.proven_size = size;
                let witnessed = self.witnessed(&published);
                self.rules.published(size, witnessed);
                self.agreed = Some(published.note);
            } else if !self.contradicted {
                self.contradicted = true;
                self.contradiction(size, place.1);
            }
        }
        self.advance();
    }

    /// Whether enough witnesses cosigned a checkpoint that agrees; true when none is asked for.
    fn witnessed(&mut self, published: &Published) -> bool {
        let Some(policy) = &self.knowledge.witnesses else { return true };
        match policy.witnessed_at(&published.note) {
            Ok(None) => false,
            Ok(Some(time_s)) => {
                self.report.quorum_size = Some(published.checkpoint.size);
                self.witnessed_s = time_s;
                true
            }
            Err(error) => {
                let place = (CHECKPOINTS, published.offset);
                self.report.file(Code::CosignatureInvalid, place, error.to_string());
                false
            }
        }
    }

    /// Judges the tail that no quorum has cosigned.
    fn tail(&mut self) {
        if self.knowledge.witnesses.is_none() {
            return;
        }
        let (last_s, lag_s) = self.rules.lag();
        let now_s = self.knowledge.now_ms.map_or(last_s, |now_ms| now_ms / 1000);
        match self.report.quorum_size {
            None => {
                let message = "no checkpoint was cosigned by enough witnesses";
                self.report.file(Code::QuorumMissing, (CHECKPOINTS, 0), message);
            }
            Some(size) if size < self.report.size => {
                let age_s = now_s.saturating_sub(self.witnessed_s);
                if age_s > lag_s {
                    let message = format!(
                        "the entries from {size} on were not cosigned by enough witnesses for {age_s} s"
                    );
                    self.report.at(Code::UnwitnessedTail, size, message);
                }
            }
            Some(_) => (),
        }
    }

    fn contradiction(&mut self, size: u64, offset: u64) {
        let from = self.report.proven_size;
        let message = format!("the entries {from} to {} are not those that were signed", size - 1);
        let signed = self.next.as_ref().map(|next| next.note.to_string()).unwrap_or_default();
        let before = self.agreed.as_ref().map(Note::to_string).unwrap_or_default();
        self.report.find(Finding {
            code: Code::CheckpointRootMismatch,
            message,
            index: Some(from),
            place: Some((CHECKPOINTS.to_owned(), offset)),
            evidence: Some((before, signed)),
        });
    }

    fn end(&mut self) {
        let size = self.frontier.size();
        self.report.size = size;
        if let Some(next) = &self.next {
            let message = format!(
                "a checkpoint speaks of {} entries, and {size} are there",
                next.checkpoint.size
            );
            let place = (CHECKPOINTS, next.offset);
            self.report.file(Code::EntriesMissing, place, message);
            // What follows is compared in form and order only.
            while self.next.is_some() {
                self.advance();
            }
        } else if self.report.proven_size < size && self.last.is_some() && !self.contradicted {
            let from = self.report.proven_size;
            let message = format!("the entries {from} to {} are not signed yet", size - 1);
            self.report.at(Code::UncheckpointedTail, from, message);
        }
        while let Some((known, _, note)) = self.earlier.pop() {
            let message = format!("the earlier checkpoint has {known} entries, the log {size}");
            let last = self.last.as_ref().map(Note::to_string).unwrap_or_default();
            let (code, index, place) = (Code::RolledBack, Some(size), None);
            let evidence = Some((note.to_string(), last));
            self.report.find(Finding { code, message, index, place, evidence });
        }
        self.head();
        self.tail();
        self.rules.end(&mut self.report, self.knowledge.now_ms);
        super::keys::check(self.storage, &self.rules, &mut self.report);
    }

    fn head(&mut self) {
        let head = read_whole(self.storage, CHECKPOINT, NOTE_BYTES_MAX);
        let same = match (&head, &self.last) {
            (Ok(head), Some(last)) => *head == last.to_string().into_bytes(),
            (Err(_), None) => true,
            _ => false,
        };
        if !same {
            let message = "it is not the last of the published checkpoints";
            self.report.file(Code::HeadStale, (CHECKPOINT, 0), message);
        }
    }
}
