//! Going over a pack with bounded memory, whatever its bytes are.

use super::pack::{BUNDLES_MAX, HEADER_BYTES};
use crate::merkle::{Hash, TILE_WIDTH};
use crate::storage::StoredFile;
use aws_lc_rs::digest::{Context, SHA256};
use std::io::{self, BufReader, ErrorKind, Read};
use std::ops::ControlFlow;

/// Bytes that are read at once.
const WINDOW_BYTES: usize = 256 * 1024;

/// A file, read from a place on.
struct Reading<'a> {
    file: &'a dyn StoredFile,
    at: u64,
}

impl Read for Reading<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(self.at, bytes)?;
        self.at += count as u64;
        Ok(count)
    }
}

fn from(file: &dyn StoredFile, at: u64) -> BufReader<Reading<'_>> {
    BufReader::with_capacity(WINDOW_BYTES, Reading { file, at })
}

/// The hash of all bytes of a pack.
pub(crate) fn digest(file: &dyn StoredFile) -> io::Result<Hash> {
    let (mut context, mut bytes, mut at) = (Context::new(&SHA256), vec![0; WINDOW_BYTES], 0);
    loop {
        match file.read_at(at, &mut bytes) {
            Ok(0) => break,
            Ok(count) => {
                context.update(bytes.get(..count).unwrap_or_default());
                at += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
    Ok(Hash::from_slice(context.finish().as_ref()).unwrap_or_default())
}

/// Goes over the entries of a pack with their places in it, as far as it has the form of one.
pub(crate) fn scan(
    file: &dyn StoredFile,
    mut each: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
) -> io::Result<()> {
    let done = |result: io::Result<()>| match result {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        other => other.map(|()| true),
    };
    let mut header = [0; HEADER_BYTES];
    if !done(from(file, 0).read_exact(&mut header))? {
        return Ok(());
    }
    let count =
        header.get(48..).and_then(<[u8]>::first_chunk).map_or(0, |b| u32::from_be_bytes(*b));
    let bundles = u64::from(count).min(BUNDLES_MAX);
    let mut entries = from(file, HEADER_BYTES as u64 + 8 * (bundles + 1));
    let mut entry = Vec::new();
    for place in 0..TILE_WIDTH * bundles {
        let mut length = [0; 2];
        if !done(entries.read_exact(&mut length))? {
            break;
        }
        entry.resize(u16::from_be_bytes(length).into(), 0);
        if !done(entries.read_exact(&mut entry))? || each(place, &entry).is_break() {
            break;
        }
    }
    Ok(())
}
