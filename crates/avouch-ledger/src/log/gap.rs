//! Records that were lost because the operator chose to go on rather than to wait: they are counted,
//! and the log says so.

use super::appending::AppendError;
use super::assembly::{Assembly, PushError};
use super::core::{Core, lock};
use crate::format::Record;
use crate::format::control::Act;

/// Records that were lost and of which the log does not tell yet.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lost {
    count: u64,
    from_ms: u64,
    to_ms: u64,
}

/// How often a record is sealed anew before it is given up.
const TRIES: usize = 3;

impl Core {
    /// Appends a record if that needs no waiting; else it is lost, and counted. Gives its index, or
    /// nothing when it was lost.
    pub(crate) fn append_or_lose(
        &self,
        class: &str,
        record: &Record,
    ) -> Result<Option<u64>, AppendError> {
        let mut entry = Vec::new();
        for _ in 0..TRIES {
            match self.try_append(class, record, &mut entry)? {
                Ok(index) => return Ok(Some(index)),
                Err(PushError::Stale) => (),
                Err(PushError::Full) => break,
                Err(PushError::Fold(_)) => return Err(AppendError::Internal),
            }
        }
        let now = self.parts.clock.now_ms();
        let mut lost = lock(&self.lost);
        if lost.count == 0 {
            lost.from_ms = now;
        }
        lost.count += 1;
        lost.to_ms = now;
        Ok(None)
    }

    /// Loses records, as when the block is full.
    #[cfg(test)]
    pub(crate) fn lose(&self, count: u64) {
        let now = self.parts.clock.now_ms();
        *lock(&self.lost) = Lost { count, from_ms: now, to_ms: now };
    }

    /// Writes down what was lost since the last time, if there is room for it in the next block.
    pub(crate) fn tell_lost(&self, assembly: &mut Assembly) {
        let mut lost = lock(&self.lost);
        let Lost { count, from_ms, to_ms } = *lost;
        if count == 0 {
            return;
        }
        let reason = "the writer did not keep up, and was told not to wait".to_owned();
        let act = Act::Gap { count, from_ms, to_ms, reason };
        if assembly.push_control(act, None, self.parts.clock.now_ms()).is_ok() {
            *lost = Lost::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Machine, record};
    use crate::verify::{Knowledge, Verdict, verify};

    #[test]
    fn what_is_lost_is_counted_and_an_honest_ledger_says_so() {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        // Nobody writes, so the block is full at some time.
        let long = record(&"x".repeat(60_000));
        let taken = (0..90).filter(|_| core.append_or_lose("default", &long).unwrap().is_some());
        let taken = taken.count();
        assert!((60..90).contains(&taken), "{taken}");
        core.commit().unwrap();
        assert!(core.append_or_lose("default", &long).unwrap().is_some());
        core.finish().unwrap();
        drop(core);
        let report = verify(&machine.disk, &Knowledge::of(Machine::identity().verifier().clone()));
        assert_eq!(report.verdict(), Verdict::Intact, "{:?}", report.findings);
        let told = format!("{} records were lost", 90 - taken);
        assert!(report.notes.iter().any(|note| note.contains(&told)), "{:?}", report.notes);
    }
}
