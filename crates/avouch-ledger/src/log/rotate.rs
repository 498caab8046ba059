//! The next signing key.

use super::assembly::PushError;
use super::core::{Core, Stop};
use super::private::{self, PrivateError};
use super::publish::PublishError;
use super::writer::WriteError;
use crate::format::canonical::to_hex;
use crate::format::control::Act;
use crate::keys::Secret32;
use crate::note::{KeyError, Signer};
use crate::storage::RngError;

/// Why the key was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The new key could not be put away, or the old one not destroyed.
    #[error("the new signing key could not be put away")]
    Private(#[from] PrivateError),
    /// The machine gave no random bytes.
    #[error("the new signing key could not be made")]
    Rng(#[from] RngError),
    /// The library refused the key.
    #[error("the new signing key could not be made")]
    Key(#[from] KeyError),
    /// It was not written down.
    #[error("the change could not be written down")]
    Write(#[from] WriteError),
    /// The last checkpoint of the old key was not published.
    #[error("the last checkpoint of the old key could not be published")]
    Publish(#[from] PublishError),
    /// A mistake of ours.
    #[error("the change could not be written down")]
    Internal,
    /// The ledger takes nothing any more.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// What both keys sign, with another first line each.
pub(crate) fn statement(
    header: &str,
    origin: &str,
    (epoch, index): (u32, u64),
    (old, new): (&[u8; 32], &[u8; 32]),
) -> String {
    let (old, new) = (to_hex(old), to_hex(new));
    format!("avouch/{header}/v1\n{origin}\n{epoch}\n{old}\n{new}\n{index}\n")
}

impl Core {
    /// Ends the epoch: a new key signs from here on, and the old one is destroyed. Gives the number
    /// of the new epoch.
    pub(crate) fn rotate(&self) -> Result<u32, RotateError> {
        let mut output = self.output();
        let seed = Secret32::random(self.parts.rng.as_ref())?;
        let new = Signer::of_note(self.origin.as_str(), seed.danger_bytes())?;
        // Nothing may come between: the index is part of what is signed.
        self.commit_with(&mut output)?;
        let mut assembly = self.assembly();
        while !assembly.batch.is_empty() {
            drop(assembly);
            self.commit_with(&mut output)?;
            assembly = self.assembly();
        }
        let now = self.parts.clock.now_ms().max(*assembly.fold.times().start());
        let now = now.min(*assembly.fold.times().end());
        let epoch = assembly.fold.epoch + 1;
        let (index, old) = (assembly.fold.size, assembly.fold.epoch_key);
        let key = *new.verifier().public();
        let sign = |signer: &Signer, header| {
            let text = statement(header, self.origin.as_str(), (epoch, index), (&old, &key));
            signer.sign_raw(text.as_bytes()).try_into().map_err(|_| KeyError::Seed)
        };
        let signature = sign(&output.signer, "rotate")?;
        let possession = sign(&new, "possess")?;
        let kek = self.kek();
        let wraps = (&*kek, self.parts.rng.as_ref());
        private::store(self.parts.private.as_ref(), wraps, (&self.origin_hash, epoch), &seed)?;
        let act = Act::EpochRotate { epoch, key, signature, possession };
        match assembly.push_control(act, None, now) {
            Ok(written) if written == index => (),
            Ok(_) | Err(PushError::Full | PushError::Stale | PushError::Fold(_)) => {
                return Err(RotateError::Internal);
            }
        }
        let mut batch = assembly.take(std::mem::take(&mut output.spare));
        drop(assembly);
        output.writer.write(&mut batch)?;
        output.spare = batch;
        self.became_safe(&output);
        self.publish_with(&mut output)?;
        output.signer = new;
        // The key that signed the state is gone.
        output.put_away = 0;
        private::erase(self.parts.private.as_ref(), epoch - 1)?;
        Ok(epoch)
    }
}
