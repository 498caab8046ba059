//! One pass over the entries, with the checkpoints beside it.

use super::Knowledge;
use super::checkpoints::{End, Published, Stream};
use super::code::Code;
use super::derived::{Derived, compare_rounds};
use super::report::{Finding, Report};
use super::rules::{Hole, Rules};
use crate::format::{Genesis, RECORD};
use crate::log::{CHECKPOINT, CHECKPOINTS, INDEX};
use crate::merkle::{Frontier, Hash, leaf_hash};
use crate::note::{Checkpoint, Note, VerifierKey};
use crate::storage::{Storage, read_whole};
use std::io::ErrorKind;
use std::sync::mpsc::sync_channel;

/// LIMIT: bytes of the genesis and of the newest checkpoint.
const NOTE_BYTES_MAX: u64 = 16 * 1024;

/// LIMIT: rounds of the index that wait to be compared with their files.
const ROUNDS_AHEAD: usize = 4;

/// The state of a pass.
pub(super) struct Pass<'a> {
    pub(super) storage: &'a dyn Storage,
    knowledge: &'a Knowledge,
    pub(super) report: Report,
    rules: Rules,
    derived: Derived,
    pub(super) frontier: Frontier,
    stream: Stream,
    /// The next checkpoint that was not compared yet.
    pub(super) next: Option<Published>,
    /// The last that agreed with the tree.
    agreed: Option<Note>,
    /// The last that was read.
    last: Option<Note>,
    /// Whether a checkpoint contradicted the tree: it is said once.
    contradicted: bool,
    /// Whether the entries of a block did not give its root: it is said once.
    pub(super) misfits: bool,
    /// Earlier checkpoints of the auditor, by size.
    earlier: Vec<(u64, Hash, Note)>,
    /// Sizes and roots that a registry tells of, the smallest last.
    heads: Vec<(u64, Hash)>,
    pub(super) previous: Hash,
    /// Since when witnesses vouch for the newest checkpoint with quorum, in seconds since 1970.
    witnessed_s: u64,
    /// The index of what was taken in last.
    before: u64,
}

pub(super) fn run(storage: &dyn Storage, knowledge: &Knowledge) -> Report {
    let mut report = Report { origin: knowledge.identity.name().to_owned(), ..Report::default() };
    let Some(genesis) = genesis(storage, knowledge, &mut report) else { return report };
    if knowledge.held.origin.as_ref().is_some_and(|origin| *origin != report.origin) {
        let message = "what the auditor was given is about another log";
        report.file(Code::OriginMismatch, ("keys", 0), message);
        return report;
    }
    let stream = match Stream::open(storage) {
        Ok(stream) => stream,
        Err(error) => {
            report.file(Code::Unreadable, (CHECKPOINTS, 0), error.to_string());
            return report;
        }
    };
    std::thread::scope(|scope| {
        let (rounds, to_compare) = sync_channel(ROUNDS_AHEAD);
        let origin_hash = genesis.origin.hash();
        let comparing = scope.spawn(move || compare_rounds(storage, &origin_hash, &to_compare));
        let derived = Derived::new(storage, origin_hash, rounds);
        let mut report = pass(storage, knowledge, &genesis, (report, stream, derived));
        if let Ok(wrong) = comparing.join() {
            for path in wrong {
                let message = "it is not what follows from the log";
                report.file(Code::IndexFileMismatch, (&path, 0), message);
            }
        } else {
            let message = "the postings could not be compared";
            report.file(Code::Unreadable, (INDEX, 0), message);
        }
        report
    })
}

/// The pass itself.
fn pass(
    storage: &dyn Storage,
    knowledge: &Knowledge,
    genesis: &Genesis,
    (report, stream, derived): (Report, Stream, Derived),
) -> Report {
    let mut pass = Pass {
        storage,
        knowledge,
        report,
        rules: Rules::new(
            genesis,
            *knowledge.identity.public(),
            (knowledge.secrets.clone(), knowledge.held.clone()),
        )
        .with_closes(knowledge.closes.clone())
        .with_packs(super::packs::there(storage)),
        derived,
        frontier: Frontier::new(),
        stream,
        next: None,
        agreed: None,
        last: None,
        contradicted: false,
        misfits: false,
        earlier: Vec::new(),
        heads: knowledge.heads.clone(),
        previous: Hash::default(),
        witnessed_s: 0,
        before: 0,
    };
    pass.take_earlier();
    pass.heads.sort_unstable();
    pass.heads.reverse();
    pass.advance();
    if pass.next.is_none() && pass.report.findings.is_empty() {
        pass.report.file(Code::CheckpointMissing, (CHECKPOINTS, 0), "there is no checkpoint");
    }
    pass.segments(genesis);
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

    pub(super) fn entry(&mut self, index: u64, entry: &[u8]) {
        let leaf = leaf_hash(entry);
        if let Some(round) = self.rules.entry(&mut self.report, index, entry, leaf) {
            self.derived.round(round);
        }
        if let Some(kind) = entry.get(1).filter(|kind| **kind != RECORD) {
            self.derived.control(index, *kind);
        }
        self.derived.leaf(self.storage, &mut self.report, index, Some(leaf));
        self.before = index;
        self.frontier.push(leaf);
        self.reached();
    }

    /// Takes in records that are gone.
    pub(super) fn hole(&mut self, index: u64, hole: Hole) -> bool {
        self.rules.hole(&mut self.report, index, hole);
        for index in index..index + (1 << hole.level) {
            let leaf = (hole.level == 0).then_some(hole.hash);
            self.derived.leaf(self.storage, &mut self.report, index, leaf);
        }
        self.before = index;
        let fits = self.frontier.push_subtree(hole.level.into(), hole.hash);
        self.reached();
        fits
    }

    /// Compares what is known with the tree as it is now.
    fn reached(&mut self) {
        let size = self.frontier.size();
        while let Some((known, ..)) = self.earlier.last()
            && *known <= size
        {
            self.compare_earlier();
        }
        while let Some((known, root)) = self.heads.last().copied()
            && known <= size
        {
            self.heads.pop();
            if known == size && root != self.frontier.root() {
                let message = format!("the registry tells of another root of {size} entries");
                self.report.at(Code::RegistryContradicted, size, message);
            }
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
        // A size that was passed long ago can only come of a wrong order, which was said.
        if (self.before + 1..self.frontier.size()).contains(&size) {
            let message = "it lies within what was purged";
            self.report.file(Code::CheckpointUncheckable, place, message);
        } else if size == self.frontier.size() {
            if !self.signed(&published.note) {
                let message = format!(
                    "the checkpoint of {size} entries is not signed by the key of its epoch"
                );
                self.report.file(Code::CheckpointSignatureInvalid, place, message);
            } else if root == self.frontier.root() {
                self.report.proven_size = size;
                let witnessed = self.witnessed(&published);
                self.rules.published(&mut self.report, (size, root), witnessed);
                self.agreed = Some(published.note);
            } else if !self.contradicted {
                self.contradicted = true;
                self.contradiction(size, place.1);
            }
        }
        self.advance();
    }

    /// Since when enough witnesses vouch for a checkpoint that agrees, in seconds since 1970; the end
    /// of time when none is asked for.
    fn witnessed(&mut self, published: &Published) -> Option<u64> {
        let Some(policy) = &self.knowledge.witnesses else { return Some(u64::MAX) };
        match policy.witnessed_at(&published.note) {
            Ok(None) => None,
            Ok(Some(time_s)) => {
                self.report.quorum_size = Some(published.checkpoint.size);
                self.witnessed_s = time_s;
                Some(time_s)
            }
            Err(error) => {
                let place = (CHECKPOINTS, published.offset);
                self.report.file(Code::CosignatureInvalid, place, error.to_string());
                None
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
        while let Some((known, _)) = self.heads.pop() {
            let message = format!("the registry tells of {known} entries, the log has {size}");
            self.report.at(Code::RegistryContradicted, size, message);
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
        super::keys::check_secrets(self.knowledge, &self.rules, &mut self.report);
        super::keys::check_index(self.storage, &self.rules, &mut self.report);
        super::packs::check(self.storage, &self.rules, &mut self.report);
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
