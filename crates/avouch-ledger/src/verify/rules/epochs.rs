//! Which key signs, and that each change of it is sound.

use crate::format::Genesis;
use crate::format::canonical::to_hex;
use crate::format::control::Act;
use crate::note::VerifierKey;
use crate::verify::code::Code;
use crate::verify::report::Report;

pub(super) struct Epochs {
    epoch: u32,
    key: [u8; 32],
    before: [u8; 32],
    /// The size that the key before must still sign, and whether it did.
    closing: Option<(u64, bool)>,
    identity: [u8; 32],
}

impl Epochs {
    pub(super) fn new(genesis: &Genesis, identity: [u8; 32]) -> Self {
        let key = genesis.epoch_key;
        Self { epoch: 0, key, before: key, closing: None, identity }
    }

    pub(super) fn control(&mut self, report: &mut Report, index: u64, act: &Act, origin: &str) {
        let (rotates, epoch, key, signature, possession) = match act {
            Act::EpochRotate { epoch, key, signature, possession } => {
                (true, *epoch, key, signature, possession)
            }
            Act::EpochRecover { epoch, key, signature, possession } => {
                (false, *epoch, key, signature, possession)
            }
            _ => return,
        };
        let text = |header: &str| {
            let (old, new) = (to_hex(&self.key), to_hex(key));
            format!("avouch/{header}/v1\n{origin}\n{epoch}\n{old}\n{new}\n{index}\n")
        };
        let signed = |by: &[u8; 32], text: String, signature: &[u8; 64]| {
            VerifierKey::of_note("key", *by)
                .is_ok_and(|key| key.has_signed(text.as_bytes(), signature))
        };
        let by = if rotates { self.key } else { self.identity };
        let header = if rotates { "rotate" } else { "recover" };
        let sound = epoch == self.epoch + 1
            && signed(&by, text(header), signature)
            && signed(key, text("possess"), possession);
        if !sound {
            let message = "the change of the signing key is not sound";
            return report.at(Code::EpochRotationInvalid, index, message);
        }
        if rotates {
            self.closing = Some((index + 1, false));
        } else {
            report.note(format!("entry {index}: the signing key was recovered"));
        }
        (self.epoch, self.before, self.key) = (epoch, self.key, *key);
    }

    /// The key that signs from here on.
    pub(super) fn key(&self) -> [u8; 32] {
        self.key
    }

    pub(super) fn key_at(&self, size: u64) -> [u8; 32] {
        match self.closing {
            Some((closing, _)) if size <= closing => self.before,
            _ => self.key,
        }
    }

    pub(super) fn published(&mut self, size: u64) {
        if let Some((closing, done)) = &mut self.closing {
            *done |= *closing == size;
        }
    }

    pub(super) fn behind(&mut self, report: &mut Report, size: u64) {
        if let Some((closing, done)) = self.closing
            && size > closing
        {
            if !done {
                let message = "no checkpoint by the old key ends its epoch";
                report.at(Code::EpochCloseMissing, closing - 1, message);
            }
            self.closing = None;
        }
    }
}
