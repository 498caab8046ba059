//! A real folder.

use super::{Lock, Storage, StoredFile};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What may be done with new files: by their owner alone.
const MODE: u32 = 0o600;

/// A real folder.
#[derive(Clone, Debug)]
pub struct Disk {
    root: PathBuf,
    writable: bool,
}

impl Disk {
    /// A folder to write to. It need not be there yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), writable: true }
    }

    /// A folder that is only read: whatever would change it is refused.
    pub fn read_only(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), writable: false }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(path) }
    }

    fn may_write(&self) -> io::Result<()> {
        if self.writable { Ok(()) } else { Err(ErrorKind::ReadOnlyFilesystem.into()) }
    }
}

impl Storage for Disk {
    fn open(&self, path: &str) -> io::Result<Box<dyn StoredFile>> {
        let file = OpenOptions::new().read(true).write(self.writable).open(self.path(path))?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "not a plain file"));
        }
        Ok(Box::new(Opened(file)))
    }

    fn create(&self, path: &str) -> io::Result<Box<dyn StoredFile>> {
        self.may_write()?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(MODE);
        Ok(Box::new(Opened(options.open(self.path(path))?)))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(self.path(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            // A name that is not text is not one of ours.
            if let (true, Ok(name)) =
                (entry.file_type()?.is_file(), entry.file_name().into_string())
            {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        self.may_write()?;
        std::fs::create_dir_all(self.path(folder))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.may_write()?;
        std::fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.may_write()?;
        std::fs::remove_file(self.path(path))
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        File::open(self.path(folder))?.sync_all()
    }

    fn lock(&self, path: &str) -> io::Result<Option<Box<dyn Lock>>> {
        self.may_write()?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(MODE);
        let file = options.open(self.path(path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[derive(Debug)]
struct Opened(File);

impl StoredFile for Opened {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(bytes, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_at(bytes, offset)
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.0.set_len(size)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// The lock is the open file: it ends with it, also when the process is killed.
impl Lock for File {}

#[cfg(test)]
mod tests {
    use super::super::{read_whole, replace, write_all_at};
    use super::*;

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path().join("deep/er"));
        disk.create_folder("").unwrap();
        replace(&disk, "head", b"one").unwrap();
        replace(&disk, "head", b"two").unwrap();
        assert_eq!(read_whole(&disk, "head", 3).unwrap(), b"two");
        assert!(read_whole(&disk, "head", 2).is_err());
        assert_eq!(disk.list("").unwrap(), ["head"]);
    }

    #[test]
    fn a_second_lock_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path());
        let first = disk.lock("lease").unwrap();
        assert!(first.is_some());
        assert!(disk.lock("lease").unwrap().is_none());
        drop(first);
        assert!(disk.lock("lease").unwrap().is_some());
    }

    #[test]
    fn what_is_only_read_is_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path());
        write_all_at(disk.create("a").unwrap().as_ref(), 0, b"abc").unwrap();
        let reader = Disk::read_only(folder.path());
        assert_eq!(read_whole(&reader, "a", 9).unwrap(), b"abc");
        assert!(reader.create("b").is_err());
        assert!(reader.remove("a").is_err());
        assert!(reader.rename("a", "b").is_err());
        assert!(reader.lock("lease").is_err());
        assert!(reader.open("a").unwrap().write_at(0, b"x").is_err());
    }
}
