//! Objects as files in a folder: a mounted disk, another machine's file system.

use super::objects::{Objects, Stored};
use crate::merkle::Hash;
use crate::storage::{PENDING, Storage, folder_of, read_whole, replace, write_all_at};
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// LIMIT: bytes of an object.
const OBJECT_BYTES_MAX: u64 = 1 << 30;

/// Objects in a folder. Nothing keeps whoever may write there from removing them.
#[derive(Clone, Debug)]
pub struct Folder {
    storage: Arc<dyn Storage>,
    name: String,
}

impl Folder {
    /// Keeps objects in a folder, which is called by a name.
    pub fn new(storage: Arc<dyn Storage>, name: impl Into<String>) -> Self {
        Self { storage, name: name.into() }
    }

    fn read(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        match read_whole(self.storage.as_ref(), key, OBJECT_BYTES_MAX) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn prepare(&self, key: &str) -> io::Result<()> {
        let folder = folder_of(key);
        self.storage.create_folder(folder)?;
        // The names of new folders are safe only when those above them are.
        let mut above = folder;
        loop {
            self.storage.sync_folder(above)?;
            if above.is_empty() {
                return Ok(());
            }
            above = folder_of(above);
        }
    }
}

fn tag(bytes: &[u8]) -> String {
    Hash::of(bytes).to_hex()
}

impl Objects for Folder {
    fn locator(&self, key: &str) -> String {
        format!("{}/{key}", self.name)
    }

    fn get(&self, key: &str) -> io::Result<Option<(Vec<u8>, Stored)>> {
        let found = self.read(key)?;
        Ok(found.map(|bytes| {
            let stored = Stored { tag: tag(&bytes), ..Stored::default() };
            (bytes, stored)
        }))
    }

    fn create(&self, key: &str, bytes: &[u8], _: u64) -> io::Result<bool> {
        self.prepare(key)?;
        let Some(_lock) = self.storage.lock("lock")? else {
            return Err(io::Error::new(ErrorKind::WouldBlock, "another process writes there"));
        };
        if self.read(key)?.is_some() {
            // It may be there only until the power fails.
            self.storage.sync_folder(folder_of(key))?;
            return Ok(false);
        }
        let pending = format!("{key}{PENDING}");
        match self.storage.remove(&pending) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => (),
        }
        let file = self.storage.create(&pending)?;
        write_all_at(file.as_ref(), 0, bytes)?;
        file.sync()?;
        self.storage.rename(&pending, key)?;
        self.storage.sync_folder(folder_of(key))?;
        Ok(true)
    }

    fn swap(&self, key: &str, expected: Option<&str>, bytes: &[u8]) -> io::Result<bool> {
        self.prepare(key)?;
        let Some(_lock) = self.storage.lock("lock")? else { return Ok(false) };
        let found = self.read(key)?.map(|bytes| tag(&bytes));
        if found.as_deref() != expected {
            return Ok(false);
        }
        replace(self.storage.as_ref(), key, bytes)?;
        Ok(true)
    }

    fn retain(&self, _: &str, _: u64) -> io::Result<()> {
        Ok(())
    }
}
