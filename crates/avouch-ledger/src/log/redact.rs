//! Taking one record out before its time: its hash stays, and the decision is an entry.

use super::administer::AdministerError;
use super::assembly::PushError;
use super::core::{Core, Stop};
use super::publish::PublishError;
use super::remove::RemoveError;
use super::retention::{ApprovalId, RetentionError};
use crate::format::control::Act;
use crate::format::{Day, EntryHeader, RECORD};
use crate::keys::Secret32;
use crate::search::{Entries, Found};
use crate::view::ViewError;

/// LIMIT: redactions of one log, which verifiers remember.
const REDACTIONS_MAX: u32 = 65_536;

/// Why a record was not taken out.
#[derive(Debug, thiserror::Error)]
pub enum RedactError {
    /// It was not written down.
    #[error(transparent)]
    Administer(#[from] AdministerError),
    /// The entry cannot be read.
    #[error("the entry cannot be read")]
    View(#[from] ViewError),
    /// As many as a log may have were taken out already.
    #[error("{REDACTIONS_MAX} records were taken out of this ledger: there can be no more")]
    TooMany,
    /// It is written down, and the record is there yet.
    #[error("the redaction is written down, but the record could not be taken out of its file")]
    Remove(#[from] RemoveError),
    /// No checkpoint was published.
    #[error("the checkpoint could not be published")]
    Publish(#[from] PublishError),
    /// The disk refused.
    #[error("the index of what was appended could not be written")]
    Index,
}

impl Core {
    /// Takes a record out, approved by administrators. Gives the entry that says so.
    pub(crate) fn redact(
        &self,
        record: u64,
        reason: &str,
        keys: &[Secret32],
    ) -> Result<(u64, ApprovalId), RedactError> {
        let over = self.upkeep_lock();
        if *over {
            return Err(AdministerError::Stopped(Stop::Closed).into());
        }
        self.commit().map_err(AdministerError::Write)?;
        let refused = |error| RedactError::Administer(AdministerError::Retention(error));
        let found = Entries::open(self.parts.log.clone())?.get(record)?;
        let header = match found {
            Some(Found::Entry(entry)) => EntryHeader::parse(&entry).ok().map(|(header, _)| header),
            _ => None,
        };
        let header = header.filter(|header| header.kind == RECORD);
        let header = header.ok_or(refused(RetentionError::NotARecord(record)))?;
        self.may_redact(header.period).map_err(refused)?;
        if self.assembly().fold.redactions >= REDACTIONS_MAX {
            return Err(RedactError::TooMany);
        }
        // What it can be found by is committed to before it is gone.
        while self.assembly().fold.indexed <= record {
            self.write_round().map_err(|_: PushError| RedactError::Index)?;
        }
        let act = Act::Redact { entry: record, reason: reason.to_owned() };
        let (index, id) = self.administer(act, keys)?;
        self.remove_leftovers()?;
        self.publish()?;
        Ok((index, id.unwrap_or_default()))
    }

    /// Whether no hold keeps the records of a period. The format leaves this to the writer.
    fn may_redact(&self, period: u32) -> Result<(), RetentionError> {
        let today = Day::of_ms(self.parts.clock.now_ms());
        let assembly = self.assembly();
        let fold = &assembly.fold;
        let covers = |class: &str, day: Day, last: Day| {
            let mut holds = fold.holds.iter();
            let keeps = |(kept, from, to): &(String, Day, Day)| {
                (kept == "*" || kept == class) && *from <= last && day <= *to
            };
            holds.find(|(_, hold)| keeps(hold)).map(|(hold, _)| *hold)
        };
        let open = fold.open.get(&period).map(|open| covers(&open.class, open.day, today));
        let hold = match open {
            Some(hold) => hold,
            None => fold.expiring(period).and_then(|closed| closed.holds.first().copied()),
        };
        hold.map_or(Ok(()), |hold| Err(RetentionError::Held { period, hold }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Machine, record};
    use crate::log::{AdministerError, RedactError, RetentionError};
    use crate::storage::simulated::Fault;
    use crate::verify::{Knowledge, Verdict, verify};

    fn is_intact(machine: &Machine) -> bool {
        let report = verify(&machine.disk, &Knowledge::of(Machine::identity().verifier().clone()));
        println!("{:?}", report.findings);
        report.verdict() == Verdict::Intact
    }

    #[test]
    fn a_redacted_record_is_gone_wherever_the_power_went_and_all_else_is_intact() {
        for operation in 1.. {
            let machine = Machine::new(1).born();
            let core = machine.open().unwrap();
            let records: Vec<u64> = (0..9)
                .map(|number| core.append("default", &record(&format!("{number}"))).unwrap())
                .collect();
            core.commit().unwrap();
            let secret = crate::view::View::open(std::sync::Arc::new(machine.disk.clone()))
                .unwrap()
                .entry(records[4])
                .unwrap();
            machine.disk.fail_after(operation, Fault::Crash);
            let done = core.redact(records[4], "a secret in it", &Machine::approvals()).is_ok();
            drop(core);
            machine.disk.restart();
            let core = machine.open().unwrap();
            assert!(core.unfinished().is_none());
            let decided = core.assembly().fold.redactions > 0;
            assert!(decided || !done);
            if decided {
                assert_eq!(machine.disk.holder_of(&secret), None);
            } else {
                core.redact(records[4], "a secret in it", &Machine::approvals()).unwrap();
            }
            core.append("default", &record("goes on")).unwrap();
            core.finish().unwrap();
            drop(core);
            assert!(is_intact(&machine), "{operation}");
            if done {
                break;
            }
        }
    }

    #[test]
    fn only_a_record_that_is_there_and_not_held_can_be_redacted() {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        let index = core.append("default", &record("one")).unwrap();
        let keys = Machine::approvals();
        let said = |index| core.redact(index, "why", &keys).unwrap_err();
        let no_record = |error| {
            matches!(
                error,
                RedactError::Administer(AdministerError::Retention(RetentionError::NotARecord(_)))
            )
        };
        assert!(no_record(said(0)) && no_record(said(999)));
        core.redact(index, "why", &keys).unwrap();
        assert!(no_record(said(index)));
        let next = core.append("default", &record("two")).unwrap();
        let (from_day, to_day) =
            (crate::format::Day::of_ms(0), crate::format::Day::of_ms(u64::MAX));
        let reason = "case".to_owned();
        let act =
            crate::format::control::Act::Hold { class: "*".to_owned(), from_day, to_day, reason };
        core.administer(act, &keys).unwrap();
        assert!(said(next).to_string().contains("under the hold"));
    }
}
