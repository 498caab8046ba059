//! A new signing key for a log that has lost its own (`docs/ledger-format.md`, section 9).

use super::administer::AdministerError;
use super::core::Core;
use super::open::{OpenError, Parts};
use super::private;
use super::rotate::statement;
use crate::format::control::Act;
use crate::keys::Secret32;
use crate::note::{KeyError, Signer};

/// Who stands for a new signing key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anew<'a> {
    /// The key of the log's identity, which is kept off the machine.
    pub(super) identity: &'a Signer,
    /// The keys of administrators who approve.
    pub(super) approvals: &'a [Secret32],
}

impl Parts {
    /// Opens a ledger whose signing key is gone, with a new one.
    pub(crate) fn open_anew(
        self,
        identity: &Secret32,
        approvals: &[Secret32],
    ) -> Result<Core, OpenError> {
        let identity = Signer::of_note(self.identity.name(), identity.danger_bytes())?;
        if *identity.verifier() != self.identity {
            return Err(OpenError::Stranger);
        }
        self.open_with(Some(Anew { identity: &identity, approvals }))
    }
}

impl Core {
    /// Writes down that the writer starts, and that a new key signs from here on. No checkpoint ends at
    /// the entry about it, since that one would have to be signed with the key that is gone.
    pub(super) fn boot_anew(&self, anew: Anew<'_>, seed: &Secret32) -> Result<(), OpenError> {
        self.say_boot()?;
        let (epoch, index, old, now) = {
            let fold = &self.assembly().fold;
            let now = self.parts.clock.now_ms().clamp(*fold.times().start(), *fold.times().end());
            (fold.epoch, fold.size, fold.epoch_key, now)
        };
        let new = Signer::of_note(self.origin.as_str(), seed.danger_bytes())?;
        let key = *new.verifier().public();
        let sign = |signer: &Signer, header| {
            let text = statement(header, self.origin.as_str(), (epoch + 1, index), (&old, &key));
            signer.sign_raw(text.as_bytes()).try_into().map_err(|_| KeyError::Seed)
        };
        let signature = sign(anew.identity, "recover")?;
        let possession = sign(&new, "possess")?;
        let act = Act::EpochRecover { epoch: epoch + 1, key, signature, possession };
        let approval = self.approve(&act, anew.approvals, now).map_err(Box::new)?;
        let kek = self.kek();
        let wraps = (&*kek, self.parts.rng.as_ref());
        private::store(self.parts.private.as_ref(), wraps, (&self.origin_hash, epoch + 1), seed)?;
        {
            let mut assembly = self.assembly();
            let written = assembly.push_control(act, Some(approval), now);
            if written? != index {
                return Err(Box::new(AdministerError::Contradiction).into());
            }
            if let Some(act) = assembly.heartbeat() {
                assembly.push_control(act, None, now)?;
            }
        }
        self.commit()?;
        self.publish()?;
        Ok(private::erase(self.parts.private.as_ref(), epoch)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Machine, record};
    use super::*;
    use crate::storage::Storage;
    use crate::storage::simulated::Fault;
    use crate::verify::{Knowledge, Report, Verdict, verify};

    /// A ledger with records, whose signing key is lost; it was changed once before where so said.
    fn bereft(seed: u64, rotated: bool) -> Machine {
        let machine = Machine::new(seed).born();
        let core = machine.open().unwrap();
        core.append("default", &record("one")).unwrap();
        if rotated {
            core.rotate().unwrap();
        }
        core.finish().unwrap();
        drop(core);
        machine.other.remove(&format!("epoch-{:08x}", u8::from(rotated))).unwrap();
        machine
    }

    fn anew(machine: &Machine) -> Result<Core, OpenError> {
        machine.parts().open_anew(&Secret32::new([1; 32]), &Machine::approvals())
    }

    fn report(machine: &Machine) -> Report {
        verify(&machine.disk, &Knowledge::of(Machine::identity().verifier().clone()))
    }

    #[test]
    fn a_ledger_goes_on_with_a_new_key_and_says_so() {
        for rotated in [false, true] {
            let machine = bereft(1, rotated);
            assert!(matches!(machine.open(), Err(OpenError::Private(_))));
            let core = anew(&machine).unwrap();
            core.append("default", &record("two")).unwrap();
            core.finish().unwrap();
            drop(core);
            let core = machine.open().unwrap();
            core.append("default", &record("three")).unwrap();
            core.rotate().unwrap();
            core.finish().unwrap();
            drop(core);
            let report = report(&machine);
            assert_eq!(report.verdict(), Verdict::Intact, "{:?}", report.findings);
            assert!(report.notes.iter().any(|note| note.contains("was recovered")));
            machine.open().unwrap().finish().unwrap();
        }
    }

    #[test]
    fn nobody_else_begins_a_new_key() {
        let machine = bereft(1, false);
        let stranger = machine.parts().open_anew(&Secret32::new([7; 32]), &Machine::approvals());
        assert!(matches!(stranger, Err(OpenError::Stranger)));
        for approvals in [&[][..], &[Secret32::new([7; 32])]] {
            let refused = machine.parts().open_anew(&Secret32::new([1; 32]), approvals);
            assert!(matches!(refused, Err(OpenError::Anew(_))));
        }
        assert!(matches!(machine.open(), Err(OpenError::Private(_))));
        let core = anew(&machine).unwrap();
        core.finish().unwrap();
        assert_eq!(report(&machine).verdict(), Verdict::Intact);
    }

    #[test]
    fn it_may_be_broken_off_anywhere() {
        for fault in [Fault::Crash, Fault::Failed, Fault::FailedButDone, Fault::NoRoom] {
            for after in 1..50 {
                let machine = bereft(after, after % 2 == 0);
                machine.disk.fail_after(after, fault);
                machine.other.fail_after(after / 3, fault);
                let first = anew(&machine).map(|core| core.finish().is_ok());
                machine.disk.restart();
                machine.other.restart();
                machine.head.restart();
                // It is there already, or begun once more.
                let core = machine.open().or_else(|_| anew(&machine));
                let core =
                    core.unwrap_or_else(|error| panic!("{fault:?} {after} {first:?} {error}"));
                core.append("default", &record("two")).unwrap();
                core.finish().unwrap();
                let report = report(&machine);
                assert_eq!(report.verdict(), Verdict::Intact, "{fault:?} {after} {report:?}");
            }
        }
    }
}
