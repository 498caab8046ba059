//! Putting a ledger into an archive. Each step may be repeated: what is there already is compared, never
//! written over.

use super::objects::{Objects, Stored};
use super::pack::{Pack, PackError};
use super::tail::Tail;
use super::told::Told;
use crate::format::canonical::Value;
use crate::format::control::Act;
use crate::format::control::members::Members;
use crate::format::{EntryHeader, Genesis, RECORD};
use crate::log::{CHECKPOINT, CHECKPOINTS, GENESIS, SEPARATOR};
use crate::merkle::Hash;
use crate::note::{Checkpoint, Note};
use crate::storage::{Storage, read_exact_at, read_whole};
use crate::view::{View, ViewError};
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

/// LIMIT: bytes of the published checkpoints that are put there at once.
const PART_BYTES_MAX: u64 = 16 << 20;

/// LIMIT: bytes of a short file.
const SHORT_BYTES_MAX: u64 = 64 << 20;

/// Why a ledger was not archived.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A place cannot be read or written.
    #[error("`{what}` cannot be read or written")]
    Io {
        /// Where.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// Something else is there.
    #[error("`{0}` is there already, and is something else")]
    Different(String),
    /// The archive has more, or another history.
    #[error(
        "the archive speaks of {0} entries that this ledger never published: it was set back, or another writer has its key"
    )]
    Contradicted(u64),
    /// What is there is not what an archive holds.
    #[error("`{0}` is not what an archive holds")]
    Malformed(String),
    /// Entries cannot be read.
    #[error("the entries cannot be read")]
    View(#[from] ViewError),
    /// Entries of a pack were purged before it was archived.
    #[error("the pack {0} has entries that are not there any more")]
    Gone(u64),
    /// A pack cannot be made.
    #[error("the pack {0} cannot be made")]
    Pack(u64, #[source] PackError),
    /// The entry about a pack was not written.
    #[error("that the pack {0} was archived could not be written down: {1}")]
    Entry(u64, String),
}

/// A pack that was put into the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// Its number.
    pub pack: u64,
    /// SHA-256 of the object.
    pub sha256: Hash,
    /// Where it is.
    pub locator: String,
    /// What the place says of it.
    pub stored: Stored,
}

/// Puts one ledger into one archive.
#[derive(Debug)]
pub struct Archiver {
    pub(super) log: Arc<dyn Storage>,
    pub(super) objects: Arc<dyn Objects>,
    pub(super) genesis: Genesis,
    /// Whether packs are to be kept until the time for which their records are kept.
    pub(super) retains: bool,
}

/// The name of a pack in the archive.
pub(super) fn pack_name(number: u64) -> String {
    format!("pack/{number:016x}")
}

pub(super) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> ArchiveError {
    let what = what.into();
    move |source| ArchiveError::Io { what, source }
}

impl Archiver {
    /// Puts the ledger in a folder into a place for objects.
    pub fn new(
        log: Arc<dyn Storage>,
        objects: Arc<dyn Objects>,
        genesis: Genesis,
        retains: bool,
    ) -> Self {
        Self { log, objects, genesis, retains }
    }

    pub(super) fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.genesis.origin.hash().to_hex())
    }

    pub(super) fn get(&self, name: &str) -> Result<Option<(Vec<u8>, Stored)>, ArchiveError> {
        let key = self.key(name);
        self.objects.get(&key).map_err(io(self.objects.locator(&key)))
    }

    /// That the archive knows no other history of this ledger, and none that goes on further.
    pub fn agree(&self) -> Result<(), ArchiveError> {
        let Some((head, _)) = self.get("head")? else { return Ok(()) };
        let note = Note::parse(&head);
        let note = note.map_err(|_| ArchiveError::Malformed(self.key("head")))?;
        let size = Checkpoint::parse(&note.text).map_or(0, |checkpoint| checkpoint.size);
        let needle = [&[SEPARATOR], note.text.as_bytes(), b"\n"].concat();
        if self.published(&needle).map_err(io(CHECKPOINTS))? {
            Ok(())
        } else {
            Err(ArchiveError::Contradicted(size))
        }
    }

    /// Whether the published checkpoints hold these bytes.
    fn published(&self, needle: &[u8]) -> io::Result<bool> {
        let file = self.log.open(CHECKPOINTS)?;
        let (size, mut at) = (file.size()?, 0);
        let mut window = Vec::new();
        while at < size {
            let bytes = usize::try_from((size - at).min(1 << 20)).unwrap_or(0);
            let begin = window.len();
            window.resize(begin + bytes, 0);
            read_exact_at(file.as_ref(), at, window.get_mut(begin..).unwrap_or_default())?;
            if window.windows(needle.len()).any(|part| part == needle) {
                return Ok(true);
            }
            // What is sought may begin here and end in what is read next.
            window.drain(..window.len().saturating_sub(needle.len()));
            at += bytes as u64;
        }
        Ok(false)
    }

    /// Puts an object there once. What is there already must be the same.
    pub(super) fn once(
        &self,
        name: &str,
        bytes: &[u8],
        retain_until_ms: u64,
    ) -> Result<Stored, ArchiveError> {
        let key = self.key(name);
        // When the answer got lost, the object may be there, and that may not be safe yet: asking again
        // tells, and makes it so.
        let create = || self.objects.create(&key, bytes, retain_until_ms);
        create().or_else(|_| create()).map_err(io(self.objects.locator(&key)))?;
        let Some((found, stored)) = self.get(name)? else {
            return Err(ArchiveError::Malformed(self.objects.locator(&key)));
        };
        if found != bytes {
            return Err(ArchiveError::Different(self.objects.locator(&key)));
        }
        if stored.retain_until_ms >= retain_until_ms {
            return Ok(stored);
        }
        let lengthened = self.objects.retain(&key, retain_until_ms);
        lengthened.map_err(io(self.objects.locator(&key)))?;
        Ok(self.get(name)?.map(|(_, stored)| stored).unwrap_or_default())
    }

    pub(super) fn told(&self) -> Result<Told, ArchiveError> {
        let mut told = Told::of(&self.genesis.policy);
        self.told_more(&mut told)?;
        Ok(told)
    }

    /// Reads on from where it was read until now.
    pub(super) fn told_more(&self, told: &mut Told) -> Result<(), ArchiveError> {
        told.size = View::open(self.log.clone())?.walk(told.size, |_, entry| {
            told.take(entry);
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    /// Puts there what the archive is known by.
    pub(super) fn begin(&self) -> Result<(), ArchiveError> {
        self.once(GENESIS, &self.short(GENESIS)?, 0).map(|_| ())
    }

    /// Puts every full pack there that is not yet, and lets an entry be written about each. Gives those,
    /// and how many packs are there now.
    pub fn packs(
        &self,
        write: impl FnMut(Act) -> Result<(), String>,
    ) -> Result<(Vec<Archived>, u64), ArchiveError> {
        self.begin()?;
        self.packs_from(0, &self.told()?, write)
    }

    /// As [`Archiver::packs`], where all before a pack are known to be there.
    pub(super) fn packs_from(
        &self,
        first: u64,
        told: &Told,
        mut write: impl FnMut(Act) -> Result<(), String>,
    ) -> Result<(Vec<Archived>, u64), ArchiveError> {
        let full = told.size / self.genesis.policy.pack_entries;
        let mut done = Vec::new();
        for pack in first..full {
            let locator = self.objects.locator(&self.key(&pack_name(pack)));
            if told.archived.contains_key(&(pack, locator)) {
                continue;
            }
            let archived = self.pack(pack, told)?;
            let act = Act::Archive {
                pack,
                sha256: archived.sha256,
                locator: archived.locator.clone(),
                version: archived.stored.version.clone(),
                retain_until_ms: archived.stored.retain_until_ms,
            };
            write(act).map_err(|why| ArchiveError::Entry(pack, why))?;
            done.push(archived);
        }
        Ok((done, full))
    }

    fn pack(&self, number: u64, told: &Told) -> Result<Archived, ArchiveError> {
        let entries = self.genesis.policy.pack_entries;
        let (begin, end) = (number * entries, (number + 1) * entries);
        let (mut pack, mut failed, mut until) = (Pack::new(number), None, 0);
        View::open(self.log.clone())?.walk(begin, |index, entry| {
            if index >= end {
                return ControlFlow::Break(());
            }
            if let Ok((header, _)) = EntryHeader::parse(entry)
                && header.kind == RECORD
                && !told.is_purged(header.period)
            {
                until = until.max(told.kept_until(&header).unwrap_or(0));
            }
            failed = pack.push(entry).err();
            if failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if let Some(error) = failed {
            return Err(ArchiveError::Pack(number, error));
        }
        if pack.count() != entries {
            return Err(ArchiveError::Gone(number));
        }
        let name = pack_name(number);
        let bytes = pack.encode(&self.genesis.origin.hash());
        let stored = self.once(&name, &bytes, if self.retains { until } else { 0 })?;
        let locator = self.objects.locator(&self.key(&name));
        Ok(Archived { pack: number, sha256: Hash::of(&bytes), locator, stored })
    }

    pub(super) fn short(&self, name: &str) -> Result<Vec<u8>, ArchiveError> {
        read_whole(self.log.as_ref(), name, SHORT_BYTES_MAX).map_err(io(name))
    }

    /// Puts there what else it takes to begin again: checkpoints, wrapped keys, the entries behind the
    /// packs, of which there are so many, and last of all the newest checkpoint. Gives the entries that
    /// can be restored.
    pub fn rest(&self, packs: u64) -> Result<u64, ArchiveError> {
        self.agree()?;
        let (end, newest) = self.checkpoints()?;
        let size = Checkpoint::parse(&newest.text)
            .map_err(|_| ArchiveError::Malformed(CHECKPOINTS.to_owned()))?
            .size;
        self.replace("keys", &self.short("keys")?)?;
        self.replace("tail", &self.tail(packs * self.genesis.policy.pack_entries, size)?)?;
        let state = Value::object([("checkpoints", Value::Number(end))]).encode();
        self.replace("state", state.as_bytes())?;
        self.replace("head", newest.to_string().as_bytes())?;
        Ok(size)
    }

    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
        let key = self.key(name);
        let mut failed = None;
        for _ in 0..2 {
            let found = self.get(name)?;
            let same = found.as_ref().is_some_and(|(found, _)| found == bytes);
            // After a failure it may be there, and that may not be safe yet.
            if same && failed.is_none() {
                return Ok(());
            }
            let tag = found.as_ref().map(|(_, stored)| stored.tag.as_str());
            match self.objects.swap(&key, tag, bytes) {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(ArchiveError::Different(self.objects.locator(&key))),
                Err(error) => failed = Some(error),
            }
        }
        let failed = failed.unwrap_or_else(|| io::ErrorKind::Other.into());
        Err(io(self.objects.locator(&key))(failed))
    }

    /// The newest checkpoint, and how many entries it speaks of.
    pub(super) fn newest(&self) -> Result<(Note, u64), ArchiveError> {
        let malformed = || ArchiveError::Malformed(CHECKPOINT.to_owned());
        let newest = Note::parse(&self.short(CHECKPOINT)?).map_err(|_| malformed())?;
        let size = Checkpoint::parse(&newest.text).map_err(|_| malformed())?.size;
        Ok((newest, size))
    }

    /// Puts the published checkpoints there that are not yet. Gives where they end, and the last one.
    pub(super) fn checkpoints(&self) -> Result<(u64, Note), ArchiveError> {
        let malformed = || ArchiveError::Malformed(CHECKPOINTS.to_owned());
        // First of all, so that the file holds it however much is published meanwhile.
        let (newest, _) = self.newest()?;
        let file = self.log.open(CHECKPOINTS).map_err(io(CHECKPOINTS))?;
        let size = file.size().map_err(io(CHECKPOINTS))?;
        let mut at = match self.get("state")? {
            None => 0,
            Some((bytes, _)) => {
                let members = Value::parse(&bytes).ok().and_then(Members::of);
                let at = members.and_then(|mut members| members.number("checkpoints"));
                at.ok_or_else(|| ArchiveError::Malformed(self.key("state")))?
            }
        };
        if at > size {
            return Err(malformed());
        }
        while at < size {
            let bytes = usize::try_from((size - at).min(PART_BYTES_MAX)).unwrap_or(0);
            let mut part = vec![0; bytes];
            read_exact_at(file.as_ref(), at, &mut part).map_err(io(CHECKPOINTS))?;
            let name = format!("checkpoints/{at:016x}");
            // After a crash, a part may be there that ends earlier than this one would.
            match self.get(&name)? {
                Some((found, _)) if !found.is_empty() && part.starts_with(&found) => {
                    at += found.len() as u64;
                }
                Some(_) => return Err(ArchiveError::Different(self.key(&name))),
                None => {
                    self.once(&name, &part, 0)?;
                    at += part.len() as u64;
                }
            }
        }
        Ok((at, newest))
    }

    /// The entries behind the packs, as the archive holds them.
    fn tail(&self, first: u64, size: u64) -> Result<Vec<u8>, ArchiveError> {
        let mut tail = Tail::new(first.min(size));
        tail.grow(self, size)?;
        Ok(tail.encode())
    }
}
