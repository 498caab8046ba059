//! Whether the packs of an archive are those that the ledger speaks of.

use super::push::{ArchiveError, Archiver, pack_name};
use crate::merkle::Hash;

/// What is wrong with an archived pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lapse {
    /// Its number.
    pub pack: u64,
    /// What is wrong.
    pub says: &'static str,
}

/// Compares every pack that the ledger says to have put into this archive. Gives how many there are,
/// and what is wrong with them.
pub fn check(archiver: &Archiver) -> Result<(u64, Vec<Lapse>), ArchiveError> {
    let told = archiver.told()?;
    let (mut count, mut lapses) = (0, Vec::new());
    for ((pack, locator), (sha256, version, retain_until_ms)) in &told.archived {
        let key = archiver.key(&pack_name(*pack));
        if archiver.objects.locator(&key) != *locator {
            continue;
        }
        count += 1;
        let found = archiver.objects.get(&key);
        let found = found
            .map_err(|source| ArchiveError::Io { what: archiver.objects.locator(&key), source })?;
        let says = match found {
            None => "it is not there",
            Some((bytes, _)) if Hash::of(&bytes) != *sha256 => "it is not the one last archived",
            Some((_, stored)) if stored.version != *version => "it is another version",
            Some((_, stored)) if stored.retain_until_ms < *retain_until_ms => {
                "it can be removed earlier than was written down"
            }
            Some(_) => continue,
        };
        lapses.push(Lapse { pack: *pack, says });
    }
    Ok((count, lapses))
}
