//! What entries must obey, in the order of the log.

mod approvals;
mod epochs;
mod life;
mod periods;

use super::anchors::Anchors;
use super::claims::Claims;
use super::code::Code;
use super::held::Held;
use super::opening::Opening;
use super::packs::Packs;
use super::report::Report;
use crate::format::control::{Act, Control, ControlError, Index, Previous};
use crate::format::{EntryError, EntryHeader, Genesis, Policy, RECORD};
use crate::keys::Secret32;
use crate::merkle::Hash;
use approvals::Approvals;
use epochs::Epochs;
use life::Life;
use periods::Periods;
use std::collections::BTreeMap;

/// Records that are gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hole {
    pub(super) period: u32,
    /// They are `2^level`.
    pub(super) level: u8,
    pub(super) hash: Hash,
    pub(super) redacted: bool,
}

/// What was learnt from the entries so far.
pub(super) struct Rules {
    origin: String,
    genesis: Hash,
    policy: Policy,
    previous: Option<Previous>,
    approvals: Approvals,
    epochs: Epochs,
    life: Life,
    periods: Periods,
    opening: Opening,
    packs: Packs,
    anchors: Anchors,
}

impl Rules {
    pub(super) fn new(
        genesis: &Genesis,
        identity: [u8; 32],
        (secrets, held): (BTreeMap<u32, Secret32>, Held),
    ) -> Self {
        Self {
            origin: genesis.origin.as_str().to_owned(),
            genesis: genesis.hash(),
            policy: genesis.policy.clone(),
            previous: None,
            approvals: Approvals::new(genesis),
            epochs: Epochs::new(genesis, identity),
            life: Life::default(),
            periods: Periods::default(),
            opening: Opening::new(
                genesis.origin.hash(),
                secrets,
                Claims::new(held, genesis.epoch_key),
            ),
            packs: Packs::new(),
            anchors: Anchors::default(),
        }
    }

    /// Knows from a registry at which sizes the log was closed, and whether in good order.
    pub(super) fn with_closes(mut self, closes: BTreeMap<u64, bool>) -> Self {
        self.life.closes = closes;
        self
    }

    /// Knows which packs are there, so that what was archived last under each is remembered.
    pub(super) fn with_packs(mut self, packs: Packs) -> Self {
        self.packs = packs;
        self
    }

    /// The packs that are there, each with what was archived last under it.
    pub(super) fn packs(&self) -> &Packs {
        &self.packs
    }

    /// Takes in the entry at an index. Gives the round of the index that it commits to, if it does.
    pub(super) fn entry(
        &mut self,
        report: &mut Report,
        index: u64,
        entry: &[u8],
        leaf: Hash,
    ) -> Option<Index> {
        let (header, payload) = match EntryHeader::parse(entry) {
            Ok(read) => read,
            Err(error) => {
                let code = match error {
                    EntryError::Malformed => Code::EntryMalformed,
                    EntryError::Unknown => Code::EntryUnknown,
                };
                report.at(code, index, error.to_string());
                return None;
            }
        };
        self.opening.claims.leaf(index, leaf);
        if index == 0 && header.kind != crate::format::control::kinds::GENESIS {
            report.at(Code::GenesisNotCommitted, 0, "entry 0 is not the genesis");
        }
        if header.kind == RECORD {
            self.life.time(report, index, header.time_ms, &self.policy);
            self.life.record();
            self.opening.record(report, index, &header, payload);
            self.periods.record(report, index, header.period);
            return None;
        }
        let control = match Control::parse(header.kind, payload) {
            Ok(control) => control,
            Err(error) => {
                let code = match error {
                    ControlError::NotCanonical(_) => Code::ControlNotCanonical,
                    ControlError::Malformed => Code::ControlMalformed,
                    ControlError::Unknown => Code::EntryUnknown,
                };
                self.previous = Some(Previous { index, leaf });
                report.at(code, index, error.to_string());
                return None;
            }
        };
        if control.previous != self.previous {
            let message = "it does not name the control entry before it";
            report.at(Code::ControlChainBroken, index, message);
        }
        self.previous = Some(Previous { index, leaf });
        self.periods.controls.push(index);
        self.control(report, index, &header, &control);
        if let Act::Index(round) = control.act { Some(round) } else { None }
    }

    fn control(
        &mut self,
        report: &mut Report,
        index: u64,
        header: &EntryHeader,
        control: &Control,
    ) {
        let time_ms = header.time_ms;
        self.opening.claims.act(&control.act);
        self.life.control(report, index, time_ms, &control.act, &self.policy);
        self.approvals.control(report, index, time_ms, control, &self.origin);
        let id = control.approval.as_ref().map_or([0; 16], |approval| approval.id);
        match &control.act {
            Act::Genesis { genesis } => {
                if index != 0 || *genesis != self.genesis {
                    let message = "the entry does not commit to this genesis";
                    report.at(Code::GenesisNotCommitted, index, message);
                }
            }
            Act::EpochRotate { .. } | Act::EpochRecover { .. } => {
                self.epochs.control(report, index, &control.act, &self.origin);
                self.opening.claims.epoch(self.epochs.key());
            }
            Act::Policy { policy, .. } => {
                self.policy = policy.clone();
                report.note(format!("entry {index}: new rules or administrators"));
            }
            Act::Archive { pack, sha256, .. } => {
                let first = pack.checked_mul(self.policy.pack_entries);
                if first.is_none_or(|first| first >= index) {
                    let message = format!("the pack {pack} is not full");
                    report.at(Code::ControlMalformed, index, message);
                }
                if let Some(archived) = self.packs.get_mut(pack) {
                    *archived = Some(*sha256);
                }
            }
            Act::Anchor(anchor) => self.anchors.judge(report, index, &self.origin, anchor),
            act => {
                self.open(report, index, act);
                self.periods.control(report, index, (time_ms, id), act, &self.policy);
            }
        }
    }

    /// Takes in records that are gone, from an index on.
    pub(super) fn hole(&mut self, report: &mut Report, index: u64, hole: Hole) {
        let count = 1 << hole.level;
        self.life.hole(count);
        if hole.level == 0 {
            self.opening.claims.leaf(index, hole.hash);
        }
        for index in index..index + count {
            self.periods.hole(report, index, hole);
            self.opening.hole(index, hole.period);
        }
    }

    fn open(&mut self, report: &mut Report, index: u64, act: &Act) {
        match act {
            Act::PeriodOpen { period, commitment, .. } => {
                self.opening.period(report, index, *period, *commitment);
            }
            Act::Index(round) => self.opening.round(report, index, round),
            Act::Purge { periods, .. } => {
                for period in periods {
                    self.opening.purged(report, index, *period);
                }
            }
            _ => (),
        }
    }

    /// When the last entry was written, and how long a tail without quorum may be, in seconds.
    pub(super) fn lag(&self) -> (u64, u64) {
        (self.life.last_ms() / 1000, self.policy.cosign_lag_s)
    }

    /// The key that signs checkpoints of a size that was just reached.
    pub(super) fn key_at(&self, size: u64) -> [u8; 32] {
        self.epochs.key_at(size)
    }

    /// A checkpoint of this size was published, signed, and agrees.
    /// Since when witnesses vouch for it counts for purges alone.
    pub(super) fn published(
        &mut self,
        report: &mut Report,
        (size, root): (u64, Hash),
        witnessed_s: Option<u64>,
    ) {
        self.epochs.published(size);
        self.anchors.published(size, root);
        if let Some(witnessed_s) = witnessed_s {
            self.periods.published(report, size, witnessed_s);
        }
    }

    /// All checkpoints of this size were compared.
    pub(super) fn behind(&mut self, report: &mut Report, size: u64) {
        self.epochs.behind(report, size);
    }

    /// The log is over.
    pub(super) fn end(&mut self, report: &mut Report, now_ms: Option<u64>) {
        self.life.end(report, now_ms, &self.policy);
        self.periods.end(report);
        let size = report.size;
        self.opening.claims.end(report, size);
    }

    pub(super) fn is_purged(&self, period: u32) -> bool {
        self.periods.is_purged(period)
    }

    pub(super) fn commitment(&self, period: u32) -> Option<Hash> {
        self.periods.commitment(period)
    }

    pub(super) fn kept_periods(&self) -> impl Iterator<Item = u32> {
        self.periods.kept()
    }
}
