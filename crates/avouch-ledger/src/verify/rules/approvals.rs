//! Whether those who may have approved what needs it.

use crate::format::Genesis;
use crate::format::control::{Act, Control};
use crate::note::VerifierKey;
use crate::verify::code::Code;
use crate::verify::report::Report;
use std::collections::BTreeSet;

/// LIMIT: approved acts of one log.
const IDS_MAX: usize = 262_144;

pub(super) struct Approvals {
    admins: Vec<[u8; 32]>,
    needed: usize,
    used: BTreeSet<[u8; 16]>,
}

impl Approvals {
    pub(super) fn new(genesis: &Genesis) -> Self {
        Self {
            admins: genesis.admins.iter().map(|admin| admin.key).collect(),
            needed: genesis.approvals as usize,
            used: BTreeSet::new(),
        }
    }

    pub(super) fn control(
        &mut self,
        report: &mut Report,
        index: u64,
        time_ms: u64,
        control: &Control,
        origin: &str,
    ) {
        let Some(approval) = &control.approval else { return };
        if self.used.len() >= IDS_MAX {
            return report.at(Code::LimitExceeded, index, "more approved acts than can be checked");
        }
        if !self.used.insert(approval.id) {
            report.at(Code::ApprovalReplayed, index, "the id of the approval was used before");
        }
        if time_ms > approval.valid_until_ms {
            report.at(Code::ApprovalExpired, index, "the approval was not valid any more");
        }
        let statement = control.statement(origin);
        let mut valid = 0;
        for (key, signature) in &approval.signatures {
            let known = self.admins.contains(key);
            let signed = VerifierKey::of_note("admin", *key)
                .is_ok_and(|key| key.has_signed(statement.as_bytes(), signature));
            if known && signed {
                valid += 1;
            } else {
                let message = "an approval is wrong, or by nobody who may give it";
                report.at(Code::ApprovalInvalid, index, message);
            }
        }
        if valid < self.needed {
            let message = format!("{} must approve, and {valid} did", self.needed);
            report.at(Code::ApprovalInsufficient, index, message);
        }
        if let Act::Policy { admins, approvals_needed, .. } = &control.act {
            self.admins = admins.iter().map(|admin| admin.key).collect();
            self.needed = *approvals_needed as usize;
        }
    }
}
