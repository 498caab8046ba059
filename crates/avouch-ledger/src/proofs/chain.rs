//! The keys that signed a log, out of its genesis and the changes that a proof carries.

use super::CheckError;
use crate::format::Genesis;
use crate::format::control::{Act, Control};
use crate::log::rotation_statement;
use crate::merkle::Hash;
use crate::note::{Note, VerifierKey};

/// The keys of epochs.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    origin: String,
    origin_hash: Hash,
    identity: &'a VerifierKey,
    /// Each key with the size above which it signs.
    epochs: Vec<(u64, [u8; 32])>,
}

impl<'a> Chain<'a> {
    /// Begins with a genesis that the log's identity must have signed.
    pub(super) fn of(genesis: &str, identity: &'a VerifierKey) -> Result<Self, CheckError> {
        let note = Note::parse(genesis.as_bytes()).map_err(CheckError::Genesis)?;
        note.verify(identity).map_err(CheckError::Genesis)?;
        let genesis = Genesis::parse(&note.text).map_err(|_| CheckError::Extra)?;
        Ok(Self {
            origin: genesis.origin.as_str().to_owned(),
            origin_hash: genesis.origin.hash(),
            identity,
            epochs: vec![(0, genesis.epoch_key)],
        })
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn origin_hash(&self) -> &Hash {
        &self.origin_hash
    }

    /// Takes in a change of the key, by its entry.
    pub(super) fn rotate(
        &mut self,
        index: u64,
        kind: u8,
        payload: &[u8],
    ) -> Result<(), CheckError> {
        let number = u32::try_from(self.epochs.len()).unwrap_or(u32::MAX);
        let (begun, old) = self.epochs.last().copied().unwrap_or_default();
        let place = (number, index, kind);
        let next = next_key(payload, &self.origin, place, &old, self.identity);
        let key = next.filter(|_| index >= begun).ok_or(CheckError::Epoch(index))?;
        self.epochs.push((index + 1, key));
        Ok(())
    }

    /// Whether a change of the key at an index was taken in.
    pub(super) fn has(&self, index: u64) -> bool {
        self.epochs.iter().skip(1).any(|(begun, _)| *begun == index + 1)
    }

    /// The key that signs checkpoints of a size.
    pub(super) fn key_at(&self, size: u64) -> Option<VerifierKey> {
        let epoch = self.epochs.iter().rev().find(|(begun, _)| *begun < size || *begun == 0);
        VerifierKey::of_note(&self.origin, epoch?.1).ok()
    }

    /// All keys, each with the size above which it signs.
    pub(super) fn into_epochs(self) -> Vec<(u64, [u8; 32])> {
        self.epochs
    }
}

/// The key that an epoch begins with, if the change to it is sound.
fn next_key(
    payload: &[u8],
    origin: &str,
    (number, index, kind): (u32, u64, u8),
    old: &[u8; 32],
    identity: &VerifierKey,
) -> Option<[u8; 32]> {
    let act = Control::parse(kind, payload).ok()?.act;
    let (header, by, epoch, key, signature, possession) = match act {
        Act::EpochRotate { epoch, key, signature, possession } => {
            ("rotate", *old, epoch, key, signature, possession)
        }
        Act::EpochRecover { epoch, key, signature, possession } => {
            ("recover", *identity.public(), epoch, key, signature, possession)
        }
        _ => return None,
    };
    let signed = |by: [u8; 32], header: &str, signature: &[u8; 64]| {
        let text = rotation_statement(header, origin, (epoch, index), (old, &key));
        VerifierKey::of_note("key", by).is_ok_and(|by| by.has_signed(text.as_bytes(), signature))
    };
    let sound =
        epoch == number && signed(by, header, &signature) && signed(key, "possess", &possession);
    sound.then_some(key)
}
