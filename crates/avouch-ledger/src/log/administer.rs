//! Control entries that people ask for.

use super::assembly::PushError;
use super::core::{Core, Stop};
use super::retention::RetentionError;
use super::writer::WriteError;
use crate::format::control::{Act, Approval, Control};
use crate::keys::Secret32;
use crate::note::{KeyError, Signer};
use crate::storage::RngError;

/// How long an approval may be used, in milliseconds.
const APPROVAL_MS: u64 = 15 * 60 * 1000;

/// Why an act was not written down.
#[derive(Debug, thiserror::Error)]
pub enum AdministerError {
    /// Too few administrators approved it.
    #[error("{needed} administrators must approve this, and {given} did")]
    Approvals {
        /// As the rules in force say.
        needed: u32,
        /// Valid approvals.
        given: u32,
    },
    /// A key is not that of an administrator.
    #[error("a key that was given is not that of an administrator of this ledger")]
    Stranger,
    /// A key cannot be used.
    #[error("a key cannot be used")]
    Key(#[from] KeyError),
    /// It must not be, yet or at all.
    #[error(transparent)]
    Retention(#[from] RetentionError),
    /// It contradicts what is there.
    #[error("it contradicts what the ledger says already")]
    Contradiction,
    /// It was not written.
    #[error("it could not be written down")]
    Write(#[from] WriteError),
    /// The machine gave no random bytes.
    #[error("it could not be written down")]
    Rng(#[from] RngError),
    /// The ledger takes nothing any more.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl Core {
    /// Writes down an act and waits until it is safe. Administrators approve with their keys, if
    /// the act needs it. Gives the entry's index and the id of the approval.
    pub(crate) fn administer(
        &self,
        act: Act,
        keys: &[Secret32],
    ) -> Result<(u64, Option<[u8; 16]>), AdministerError> {
        let mut output = self.output();
        // So that the block is empty and there is room for whatever the act needs.
        self.commit_with(&mut output)?;
        let now = self.parts.clock.now_ms();
        self.assembly().fold.permits(&act, now)?;
        let approval = if Act::needs_approval(act.kind()) {
            Some(self.approve(&act, keys, now)?)
        } else {
            None
        };
        let id = approval.as_ref().map(|approval| approval.id);
        let pushed = self.assembly().push_control(act, approval, now);
        let index = match pushed {
            Ok(index) => index,
            Err(PushError::Fold(_)) => return Err(AdministerError::Contradiction),
            Err(PushError::Full | PushError::Stale) => return Err(WriteError::Stopped.into()),
        };
        self.commit_with(&mut output)?;
        Ok((index, id))
    }

    pub(super) fn approve(
        &self,
        act: &Act,
        keys: &[Secret32],
        now: u64,
    ) -> Result<Approval, AdministerError> {
        let mut id = [0; 16];
        self.parts.rng.fill(&mut id)?;
        let approval = Approval { id, valid_until_ms: now + APPROVAL_MS, signatures: Vec::new() };
        let mut control = Control { previous: None, act: act.clone(), approval: Some(approval) };
        let statement = control.statement(self.origin.as_str());
        let (admins, needed) = {
            let assembly = self.assembly();
            (assembly.fold.admins.clone(), assembly.fold.approvals)
        };
        let mut signatures = Vec::new();
        for key in keys {
            let signer = Signer::of_note("admin", key.danger_bytes())?;
            let public = *signer.verifier().public();
            if !admins.contains(&public) {
                return Err(AdministerError::Stranger);
            }
            let signature = signer.sign_raw(statement.as_bytes());
            signatures.push((public, signature.try_into().map_err(|_| KeyError::Seed)?));
        }
        signatures.sort_unstable();
        signatures.dedup();
        let given = u32::try_from(signatures.len()).unwrap_or(u32::MAX);
        if given < needed {
            return Err(AdministerError::Approvals { needed, given });
        }
        let mut approval = control.approval.take().unwrap_or_else(|| Approval {
            id,
            valid_until_ms: now,
            signatures: Vec::new(),
        });
        approval.signatures = signatures;
        Ok(approval)
    }
}
