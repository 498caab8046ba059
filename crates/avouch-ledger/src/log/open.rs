//! Opening a ledger to write to it.

use super::administer::AdministerError;
use super::anew::Anew;
use super::assembly::{Assembly, PushError};
use super::core::{Core, Output};
use super::erase::EraseError;
use super::head::HeadStore;
use super::private::{self, PrivateError};
use super::publish::{PublishError, Publisher};
use super::purge::PurgeError;
use super::recover::{Published, RecoverError, Recovered, go_on, recover};
use super::state::State;
use super::writer::{WriteError, Writer};
use crate::format::control::Act;
use crate::format::{Genesis, GenesisError};
use crate::keys::{Custody, CustodyError, Kek, Keks, KeyRing, PeriodKeys, RingError, Secret32};
use crate::merkle::Range;
use crate::note::{Checkpoint, KeyError, Note, NoteError, Signer, VerifierKey};
use crate::storage::{Clock, Lock, Rng, RngError, Storage, read_whole};
use crate::vault::{Vault, VaultError};
use crate::verify::WitnessPolicy;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// The file that says which log it is.
pub(crate) const GENESIS: &str = "genesis";

/// The file whose lock makes a writer the only one.
pub(crate) const LOCK: &str = "lock";

/// LIMIT: bytes of the genesis.
pub(crate) const GENESIS_BYTES_MAX: u64 = 16 * 1024;

/// What a ledger is opened with.
#[derive(Debug)]
pub struct Parts {
    /// The folder of the log, which may be given to an auditor.
    pub log: Arc<dyn Storage>,
    /// The folder of the signing keys.
    pub private: Arc<dyn Storage>,
    /// Where the newest checkpoint is kept besides.
    pub head: Arc<dyn HeadStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Where the key that wraps the others is kept.
    pub custody: Arc<dyn Custody>,
    /// The public key of the log's identity.
    pub identity: VerifierKey,
    /// Whose cosignatures a purge must have before it destroys anything.
    pub quorum: Option<WitnessPolicy>,
}

/// Why a ledger was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Something cannot be read or written.
    #[error("`{what}` cannot be read or written")]
    Io {
        /// What.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// Another writer has it.
    #[error("another process is writing to this ledger")]
    InUse,
    /// There is no ledger.
    #[error("there is no ledger here")]
    Absent,
    /// The genesis is not signed by the identity of the log.
    #[error("the genesis is not one that the log's identity signed")]
    Genesis(#[source] NoteError),
    /// The genesis is not one.
    #[error("the genesis is malformed")]
    GenesisForm(#[from] GenesisError),
    /// What is kept besides is not a checkpoint.
    #[error("what is kept as newest checkpoint is not one")]
    Head,
    /// The log has entries or checkpoints, and nothing was ever kept besides.
    #[error("the log has published checkpoints, but the store of the newest one is empty or older")]
    HeadBehind,
    /// The log was born and its entries are gone.
    #[error("the ledger was begun, but has no entries: it is never begun a second time")]
    Lost,
    /// What is on the disk cannot be taken up.
    #[error("the ledger cannot be taken up")]
    Recover(#[from] RecoverError),
    /// The keys of periods.
    #[error("the keys of the records are not to be had")]
    Ring(#[from] RingError),
    /// The keys of subjects.
    #[error("the keys of subjects are not to be had")]
    Vault(#[from] VaultError),
    /// A subject that is to be forgotten is known yet.
    #[error("the key of a subject that is to be forgotten could not be destroyed")]
    Erase(#[from] Box<EraseError>),
    /// The uppermost key.
    #[error("the key that wraps the others is not to be had")]
    Custody(#[from] CustodyError),
    /// A purge that was interrupted could not be brought to its end.
    #[error("a purge that was interrupted could not be brought to its end")]
    Purge(#[from] Box<PurgeError>),
    /// The signing keys.
    #[error("the signing key is not to be had")]
    Private(#[from] PrivateError),
    /// A new signing key was asked for with another key than that of the log's identity.
    #[error("the key that was given is not that of the log's identity")]
    Stranger,
    /// A new signing key was not approved, or not written down.
    #[error("no new signing key was begun")]
    Anew(#[from] Box<AdministerError>),
    /// The library refused a key.
    #[error("a key cannot be used")]
    Key(#[from] KeyError),
    /// A checkpoint was not published.
    #[error("a checkpoint could not be published")]
    Publish(#[from] PublishError),
    /// The first entries were not written.
    #[error("the start could not be written down")]
    Write(#[from] WriteError),
    /// The machine gave no random bytes.
    #[error("the start could not be written down")]
    Rng(#[from] RngError),
    /// A record that no round of the index covers cannot be read.
    #[error("the record {0}, which the index does not cover yet, cannot be read")]
    Index(u64),
    /// A mistake of ours.
    #[error("the start could not be written down")]
    Push(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<PushError> for OpenError {
    fn from(error: PushError) -> Self {
        Self::Push(Box::new(error))
    }
}

fn io(what: &'static str) -> impl Fn(io::Error) -> OpenError {
    move |source| match source.kind() {
        io::ErrorKind::NotFound => OpenError::Absent,
        _ => OpenError::Io { what, source },
    }
}

/// Reads the genesis of a log and checks that the log's identity signed it.
pub fn read_genesis(storage: &dyn Storage, identity: &VerifierKey) -> Result<Genesis, OpenError> {
    let bytes = read_whole(storage, GENESIS, GENESIS_BYTES_MAX).map_err(io(GENESIS))?;
    let note = Note::parse(&bytes).map_err(OpenError::Genesis)?;
    note.verify(identity).map_err(OpenError::Genesis)?;
    Ok(Genesis::parse(&note.text)?)
}

fn take_lock(storage: &dyn Storage) -> Result<Box<dyn Lock>, OpenError> {
    storage.lock(LOCK).map_err(io(LOCK))?.ok_or(OpenError::InUse)
}

/// What was published last, from the place that only goes forward.
fn published(head: &dyn HeadStore) -> Result<Published, OpenError> {
    let bytes = head.load().map_err(|source| OpenError::Io { what: "head", source })?;
    let Some(bytes) = bytes else { return Ok(None) };
    let note = Note::parse(&bytes).map_err(|_| OpenError::Head)?;
    let checkpoint = Checkpoint::parse(&note.text).map_err(|_| OpenError::Head)?;
    Ok(Some((checkpoint.size, checkpoint.root)))
}

impl Parts {
    /// Opens the ledger: reads it, mends what a crash may leave, and writes down that it starts.
    pub(crate) fn open(self) -> Result<Core, OpenError> {
        self.open_with(None)
    }

    /// The same, with the signing key of the log or with a new one.
    pub(super) fn open_with(self, anew: Option<Anew<'_>>) -> Result<Core, OpenError> {
        let genesis = read_genesis(self.log.as_ref(), &self.identity)?;
        let lock = take_lock(self.log.as_ref())?;
        // Names that a failed flush left unsafe are made safe before anything is built on them.
        let sync = |storage: &dyn Storage| storage.sync_folder("");
        sync(self.log.as_ref()).and_then(|()| sync(self.private.as_ref())).map_err(io("log"))?;
        let known = published(self.head.as_ref())?;
        let keks = self.custody.load();
        let state = keks.as_ref().ok().and_then(|keks| State::load(&self, &genesis, keks, known));
        let gone_on = state.and_then(|state| {
            let put_away = state.fold.size;
            let found = go_on(self.log.as_ref(), &genesis, known, state)?;
            #[cfg(test)]
            super::state::agrees(&found, recover(self.log.as_ref(), &genesis, known));
            Some((found, put_away))
        });
        let (found, put_away) = match gone_on {
            Some(found) => found,
            None => (recover(self.log.as_ref(), &genesis, known)?, 0),
        };
        if found.fold.size == 0 {
            return Err(OpenError::Lost);
        }
        let keks = keks?;
        let (ring, kek) = self.ring(&genesis, &found, &keks)?;
        let publisher =
            Publisher::open(self.log.clone(), self.head.clone(), genesis.origin.clone())?;
        if publisher.size != known.map(|(size, _)| size) {
            return Err(OpenError::HeadBehind);
        }
        let mut publisher = publisher;
        let seed = anew.map(|_| Secret32::random(self.rng.as_ref())).transpose()?;
        let signer = match &seed {
            None => self.signer(&genesis, &found, &keks, &mut publisher)?,
            Some(seed) => Signer::of_note(genesis.origin.as_str(), seed.danger_bytes())?,
        };
        let core = self.start(genesis, found, (keks, kek, ring, publisher), (signer, lock))?;
        core.output().put_away = put_away;
        core.take_pending()?;
        core.note_cover(&core.output());
        match (anew, seed) {
            (Some(anew), Some(seed)) => core.boot_anew(anew, &seed)?,
            _ => core.boot()?,
        }
        core.take_up_purges()?;
        core.finish_erasures().map_err(Box::new)?;
        core.close_periods()?;
        Ok(core)
    }

    /// The keys of periods, without those of which the log never came to know.
    fn ring(
        &self,
        genesis: &Genesis,
        found: &Recovered,
        keks: &Keks,
    ) -> Result<(KeyRing, Arc<Kek>), OpenError> {
        let mut ring = KeyRing::load(self.log.as_ref())?;
        if *ring.origin() != genesis.origin {
            return Err(RingError::Malformed.into());
        }
        let kek = keks.of(ring.kek()).ok_or_else(|| RingError::OtherKek(ring.kek().clone()))?;
        let ever = found.fold.periods_ever;
        if ring.periods.last_key_value().is_some_and(|(last, _)| *last > ever) {
            ring.periods.retain(|period, _| *period <= ever);
            ring.store(self.log.as_ref())?;
        }
        for (period, open) in &found.fold.open {
            let secret = ring.secret(*period, kek)?;
            let commitment = PeriodKeys::commitment(&found.origin_hash, &secret);
            if commitment.ok() != Some(open.commitment) {
                return Err(RingError::Unwrap(*period).into());
            }
        }
        Ok((ring, kek.clone()))
    }

    /// Puts the parts together.
    pub(crate) fn start(
        self,
        genesis: Genesis,
        found: Recovered,
        (keks, kek, ring, publisher): (Keks, Arc<Kek>, KeyRing, Publisher),
        (signer, lock): (Signer, Box<dyn Lock>),
    ) -> Result<Core, OpenError> {
        let origin_hash = genesis.origin.hash();
        let writer = Writer {
            storage: self.log.clone(),
            rng: self.rng.clone(),
            origin_hash,
            grown: Range::at(found.frontier.size()),
            rows: BTreeMap::new(),
            frontier: found.frontier,
            previous: found.previous,
            segment: found.segment,
            stopped: false,
        };
        let size = found.fold.size;
        let spare = super::assembly::Batch::default();
        let output = Output { writer, publisher, signer, spare, state: None, put_away: 0 };
        let vault = Vault::open(self.private.clone(), &genesis.origin, &keks)?;
        let wrapped = (kek, ring, vault);
        let assembly = Assembly::new(found.fold);
        Ok(Core::new(self, genesis.origin, assembly, (wrapped, output), lock, size))
    }

    /// The key of the present epoch, after those before it are gone. If the writer ended between the entry that began it and the
    /// checkpoint that closes the one before, that checkpoint is made up for.
    pub(super) fn signer(
        &self,
        genesis: &Genesis,
        found: &Recovered,
        keks: &Keks,
        publisher: &mut Publisher,
    ) -> Result<Signer, OpenError> {
        let (name, origin_hash) = (genesis.origin.as_str(), genesis.origin.hash());
        let (fold, epoch) = (&found.fold, found.fold.epoch);
        if let (Some(begun), Some(root)) = (fold.epoch_begun, found.epoch_root)
            && publisher.size.is_none_or(|size| size <= begun)
        {
            let before = found.epoch_key_before.unwrap_or(genesis.epoch_key);
            let place = (name, &origin_hash, epoch.saturating_sub(1));
            let old = private::load(self.private.as_ref(), keks, place, &before)?;
            publisher.publish(begun + 1, root, &old)?;
        }
        let place = (name, &origin_hash, epoch);
        let signer = private::load(self.private.as_ref(), keks, place, &fold.epoch_key)?;
        if let Some(before) = epoch.checked_sub(1) {
            private::erase(self.private.as_ref(), before)?;
        }
        Ok(signer)
    }
}

impl Core {
    /// Writes down that the writer starts.
    pub(crate) fn boot(&self) -> Result<(), OpenError> {
        self.say_boot()?;
        self.commit()?;
        self.publish()?;
        Ok(())
    }

    pub(super) fn say_boot(&self) -> Result<(), OpenError> {
        let mut boot = [0; 16];
        self.parts.rng.fill(&mut boot)?;
        let mut assembly = self.assembly();
        let fold = &assembly.fold;
        let act = Act::Boot {
            boot,
            clean: fold.clean,
            size: fold.size,
            last_ms: fold.last_ms,
            software: concat!("avouch ", env!("CARGO_PKG_VERSION")).to_owned(),
        };
        assembly.push_control(act, None, self.parts.clock.now_ms())?;
        Ok(())
    }
}
