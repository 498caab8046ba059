//! How safe an entry is: on this disk, in a second place, in the archive.

use super::core::{Core, Durable, Stop, lock};

/// What an acknowledgement may wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Written and flushed here.
    Committed,
    /// A second place has it.
    Replicated,
    /// The archive has it.
    Archived,
}

/// Why a level is not reached.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WaitError {
    /// The ledger takes nothing any more.
    #[error(transparent)]
    Stopped(#[from] Stop),
    /// Nothing brings entries there: to wait would be for ever.
    #[error("this ledger has no place where entries are {0:?}")]
    NoSuchPlace(Level),
}

impl Durable {
    /// Entries below this index have reached a level; nothing where there is no such place.
    pub fn at(&self, level: Level) -> Option<u64> {
        let mark = match level {
            Level::Committed => Some(self.size),
            Level::Replicated => self.replicated,
            Level::Archived => self.archived,
        };
        mark.map(|mark| mark.min(self.size))
    }
}

impl Core {
    /// Tells that all entries below an index have reached a level. Whatever brings them there says so
    /// once at its start, with what it knows to be there.
    pub(crate) fn reached(&self, level: Level, size: u64) {
        self.mark(level, |mark| *mark = Some(mark.unwrap_or(0).max(size)));
    }

    /// Tells that nothing brings entries to a level any more: who waits for that is told so.
    pub(crate) fn left(&self, level: Level) {
        self.mark(level, |mark| *mark = None);
    }

    fn mark(&self, level: Level, change: impl FnOnce(&mut Option<u64>)) {
        let mut durable = lock(&self.durable);
        match level {
            // The writer alone knows.
            Level::Committed => return,
            Level::Replicated => change(&mut durable.replicated),
            Level::Archived => change(&mut durable.archived),
        }
        drop(durable);
        self.done.notify_all();
    }

    /// Waits until the entry of an index has reached a level.
    pub(crate) fn wait_for(&self, index: u64, level: Level) -> Result<(), WaitError> {
        let mut durable = lock(&self.durable);
        loop {
            if durable.at(level).ok_or(WaitError::NoSuchPlace(level))? > index {
                return Ok(());
            }
            if let Some(stop) = &durable.stop {
                return Err(stop.clone().into());
            }
            let waited = self.done.wait(durable);
            durable = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Machine, record};
    use super::*;

    #[test]
    fn a_level_that_nothing_provides_is_refused_and_one_that_is_reached_is_told() {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        let index = core.append("default", &record("one")).unwrap();
        core.commit().unwrap();
        core.wait_for(index, Level::Committed).unwrap();
        let said = core.wait_for(index, Level::Archived);
        assert!(matches!(said, Err(WaitError::NoSuchPlace(Level::Archived))));
        core.reached(Level::Archived, index + 1);
        core.wait_for(index, Level::Archived).unwrap();
        let waiting = std::thread::scope(|scope| {
            let waits = scope.spawn(|| core.wait_for(index + 1, Level::Archived));
            core.stop(Stop::Closed);
            waits.join().unwrap()
        });
        assert!(matches!(waiting, Err(WaitError::Stopped(_))));
        core.left(Level::Archived);
        let said = core.wait_for(index, Level::Archived);
        assert!(matches!(said, Err(WaitError::NoSuchPlace(Level::Archived))));
    }
}
