//! A file that only grows, in pieces smaller than what a disk writes at once.

use super::{Storage, StoredFile, read_exact_at, read_whole, replace, write_all_at};
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// What a disk writes at once, or larger.
const SECTOR_BYTES: u64 = 4096;

/// LIMIT: bytes that are appended at once.
const PIECE_BYTES_MAX: u64 = 64 * 1024;

/// LIMIT: bytes of the end that is put aside: a sector and a piece.
const END_BYTES_MAX: u64 = SECTOR_BYTES + PIECE_BYTES_MAX + 64;

/// A file to append to. A piece shares a sector with those before it, which a loss of power may
/// garble: so the end of the file, as it will be, is put aside first.
#[derive(Debug)]
pub(crate) struct Appended {
    storage: Arc<dyn Storage>,
    file: Box<dyn StoredFile>,
    /// Where the end is put aside.
    copy: String,
    at: u64,
}

impl Appended {
    /// Opens a file, or makes it, and mends its end.
    pub(crate) fn open(storage: Arc<dyn Storage>, path: &str, copy: &str) -> io::Result<Self> {
        let file = match storage.open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let file = storage.create(path)?;
                storage.sync_folder(super::files::folder_of(path))?;
                file
            }
            other => other?,
        };
        mend(storage.as_ref(), copy, file.as_ref())?;
        let at = file.size()?;
        Ok(Self { storage, file, copy: copy.to_owned(), at })
    }

    /// The file, to read it.
    pub(crate) fn file(&self) -> &dyn StoredFile {
        self.file.as_ref()
    }

    /// Cuts off what stands behind a place.
    pub(crate) fn end_at(&mut self, at: u64) -> io::Result<()> {
        if at < self.at {
            self.file.truncate(at)?;
            self.file.sync()?;
            self.at = at;
        }
        Ok(())
    }

    /// Appends a piece and makes it safe.
    pub(crate) fn append(&mut self, piece: &[u8]) -> io::Result<()> {
        if piece.len() as u64 > PIECE_BYTES_MAX {
            return Err(ErrorKind::InvalidInput.into());
        }
        let begin = self.at - self.at % SECTOR_BYTES;
        let mut end = vec![0; usize::try_from(self.at - begin).unwrap_or(0)];
        read_exact_at(self.file.as_ref(), begin, &mut end)?;
        end.extend_from_slice(piece);
        let crc = crc32fast::hash(&end).to_be_bytes();
        let copy = [&begin.to_be_bytes()[..], &crc, &end].concat();
        replace(self.storage.as_ref(), &self.copy, &copy)?;
        write_end(self.file.as_ref(), begin, &end)?;
        self.at = begin + end.len() as u64;
        Ok(())
    }
}

fn write_end(file: &dyn StoredFile, begin: u64, end: &[u8]) -> io::Result<()> {
    write_all_at(file, begin, end)?;
    file.sync()
}

/// Writes the end of the file once more, from what was put aside: it may be torn, or seem to be
/// there although a flush of it failed.
fn mend(storage: &dyn Storage, copy: &str, file: &dyn StoredFile) -> io::Result<()> {
    let copy = match read_whole(storage, copy, END_BYTES_MAX) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let read = || {
        let (begin, rest) = copy.split_first_chunk::<8>()?;
        let (crc, end) = rest.split_first_chunk::<4>()?;
        let whole = crc32fast::hash(end) == u32::from_be_bytes(*crc);
        whole.then(|| (u64::from_be_bytes(*begin), end))
    };
    let (begin, end) = read().ok_or(ErrorKind::InvalidData)?;
    file.truncate(begin + end.len() as u64)?;
    write_end(file, begin, end)
}
