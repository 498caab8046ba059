//! The disk, its names, and what goes wrong with it.

use super::inode::{Inode, SECTOR_BYTES};
use super::random::Random;
use crate::storage::files::folder_of;
use crate::storage::{Lock, Storage, StoredFile};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What goes wrong, once, at an operation that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The power goes: this operation has no effect for sure, and none after it.
    Crash,
    /// An error, and no effect.
    Failed,
    /// An error, although it took effect.
    FailedButDone,
    /// No room. Other operations than those that need room fail as well.
    NoRoom,
    /// A flush says that it was done and was not.
    Lie,
    /// A write goes to another place of the file.
    Misdirected,
}

/// A name, and the file that it is for now on, if any.
type Change = (String, Option<usize>);

#[derive(Debug, Default)]
struct Names {
    seen: BTreeMap<String, usize>,
    kept: BTreeMap<String, usize>,
    /// Changes that are not safe yet: folder, name, file or nothing. Renames are two in a row.
    pending: Vec<(String, Vec<Change>)>,
}

#[derive(Debug)]
struct World {
    files: Vec<Inode>,
    names: Names,
    locked: BTreeSet<String>,
    /// Operations that changed something so far.
    operations: u64,
    fault: Option<(u64, Fault)>,
    short_writes: bool,
    dark: bool,
    /// How often the power was there; files and locks of an earlier time are dead.
    boots: u64,
    random: Random,
}

/// A disk in memory. Copies of the value are the same disk.
#[derive(Clone, Debug)]
pub(crate) struct SimulatedDisk(Arc<Mutex<World>>);

fn dark() -> io::Error {
    io::Error::other("the power is off")
}

impl World {
    /// Counts an operation that changes something, and says what goes wrong with it.
    fn operate(&mut self) -> io::Result<Option<Fault>> {
        if self.dark {
            return Err(dark());
        }
        self.operations += 1;
        let fault = self.fault.filter(|(at, _)| *at == self.operations).map(|(_, fault)| fault);
        match fault {
            Some(Fault::Crash) => {
                self.dark = true;
                Err(dark())
            }
            Some(Fault::Failed) => Err(io::Error::other("input/output error")),
            Some(Fault::NoRoom) => Err(ErrorKind::StorageFull.into()),
            other => Ok(other),
        }
    }

    fn rename(&mut self, folder: &str, changes: Vec<Change>) {
        for (name, file) in &changes {
            match file {
                Some(file) => self.names.seen.insert(name.clone(), *file),
                None => self.names.seen.remove(name),
            };
        }
        self.names.pending.push((folder.to_owned(), changes));
    }

    fn keep(&mut self, changes: &[Change]) {
        for (name, file) in changes {
            match file {
                Some(file) => self.names.kept.insert(name.clone(), *file),
                None => self.names.kept.remove(name),
            };
        }
    }
}

/// What an operation that took effect gives when its fault was to say that it had failed.
fn said(fault: Option<Fault>) -> io::Result<()> {
    match fault {
        Some(Fault::FailedButDone) => Err(io::Error::other("input/output error")),
        _ => Ok(()),
    }
}

impl SimulatedDisk {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(World {
            files: Vec::new(),
            names: Names::default(),
            locked: BTreeSet::new(),
            operations: 0,
            fault: None,
            short_writes: false,
            dark: false,
            boots: 0,
            random: Random::new(seed),
        })))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets something go wrong so many operations from now; the next one is 1.
    pub(crate) fn fail_after(&self, operations: u64, fault: Fault) {
        let mut world = self.world();
        world.fault = Some((world.operations + operations, fault));
    }

    /// Lets writes take less than they were given.
    pub(crate) fn write_short(&self) {
        self.world().short_writes = true;
    }

    /// The power goes and comes back.
    pub(crate) fn restart(&self) {
        let mut guard = self.world();
        let world = &mut *guard;
        let pending = std::mem::take(&mut world.names.pending);
        // Folders are journals: of each, a beginning of what was under way is there.
        let mut lost: BTreeSet<&String> = BTreeSet::new();
        for (folder, changes) in &pending {
            if !lost.contains(folder) && world.random.one_in(2) {
                world.keep(changes);
            } else {
                lost.insert(folder);
            }
        }
        world.names.seen = world.names.kept.clone();
        for file in &mut world.files {
            file.lose_power(&world.random);
        }
        world.locked.clear();
        world.dark = false;
        world.fault = None;
        world.boots += 1;
    }

    /// The process ends without a loss of power: what was written is seen, locks are gone.
    pub(crate) fn kill(&self) {
        let mut world = self.world();
        world.locked.clear();
        world.dark = false;
        world.fault = None;
        world.boots += 1;
    }

    /// Flips one bit of a file on the disk.
    pub(crate) fn rot(&self, path: &str) -> Option<usize> {
        let mut guard = self.world();
        let world = &mut *guard;
        let file = *world.names.kept.get(path)?;
        world.files.get_mut(file)?.rot(&world.random)
    }

    /// Changes a file as somebody with root would: on the disk and at once.
    pub(crate) fn tamper(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut world = self.world();
        let file = world.names.seen[path];
        let mut bytes = world.files[file].seen.clone();
        change(&mut bytes);
        let mut inode = Inode::default();
        inode.write(0, &bytes);
        inode.flush();
        world.files[file] = inode;
    }

    /// The first file that holds some bytes, as a reader sees it.
    pub(crate) fn holder_of(&self, bytes: &[u8]) -> Option<String> {
        let world = self.world();
        let holds = |file: &usize| {
            world.files[*file].seen.windows(bytes.len()).any(|window| window == bytes)
        };
        let found = world.names.seen.iter().find(|(_, file)| holds(file));
        found.map(|(path, _)| path.clone())
    }

    /// A copy of the disk as it is now, as a snapshot of a machine would be.
    pub(crate) fn snapshot(&self, seed: u64) -> Self {
        let copy = Self::new(seed);
        {
            let (from, mut to) = (self.world(), copy.world());
            to.files.clone_from(&from.files);
            to.names.seen.clone_from(&from.names.seen);
            to.names.kept.clone_from(&from.names.seen);
            to.files.iter_mut().for_each(Inode::flush);
        }
        copy
    }
}

impl Storage for SimulatedDisk {
    fn open(&self, path: &str) -> io::Result<Box<dyn StoredFile>> {
        let world = self.world();
        if world.dark {
            return Err(dark());
        }
        let file = *world.names.seen.get(path).ok_or(ErrorKind::NotFound)?;
        Ok(Box::new(SimulatedFile { disk: self.clone(), file, boot: world.boots }))
    }

    fn create(&self, path: &str) -> io::Result<Box<dyn StoredFile>> {
        let mut world = self.world();
        let fault = world.operate()?;
        if world.names.seen.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let file = world.files.len();
        world.files.push(Inode::default());
        world.rename(folder_of(path), vec![(path.to_owned(), Some(file))]);
        said(fault)?;
        Ok(Box::new(SimulatedFile { disk: self.clone(), file, boot: world.boots }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let world = self.world();
        if world.dark {
            return Err(dark());
        }
        let names = world.names.seen.keys().filter(|path| folder_of(path) == folder);
        Ok(names.map(|path| path.rsplit('/').next().unwrap_or(path).to_owned()).collect())
    }

    fn create_folder(&self, _folder: &str) -> io::Result<()> {
        if self.world().dark { Err(dark()) } else { Ok(()) }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut world = self.world();
        let fault = world.operate()?;
        let file = *world.names.seen.get(from).ok_or(ErrorKind::NotFound)?;
        let changes = vec![(from.to_owned(), None), (to.to_owned(), Some(file))];
        world.rename(folder_of(to), changes);
        said(fault)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let mut world = self.world();
        if !world.dark && !world.names.seen.contains_key(path) {
            return Err(ErrorKind::NotFound.into());
        }
        let fault = world.operate()?;
        world.rename(folder_of(path), vec![(path.to_owned(), None)]);
        said(fault)
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        let mut world = self.world();
        let fault = world.operate()?;
        if fault == Some(Fault::Lie) {
            return Ok(());
        }
        let pending = std::mem::take(&mut world.names.pending);
        for (of, changes) in pending {
            if of == folder {
                world.keep(&changes);
            } else {
                world.names.pending.push((of, changes));
            }
        }
        said(fault)
    }

    fn lock(&self, path: &str) -> io::Result<Option<Box<dyn Lock>>> {
        let mut world = self.world();
        if world.dark {
            return Err(dark());
        }
        if !world.locked.insert(path.to_owned()) {
            return Ok(None);
        }
        let boot = world.boots;
        Ok(Some(Box::new(SimulatedLock { disk: self.clone(), path: path.to_owned(), boot })))
    }
}

#[derive(Debug)]
struct SimulatedFile {
    disk: SimulatedDisk,
    file: usize,
    boot: u64,
}

impl SimulatedFile {
    fn world(&self) -> io::Result<MutexGuard<'_, World>> {
        let world = self.disk.world();
        if world.dark || world.boots != self.boot { Err(dark()) } else { Ok(world) }
    }
}

impl StoredFile for SimulatedFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.world()?.files[self.file].seen.len() as u64)
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let world = self.world()?;
        let seen = &world.files[self.file].seen;
        let begin = usize::try_from(offset).unwrap().min(seen.len());
        let count = bytes.len().min(seen.len() - begin);
        bytes[..count].copy_from_slice(&seen[begin..begin + count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut world = self.world()?;
        let fault = world.operate();
        let mut offset = usize::try_from(offset).unwrap();
        // The power may go while some of it was on its way.
        let crashed = world.dark;
        let count = match (&fault, world.short_writes && world.random.one_in(3), bytes.len()) {
            (Err(_), ..) if !crashed => return fault.map(|_| 0),
            (_, true, 2..) => 1 + usize::try_from(world.random.below(bytes.len() as u64)).unwrap(),
            _ => bytes.len(),
        };
        if matches!(fault, Ok(Some(Fault::Misdirected))) {
            let size = world.files[self.file].seen.len();
            let sectors = (size / SECTOR_BYTES).max(1) as u64;
            offset = usize::try_from(world.random.below(sectors)).unwrap() * SECTOR_BYTES;
        }
        let file = self.file;
        world.files[file].write(offset, &bytes[..count]);
        said(fault?)?;
        Ok(count)
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        let mut world = self.world()?;
        let fault = world.operate()?;
        let file = self.file;
        world.files[file].truncate(usize::try_from(size).unwrap());
        said(fault)
    }

    fn sync(&self) -> io::Result<()> {
        let mut guard = self.world()?;
        let world = &mut *guard;
        let fault = world.operate();
        let file = &mut world.files[self.file];
        match fault {
            Ok(Some(Fault::Lie)) => Ok(()),
            Ok(fault) => {
                file.flush();
                said(fault)
            }
            Err(error) if world.dark => Err(error),
            Err(error) => {
                file.flush_in_part(&world.random);
                Err(error)
            }
        }
    }
}

#[derive(Debug)]
struct SimulatedLock {
    disk: SimulatedDisk,
    path: String,
    boot: u64,
}

impl Lock for SimulatedLock {}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        let mut world = self.disk.world();
        if world.boots == self.boot {
            world.locked.remove(&self.path);
        }
    }
}

#[cfg(test)]
mod tests;
