//! Beginning again from an archive alone.
//!
//! Nothing that the archive says is believed: the genesis must be signed by the identity that is
//! known, and whether the rest is what was signed, `verify` tells afterwards.

use super::objects::Objects;
use super::pack::{Pack, PackError};
use super::push::pack_name;
use crate::format::{Genesis, GenesisError};
use crate::log::{CHECKPOINT, CHECKPOINTS, GENESIS, HeadStore, Rebuild, SEPARATOR, WriteError};
use crate::merkle::{Bundle, Hash};
use crate::note::{Checkpoint, Note, NoteError, VerifierKey};
use crate::storage::{Rng, Storage, replace, write_all_at};
use std::io;
use std::sync::Arc;

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A place cannot be read or written.
    #[error("`{what}` cannot be read or written")]
    Io {
        /// Where.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// The folder is not empty, or the place of the newest checkpoint is not.
    #[error("there is something already: a ledger is restored into an empty folder only")]
    Exists,
    /// Something is not in the archive.
    #[error("the archive has no `{0}`")]
    Absent(String),
    /// The genesis is not signed by the identity of the log.
    #[error("the genesis in the archive is not one that the log's identity signed")]
    Genesis(#[from] NoteError),
    /// The genesis is not one.
    #[error("the genesis in the archive is malformed")]
    GenesisForm(#[from] GenesisError),
    /// A pack is damaged.
    #[error("the pack {0} in the archive is damaged")]
    Pack(u64, #[source] PackError),
    /// Another object is not what it should be.
    #[error("`{0}` in the archive is damaged")]
    Malformed(String),
    /// Fewer entries are there than the archive's newest checkpoint speaks of.
    #[error("the archive has {found} entries, and its newest checkpoint speaks of {published}")]
    Short {
        /// Entries that can be restored.
        found: u64,
        /// Entries that were published.
        published: u64,
    },
    /// The entries are not those of the checkpoint.
    #[error("the entries in the archive are not those that were signed")]
    Altered,
    /// The segments could not be written.
    #[error("the entries could not be written")]
    Write(#[from] WriteError),
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Entries.
    pub size: u64,
    /// Full packs that they came from.
    pub packs: u64,
}

struct Source<'a> {
    objects: &'a dyn Objects,
    origin_hash: Hash,
}

fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> RestoreError {
    let what = what.into();
    move |source| RestoreError::Io { what, source }
}

impl Source<'_> {
    fn find(&self, name: &str) -> Result<Option<Vec<u8>>, RestoreError> {
        let key = format!("{}/{name}", self.origin_hash.to_hex());
        let found = self.objects.get(&key).map_err(io(self.objects.locator(&key)))?;
        Ok(found.map(|(bytes, _)| bytes))
    }

    fn get(&self, name: &str) -> Result<Vec<u8>, RestoreError> {
        self.find(name)?.ok_or_else(|| RestoreError::Absent(name.to_owned()))
    }

    /// The published checkpoints that speak of no more than so many entries, and the last of them.
    fn checkpoints(&self, size_max: u64) -> Result<(Vec<u8>, Note), RestoreError> {
        let mut bytes = Vec::new();
        while let Some(part) = self.find(&format!("checkpoints/{:016x}", bytes.len()))? {
            if part.is_empty() {
                break;
            }
            bytes.extend_from_slice(&part);
        }
        let malformed = || RestoreError::Malformed(CHECKPOINTS.to_owned());
        bytes.extend_from_slice(&self.recent(bytes.len() as u64)?);
        let mut whole = Vec::with_capacity(bytes.len());
        let mut last = None;
        for part in bytes.split(|byte| *byte == SEPARATOR).skip(1) {
            // The last one may have been cut off where a part ended.
            let Ok(note) = Note::parse(part) else { break };
            let size = Checkpoint::parse(&note.text).map_err(|_| malformed())?.size;
            if size > size_max {
                break;
            }
            whole.push(SEPARATOR);
            whole.extend_from_slice(part);
            last = Some(note);
        }
        Ok((whole, last.ok_or_else(malformed)?))
    }

    /// What checkpoints there are behind an offset, where no part begins.
    fn recent(&self, offset: u64) -> Result<Vec<u8>, RestoreError> {
        let malformed = || RestoreError::Malformed("recent".to_owned());
        let Some(bytes) = self.find("recent")? else { return Ok(Vec::new()) };
        let (body, digest) = bytes.split_last_chunk::<32>().ok_or_else(malformed)?;
        let (first, rest) = body.split_first_chunk::<8>().ok_or_else(malformed)?;
        if Hash::of(body).0 != *digest {
            return Err(malformed());
        }
        // A part that came later may hold the beginning of it, or all of it.
        let known = offset.checked_sub(u64::from_be_bytes(*first)).ok_or_else(malformed)?;
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        Ok(rest.get(known..).unwrap_or_default().to_vec())
    }

    /// The entries behind the last full pack: where they begin and end, and as a bundle.
    fn tail(&self) -> Result<(u64, u64, Vec<u8>), RestoreError> {
        let malformed = || RestoreError::Malformed("tail".to_owned());
        let Some(bytes) = self.find("tail")? else { return Ok((0, 0, Vec::new())) };
        let (body, digest) = bytes.split_last_chunk::<32>().ok_or_else(malformed)?;
        let (first, rest) = body.split_first_chunk::<8>().ok_or_else(malformed)?;
        let (end, bundle) = rest.split_first_chunk::<8>().ok_or_else(malformed)?;
        if Hash::of(body).0 != *digest {
            return Err(malformed());
        }
        Ok((u64::from_be_bytes(*first), u64::from_be_bytes(*end), bundle.to_vec()))
    }
}

/// Makes a log in an empty folder from what is in an archive. The signing keys are not there: they
/// never leave their folder.
pub fn restore(
    objects: &dyn Objects,
    identity: &VerifierKey,
    (log, store_of_head): (&Arc<dyn Storage>, &dyn HeadStore),
    rng: Arc<dyn Rng>,
) -> Result<Restored, RestoreError> {
    let source = Source { objects, origin_hash: Hash::of(identity.name().as_bytes()) };
    log.create_folder("").map_err(io("log"))?;
    let known = store_of_head.load().map_err(io("head"))?;
    if !log.list("").map_err(io("log"))?.is_empty() {
        return Err(RestoreError::Exists);
    }
    let genesis_bytes = source.get(GENESIS)?;
    let note = Note::parse(&genesis_bytes)?;
    note.verify(identity)?;
    let genesis = Genesis::parse(&note.text)?;
    let published = Note::parse(&source.get("head")?)?;
    let published = Checkpoint::parse(&published.text)
        .map_err(|_| RestoreError::Malformed("head".to_owned()))?;
    let tail = source.tail()?;
    let packs = packs(&source, &genesis)?;
    let available = tail.1.max(packs * genesis.policy.pack_entries);
    let (checkpoints, newest) = source.checkpoints(available)?;
    let checkpoint = Checkpoint::parse(&newest.text)
        .map_err(|_| RestoreError::Malformed(CHECKPOINTS.to_owned()))?;
    if checkpoint.size < published.size {
        let (found, published) = (checkpoint.size, published.size);
        return Err(RestoreError::Short { found, published });
    }
    let head = [&[SEPARATOR], published.to_string().as_bytes(), b"\n"].concat();
    if !checkpoints.windows(head.len()).any(|part| part == head) {
        return Err(RestoreError::Altered);
    }
    let mut rebuild = Rebuild::begin(log.clone(), rng, source.origin_hash).map_err(io("log"))?;
    entries(&source, &genesis, &mut rebuild, (checkpoint.size, &tail))?;
    if rebuild.finish()? != checkpoint.root {
        return Err(RestoreError::Altered);
    }
    let newest = newest.to_string();
    store(log.as_ref(), CHECKPOINTS, &checkpoints).map_err(io(CHECKPOINTS))?;
    replace(log.as_ref(), CHECKPOINT, newest.as_bytes()).map_err(io(CHECKPOINT))?;
    replace(log.as_ref(), "keys", &source.get("keys")?).map_err(io("keys"))?;
    // Last of all: without it, there is no ledger here.
    replace(log.as_ref(), GENESIS, &genesis_bytes).map_err(io(GENESIS))?;
    if known.as_deref() != Some(newest.as_bytes())
        && !store_of_head.swap(known.as_deref(), newest.as_bytes()).map_err(io("head"))?
    {
        return Err(RestoreError::Exists);
    }
    Ok(Restored { size: checkpoint.size, packs })
}

/// How many packs follow each other from the first one on.
fn packs(source: &Source<'_>, genesis: &Genesis) -> Result<u64, RestoreError> {
    let mut packs = 0;
    let (first, ..) = source.tail()?;
    // Those before the tail must be there; whether there are more, only asking shows.
    while packs < first / genesis.policy.pack_entries || source.find(&pack_name(packs))?.is_some() {
        packs += 1;
    }
    Ok(packs)
}

fn entries(
    source: &Source<'_>,
    genesis: &Genesis,
    rebuild: &mut Rebuild,
    (size, tail): (u64, &(u64, u64, Vec<u8>)),
) -> Result<(), RestoreError> {
    let count = genesis.policy.pack_entries;
    let (first, _, bundle) = tail;
    for pack in 0..size.div_ceil(count) {
        let begin = pack * count;
        let is_tail = begin >= *first && source.find(&pack_name(pack))?.is_none();
        if is_tail {
            break;
        }
        let bytes = source.get(&pack_name(pack))?;
        let read = Pack::read(&bytes, &source.origin_hash, (pack, count));
        let read = read.map_err(|error| RestoreError::Pack(pack, error))?;
        for entry in read.into_iter().take(usize::try_from(size - begin).unwrap_or(usize::MAX)) {
            rebuild.push(entry)?;
        }
    }
    for (index, entry) in (*first..).zip(Bundle::new(bundle)) {
        let malformed = |_| RestoreError::Malformed("tail".to_owned());
        if index >= rebuild.size() && index < size {
            rebuild.push(entry.map_err(malformed)?)?;
        }
    }
    if rebuild.size() == size {
        Ok(())
    } else {
        Err(RestoreError::Short { found: rebuild.size(), published: size })
    }
}

fn store(storage: &dyn Storage, path: &str, bytes: &[u8]) -> io::Result<()> {
    let file = storage.create(path)?;
    write_all_at(file.as_ref(), 0, bytes)?;
    file.sync()?;
    storage.sync_folder("")
}
