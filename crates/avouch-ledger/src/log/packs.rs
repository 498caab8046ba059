//! Packs that lie in the log's own folder: what must go from the log goes from them too.

use super::fold::Leftovers;
use super::read::firsts;
use crate::archive::scan;
use crate::storage::Storage;
use std::io;
use std::ops::ControlFlow;

/// The folder of packs.
pub(crate) const PACKS: &str = "pack";

/// The path of a pack.
pub(crate) fn pack_path(number: u64) -> String {
    format!("{PACKS}/{number:016x}")
}

/// Removes the packs, each of so many entries, that hold what must go.
pub(crate) fn remove_packs(
    storage: &dyn Storage,
    leftovers: &Leftovers,
    entries: u64,
) -> io::Result<()> {
    let mut removed = false;
    for number in firsts(storage, PACKS)? {
        let first = number.saturating_mul(entries);
        let path = pack_path(number);
        let mut holds = false;
        scan(storage.open(&path)?.as_ref(), |place, entry| {
            holds = leftovers.takes(first.saturating_add(place), entry);
            if holds { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if holds {
            storage.remove(&path)?;
            removed = true;
        }
    }
    if removed { storage.sync_folder(PACKS) } else { Ok(()) }
}
