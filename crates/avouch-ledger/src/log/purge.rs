//! Destroying the keys of periods whose time is over, and with them their records.
//!
//! The steps are those of `docs/ledger-format.md`, section 11. Each can be repeated, and whoever
//! opens a ledger in which a purge was interrupted brings it to its end.

use super::administer::AdministerError;
use super::assembly::PushError;
use super::core::{Core, Stop, error_chain};
use super::fold::OpenPurge;
use super::publish::PublishError;
use super::remove::RemoveError;
use super::retention::ApprovalId;
use super::rewrap::{Changed, RewrapError};
use crate::format::control::{Act, KekVersion};
use crate::keys::{CustodyError, Secret32};
use crate::vault::VaultError;

/// LIMIT: periods of one purge, so that they fit an entry.
const PERIODS_MAX: usize = 4096;

/// Why a purge was not done, or is not at its end.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    /// It was not written down.
    #[error(transparent)]
    Administer(#[from] AdministerError),
    /// More periods than one entry can name.
    #[error("one purge has {PERIODS_MAX} periods at most, and {0} were named")]
    TooMany(usize),
    /// The checkpoint that covers it was not published.
    #[error("the checkpoint that covers the purge could not be published")]
    Publish(#[from] PublishError),
    /// The uppermost key was not changed.
    #[error("the keys of the other periods could not be wrapped anew")]
    Rewrap(#[from] RewrapError),
    /// There is no next version of the uppermost key.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// The keys are gone, and files that hold their records are there yet.
    #[error("the keys are destroyed, but files with their records could not be replaced")]
    Remove(#[from] RemoveError),
    /// The records are gone, and keys of subjects of whom none is left are there yet.
    #[error("the keys of subjects of whom no record is left could not be removed")]
    Vault(#[from] VaultError),
    /// Too few witnesses answered, or their clocks say that it is not due.
    #[error("the witnesses do not vouch for it now, or their clocks say that it is not due")]
    Witnesses,
    /// It was decided, and what it needs to go on is not there yet.
    #[error("the purge is decided, and waits for the witnesses")]
    Waits,
    /// A mistake of ours.
    #[error("days that are over could not be closed")]
    Close,
}

/// What a purge did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purged {
    /// The entry that decided it.
    pub index: u64,
    /// The id of its approval.
    pub id: ApprovalId,
    /// The uppermost key from here on.
    pub kek: KekVersion,
    /// The uppermost key that is gone.
    pub destroyed: KekVersion,
    /// What is known of its destruction.
    pub receipt: String,
}

impl From<PurgeError> for super::open::OpenError {
    fn from(error: PurgeError) -> Self {
        Self::Purge(Box::new(error))
    }
}

impl Core {
    /// Purges periods, approved by administrators.
    pub(crate) fn purge(
        &self,
        periods: &[u32],
        reason: &str,
        keys: &[Secret32],
    ) -> Result<Purged, PurgeError> {
        if periods.len() > PERIODS_MAX {
            return Err(PurgeError::TooMany(periods.len()));
        }
        let over = self.upkeep_lock();
        if *over {
            return Err(AdministerError::Stopped(Stop::Closed).into());
        }
        self.close_periods().map_err(|_: PushError| PurgeError::Close)?;
        self.finish_purges(true)?;
        self.parts.custody.can_change()?;
        let mut periods = periods.to_vec();
        periods.sort_unstable();
        periods.dedup();
        if self.parts.quorum.is_some() {
            // Their clocks must agree that it is due, or what they sign would speak against it.
            self.publish()?;
            self.cosign_round();
            let due = periods.iter().filter_map(|period| self.assembly().fold.expiring(*period));
            let due_ms = due.filter_map(|expiring| expiring.due_ms).max().unwrap_or(0);
            if !self.covers(0, due_ms) {
                return Err(PurgeError::Witnesses);
            }
        }
        let act = Act::Purge { periods, reason: reason.to_owned() };
        let (index, id) = self.administer(act, keys)?;
        let id = id.unwrap_or_default();
        let mut done = self.finish_purges(true)?;
        let Some(at) = done.iter().position(|(finished, _)| *finished == id) else {
            return Err(PurgeError::Waits);
        };
        let Changed { now, destroyed, receipt } = done.swap_remove(at).1;
        self.remove_leftovers()?;
        self.forget_quarters()?;
        self.publish()?;
        Ok(Purged { index, id, kek: now, destroyed, receipt })
    }

    /// Brings to its end what a crash interrupted.
    pub(crate) fn take_up_purges(&self) -> Result<(), PurgeError> {
        let keks = self.parts.custody.load()?;
        let under_way = keks.under_way(super::core::lock(&self.ring).kek());
        if under_way && self.open_purges().is_empty() {
            self.change_kek(&[])?;
        }
        self.finish_purges(false)?;
        // The keys are gone. That the files are there yet is told, and keeps nobody from writing.
        if let Err(error) = self.remove_leftovers() {
            self.tell_unfinished(&error);
        }
        Ok(())
    }

    /// Purges that were decided and are not at their end, in their order.
    fn open_purges(&self) -> Vec<(ApprovalId, OpenPurge)> {
        let purges = self.assembly().fold.purges.clone();
        let mut purges: Vec<_> = purges.into_iter().collect();
        purges.sort_by_key(|(_, purge)| purge.index);
        purges
    }

    /// Goes on with purges that wait, without waiting for anybody; whether nothing went wrong.
    pub(crate) fn go_on_with_purges(&self) -> bool {
        if self.assembly().fold.purges.is_empty() {
            return true;
        }
        let done = self.finish_purges(false);
        if done.as_ref().is_ok_and(|done| !done.is_empty())
            && let Err(error) = self.remove_leftovers()
        {
            self.tell_unfinished(&error);
        }
        if let Err(error) = &done {
            self.stop(Stop::Failed(error_chain(error)));
        }
        done.is_ok()
    }

    /// Destroys the keys of all purges that were decided, as far as checkpoints cover them and there
    /// is a next uppermost key. The witnesses are asked only if that is wanted.
    pub(crate) fn finish_purges(
        &self,
        ask: bool,
    ) -> Result<Vec<(ApprovalId, Changed)>, PurgeError> {
        let mut done = Vec::new();
        for (id, OpenPurge { index, due_ms, periods }) in self.open_purges() {
            let periods: Vec<u32> = periods.into_keys().collect();
            let keyed = {
                let ring = super::core::lock(&self.ring);
                periods.iter().any(|period| ring.periods.contains_key(period))
            };
            if keyed && self.parts.custody.can_change().is_err() {
                break;
            }
            if !self.covers(index, due_ms) {
                self.publish()?;
                if ask {
                    self.cosign_round();
                }
                if !self.covers(index, due_ms) {
                    break;
                }
            }
            let changed = self.change_kek(&periods)?;
            let act = Act::Purged {
                purge: id,
                kek: changed.now.clone(),
                destroyed: changed.destroyed.clone(),
                receipt: changed.receipt.clone(),
            };
            self.administer(act, &[])?;
            self.forget_sealers(&periods);
            done.push((id, changed));
        }
        Ok(done)
    }
}
