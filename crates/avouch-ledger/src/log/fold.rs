//! What follows from the entries so far: all that is needed to write the next one.
//!
//! The same code runs over what is read at the start and over what is written afterwards, so that a
//! ledger that was opened again is the one that was left.

use super::kept::Item;
use super::members::Members;
use crate::format::control::{Act, Control, ControlError, Previous};
use crate::format::{Day, EntryError, EntryHeader, Genesis, Policy, RECORD};
use crate::merkle::{Hash, leaf_hash};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A period that is open.
#[derive(Clone, Debug)]
pub(crate) struct OpenPeriod {
    pub(crate) class: String,
    pub(crate) day: Day,
    pub(crate) commitment: Hash,
    pub(crate) members: Members,
    /// Whether a record of it is in the files.
    pub(crate) present: bool,
}

/// A period that was closed and not purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClosedPeriod {
    pub(crate) class: String,
    pub(crate) day: Day,
    pub(crate) closed_ms: u64,
    pub(crate) entries: u64,
    /// Where its records are, if any is in the files.
    pub(crate) present: Option<Range<u64>>,
}

/// A purge that was decided and is not at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenPurge {
    /// The entry.
    pub(crate) index: u64,
    /// When the last of its periods was due, in milliseconds since 1970.
    pub(crate) due_ms: u64,
    /// The periods, and where their records are.
    pub(crate) periods: BTreeMap<u32, Option<Range<u64>>>,
}

/// What must go from the files, and is there yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leftovers {
    /// Periods whose keys are destroyed, and where their records are.
    pub(crate) periods: BTreeMap<u32, Range<u64>>,
    /// Records that a redaction names.
    pub(crate) records: BTreeSet<u64>,
}

/// Numbers since the last start of the writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) recorded: u64,
    pub(crate) lost: u64,
}

/// What follows from the entries so far.
#[derive(Clone, Debug)]
pub(crate) struct Fold {
    pub(crate) size: u64,
    pub(crate) control: Option<Previous>,
    pub(crate) last_ms: u64,
    pub(crate) latest_ms: u64,
    /// When the writer last said that it lives: a heartbeat or its start.
    pub(crate) heartbeat_ms: u64,
    pub(crate) boot: Option<[u8; 16]>,
    pub(crate) clean: bool,
    pub(crate) counters: Counters,
    pub(crate) policy: Policy,
    pub(crate) admins: Vec<[u8; 32]>,
    pub(crate) approvals: u32,
    pub(crate) epoch: u32,
    pub(crate) epoch_key: [u8; 32],
    /// The entry that began the epoch.
    pub(crate) epoch_begun: Option<u64>,
    pub(crate) periods_ever: u32,
    pub(crate) open: BTreeMap<u32, OpenPeriod>,
    pub(crate) closed: BTreeMap<u32, ClosedPeriod>,
    pub(crate) holds: BTreeMap<[u8; 16], (String, Day, Day)>,
    pub(crate) purges: BTreeMap<[u8; 16], OpenPurge>,
    pub(crate) leftovers: Leftovers,
    /// All periods whose purge is at its end.
    pub(crate) purged: BTreeSet<u32>,
    /// Quarters and subjects whose keys must be gone, and how many times that was said.
    pub(crate) erased: BTreeMap<(String, [u8; 16]), u32>,
    /// Records that were taken out alone.
    pub(crate) redactions: u32,
    /// Redacted records whose redaction was not read yet.
    pub(super) redacted: BTreeSet<u64>,
    pub(crate) indexed: u64,
}

/// Why an entry cannot follow.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// It is not an entry.
    #[error("it is not an entry")]
    Entry(#[from] EntryError),
    /// It is not a control entry.
    #[error("it is not a control entry")]
    Control(#[from] ControlError),
    /// It contradicts what was before.
    #[error("it contradicts what was before")]
    Contradiction,
}

impl Fold {
    pub(crate) fn new(genesis: &Genesis) -> Self {
        Self {
            size: 0,
            control: None,
            last_ms: 0,
            latest_ms: 0,
            heartbeat_ms: 0,
            boot: None,
            clean: true,
            counters: Counters::default(),
            policy: genesis.policy.clone(),
            admins: genesis.admins.iter().map(|admin| admin.key).collect(),
            approvals: genesis.approvals,
            epoch: 0,
            epoch_key: genesis.epoch_key,
            epoch_begun: None,
            periods_ever: 0,
            open: BTreeMap::new(),
            closed: BTreeMap::new(),
            holds: BTreeMap::new(),
            purges: BTreeMap::new(),
            leftovers: Leftovers::default(),
            purged: BTreeSet::new(),
            erased: BTreeMap::new(),
            redactions: 0,
            redacted: BTreeSet::new(),
            indexed: 0,
        }
    }

    /// Takes in what was read at the next index. Gives its hash.
    pub(crate) fn take(&mut self, item: Item<'_>) -> Result<Hash, FoldError> {
        match item {
            Item::Entry(entry) => {
                let leaf = leaf_hash(entry);
                self.observe(entry, leaf).map(|()| leaf)
            }
            Item::Hole { period, level, hash, redacted } => {
                self.hole(period, level, redacted).map(|()| hash)
            }
        }
    }

    /// Takes in an entry that was read.
    fn observe(&mut self, entry: &[u8], leaf: Hash) -> Result<(), FoldError> {
        let (header, payload) = EntryHeader::parse(entry)?;
        if header.kind == RECORD {
            return self.record(&header);
        }
        let control = Control::parse(header.kind, payload)?;
        if control.previous != self.control {
            return Err(FoldError::Contradiction);
        }
        self.control(&header, control, leaf)
    }

    /// Takes in a record.
    pub(crate) fn record(&mut self, header: &EntryHeader) -> Result<(), FoldError> {
        let period = self.open.get_mut(&header.period).ok_or(FoldError::Contradiction)?;
        period.members.push(self.size);
        period.present = true;
        self.counters.recorded += 1;
        self.clean = false;
        self.time(header.time_ms);
        Ok(())
    }

    /// Takes in records that are gone. When they were written is not known any more.
    fn hole(&mut self, number: u32, level: u8, redacted: bool) -> Result<(), FoldError> {
        let period = self.open.get_mut(&number).ok_or(FoldError::Contradiction)?;
        for _ in 0..1_u64 << level {
            period.members.push(self.size);
            if redacted {
                self.redacted.insert(self.size);
            }
            self.counters.recorded += 1;
            self.size += 1;
        }
        self.clean = false;
        Ok(())
    }

    fn time(&mut self, time_ms: u64) {
        self.last_ms = time_ms;
        self.latest_ms = self.latest_ms.max(time_ms);
        self.size += 1;
    }

    /// Takes in a control entry.
    pub(crate) fn control(
        &mut self,
        header: &EntryHeader,
        control: Control,
        leaf: Hash,
    ) -> Result<(), FoldError> {
        let index = self.size;
        self.control = Some(Previous { index, leaf });
        self.clean = matches!(control.act, Act::Shutdown { .. } | Act::Genesis { .. });
        if matches!(control.act, Act::Boot { .. } | Act::Clock { .. }) {
            self.latest_ms = 0;
        }
        self.time(header.time_ms);
        if matches!(control.act, Act::Boot { .. } | Act::Heartbeat { .. }) {
            self.heartbeat_ms = header.time_ms;
        }
        let id = control.approval.map(|approval| approval.id);
        match control.act {
            Act::Boot { boot, .. } => {
                self.boot = Some(boot);
                self.counters = Counters::default();
            }
            Act::Gap { count, .. } => self.counters.lost += count,
            Act::EpochRotate { epoch, key, .. } | Act::EpochRecover { epoch, key, .. } => {
                (self.epoch, self.epoch_key, self.epoch_begun) = (epoch, key, Some(index));
            }
            Act::Policy { admins, approvals_needed, policy } => {
                self.admins = admins.iter().map(|admin| admin.key).collect();
                (self.approvals, self.policy) = (approvals_needed, policy);
            }
            Act::Index(round) => self.indexed = round.end,
            other => self.retention(header, other, id)?,
        }
        Ok(())
    }

    fn retention(
        &mut self,
        header: &EntryHeader,
        act: Act,
        id: Option<[u8; 16]>,
    ) -> Result<(), FoldError> {
        match act {
            Act::PeriodOpen { period, class, day, commitment } => {
                if period != self.periods_ever + 1 {
                    return Err(FoldError::Contradiction);
                }
                self.periods_ever = period;
                let members = Members::default();
                let opened = OpenPeriod { class, day, commitment, members, present: false };
                self.open.insert(period, opened);
            }
            Act::PeriodClose { period, entries, members: hash } => {
                let OpenPeriod { class, day, members, present, .. } =
                    self.open.remove(&period).ok_or(FoldError::Contradiction)?;
                if (members.count(), members.hash()) != (entries, hash) {
                    return Err(FoldError::Contradiction);
                }
                let (closed_ms, present) = (header.time_ms, present.then(|| members.range()));
                let closed = ClosedPeriod { class, day, closed_ms, entries, present };
                self.closed.insert(period, closed);
            }
            Act::Hold { class, from_day, to_day, .. } => {
                self.holds.insert(id.unwrap_or_default(), (class, from_day, to_day));
            }
            Act::Release { hold, .. } => {
                self.holds.remove(&hold).ok_or(FoldError::Contradiction)?;
            }
            Act::Purge { periods, .. } => {
                let (index, periods_gone) = (self.size - 1, BTreeMap::new());
                let mut purge = OpenPurge { index, due_ms: 0, periods: periods_gone };
                for period in periods {
                    let due_ms = self.expiring(period).and_then(|expiring| expiring.due_ms);
                    purge.due_ms = purge.due_ms.max(due_ms.unwrap_or(0));
                    let closed = self.closed.remove(&period).ok_or(FoldError::Contradiction)?;
                    purge.periods.insert(period, closed.present);
                }
                self.purges.insert(id.unwrap_or_default(), purge);
            }
            Act::Purged { purge, .. } => {
                let purge = self.purges.remove(&purge).ok_or(FoldError::Contradiction)?;
                for (period, present) in purge.periods {
                    self.purged.insert(period);
                    self.leftovers.periods.extend(present.map(|range| (period, range)));
                }
            }
            Act::Erase { subject, quarter, .. } => {
                *self.erased.entry((quarter, subject)).or_default() += 1;
            }
            Act::Redact { entry, .. } => {
                self.redactions = self.redactions.saturating_add(1);
                if !self.redacted.remove(&entry) {
                    self.leftovers.records.insert(entry);
                }
            }
            _ => (),
        }
        Ok(())
    }

    /// The open period of a class and a day.
    pub(crate) fn period_of(&self, class: &str, day: Day) -> Option<u32> {
        let fits = |(_, period): &(&u32, &OpenPeriod)| period.class == class && period.day == day;
        self.open.iter().find(fits).map(|(number, _)| *number)
    }

    /// The earliest and the latest time that an entry may have now.
    pub(crate) fn times(&self) -> std::ops::RangeInclusive<u64> {
        let slack = self.policy.clock_slack_ms;
        let silence = self.policy.heartbeat_s * 1000 + slack;
        self.latest_ms.saturating_sub(slack)..=self.latest_ms.saturating_add(silence)
    }
}
