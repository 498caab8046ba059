//! Where the newest checkpoint is kept besides: a place that only goes forward.
//!
//! A log that was rolled back to an older state, by a restored disk or a copied machine, is found
//! out because this place knows more than the log.

use crate::storage::{Storage, read_whole, replace};
use std::fmt;
use std::io;
use std::sync::Arc;

/// LIMIT: bytes of a checkpoint.
pub(crate) const CHECKPOINT_BYTES_MAX: u64 = 16 * 1024;

/// A place that is changed only by who knows what is in it.
pub trait HeadStore: fmt::Debug + Send + Sync {
    /// What is in it; `None` when nothing ever was.
    fn load(&self) -> io::Result<Option<Vec<u8>>>;

    /// Puts in something new if what is in it is what was expected; whether it did.
    fn swap(&self, expected: Option<&[u8]>, new: &[u8]) -> io::Result<bool>;
}

/// A file in a folder of its own, which should lie on another disk than the log.
#[derive(Clone, Debug)]
pub struct FileHead(Arc<dyn Storage>);

const HEAD: &str = "head";

impl FileHead {
    /// Keeps it in a folder.
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Self(storage)
    }
}

impl HeadStore for FileHead {
    fn load(&self) -> io::Result<Option<Vec<u8>>> {
        self.0.create_folder("")?;
        self.0.sync_folder("")?;
        match read_whole(self.0.as_ref(), HEAD, CHECKPOINT_BYTES_MAX) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn swap(&self, expected: Option<&[u8]>, new: &[u8]) -> io::Result<bool> {
        self.0.create_folder("")?;
        let Some(_lock) = self.0.lock("lock")? else { return Ok(false) };
        if self.load()?.as_deref() != expected {
            return Ok(false);
        }
        replace(self.0.as_ref(), HEAD, new)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::simulated::SimulatedDisk;

    #[test]
    fn only_who_knows_what_is_there_may_change_it() {
        let head = FileHead::new(Arc::new(SimulatedDisk::new(1)));
        assert_eq!(head.load().unwrap(), None);
        assert!(!head.swap(Some(b"a"), b"b").unwrap());
        assert!(head.swap(None, b"a").unwrap());
        assert!(!head.swap(None, b"b").unwrap());
        assert!(head.swap(Some(b"a"), b"b").unwrap());
        assert_eq!(head.load().unwrap().unwrap(), b"b");
    }
}
