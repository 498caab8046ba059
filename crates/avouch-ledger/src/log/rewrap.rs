//! Wrapping everything with the next uppermost key, so that what the old one alone could open is
//! gone with it.

use super::core::Stop;
use super::core::{Core, Output, error_chain, lock};
use super::private::{self, PrivateError};
use crate::format::control::KekVersion;
use crate::keys::{CustodyError, Keks, KeyRing, RingError};
use crate::vault::VaultError;

/// Why the uppermost key was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RewrapError {
    /// The key itself.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// The keys of periods.
    #[error("the keys of periods could not be wrapped anew")]
    Ring(#[from] RingError),
    /// The keys of subjects.
    #[error("the keys of subjects could not be wrapped anew")]
    Vault(#[from] VaultError),
    /// The signing key.
    #[error("the signing key could not be wrapped anew")]
    Private(#[from] PrivateError),
}

/// What a change of the uppermost key left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    /// The key from here on.
    pub(crate) now: KekVersion,
    /// The key that is gone.
    pub(crate) destroyed: KekVersion,
    /// What is known of its destruction.
    pub(crate) receipt: String,
}

fn before(now: &KekVersion) -> KekVersion {
    KekVersion { id: now.id.clone(), version: now.version.saturating_sub(1) }
}

impl Core {
    /// Wraps everything but the keys of some periods with the next version of the uppermost key, and
    /// destroys the old one. Begun again after a crash, it goes on where it was.
    pub(crate) fn change_kek(&self, without: &[u32]) -> Result<Changed, RewrapError> {
        // Nobody makes a signing key meanwhile, nor the key of a period.
        let mut output = self.output();
        let mut ring = lock(&self.ring);
        let done = self.change_kek_with(&mut ring, without);
        if let Err(error) = &done {
            // What is on the disk is not known: the next opening finds out.
            stop(self, &mut output, &error_chain(error));
        }
        done
    }

    fn change_kek_with(&self, ring: &mut KeyRing, without: &[u32]) -> Result<Changed, RewrapError> {
        let custody = self.parts.custody.as_ref();
        let keks = custody.load()?;
        let wrapping = ring.kek().clone();
        let has_them = without.iter().any(|period| ring.periods.contains_key(period));
        let begun = keks.next.clone().filter(|_| keks.under_way(&wrapping));
        let receipt = custody.receipt();
        if begun.is_none() && !has_them && !without.is_empty() {
            // It was done before a crash.
            return Ok(Changed { destroyed: before(&wrapping), now: wrapping, receipt });
        }
        let next = begun.map_or_else(|| custody.prepare(self.parts.rng.as_ref()), Ok)?;
        let now = next.version().clone();
        if wrapping != now {
            let old = keks.of(&wrapping).ok_or(RingError::OtherKek(wrapping))?;
            let mut rewrapped = ring.rewrap(without, old, &next, self.parts.rng.as_ref())?;
            rewrapped.store(self.parts.log.as_ref())?;
            *ring = rewrapped;
        } else if has_them {
            return Err(CustodyError::NoNext.into());
        }
        self.use_kek(next.clone());
        let keks = Keks { next: Some(next.clone()), ..keks };
        let place = (&self.origin_hash, self.assembly().fold.epoch);
        let wraps = (&*next, self.parts.rng.as_ref());
        private::rewrap(self.parts.private.as_ref(), &keks, wraps, place)?;
        lock(&self.vault).rewrap(wraps)?;
        custody.destroy_old()?;
        Ok(Changed { destroyed: before(&now), now, receipt })
    }
}

fn stop(core: &Core, output: &mut Output, why: &str) {
    output.writer.stopped = true;
    core.stop(Stop::Failed(why.to_owned()));
}
