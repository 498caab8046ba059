//! Signing and publishing checkpoints.

use super::head::{CHECKPOINT_BYTES_MAX, HeadStore};
use crate::format::Origin;
use crate::merkle::Hash;
use crate::note::{Checkpoint, Note, Signature, Signer};
use crate::storage::{Appended, Storage, StoredFile, read_exact_at, replace};
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// Every published checkpoint.
pub(crate) const CHECKPOINTS: &str = "checkpoints";

/// The last of them.
pub(crate) const CHECKPOINT: &str = "checkpoint";

/// The end of the file as it should be. Readers leave out names with this ending.
const END: &str = "checkpoints.tmp";

/// What stands before each note in the file.
pub(crate) const SEPARATOR: u8 = 0x1e;

/// Why a checkpoint was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A file could not be written.
    #[error("a checkpoint could not be written")]
    Io(#[from] io::Error),
    /// Somebody else published a checkpoint of this log.
    #[error(
        "somebody else has published a checkpoint of this log: two writers, or a copied machine"
    )]
    Overtaken,
}

/// Publishes checkpoints of one log.
#[derive(Debug)]
pub(crate) struct Publisher {
    storage: Arc<dyn Storage>,
    head: Arc<dyn HeadStore>,
    file: Appended,
    origin: Origin,
    known: Option<Vec<u8>>,
    /// The size that was published last.
    pub(crate) size: Option<u64>,
}

impl Publisher {
    /// Takes up where the published checkpoints end; what is torn behind them is cut off.
    pub(crate) fn open(
        storage: Arc<dyn Storage>,
        head: Arc<dyn HeadStore>,
        origin: Origin,
    ) -> Result<Self, PublishError> {
        let mut file = Appended::open(storage.clone(), CHECKPOINTS, END)?;
        let known = head.load()?;
        let (at, last) = last_note(file.file())?;
        file.end_at(at)?;
        let size = last.as_ref().and_then(|last| size_of(last));
        let mut publisher = Self { storage, head, file, origin, known, size };
        // The head is written first: what it knows and the file does not, is published now.
        if let Some(known) = publisher.known.clone().filter(|known| last.as_ref() != Some(known)) {
            publisher.size = size_of(&known);
            publisher.append(&known)?;
        }
        Ok(publisher)
    }

    /// The newest checkpoint.
    pub(crate) fn newest(&self) -> Option<&[u8]> {
        self.known.as_deref()
    }

    /// Signs the state and publishes it: first where it cannot be taken back, then here.
    pub(crate) fn publish(
        &mut self,
        size: u64,
        root: Hash,
        signer: &Signer,
    ) -> Result<Note, PublishError> {
        let origin = self.origin.as_str().to_owned();
        let checkpoint = Checkpoint { origin, size, root, extended: false };
        let note = Note::sign(checkpoint.to_string(), signer);
        let bytes = note.to_string().into_bytes();
        if self.known.as_ref() == Some(&bytes) {
            return Ok(note);
        }
        if !self.head.swap(self.known.as_deref(), &bytes)? {
            return Err(PublishError::Overtaken);
        }
        self.append(&bytes)?;
        self.known = Some(bytes);
        self.size = Some(size);
        Ok(note)
    }

    /// Publishes the newest checkpoint again with cosignatures, in place of older ones by the same
    /// keys; whether it is still the newest.
    pub(crate) fn cosign(
        &mut self,
        text: &str,
        signatures: Vec<Signature>,
    ) -> Result<bool, PublishError> {
        let known = self.known.as_deref().and_then(|known| Note::parse(known).ok());
        let Some(mut note) = known.filter(|note| note.text == text) else { return Ok(false) };
        for signature in signatures {
            let other = |line: &Signature| line.id != signature.id || line.name != signature.name;
            note.signatures.retain(other);
            note.signatures.push(signature);
        }
        let bytes = note.to_string().into_bytes();
        if self.known.as_ref() == Some(&bytes) {
            return Ok(true);
        }
        if !self.head.swap(self.known.as_deref(), &bytes)? {
            return Err(PublishError::Overtaken);
        }
        self.append(&bytes)?;
        self.known = Some(bytes);
        Ok(true)
    }

    /// Appends a note.
    fn append(&mut self, note: &[u8]) -> Result<(), PublishError> {
        self.file.append(&[&[SEPARATOR], note].concat())?;
        replace(self.storage.as_ref(), CHECKPOINT, note)?;
        Ok(())
    }
}

fn size_of(note: &[u8]) -> Option<u64> {
    let note = Note::parse(note).ok()?;
    Checkpoint::parse(&note.text).ok().map(|checkpoint| checkpoint.size)
}

/// Where the last whole note of the file ends, and the note. Only its end is read.
fn last_note(file: &dyn StoredFile) -> io::Result<(u64, Option<Vec<u8>>)> {
    let size = file.size()?;
    let begin = size.saturating_sub(2 * (CHECKPOINT_BYTES_MAX + 1));
    let mut bytes = vec![0; usize::try_from(size - begin).unwrap_or(0)];
    read_exact_at(file, begin, &mut bytes)?;
    let mut end = size;
    let mut parts: Vec<&[u8]> = bytes.split(|byte| *byte == SEPARATOR).collect();
    // The first part is empty, or the end of a note whose beginning was not read.
    while parts.len() > 1 {
        let Some(part) = parts.pop() else { break };
        if Note::parse(part).is_ok() {
            return Ok((end, Some(part.to_vec())));
        }
        end -= 1 + part.len() as u64;
    }
    if begin > 0 {
        return Err(io::Error::new(ErrorKind::InvalidData, "no checkpoint at the end of the file"));
    }
    Ok((0, None))
}

#[cfg(test)]
mod tests {
    use super::super::head::FileHead;
    use super::*;
    use crate::storage::read_whole;
    use crate::storage::simulated::SimulatedDisk;

    fn publisher(disk: &SimulatedDisk, head: &SimulatedDisk) -> Publisher {
        let head = Arc::new(FileHead::new(Arc::new(head.clone())));
        Publisher::open(Arc::new(disk.clone()), head, Origin::parse("a").unwrap()).unwrap()
    }

    #[test]
    fn a_torn_checkpoint_is_cut_off_and_one_that_the_head_knows_is_published() {
        let (disk, head) = (SimulatedDisk::new(1), SimulatedDisk::new(2));
        let signer = Signer::of_note("a", &[1; 32]).unwrap();
        let mut first = publisher(&disk, &head);
        first.publish(1, Hash([1; 32]), &signer).unwrap();
        first.publish(2, Hash([2; 32]), &signer).unwrap();
        let whole = read_whole(&disk, CHECKPOINTS, 4096).unwrap();
        disk.tamper(CHECKPOINTS, |bytes| bytes.truncate(whole.len() - 3));
        let again = publisher(&disk, &head);
        assert_eq!(again.size, Some(2));
        assert_eq!(read_whole(&disk, CHECKPOINTS, 4096).unwrap(), whole);
    }

    #[test]
    fn a_second_writer_is_found_out() {
        let (disk, head) = (SimulatedDisk::new(1), SimulatedDisk::new(2));
        let signer = Signer::of_note("a", &[1; 32]).unwrap();
        let mut one = publisher(&disk, &head);
        let mut two = publisher(&disk.snapshot(3), &head);
        one.publish(1, Hash([1; 32]), &signer).unwrap();
        let said = two.publish(1, Hash([2; 32]), &signer);
        assert!(matches!(said, Err(PublishError::Overtaken)));
    }
}
