//! What is done with files in more than one step.

use super::{Storage, StoredFile};
use std::io::{self, ErrorKind};

/// The ending of a file that is not yet in its place. Whoever finds one may remove it.
pub(crate) const PENDING: &str = ".tmp";

/// Fills all of the bytes from a place of a file.
pub fn read_exact_at(file: &dyn StoredFile, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
    let (mut at, mut rest) = (offset, bytes);
    while !rest.is_empty() {
        match file.read_at(at, rest) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                rest = rest.get_mut(count..).ok_or(ErrorKind::InvalidData)?;
                at += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes all of the bytes at a place of a file.
pub fn write_all_at(file: &dyn StoredFile, offset: u64, bytes: &[u8]) -> io::Result<()> {
    let (mut at, mut rest) = (offset, bytes);
    while !rest.is_empty() {
        match file.write_at(at, rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => {
                rest = rest.get(count..).ok_or(ErrorKind::InvalidData)?;
                at += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads a whole file, if it has no more than so many bytes.
pub fn read_whole(storage: &dyn Storage, path: &str, bytes_max: u64) -> io::Result<Vec<u8>> {
    let file = storage.open(path)?;
    let size = file.size()?;
    if size > bytes_max {
        return Err(io::Error::new(
            ErrorKind::FileTooLarge,
            format!("more than {bytes_max} bytes"),
        ));
    }
    let mut bytes = vec![0; usize::try_from(size).map_err(|_| ErrorKind::FileTooLarge)?];
    read_exact_at(file.as_ref(), 0, &mut bytes)?;
    Ok(bytes)
}

/// Puts a file in the place of another, so that at any time one of both is whole.
pub fn replace(storage: &dyn Storage, path: &str, bytes: &[u8]) -> io::Result<()> {
    let pending = format!("{path}{PENDING}");
    match storage.remove(&pending) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => (),
    }
    let file = storage.create(&pending)?;
    write_all_at(file.as_ref(), 0, bytes)?;
    file.sync()?;
    storage.rename(&pending, path)?;
    storage.sync_folder(folder_of(path))
}

/// The folder in which a path stands; empty for the folder of the ledger itself.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
