//! What a log says, as far as archiving needs it.

use crate::format::control::{Act, Control, kinds};
use crate::format::{EntryHeader, Policy};
use crate::merkle::Hash;
use std::collections::{BTreeMap, BTreeSet};

/// What the log says, as far as archiving needs it.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) size: u64,
    /// Packs and where they were put: the digest, the version, until when they are kept.
    pub(super) archived: BTreeMap<(u64, String), (Hash, String, u64)>,
    classes: BTreeMap<u32, String>,
    purged: BTreeSet<u32>,
    retention_s: BTreeMap<String, u64>,
}

impl Told {
    /// Nothing yet, but the policy that a log begins with.
    pub(super) fn of(policy: &Policy) -> Self {
        let mut told = Self::default();
        told.rules(policy);
        told
    }

    /// Whether the records of a period are purged.
    pub(super) fn is_purged(&self, period: u32) -> bool {
        self.purged.contains(&period)
    }

    pub(super) fn take(&mut self, entry: &[u8]) {
        let Ok((header, payload)) = EntryHeader::parse(entry) else { return };
        let wanted = [kinds::ARCHIVE, kinds::PERIOD_OPEN, kinds::POLICY, kinds::PURGE];
        if !wanted.contains(&header.kind) {
            return;
        }
        match Control::parse(header.kind, payload).map(|control| control.act) {
            Ok(Act::Archive { pack, sha256, locator, version, retain_until_ms }) => {
                self.archived.insert((pack, locator), (sha256, version, retain_until_ms));
            }
            Ok(Act::PeriodOpen { period, class, .. }) => drop(self.classes.insert(period, class)),
            Ok(Act::Policy { policy, .. }) => self.rules(&policy),
            Ok(Act::Purge { periods, .. }) => self.purged.extend(periods),
            _ => (),
        }
    }

    fn rules(&mut self, policy: &Policy) {
        self.retention_s.clone_from(&policy.retention_s);
    }

    /// Until when the policy wants a record to be kept.
    pub(super) fn kept_until(&self, header: &EntryHeader) -> Option<u64> {
        let class = self.classes.get(&header.period)?;
        let retention = self.retention_s.get(class)?.checked_mul(1000)?;
        header.time_ms.checked_add(retention)
    }
}
