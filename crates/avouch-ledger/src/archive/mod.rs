//! A ledger's copy elsewhere: packs of entries that are never changed, and what it takes to begin again
//! from the copy alone.
//!
//! In scope: what lies in an archive, in which order it is put there so that any step may be repeated,
//! and how a ledger is made of it again. Out of scope: how objects travel; whether what was restored is
//! sound, which `verify` tells.

mod check;
mod folder;
mod follow;
mod head;
mod keeper;
mod objects;
mod pack;
mod push;
mod restore;
mod scan;
mod tail;
#[cfg(test)]
mod tests;
mod told;

pub use check::{Lapse, check};
pub use folder::Folder;
pub use follow::Follower;
pub use head::ObjectHead;
pub use keeper::{Keeper, Progress};
pub use objects::{Objects, Stored};
pub use pack::{Pack, PackError};
pub use push::{ArchiveError, Archived, Archiver};
pub use restore::{RestoreError, Restored, restore};
pub(crate) use scan::{digest, scan};
