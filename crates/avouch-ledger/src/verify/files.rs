//! The files of entries, in the order of the log: segments, and what was kept of them.

use super::code::Code;
use super::pass::Pass;
use super::rules::Hole;
use crate::format::{Genesis, SegmentError};
use crate::log::{
    Item, KEPT, KeptReader, ReadError, SEGMENTS, SegmentReader, firsts, kept_path, segment_path,
};

impl Pass<'_> {
    /// Reads all files of entries, in the order of the log.
    pub(super) fn segments(&mut self, genesis: &Genesis) {
        let files = match firsts(self.storage, SEGMENTS) {
            Ok(files) => files,
            Err(error) => {
                return self.report.file(Code::Unreadable, (SEGMENTS, 0), error.to_string());
            }
        };
        let kept = match firsts(self.storage, KEPT) {
            Ok(kept) => kept,
            Err(error) => return self.report.file(Code::Unreadable, (KEPT, 0), error.to_string()),
        };
        loop {
            let first = self.frontier.size();
            if kept.contains(&first) {
                if files.contains(&first) {
                    let message = "the segment is still there besides what was kept of it";
                    self.report.file(Code::PurgeUnfinished, (&segment_path(first), 0), message);
                }
                if !self.kept(first, genesis) {
                    return;
                }
                continue;
            }
            if !files.contains(&first) {
                let behind = files.iter().chain(&kept).any(|file| *file > first);
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
            if self.next.is_none() && !files.contains(&size) && !kept.contains(&size) {
                return;
            }
        }
    }

    /// Reads what was kept of a segment; whether the pass can go on behind it.
    fn kept(&mut self, first: u64, genesis: &Genesis) -> bool {
        let path = kept_path(first);
        let mut kept = match KeptReader::open(self.storage, first) {
            Ok(Some(kept)) => kept,
            Ok(None) => {
                self.report.file(Code::KeptMalformed, (&path, 0), "it is not what a purge leaves");
                return false;
            }
            Err(error) => {
                self.report.file(Code::Unreadable, (&path, 0), error.to_string());
                return false;
            }
        };
        let header = *kept.header();
        if header.origin_hash != genesis.origin.hash() {
            self.report.file(Code::OriginMismatch, (&path, 0), "it is of another log");
            return false;
        }
        loop {
            let (index, item) = match kept.next_item() {
                Ok(Some(read)) => read,
                Ok(None) => break,
                Err(error) => {
                    self.report.file(Code::Unreadable, (&path, 0), error.to_string());
                    return false;
                }
            };
            match item {
                Item::Entry(entry) => self.entry(index, entry),
                Item::Hole { period, level, hash, redacted } => {
                    if !self.hole(index, Hole { period, level, hash, redacted }) {
                        self.report.file(Code::KeptMalformed, (&path, 0), "a subtree does not fit");
                        return false;
                    }
                }
            }
        }
        self.previous = header.last;
        true
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
            let (header, offset) = match reader.next_block() {
                Ok(Some(block)) => {
                    for (index, entry) in block.entries() {
                        self.entry(index, entry);
                    }
                    (block.header, block.offset)
                }
                Ok(None) => break,
                Err(error) => return self.unreadable(&path, &error),
            };
            // It names the place. What was signed is compared all the same: that is the proof.
            if header.root != self.frontier.root() && !self.misfits {
                self.misfits = true;
                let last = header.first + u64::from(header.count.saturating_sub(1));
                let which = match header.count {
                    1 => format!("the entry {last} is"),
                    _ => format!("of the entries {} to {last} one at least is", header.first),
                };
                let message =
                    format!("{which} not as it was written: the root of its block is another");
                self.report.file(Code::BlockRootMismatch, (&path, offset), message);
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
            ReadError::Kept { .. } => {
                self.report.file(Code::KeptMalformed, (path, 0), "it is not what a purge leaves");
            }
            // Behind everything that was signed, it is what a crash leaves.
            ReadError::Damaged { offset, .. } => {
                let code = if self.next.is_some() { Code::BlockDamaged } else { Code::TornTail };
                self.report.file(code, (path, *offset), "the block is damaged");
            }
        }
        false
    }
}
