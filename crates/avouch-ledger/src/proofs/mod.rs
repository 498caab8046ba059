//! Proofs in one file: that an entry is in a ledger, or that an answer leaves nothing out, checked
//! with nothing but the public key.
//!
//! In scope: `docs/ledger-format.md`, section 16. Out of scope: whether the ledger as a whole is
//! sound; see `verify`. Writing exports is for who can read the ledger; see `search`.

mod chain;
mod exports;
mod lines;

pub use exports::{Exhibit, ExportFault, Missing, ProvenExport, check_export, is_export};

use crate::format::canonical::Value;
use crate::format::control::members::Members;
use crate::format::{ENTRY_HEADER_BYTES, EntryHeader, RECORD, Record};
use crate::keys::{OpenError, Secret32, open_record_with};
use crate::log::CHECKPOINT;
use crate::merkle::{Hash, leaf_hash};
use crate::note::{Checkpoint, Note, NoteError, ProofFile, ProofFileError, VerifierKey};
use crate::search::{Search, StoredTree};
use crate::storage::{Storage, read_whole};
use crate::view::ViewError;
use chain::Chain;
use std::io;
use std::sync::Arc;

/// LIMIT: bytes of a genesis or a checkpoint.
const NOTE_BYTES_MAX: u64 = 16 * 1024;

/// LIMIT: bytes of an entry as hexadecimal, or of a note, within a proof.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// Why no proof was made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// A file cannot be read.
    #[error("`{what}` cannot be read")]
    Io {
        /// Which.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The newest checkpoint is not one.
    #[error("the newest checkpoint is malformed")]
    Checkpoint,
    /// The entry cannot be read.
    #[error("the entry cannot be shown")]
    View(#[from] ViewError),
    /// No checkpoint covers it.
    #[error("the newest checkpoint covers {0} entries only")]
    NotSigned(u64),
}

/// Why a proof proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The file is no proof, or does not lead to the signed root.
    #[error("the file proves nothing")]
    File(#[from] ProofFileError),
    /// What it carries besides is malformed.
    #[error("the file does not carry what a proof of a ledger carries")]
    Extra,
    /// The genesis is not signed by the log's identity.
    #[error("the genesis is not signed by the log's identity")]
    Genesis(#[source] NoteError),
    /// A change of the signing key is not sound.
    #[error("the change of the signing key at entry {0} is not sound")]
    Epoch(u64),
    /// The key of the record does not open it.
    #[error("the key that the proof gives away does not open the record")]
    Open(#[from] OpenError),
}

/// What a proof proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The log.
    pub origin: String,
    /// The entry's place.
    pub index: u64,
    /// Entries that the signed checkpoint covers.
    pub size: u64,
    /// The entry.
    pub entry: Vec<u8>,
    /// The record in it, if the proof gives its key away.
    pub record: Option<Record>,
    /// The log's signing keys so far, each with the size above which it signs.
    pub epochs: Vec<(u64, [u8; 32])>,
}

fn read(storage: &dyn Storage, what: &'static str) -> Result<Vec<u8>, MakeError> {
    read_whole(storage, what, NOTE_BYTES_MAX).map_err(|source| MakeError::Io { what, source })
}

/// Makes the proof of an entry under the newest checkpoint. `key` gives the key of the one record,
/// if it is to be given away.
pub fn make(
    storage: Arc<dyn Storage>,
    index: u64,
    key: impl FnOnce(&EntryHeader) -> Option<Secret32>,
) -> Result<String, MakeError> {
    let genesis = read(storage.as_ref(), "genesis")?;
    let checkpoint = Note::parse(&read(storage.as_ref(), CHECKPOINT)?);
    let checkpoint = checkpoint.map_err(|_| MakeError::Checkpoint)?;
    let size = Checkpoint::parse(&checkpoint.text).map_err(|_| MakeError::Checkpoint)?.size;
    if index >= size {
        return Err(MakeError::NotSigned(size));
    }
    let signed = Checkpoint::parse(&checkpoint.text).map_err(|_| MakeError::Checkpoint)?;
    let origin_hash = Hash::of(signed.origin.as_bytes());
    let mut search = Search::open(storage.clone(), origin_hash, size)?;
    let mut epochs = Vec::new();
    for (at, kind) in search.rotations().into_iter().filter(|(at, _)| at + 1 < size) {
        let entry = search.entries().entry(at)?;
        let payload = entry.get(ENTRY_HEADER_BYTES..).unwrap_or_default();
        epochs.push(Value::object([
            ("index", Value::Number(at)),
            ("kind", Value::Number(kind.into())),
            ("payload", Value::Text(String::from_utf8_lossy(payload).into_owned())),
        ]));
    }
    let wanted = search.entries().entry(index)?;
    let mut tree = StoredTree::open(storage, origin_hash)?;
    let path = tree.inclusion((index, &leaf_hash(&wanted)), (size, &signed.root))?;
    let mut extra = vec![
        ("entry", Value::hex(&wanted)),
        ("epochs", Value::List(epochs)),
        ("genesis", Value::Text(String::from_utf8_lossy(&genesis).into_owned())),
    ];
    let header = EntryHeader::parse(&wanted).ok().map(|(header, _)| header);
    if let Some(key) = header.filter(|header| header.kind == RECORD).and_then(|h| key(&h)) {
        extra.push(("key", Value::hex(key.danger_bytes())));
    }
    let extra = Some(Value::object(extra).encode().into_bytes());
    Ok(ProofFile { extra, index, path, checkpoint }.to_string())
}

/// What a proof carries besides.
struct Extra {
    entry: Vec<u8>,
    epochs: Vec<(u64, u8, String)>,
    genesis: String,
    key: Option<[u8; 32]>,
}

fn extra(bytes: &[u8]) -> Option<Extra> {
    let mut members = Members::of(Value::parse_with_lines(bytes).ok()?)?;
    let epoch = |value| {
        let mut members = Members::of(value)?;
        let index = members.number("index")?;
        let kind = u8::try_from(members.number("kind")?).ok()?;
        let payload = members.text_up_to("payload", TEXT_BYTES_MAX)?;
        members.end()?;
        Some((index, kind, payload))
    };
    let entry = members.text_up_to("entry", TEXT_BYTES_MAX)?;
    let key = if members.has("key") { Some(members.hex("key")?) } else { None };
    let extra = Extra {
        entry: crate::format::canonical::from_hex(&entry)?,
        epochs: members.list("epochs", epoch)?,
        genesis: members.text_up_to("genesis", TEXT_BYTES_MAX)?,
        key,
    };
    members.end()?;
    Some(extra)
}

/// The log of which a text says to be a proof. Nothing is checked.
pub fn origin(text: &str) -> Option<String> {
    let file = ProofFile::parse(text).ok()?;
    Checkpoint::parse(&file.checkpoint.text).ok().map(|checkpoint| checkpoint.origin)
}

/// Checks a proof with the public key of the log's identity. The size comes from the signed
/// checkpoint.
pub fn check(text: &str, identity: &VerifierKey) -> Result<Proven, CheckError> {
    let file = ProofFile::parse(text)?;
    let extra = file.extra.as_deref().and_then(extra).ok_or(CheckError::Extra)?;
    let mut chain = Chain::of(&extra.genesis, identity)?;
    let claimed = Checkpoint::parse(&file.checkpoint.text).map_err(ProofFileError::from)?;
    for (index, kind, payload) in &extra.epochs {
        if index + 1 >= claimed.size {
            return Err(CheckError::Epoch(*index));
        }
        chain.rotate(*index, *kind, payload.as_bytes())?;
    }
    let signer = chain.key_at(claimed.size).ok_or(CheckError::Extra)?;
    let checkpoint = file.verify(&leaf_hash(&extra.entry), &signer)?;
    let record = extra.key.map(|key| opened(&extra.entry, chain.origin_hash(), key)).transpose()?;
    Ok(Proven {
        origin: checkpoint.origin,
        index: file.index,
        size: checkpoint.size,
        entry: extra.entry,
        record,
        epochs: chain.into_epochs(),
    })
}

fn opened(entry: &[u8], origin_hash: &Hash, key: [u8; 32]) -> Result<Record, OpenError> {
    let (header, payload) = EntryHeader::parse(entry).map_err(|_| OpenError::Sealed)?;
    open_record_with(&Secret32::new(key), origin_hash, &header, payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{KeyRing, PeriodKeys, record_key};
    use crate::log::tests::{Machine, record};

    fn grown() -> Machine {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        for number in 0..9 {
            core.append("default", &record(&format!("{number}"))).unwrap();
            core.commit().unwrap();
            core.rotate().unwrap();
        }
        core.finish().unwrap();
        machine
    }

    fn identity() -> VerifierKey {
        Machine::identity().verifier().clone()
    }

    #[test]
    fn each_entry_is_proven_by_a_file_of_its_own() {
        let machine = grown();
        for index in 0..25 {
            let proof = make(Arc::new(machine.disk.clone()), index, |_| None).unwrap();
            let proven = check(&proof, &identity()).unwrap();
            assert_eq!((proven.index, proven.record), (index, None));
        }
        let said = make(Arc::new(machine.disk.clone()), 9999, |_| None);
        assert!(matches!(said, Err(MakeError::NotSigned(_))));
    }

    #[test]
    fn a_key_that_is_given_away_opens_one_record() {
        let machine = grown();
        let ring = KeyRing::load(&machine.disk).unwrap();
        let kek = machine.kek();
        let key = |header: &EntryHeader| {
            let secret = ring.secret(header.period, &kek).ok()?;
            let keys = PeriodKeys::new(&ring.origin().hash(), &secret).ok()?;
            record_key(&keys, header).ok()
        };
        let proof = make(Arc::new(machine.disk.clone()), 6, key).unwrap();
        let record = check(&proof, &identity()).unwrap().record.unwrap();
        assert_eq!(record.body, b"0");
    }

    #[test]
    fn a_proof_that_was_touched_proves_nothing_else() {
        let machine = grown();
        let proof = make(Arc::new(machine.disk.clone()), 7, |_| None).unwrap();
        let proven = check(&proof, &identity()).unwrap();
        let bytes = proof.as_bytes();
        for at in (0..bytes.len()).step_by(7) {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1;
            let Ok(text) = String::from_utf8(changed) else { continue };
            // What is not signed, such as the place of a rotation in its chain, proves nothing more.
            let said = check(&text, &identity());
            assert!(said.is_err() || said.is_ok_and(|other| other == proven), "byte {at}");
        }
        let stranger = crate::note::Signer::of_note("log.example/a", &[3; 32]).unwrap();
        assert!(check(&proof, stranger.verifier()).is_err());
    }
}
