//! Copies that follow a ledger while it is written, so that an acknowledgement can wait for them.

use super::archive::archiver;
use super::{Failed, objects, place, tell};
use crate::commands::ledger::args::PlaceArgs;
use crate::copying::{CopyArgs, Safety};
use anyhow::anyhow;
use avouch_ledger::archive::{Keeper, Progress};
use avouch_ledger::log::{Ledger, Level};
use std::error::Error;
use std::sync::Arc;

impl From<Safety> for Level {
    fn from(safety: Safety) -> Self {
        match safety {
            Safety::Committed => Self::Committed,
            Safety::Replicated => Self::Replicated,
            Safety::Archived => Self::Archived,
        }
    }
}

impl CopyArgs {
    /// What an acknowledgement waits for.
    ///
    /// # Errors
    /// There is no such copy, or the replica is no folder.
    pub(crate) fn level(&self) -> Result<Level, Failed> {
        let level = self.acknowledge.unwrap_or_default();
        let missing = |what: &str| {
            Failed::usage(anyhow!("to wait until a record is {what}, there must be such a place"))
        };
        match level {
            Safety::Replicated if self.replica.is_none() => Err(missing("replicated")
                .advice("name its folder: `--replica`, or `replica` in `[ledger]`")),
            Safety::Archived if self.archive.is_none() => Err(missing("archived")
                .advice("name the archive: `--archive`, or `archive` in `[ledger]`")),
            _ if self.replica.as_deref().is_some_and(objects::is_remote) => {
                Err(Failed::usage(anyhow!("a replica is a folder"))
                    .advice("name what is in a bucket as the archive"))
            }
            level => Ok(level.into()),
        }
    }
}

/// The copies of a ledger that is open.
#[derive(Debug, Default)]
pub(crate) struct Copies(Vec<(String, Keeper)>);

impl Copies {
    /// Begins to follow. What is in the ledger by now is in its copies when this comes back.
    ///
    /// # Errors
    /// A copy has another history, or cannot be read or written.
    pub(crate) fn start(
        at: &PlaceArgs,
        ledger: &Arc<Ledger>,
        wanted: &CopyArgs,
    ) -> Result<Self, Failed> {
        let home = place::existing(at)?;
        let replica = wanted.replica.as_ref().map(|to| (to, None, Level::Replicated));
        let archive = wanted.archive.as_ref().map(|to| (to, wanted.lock, Level::Archived));
        let mut copies = Self::default();
        for (to, lock, level) in replica.into_iter().chain(archive) {
            let archiver = archiver(&home, objects::open(to, lock)?, lock.is_some())?;
            let name = to.clone();
            let said = move |progress: Progress<'_>| match progress {
                Progress::Behind(error) => {
                    let why = chain(error);
                    tell(&format!("the copy in {name} falls behind, and is tried again: {why}"));
                }
                Progress::CaughtUp => tell(&format!("the copy in {name} has caught up")),
            };
            let keeper = Keeper::start(ledger.clone(), archiver, level, said);
            copies.0.push((to.clone(), keeper.map_err(super::archive::refused)?));
        }
        Ok(copies)
    }

    /// Lets go of the ledger, so that it can be closed.
    pub(crate) fn end(self) -> Ended {
        let ended = self.0.into_iter().map(|(name, keeper)| (name, keeper.end()));
        Ended(ended.filter_map(|(name, follower)| Some((name, follower.ok()?))).collect())
    }
}

/// Copies of a ledger that is not written any more.
#[derive(Debug)]
pub(crate) struct Ended(Vec<(String, avouch_ledger::archive::Follower)>);

impl Ended {
    /// Puts the end of the ledger there too. A pack that became full with it comes the next time, since
    /// nobody can write down that it is there.
    pub(crate) fn finish(self) {
        for (name, mut follower) in self.0 {
            if let Err(error) = follower.step(|_| Err("the ledger is closed".to_owned())) {
                let why = chain(&error);
                tell(&format!("the copy in {name} has not got the end of the ledger: {why}"));
            }
        }
    }
}

/// What went wrong, and why, in one line.
fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}
