//! The file of API keys on a disk: read by gateways, changed by `avouch key`.
//!
//! It is replaced whole, under a lock, so that a reader sees the old or the new and never half of one.
//! The pepper lies beside it unless it is kept elsewhere, and when keys were used lies in a third file,
//! because it changes often and says nothing that decides.

use crate::own_file::{owners_alone, replace};
use avouch_guard::identify::{BOOK_BYTES_MAX, BookError, KeyBook, PEPPER_BYTES, Pepper};
use avouch_model::fact::key::Key;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a change waits for another one that is under way: the gateway's own take milliseconds, and
/// whoever revokes a key must not have to do it again because of one.
const LOCKED_WITHIN: Duration = Duration::from_secs(2);

/// Why the file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The disk does not do it.
    #[error("cannot use `{path}`")]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not a file of keys.
    #[error("`{path}` cannot be taken for what it should be")]
    Book {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: BookError,
    },
    /// Somebody else changes it now.
    #[error("`{0}` is being changed by somebody else")]
    Locked(PathBuf),
    /// There is no pepper where there are keys.
    #[error("there is no pepper in `{0}`, and the keys are of no use without it")]
    NoPepper(PathBuf),
    /// What is there is no pepper.
    #[error("`{0}` holds no pepper, which is 64 hexadecimal digits")]
    Pepper(PathBuf),
}

/// The place of a file of keys.
#[derive(Clone, Debug)]
pub struct KeyFile(PathBuf);

/// The file while nobody else may change it.
#[derive(Debug)]
pub struct Locked<'a> {
    file: &'a KeyFile,
    // The lock ends with it, also when the process is killed.
    _lock: File,
}

impl KeyFile {
    /// The file at that place, there or not.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Its place.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The place of the pepper when none is named.
    pub fn pepper_path(&self) -> PathBuf {
        self.beside(".pepper")
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = OsString::from(&self.0);
        name.push(ending);
        name.into()
    }

    /// Its bytes; `None` when it is not there.
    pub fn bytes(&self) -> Result<Option<Vec<u8>>, KeyFileError> {
        let unusable = |source| unusable(&self.0, source);
        let file = match File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(error)),
        };
        let mut bytes = Vec::new();
        let most = u64::try_from(BOOK_BYTES_MAX).unwrap_or(u64::MAX);
        file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(unusable)?;
        Ok(Some(bytes))
    }

    /// The book in it; `None` when it is not there.
    pub fn book(&self) -> Result<Option<KeyBook>, KeyFileError> {
        let book = |source| KeyFileError::Book { path: self.0.clone(), source };
        self.bytes()?.map(|bytes| KeyBook::parse(&bytes).map_err(book)).transpose()
    }

    /// The pepper that lies beside it.
    pub fn pepper(&self) -> Result<Pepper, KeyFileError> {
        let path = self.pepper_path();
        match std::fs::read_to_string(&path) {
            Ok(text) => Pepper::parse(&text).ok_or(KeyFileError::Pepper(path)),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(KeyFileError::NoPepper(path)),
            Err(error) => Err(unusable(&path, error)),
        }
    }

    /// Puts a new pepper of random bytes beside it. One that is there is never replaced.
    pub fn make_pepper(&self, random: &[u8; PEPPER_BYTES]) -> Result<Pepper, KeyFileError> {
        let path = self.pepper_path();
        let unusable = |source| unusable(&path, source);
        let text = Pepper::danger_text(random);
        let mut file = owners_alone().create_new(true).open(&path).map_err(unusable)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(unusable)?;
        Ok(Pepper::new(random))
    }

    /// Keeps others from changing it. Waits up to two seconds for whoever changes it now.
    pub fn lock(&self) -> Result<Locked<'_>, KeyFileError> {
        let path = self.beside(".lock");
        let unusable = |source| unusable(&path, source);
        let lock = owners_alone().create(true).truncate(false).open(&path).map_err(unusable)?;
        match within(LOCKED_WITHIN, &lock) {
            Ok(()) => Ok(Locked { file: self, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(KeyFileError::Locked(self.0.clone())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// When keys were used last, by id, in milliseconds since 1970. Nothing when nobody wrote it down:
    /// it decides nothing.
    pub fn uses(&self) -> BTreeMap<String, u64> {
        let bytes = std::fs::read(self.beside(".used")).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Writes down when keys were used, beside what others wrote down.
    pub fn keep_uses(&self, uses: &[(String, u64)]) -> Result<(), KeyFileError> {
        let path = self.beside(".used");
        let mut known = self.uses();
        for (id, at_ms) in uses {
            let known = known.entry(id.clone()).or_default();
            *known = (*known).max(*at_ms);
        }
        let text = serde_json::to_string(&known).unwrap_or_default();
        replace(&path, text.as_bytes()).map_err(|source| unusable(&path, source))
    }
}

impl Locked<'_> {
    /// The book as it is now; `None` when there is none.
    pub fn book(&self) -> Result<Option<KeyBook>, KeyFileError> {
        self.file.book()
    }

    /// Has recorded what was done and is in no ledger yet; how much that is. Whoever writes the ledger
    /// says how many facts, from the first, are safe in it. A crash between the two may have one
    /// recorded twice, and never has one lost.
    pub fn settle(
        &self,
        book: &mut KeyBook,
        now_ms: u64,
        record: impl FnOnce(&[Key]) -> usize,
    ) -> Result<usize, KeyFileError> {
        let facts = book.unrecorded(now_ms);
        if facts.is_empty() {
            return Ok(0);
        }
        let safe = record(&facts).min(facts.len());
        if safe > 0 {
            book.recorded(safe);
            self.put(book)?;
        }
        Ok(safe)
    }

    /// Puts another one in its place, and waits until that is safe.
    pub fn put(&self, book: &KeyBook) -> Result<(), KeyFileError> {
        let path = &self.file.0;
        let text = book.text().map_err(io::Error::from);
        text.and_then(|text| replace(path, text.as_bytes()))
            .map_err(|source| unusable(path, source))
    }
}

fn unusable(path: &Path, source: io::Error) -> KeyFileError {
    KeyFileError::Unusable { path: path.to_owned(), source }
}

/// Locks a file as soon as nobody else has it, and gives up when that takes too long.
#[expect(clippy::disallowed_methods, reason = "never called by a thread that serves")]
fn within(time: Duration, lock: &File) -> Result<(), TryLockError> {
    let end = Instant::now() + time;
    loop {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) if Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(5));
            }
            ended => return ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch() -> (tempfile::TempDir, KeyFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::new(folder.path().join("keys.json"));
        (folder, file)
    }

    #[test]
    fn a_book_is_put_and_read_and_its_owners_alone() {
        let (_folder, file) = scratch();
        assert!(file.book().unwrap().is_none());
        assert!(matches!(file.pepper(), Err(KeyFileError::NoPepper(_))));
        let pepper = file.make_pepper(&[7; PEPPER_BYTES]).unwrap();
        assert_eq!(file.pepper().unwrap().print(), pepper.print());
        assert!(file.make_pepper(&[8; PEPPER_BYTES]).is_err(), "it would make all keys useless");
        let book = KeyBook::new(&pepper);
        // A crash left half a book that everybody can read.
        std::fs::write(file.beside(".new"), "{").unwrap();
        file.lock().unwrap().put(&book).unwrap();
        assert_eq!(file.book().unwrap().unwrap(), book);
        #[cfg(unix)]
        for path in [file.path(), &file.pepper_path()] {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn one_changes_it_at_a_time() {
        let (_folder, file) = scratch();
        let first = file.lock().unwrap();
        assert!(matches!(file.lock(), Err(KeyFileError::Locked(_))));
        drop(first);
        assert!(file.lock().is_ok());
    }

    #[test]
    fn what_several_gateways_saw_of_use_is_put_together() {
        let (_folder, file) = scratch();
        let used = |id: &str, at| (id.to_owned(), at);
        file.keep_uses(&[used("a", 5), used("b", 9)]).unwrap();
        file.keep_uses(&[used("a", 4), used("c", 1)]).unwrap();
        let known: Vec<(String, u64)> = file.uses().into_iter().collect();
        assert_eq!(known, [used("a", 5), used("b", 9), used("c", 1)]);
        std::fs::write(file.beside(".used"), "nonsense").unwrap();
        assert!(file.uses().is_empty());
    }

    #[test]
    fn what_is_no_book_is_not_taken_for_one() {
        let (_folder, file) = scratch();
        std::fs::write(file.path(), "{}").unwrap();
        assert!(matches!(file.book(), Err(KeyFileError::Book { .. })));
        std::fs::write(file.pepper_path(), "hunter2").unwrap();
        assert!(matches!(file.pepper(), Err(KeyFileError::Pepper(_))));
    }
}
