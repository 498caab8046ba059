//! What an auditor with the keys of periods can check besides: that records open, with the key they
//! are committed to, and that the index is the one that follows from them.

use super::claims::Claims;
use super::code::Code;
use super::report::Report;
use crate::format::EntryHeader;
use crate::format::control::Index;
use crate::keys::{OpenError, PeriodKeys, Secret32, open_record, open_record_with};
use crate::log::Postings;
use crate::merkle::Hash;
use std::collections::BTreeMap;

/// LIMIT: postings that are kept until a round commits to them.
const PENDING_MAX: usize = 4 << 20;

/// The keys at hand, and the postings of records that no round covered yet.
pub(super) struct Opening {
    origin_hash: Hash,
    secrets: BTreeMap<u32, Secret32>,
    keys: BTreeMap<u32, PeriodKeys>,
    /// Index of the record, period, term.
    pending: Vec<(u64, u32, [u8; 8])>,
    /// Records that are gone, with their periods: what they could be found by is not known.
    holes: Vec<(u64, u32)>,
    /// Whether postings were left out, so that rounds cannot be compared any more.
    overflowed: bool,
    /// What else the auditor holds.
    pub(super) claims: Claims,
}

impl Opening {
    pub(super) fn new(origin_hash: Hash, secrets: BTreeMap<u32, Secret32>, claims: Claims) -> Self {
        let keys = BTreeMap::new();
        let (pending, holes) = (Vec::new(), Vec::new());
        Self { origin_hash, secrets, keys, pending, holes, overflowed: false, claims }
    }

    /// A period begins: the secret that was given must be the one that the log speaks of.
    pub(super) fn period(&mut self, report: &mut Report, index: u64, period: u32, known: Hash) {
        let Some(secret) = self.secrets.get(&period) else { return };
        let fits = PeriodKeys::commitment(&self.origin_hash, secret).ok() == Some(known);
        let keys = PeriodKeys::new(&self.origin_hash, secret).ok().filter(|_| fits);
        if let Some(keys) = keys {
            self.keys.insert(period, keys);
        } else {
            let message = format!("the key of period {period} that was given is not the one");
            report.at(Code::PeriodKeyWrong, index, message);
        }
    }

    /// Opens a record.
    pub(super) fn record(
        &mut self,
        report: &mut Report,
        index: u64,
        header: &EntryHeader,
        payload: &[u8],
    ) {
        let keys = self.keys.get(&header.period);
        let opened = match (keys, self.claims.record_key(index)) {
            (Some(keys), _) => open_record(keys, &self.origin_hash, header, payload),
            (None, Some(key)) => open_record_with(key, &self.origin_hash, header, payload),
            (None, None) => return,
        };
        match opened {
            Ok(record) => {
                report.opened += 1;
                self.claims.opened(&record.terms);
                let Some(keys) = keys else { return };
                if self.pending.len() + record.terms.len() > PENDING_MAX {
                    self.overflowed = true;
                    self.pending.clear();
                    return;
                }
                for term in &record.terms {
                    let blind = keys.blind(term.field, &term.value);
                    self.pending.push((index, header.period, blind));
                }
            }
            Err(OpenError::Commitment) => {
                report.at(
                    Code::CommitmentMismatch,
                    index,
                    "the record is committed to another key",
                );
            }
            Err(error) => report.at(Code::RecordUnreadable, index, error.to_string()),
        }
    }

    /// Takes in a record that is gone.
    pub(super) fn hole(&mut self, index: u64, period: u32) {
        if self.keys.contains_key(&period) && self.holes.len() < PENDING_MAX {
            self.holes.push((index, period));
        }
    }

    /// Makes a round again and compares it.
    pub(super) fn round(&mut self, report: &mut Report, index: u64, round: &Index) {
        let mut parts: BTreeMap<u32, Vec<([u8; 8], u32)>> = BTreeMap::new();
        self.pending.retain(|(at, period, term)| {
            let covered = *at < round.end;
            if let (true, Some(position)) = (covered, at.checked_sub(round.first)) {
                let position = u32::try_from(position).unwrap_or(u32::MAX);
                parts.entry(*period).or_default().push((*term, position));
            }
            !covered
        });
        if self.overflowed {
            return;
        }
        let known = |period: u32| {
            let here = |hole: &(u64, u32)| hole.1 == period && hole.0 < round.end;
            self.keys.contains_key(&period) && !self.holes.iter().any(here)
        };
        for part in round.parts.iter().filter(|part| known(part.period)) {
            let postings = parts.remove(&part.period).unwrap_or_default();
            let made = Postings::of(part.period, part.records, postings).part;
            if made != *part {
                let message =
                    format!("the index of period {} is not that of its records", part.period);
                report.at(Code::IndexMismatch, index, message);
            }
        }
        self.holes.retain(|(index, _)| *index >= round.end);
    }

    /// A period was purged: nobody should have its key any more.
    pub(super) fn purged(&mut self, report: &mut Report, index: u64, period: u32) {
        self.keys.remove(&period);
        if self.secrets.contains_key(&period) {
            let message = format!("the key of period {period}, which was purged, was handed out");
            report.at(Code::KeyOutlivesPurge, index, message);
        }
    }
}
