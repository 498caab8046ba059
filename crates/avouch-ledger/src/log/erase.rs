//! Personal data in records, and forgetting whose it is.
//!
//! An erasure is written down first and done then: whoever opens a ledger in which it was interrupted
//! does it. So no crash leaves a key destroyed of which the log does not tell.

use super::administer::AdministerError;
use super::core::{Core, Stop, error_chain, lock};
use super::publish::PublishError;
use super::retention::{ApprovalId, RetentionError};
use super::rewrap::RewrapError;
use crate::format::Day;
use crate::format::control::Act;
use crate::keys::{CustodyError, Secret32};
use crate::vault::{Personal, Pseudonym, VaultError};
use std::collections::BTreeSet;

/// What is said where the uppermost key stays as it is.
const KEY_STAYS: &str =
    "not sure: the key that wraps the others stays as it is, and opens copies from before";

/// Why nobody was forgotten.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// It was not written down.
    #[error(transparent)]
    Administer(#[from] AdministerError),
    /// There is no key of such a subject.
    #[error("there is no key of this subject in {0}: it was never there, or is erased already")]
    Unknown(String),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The uppermost key.
    #[error("the key of the subject is destroyed, but what opens old copies of it is not")]
    Rewrap(#[from] RewrapError),
    /// The uppermost key.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// No checkpoint was published.
    #[error("the checkpoint could not be published")]
    Publish(#[from] PublishError),
}

/// What an erasure did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// The entry that says so.
    pub index: u64,
    /// The id of its approval.
    pub id: ApprovalId,
    /// What is known of the destruction.
    pub receipt: String,
}

impl Core {
    /// Seals values that are personal, each a field and what it holds, with the key of the subject
    /// whose they are. What a record then holds can be forgotten before the record is.
    pub(crate) fn personal(
        &self,
        subject: (u8, &[u8]),
        values: &[(u8, &[u8])],
    ) -> Result<Vec<Personal>, VaultError> {
        let quarter = Day::of_ms(self.parts.clock.now_ms()).quarter();
        let kek = self.kek();
        let wraps = (&*kek, self.parts.rng.as_ref());
        let mut vault = lock(&self.vault);
        let mut seal = |value: &(u8, &[u8])| vault.seal(&quarter, subject, *value, wraps);
        let sealed: Result<Vec<_>, _> = values.iter().map(&mut seal).collect();
        if let Err(error @ VaultError::Io(_)) = &sealed {
            // What is on the disk is not known: the next opening finds out.
            self.stop(Stop::Failed(error_chain(error)));
        }
        sealed
    }

    /// Destroys the key of a subject in a quarter, approved by administrators.
    pub(crate) fn erase(
        &self,
        subject: Pseudonym,
        quarter: &str,
        keys: &[Secret32],
    ) -> Result<Erased, EraseError> {
        let over = self.upkeep_lock();
        if *over {
            return Err(AdministerError::Stopped(Stop::Closed).into());
        }
        if !lock(&self.vault).knows(quarter, &subject) {
            return Err(EraseError::Unknown(quarter.to_owned()));
        }
        self.may_erase(quarter).map_err(AdministerError::Retention)?;
        let custody = self.parts.custody.as_ref();
        let receipt = match custody.can_change() {
            Ok(()) => custody.receipt(),
            Err(_) => KEY_STAYS.to_owned(),
        };
        let act = Act::Erase { subject, quarter: quarter.to_owned(), receipt: receipt.clone() };
        let (index, id) = self.administer(act, keys)?;
        self.finish_erasures()?;
        self.publish()?;
        Ok(Erased { index, id: id.unwrap_or_default(), receipt })
    }

    /// Whether no hold keeps a day of a quarter. The format leaves this to the writer.
    fn may_erase(&self, quarter: &str) -> Result<(), RetentionError> {
        let assembly = self.assembly();
        let mut holds = assembly.fold.holds.iter();
        let meets = |(_, (_, from, to)): &(&ApprovalId, &(String, Day, Day))| {
            // Quarters sort as their days do.
            from.quarter().as_str() <= quarter && quarter <= to.quarter().as_str()
        };
        match holds.find(meets) {
            Some((hold, _)) => Err(RetentionError::HeldDays(*hold)),
            None => Ok(()),
        }
    }

    /// Destroys the keys of all subjects that the log says are erased.
    pub(crate) fn finish_erasures(&self) -> Result<(), EraseError> {
        let erased = self.assembly().fold.erased.clone();
        let due: Vec<((String, Pseudonym), u32)> = {
            let vault = lock(&self.vault);
            let due = |((quarter, subject), times): &((String, Pseudonym), u32)| {
                vault.must_erase(quarter, subject, *times)
            };
            erased.into_iter().filter(due).collect()
        };
        if due.is_empty() {
            return Ok(());
        }
        let done = self.destroy(&due);
        if let Err(error) = &done {
            // What is on the disk is not known: the next opening finds out.
            self.stop(Stop::Failed(error_chain(error)));
        }
        done
    }

    fn destroy(&self, due: &[((String, Pseudonym), u32)]) -> Result<(), EraseError> {
        let custody = self.parts.custody.as_ref();
        let changes = custody.can_change().is_ok();
        if changes {
            // Begun before, so that a crash in between does not leave the old key as it is.
            custody.prepare(self.parts.rng.as_ref())?;
        }
        let kek = self.kek();
        {
            let mut vault = lock(&self.vault);
            for ((quarter, subject), times) in due {
                vault.erase(quarter, (subject, *times), (&kek, self.parts.rng.as_ref()))?;
            }
        }
        if changes {
            self.change_kek(&[])?;
        }
        Ok(())
    }

    /// Forgets the keys of quarters of which no record is left.
    pub(crate) fn forget_quarters(&self) -> Result<(), VaultError> {
        let mut living: BTreeSet<String> =
            BTreeSet::from([Day::of_ms(self.parts.clock.now_ms()).quarter()]);
        {
            let assembly = self.assembly();
            let fold = &assembly.fold;
            living.extend(fold.open.values().map(|period| period.day.quarter()));
            for period in fold.closed.values() {
                // It may have been open for longer than its day.
                living.insert(period.day.quarter());
                living.insert(Day::of_ms(period.closed_ms).quarter());
            }
        }
        lock(&self.vault).keep_only(&living)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Machine, record};
    use super::*;
    use crate::storage::simulated::Fault;
    use crate::verify::{Knowledge, Verdict, verify};

    #[test]
    fn a_subject_is_forgotten_wherever_the_power_went() {
        for (victim, first) in [(0, 1), (1, 1)] {
            for operation in first.. {
                let machine = Machine::new(operation).born();
                let core = machine.open().unwrap();
                core.append("default", &record("one")).unwrap();
                let seal = |core: &Core, name: &[u8]| {
                    core.personal((1, name), &[(1, name), (2, b"192.0.2.1")]).unwrap()
                };
                let (anna, bert) = (seal(&core, b"anna"), seal(&core, b"bert"));
                let quarter = anna[0].quarter.clone();
                let old = machine.kek().danger_text();
                let disks = [&machine.disk, &machine.other];
                disks[victim].fail_after(operation, Fault::Crash);
                let subject = anna[0].subject;
                let done = core.erase(subject, &quarter, &Machine::approvals()).is_ok();
                drop(core);
                for disk in disks {
                    disk.restart();
                }
                let core = machine.open().unwrap();
                let decided = !core.assembly().fold.erased.is_empty();
                assert!(decided || !done);
                let revealed = |of: &[Personal]| {
                    let vault = lock(&core.vault);
                    of.iter().map(|personal| vault.reveal(personal)).collect::<Vec<_>>()
                };
                let named = |name: &[u8]| vec![Some(name.to_vec()), Some(b"192.0.2.1".to_vec())];
                assert_eq!(revealed(&bert), named(b"bert"));
                assert_eq!(
                    revealed(&anna),
                    if decided { vec![None, None] } else { named(b"anna") }
                );
                if decided {
                    let key = old.split_whitespace().nth(3).unwrap();
                    assert_eq!(machine.other.holder_of(key.as_bytes()), None);
                    let again = core.erase(subject, &quarter, &Machine::approvals());
                    assert!(matches!(again, Err(EraseError::Unknown(_))));
                }
                core.finish().unwrap();
                drop(core);
                let known = Knowledge::of(Machine::identity().verifier().clone());
                let report = verify(&machine.disk, &known);
                assert_eq!(report.verdict(), Verdict::Intact, "{:?}", report.findings);
                if done {
                    break;
                }
            }
        }
    }

    #[test]
    fn who_comes_again_is_kept_until_erased_again() {
        let machine = Machine::new(1).born();
        let keys = Machine::approvals();
        let mut sealed = Vec::new();
        for _ in 0..3 {
            let core = machine.open().unwrap();
            let anna = core.personal((1, b"anna"), &[(1, b"anna")]).unwrap().remove(0);
            core.finish().unwrap();
            drop(core);
            let core = machine.open().unwrap();
            assert!(lock(&core.vault).reveal(&anna).is_some(), "only an erasure erases");
            core.erase(anna.subject, &anna.quarter, &keys).unwrap();
            sealed.push(anna);
            let vault = lock(&core.vault);
            assert!(sealed.iter().all(|personal| vault.reveal(personal).is_none()));
        }
    }

    #[test]
    fn a_hold_on_a_day_of_the_quarter_stops_it() {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        let anna = core.personal((1, b"anna"), &[(1, b"anna")]).unwrap().remove(0);
        let day = Day::of_ms(super::super::tests::NOON);
        let reason = "case".to_owned();
        let act = Act::Hold { class: "brief".to_owned(), from_day: day, to_day: day, reason };
        core.administer(act, &Machine::approvals()).unwrap();
        let said = core.erase(anna.subject, &anna.quarter, &Machine::approvals()).unwrap_err();
        assert!(said.to_string().contains("hold"), "{said}");
        assert!(lock(&core.vault).reveal(&anna).is_some());
    }
}
