//! The signing keys, wrapped by the uppermost key, in a folder that is not the log.

use crate::format::canonical::{from_hex, to_hex};
use crate::keys::{Kek, KekError, Keks, Secret32};
use crate::merkle::Hash;
use crate::note::{KeyError, Signer};
use crate::storage::{Rng, Storage, read_whole, replace};
use std::io;

const PURPOSE: &str = "avouch/epoch/v1";
const FILE_BYTES_MAX: u64 = 4096;

/// Why a signing key is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// The file cannot be read or written.
    #[error("the signing key of epoch {epoch} cannot be read or written")]
    Io {
        /// Which.
        epoch: u32,
        /// Why.
        source: io::Error,
    },
    /// The file was not written by us, or was wrapped by another key.
    #[error(
        "the signing key of epoch {0} cannot be unwrapped: the key that was given is not the one"
    )]
    Unwrap(u32),
    /// It is not the key that the log speaks of.
    #[error("the signing key of epoch {0} is not the one of the log")]
    Other(u32),
    /// It could not be wrapped.
    #[error("the signing key could not be wrapped")]
    Kek(#[from] KekError),
    /// It cannot be used.
    #[error("the signing key cannot be used")]
    Key(#[from] KeyError),
}

fn path(epoch: u32) -> String {
    format!("epoch-{epoch:08x}")
}

/// Puts the key of an epoch away.
pub(crate) fn store(
    storage: &dyn Storage,
    (kek, rng): (&Kek, &dyn Rng),
    (origin_hash, epoch): (&Hash, u32),
    seed: &Secret32,
) -> Result<(), PrivateError> {
    let wrapped = kek.wrap((PURPOSE, origin_hash, epoch), seed, rng)?;
    let text = format!("avouch-epoch-v1 {}\n", to_hex(&wrapped));
    replace(storage, &path(epoch), text.as_bytes())
        .map_err(|source| PrivateError::Io { epoch, source })
}

/// Takes the key of an epoch out, if it is the one that the log speaks of.
pub(crate) fn load(
    storage: &dyn Storage,
    keks: &Keks,
    (name, origin_hash, epoch): (&str, &Hash, u32),
    public: &[u8; 32],
) -> Result<Signer, PrivateError> {
    let seed = unwrap(storage, keks, (origin_hash, epoch))?;
    let signer = Signer::of_note(name, seed.danger_bytes())?;
    if signer.verifier().public() == public { Ok(signer) } else { Err(PrivateError::Other(epoch)) }
}

fn unwrap(
    storage: &dyn Storage,
    keks: &Keks,
    (origin_hash, epoch): (&Hash, u32),
) -> Result<Secret32, PrivateError> {
    let bytes = read_whole(storage, &path(epoch), FILE_BYTES_MAX)
        .map_err(|source| PrivateError::Io { epoch, source })?;
    std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| from_hex(text.strip_prefix("avouch-epoch-v1 ")?.strip_suffix('\n')?))
        .and_then(|wrapped| keks.unwrap((PURPOSE, origin_hash, epoch), &wrapped))
        .ok_or(PrivateError::Unwrap(epoch))
}

/// Wraps the key of an epoch with another key than the one that wraps it now.
pub(crate) fn rewrap(
    storage: &dyn Storage,
    keks: &Keks,
    (new, rng): (&Kek, &dyn Rng),
    place: (&Hash, u32),
) -> Result<(), PrivateError> {
    let seed = unwrap(storage, keks, place)?;
    store(storage, (new, rng), place, &seed)
}

/// Destroys the key of an epoch that is over. No error when it is gone already.
pub(crate) fn erase(storage: &dyn Storage, epoch: u32) -> Result<(), PrivateError> {
    match storage.remove(&path(epoch)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(PrivateError::Io { epoch, source }),
        Ok(()) => storage.sync_folder("").map_err(|source| PrivateError::Io { epoch, source }),
    }
}
