//! How far witnesses vouch for a ledger, as its published checkpoints say.
//!
//! In scope: the newest checkpoints. Out of scope: judging them all; see `verify`.

use crate::log::{CHECKPOINTS, SEPARATOR};
use crate::note::{Checkpoint, Note, cosigned_at};
use crate::storage::{Storage, read_exact_at};
use crate::verify::WitnessPolicy;
use std::io;

/// LIMIT: bytes at the end of the published checkpoints that are looked at.
const BYTES_MAX: u64 = 1 << 20;

/// What a witness cosigned: entries, and when, in seconds since 1970.
pub type Cosigned = (u64, u64);

/// How far witnesses vouch for a ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witnessed {
    /// Entries that the newest checkpoint covers.
    pub size: u64,
    /// The newest checkpoint that enough witnesses cosigned.
    pub quorum: Option<Cosigned>,
    /// Each witness by its name, with the newest checkpoint that it cosigned.
    pub witnesses: Vec<(String, Option<Cosigned>)>,
    /// Whether there are older checkpoints that were not looked at.
    pub more: bool,
}

impl Witnessed {
    /// Looks at the newest checkpoints of a ledger. Signatures of the log itself are not checked.
    pub fn of(storage: &dyn Storage, policy: &WitnessPolicy) -> io::Result<Self> {
        let file = storage.open(CHECKPOINTS)?;
        let size = file.size()?;
        let begin = size.saturating_sub(BYTES_MAX);
        let mut bytes = vec![0; usize::try_from(size - begin).unwrap_or(0)];
        read_exact_at(file.as_ref(), begin, &mut bytes)?;
        let names = policy.witnesses().iter().map(|(key, _)| (key.name().to_owned(), None));
        let mut found = Self { more: begin > 0, witnesses: names.collect(), ..Self::default() };
        for part in bytes.rsplit(|byte| *byte == SEPARATOR) {
            let Ok(note) = Note::parse(part) else { continue };
            let Ok(checkpoint) = Checkpoint::parse(&note.text) else { continue };
            found.take(&note, checkpoint.size, policy);
            if found.quorum.is_some() && found.witnesses.iter().all(|(_, at)| at.is_some()) {
                found.more = false;
                break;
            }
        }
        Ok(found)
    }

    fn take(&mut self, note: &Note, size: u64, policy: &WitnessPolicy) {
        self.size = self.size.max(size);
        if self.quorum.is_none()
            && let Ok(Some(time_s)) = policy.witnessed_at(note)
        {
            self.quorum = Some((size, time_s));
        }
        for ((key, _), (_, newest)) in policy.witnesses().iter().zip(&mut self.witnesses) {
            if newest.is_none() {
                *newest = cosigned_at(note, key).ok().map(|time_s| (size, time_s));
            }
        }
    }

    /// Entries that no quorum vouches for.
    pub fn tail(&self) -> u64 {
        self.size - self.quorum.map_or(0, |(size, _)| size.min(self.size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::{Machine, record};

    #[test]
    fn what_nobody_cosigned_is_counted() {
        let machine = Machine::new(1).born();
        let text = format!("witness w {}\nquorum w\n", Machine::cosigner().verifier());
        let policy = WitnessPolicy::parse(&text).unwrap();
        let none = Witnessed::of(&machine.disk, &policy).unwrap();
        assert_eq!((none.quorum, none.tail()), (None, none.size));
        let core = machine.open().unwrap();
        core.cosigning.seat(vec![machine.seat()]);
        core.cosign_round();
        let size = core.output().writer.frontier.size();
        core.append("default", &record("one")).unwrap();
        core.commit().unwrap();
        core.publish().unwrap();
        let some = Witnessed::of(&machine.disk, &policy).unwrap();
        assert_eq!(some.quorum.map(|(size, _)| size), Some(size));
        assert!(some.tail() > 0 && some.witnesses[0].1 == some.quorum);
    }
}
