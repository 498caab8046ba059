//! What is done beside the writing: signs of life, rounds of the index, periods that are over, and
//! files that are derived.

use super::assembly::{Assembly, PushError};
use super::core::{Core, Stop};
use crate::format::control::Act;
use std::sync::PoisonError;
use std::time::Duration;

/// How often is looked for what is due.
const UPKEEP_EVERY: Duration = Duration::from_secs(1);

impl Core {
    /// Keeps things up as long as the ledger is open.
    pub(crate) fn keep_up(&self) {
        let mut mending = true;
        while !self.wait_for_upkeep(if mending { Duration::ZERO } else { UPKEEP_EVERY }) {
            if !self.upkeep() {
                return;
            }
            mending = mending && self.mend_hashes();
        }
    }

    /// Waits until there is something to keep up, at most so long; whether the ledger was closed.
    fn wait_for_upkeep(&self, at_most: Duration) -> bool {
        let stopped = || self.durable().stop.is_some();
        let due = |assembly: &mut Assembly| assembly.upkeep_is_due(self.durable().size);
        let idle = |assembly: &mut Assembly| !due(assembly) && !stopped();
        let waited = self.due.wait_timeout_while(self.assembly(), at_most, idle);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        stopped()
    }

    /// Does what is due from time to time; whether the ledger can go on.
    pub(crate) fn upkeep(&self) -> bool {
        let over = self.upkeep_lock();
        if *over {
            return true;
        }
        self.keep_alive();
        let done = self.kept(&self.index_when_due())
            && self.kept(&self.close_periods())
            && self.go_on_with_purges();
        self.write_hashes();
        done
    }

    /// Stops the ledger over what must not be left out; whether it can go on.
    fn kept(&self, done: &Result<(), PushError>) -> bool {
        if let Err(error) = done {
            self.stop(Stop::Failed(error.to_string()));
        }
        done.is_ok()
    }

    /// Writes a heartbeat when the last one is so old that silence would soon be seen.
    fn keep_alive(&self) {
        let now = self.parts.clock.now_ms();
        let mut assembly = self.assembly();
        self.tell_lost(&mut assembly);
        let silence_ms = assembly.fold.policy.heartbeat_s * 1000 / 2;
        if now.saturating_sub(assembly.fold.heartbeat_ms) >= silence_ms
            && let Some(act) = assembly.heartbeat()
        {
            // When the block is full there is no silence.
            let _ = assembly.push_control(act, None, now);
        }
    }
}

impl Assembly {
    /// What a heartbeat says now. Records are counted when they are put in order, so none wait.
    pub(crate) fn heartbeat(&self) -> Option<Act> {
        let (recorded, lost) = (self.fold.counters.recorded, self.fold.counters.lost);
        let boot = self.fold.boot?;
        Some(Act::Heartbeat { boot, submitted: recorded + lost, recorded, lost, pending: 0 })
    }
}
