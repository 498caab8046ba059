//! The one door to the disk, to time and to randomness.
//!
//! In scope: what a ledger asks of them, and the real ones. The tests put a simulated disk behind
//! the same door, which loses, tears and garbles what was not flushed. Out of scope: what is
//! written.

mod appended;
mod disk;
mod files;
#[cfg(test)]
pub(crate) mod simulated;
mod surroundings;

pub(crate) use appended::Appended;
pub use disk::Disk;
pub(crate) use files::{PENDING, folder_of};
pub use files::{read_exact_at, read_whole, replace, write_all_at};
pub use surroundings::{Clock, Rng, RngError, SystemClock, SystemRng};

use std::fmt;
use std::io;

/// A folder that a ledger has for itself. Paths are relative to it, with `/` between their parts.
pub trait Storage: fmt::Debug + Send + Sync {
    /// Opens a file that is there.
    fn open(&self, path: &str) -> io::Result<Box<dyn StoredFile>>;

    /// Creates a file that must not be there. Its name is safe only after [`Storage::sync_folder`].
    fn create(&self, path: &str) -> io::Result<Box<dyn StoredFile>>;

    /// The names of the files in a folder, sorted. A folder that is not there has none.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Creates a folder, and those above it; no error when it is there.
    fn create_folder(&self, folder: &str) -> io::Result<()>;

    /// Gives a file another name, in place of the file that has it, if there is one.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &str) -> io::Result<()>;

    /// Makes the names in a folder safe against a loss of power.
    fn sync_folder(&self, folder: &str) -> io::Result<()>;

    /// Takes an exclusive lock on a file, which is made when it is not there. `None` when another
    /// has it. The lock ends with the value, or with the process.
    fn lock(&self, path: &str) -> io::Result<Option<Box<dyn Lock>>>;
}

/// A file of a [`Storage`].
pub trait StoredFile: fmt::Debug + Send + Sync {
    /// Bytes in it.
    fn size(&self) -> io::Result<u64>;

    /// Reads at a place; fewer bytes than asked for are no error, none is the end.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize>;

    /// Writes at a place, maybe less than all; safe only after [`StoredFile::sync`].
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize>;

    /// Cuts the file off after so many bytes; safe only after [`StoredFile::sync`].
    fn truncate(&self, size: u64) -> io::Result<()>;

    /// Makes the content safe against a loss of power. After an error nothing is known about what
    /// was written since the last time, and asking again tells nothing: the file must be given up.
    fn sync(&self) -> io::Result<()>;
}

/// A lock that is held as long as the value lives.
pub trait Lock: fmt::Debug + Send + Sync {}
