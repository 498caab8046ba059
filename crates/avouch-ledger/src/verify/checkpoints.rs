//! The published checkpoints, read one after another.

use crate::log::{CHECKPOINTS, SEPARATOR};
use crate::note::{Checkpoint, Note};
use crate::storage::{Storage, StoredFile};
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;

/// LIMIT: bytes of one note.
const NOTE_BYTES_MAX: usize = 16 * 1024;

/// LIMIT: signatures of one note.
const SIGNATURES_MAX: usize = 16;

/// Bytes that are read at once.
const WINDOW_BYTES: usize = 64 * 1024;

/// One published checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) note: Note,
    pub(super) checkpoint: Checkpoint,
    /// Where it begins in the file.
    pub(super) offset: u64,
}

/// Goes over the published checkpoints in their order, until told to stop. Signatures are not
/// checked. What is torn or malformed ends it.
pub fn each_published(
    storage: &dyn Storage,
    mut each: impl FnMut(Note, Checkpoint) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut stream = Stream::open(storage)?;
    loop {
        match stream.next() {
            Ok(published) => {
                if each(published.note, published.checkpoint).is_break() {
                    return Ok(());
                }
            }
            Err(End::Io(error)) => return Err(error),
            Err(_) => return Ok(()),
        }
    }
}

/// Why there is no further checkpoint.
#[derive(Debug)]
pub(super) enum End {
    /// The file ends.
    Over,
    /// It ends within a note.
    Torn(u64),
    /// A note is not a checkpoint of the form that is asked for.
    Malformed(u64),
    /// It cannot be read.
    Io(io::Error),
}

/// Reads the file from its beginning.
#[derive(Debug)]
pub(super) struct Stream {
    file: Option<Box<dyn StoredFile>>,
    buffer: Vec<u8>,
    at: u64,
    ended: bool,
}

impl Stream {
    pub(super) fn open(storage: &dyn Storage) -> io::Result<Self> {
        let file = match storage.open(CHECKPOINTS) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(Self { file, buffer: Vec::new(), at: 0, ended: false })
    }

    /// Reads on until a whole note and the beginning of the next is there, or the end.
    fn fill(&mut self) -> io::Result<()> {
        let Some(file) = &self.file else {
            self.ended = true;
            return Ok(());
        };
        while !self.ended
            && self.buffer.len() <= NOTE_BYTES_MAX + 1
            && !self.buffer.iter().skip(1).any(|byte| *byte == SEPARATOR)
        {
            let begin = self.buffer.len();
            self.buffer.resize(begin + WINDOW_BYTES, 0);
            let rest = self.buffer.get_mut(begin..).unwrap_or_default();
            let read = file.read_at(self.at + begin as u64, rest)?;
            self.buffer.truncate(begin + read);
            self.ended = read == 0;
        }
        Ok(())
    }

    /// The next checkpoint.
    pub(super) fn next(&mut self) -> Result<Published, End> {
        self.fill().map_err(End::Io)?;
        let offset = self.at;
        let Some((first, rest)) = self.buffer.split_first() else { return Err(End::Over) };
        if *first != SEPARATOR {
            return Err(End::Malformed(offset));
        }
        let length = rest.iter().position(|byte| *byte == SEPARATOR);
        let bytes = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
        let last = length.is_none();
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(End::Malformed(offset));
        }
        let read = Note::parse(bytes).ok();
        let torn = last && read.is_none() && bytes.last() != Some(&b'\n');
        let plain = |note: Note| {
            let checkpoint = Checkpoint::parse(&note.text).ok()?;
            let fits = !checkpoint.extended && note.signatures.len() <= SIGNATURES_MAX;
            let twice = note.signatures.iter().enumerate().any(|(place, one)| {
                let same =
                    |other: &crate::note::Signature| other.id == one.id && other.name == one.name;
                note.signatures.iter().skip(place + 1).any(same)
            });
            (fits && !twice).then_some(Published { note, checkpoint, offset })
        };
        match read.and_then(plain) {
            Some(published) => {
                let used = 1 + bytes.len();
                self.buffer.drain(..used);
                self.at += used as u64;
                Ok(published)
            }
            None if torn => Err(End::Torn(offset)),
            None => Err(End::Malformed(offset)),
        }
    }
}
