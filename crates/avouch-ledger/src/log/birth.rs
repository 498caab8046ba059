//! The beginning of a ledger.

use super::head::HeadStore;
use super::open::{GENESIS, LOCK, OpenError, Parts};
use super::private::{self, PrivateError};
use super::publish::Publisher;
use super::read::SEGMENTS;
use super::recover::recover;
use crate::format::control::Act;
use crate::format::{Admin, Genesis, Origin, Policy};
use crate::keys::{KeyRing, RingError, Secret32};
use crate::note::{KeyError, Note, Signer};
use crate::storage::{RngError, replace};
use std::io;

/// What a new ledger is made of.
#[derive(Debug)]
pub struct NewLedger {
    /// Its name.
    pub origin: Origin,
    /// Who may approve.
    pub admins: Vec<Admin>,
    /// How many of them must.
    pub approvals: u32,
    /// Its rules.
    pub policy: Policy,
    /// The private key of its identity, which is used here and never again, but to recover.
    pub identity: Secret32,
}

/// Why no ledger was made.
#[derive(Debug, thiserror::Error)]
pub enum BirthError {
    /// There is something already.
    #[error("there is a ledger here already, or there was one")]
    Exists,
    /// The rules are not within the bounds of the format.
    #[error("the rules of the ledger are out of bounds")]
    Policy,
    /// Something could not be written.
    #[error("the ledger could not be written")]
    Io(#[from] io::Error),
    /// A key cannot be used.
    #[error("a key cannot be used")]
    Key(#[from] KeyError),
    /// There is no key to wrap the others with.
    #[error("there is no key to wrap the others with")]
    Kek,
    /// A key could not be put away.
    #[error("a key could not be put away")]
    Private(#[from] PrivateError),
    /// A key could not be put away.
    #[error("a key could not be put away")]
    Ring(#[from] RingError),
    /// The machine gave no random bytes.
    #[error("the keys could not be made")]
    Rng(#[from] RngError),
    /// The first entries were not written.
    #[error("the first entries could not be written")]
    Open(#[from] OpenError),
}

/// Begins a ledger: keys, genesis, the first two entries, the first checkpoint. Refuses where there
/// is anything of a ledger, or where the place of the newest checkpoint knows of one.
pub fn birth(parts: Parts, new: NewLedger) -> Result<super::Ledger, BirthError> {
    let identity = Signer::of_note(new.origin.as_str(), new.identity.danger_bytes())?;
    let counted = (1..=new.admins.len()).contains(&(new.approvals as usize));
    if !new.policy.is_sound() || !counted || *identity.verifier() != parts.identity {
        return Err(BirthError::Policy);
    }
    let log = parts.log.as_ref();
    if head_is_known(parts.head.as_ref())? || !log.list("")?.is_empty() {
        return Err(BirthError::Exists);
    }
    log.create_folder(SEGMENTS)?;
    parts.private.create_folder("")?;
    let origin_hash = new.origin.hash();
    let seed = Secret32::random(parts.rng.as_ref())?;
    let signer = Signer::of_note(new.origin.as_str(), seed.danger_bytes())?;
    let keks = parts.custody.load().map_err(OpenError::from)?;
    let kek = keks.current.clone().ok_or(BirthError::Kek)?;
    let wraps = (&*kek, parts.rng.as_ref());
    private::store(parts.private.as_ref(), wraps, (&origin_hash, 0), &seed)?;
    let genesis = Genesis {
        origin: new.origin.clone(),
        admins: new.admins,
        approvals: new.approvals,
        created_ms: parts.clock.now_ms(),
        epoch_key: *signer.verifier().public(),
        policy: new.policy,
    };
    let mut ring = KeyRing::new(new.origin, &kek);
    ring.store(log)?;
    let note = Note::sign(genesis.text(), &identity);
    replace(log, GENESIS, note.to_string().as_bytes())?;
    let lock = log.lock(LOCK)?.ok_or(BirthError::Exists)?;
    let found = recover(log, &genesis, None).map_err(OpenError::from)?;
    let publisher = Publisher::open(parts.log.clone(), parts.head.clone(), genesis.origin.clone())
        .map_err(OpenError::from)?;
    let act = Act::Genesis { genesis: genesis.hash() };
    let created_ms = genesis.created_ms;
    let mut publisher = publisher;
    let signer = parts.signer(&genesis, &found, &keks, &mut publisher)?;
    let core = parts.start(genesis, found, (keks, kek, ring, publisher), (signer, lock))?;
    core.assembly().push_control(act, None, created_ms).map_err(OpenError::from)?;
    core.boot()?;
    Ok(super::Ledger::run(core))
}

fn head_is_known(head: &dyn HeadStore) -> io::Result<bool> {
    Ok(head.load()?.is_some())
}
