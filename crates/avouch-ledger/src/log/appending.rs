//! Appending records: sealed and hashed by the caller, put in order under one short lock.

use super::assembly::{Assembly, PushError};
use super::core::{Core, Stop};
use crate::format::control::Act;
use crate::format::{Day, EntryHeader, Record};
use crate::keys::{KeyFailure, PeriodKeys, RingError, SealError, Secret32, seal_record};
use crate::merkle::leaf_hash;
use crate::storage::{Rng, RngError};
use std::cell::RefCell;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// Why a record was not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The record cannot be sealed.
    #[error("the record cannot be sealed")]
    Seal(#[from] SealError),
    /// There is no such retention class.
    #[error("there is no retention class `{0}` in this ledger")]
    Class(String),
    /// The key of a new day could not be made.
    #[error("the key of a new period could not be made")]
    Ring(#[from] RingError),
    /// The library failed.
    #[error("the key of a new period could not be made")]
    Key(#[from] KeyFailure),
    /// The machine gave no random bytes.
    #[error("the record cannot be sealed")]
    Rng(#[from] RngError),
    /// The ledger takes nothing any more.
    #[error(transparent)]
    Stopped(#[from] Stop),
    /// A mistake of ours.
    #[error("the record cannot follow what is there")]
    Internal,
}

/// A nonce for a record. What was drawn is mixed with the time and a checksum of the record, so that two
/// copies of one machine that go on from the same memory do not seal two records with one key. To mix
/// takes nothing from chance.
fn nonce(rng: &dyn Rng, time_ms: u64, record: &Record) -> Result<[u8; 24], RngError> {
    let mut nonce = rng.draw_nonce()?;
    let mut checksum = crc32fast::Hasher::new();
    record.terms.iter().for_each(|term| checksum.update(&term.value));
    checksum.update(&record.body);
    let differs = time_ms.to_be_bytes().into_iter().chain(checksum.finalize().to_be_bytes());
    for (byte, other) in nonce.iter_mut().zip(differs) {
        *byte ^= other;
    }
    Ok(nonce)
}

/// How long a caller waits for room before it looks again by itself.
const ROOM_WAIT: Duration = Duration::from_secs(1);

/// What seals the records of one class on one day.
#[derive(Debug)]
pub(crate) struct Sealer {
    period: u32,
    day: Day,
    keys: PeriodKeys,
}

thread_local! {
    /// Where a thread seals its records: the memory is used again.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Core {
    /// Appends a record and gives its index. It is safe only when [`Core::wait`] says so.
    pub(crate) fn append(&self, class: &str, record: &Record) -> Result<u64, AppendError> {
        SCRATCH.with_borrow_mut(|entry| {
            loop {
                match self.try_append(class, record, entry)? {
                    Ok(index) => return Ok(index),
                    Err(PushError::Full) => self.wait_for_room(entry.len())?,
                    Err(PushError::Stale) => (),
                    Err(PushError::Fold(_)) => return Err(AppendError::Internal),
                }
            }
        })
    }

    /// Appends a record if the next block has room.
    pub(crate) fn try_append(
        &self,
        class: &str,
        record: &Record,
        entry: &mut Vec<u8>,
    ) -> Result<Result<u64, PushError>, AppendError> {
        let time_ms = self.parts.clock.now_ms();
        let sealer = match self.sealer(class, time_ms)? {
            Ok(sealer) => sealer,
            Err(error) => return Ok(Err(error)),
        };
        let nonce = nonce(self.parts.rng.as_ref(), time_ms, record)?;
        let place = (sealer.period, time_ms);
        seal_record(entry, &sealer.keys, &self.origin_hash, place, nonce, record)?;
        let leaf = leaf_hash(entry);
        let terms: Vec<[u8; 8]> =
            record.terms.iter().map(|term| sealer.keys.blind(term.field, &term.value)).collect();
        let Ok((header, _)) = EntryHeader::parse(entry) else { return Err(AppendError::Internal) };
        self.goes_on()?;
        let mut assembly = self.assembly();
        if time_ms < *assembly.fold.times().start() && self.clock_went_back(&assembly) {
            // Written down before the record, so that it may be earlier than what is there.
            let act = Act::Clock { from_ms: assembly.fold.latest_ms, to_ms: time_ms };
            if let Err(error) = assembly.push_control(act, None, time_ms) {
                return Ok(Err(error));
            }
        }
        let pushed = assembly.push_record(&header, entry, leaf, &terms);
        // Waking costs a call of the system: only the first of a block has whom to wake.
        let wake = !assembly.batch.is_empty() && std::mem::take(&mut assembly.writer_waits);
        drop(assembly);
        if wake {
            self.work.notify_one();
        }
        if matches!(pushed, Err(PushError::Stale)) {
            self.forget_sealer(class);
        }
        Ok(pushed)
    }

    /// Refuses when the ledger takes nothing any more.
    fn goes_on(&self) -> Result<(), Stop> {
        super::core::lock(&self.durable).stop.clone().map_or(Ok(()), Err)
    }

    /// Whether the clock itself is behind what was written, rather than this record late.
    fn clock_went_back(&self, assembly: &Assembly) -> bool {
        self.parts.clock.now_ms() < *assembly.fold.times().start()
    }

    /// Holds this caller back until an entry of that length has room.
    fn wait_for_room(&self, bytes: usize) -> Result<(), Stop> {
        // Room may have come since it was found missing, and nobody would ring for it again.
        let full =
            |assembly: &mut Assembly| !assembly.has_room(bytes) && self.durable().stop.is_none();
        let waited = self.room.wait_timeout_while(self.assembly(), ROOM_WAIT, full);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        self.goes_on()
    }

    fn forget_sealer(&self, class: &str) {
        self.sealers.write().unwrap_or_else(PoisonError::into_inner).remove(class);
    }

    /// Forgets the keys of periods that are gone.
    pub(crate) fn forget_sealers(&self, periods: &[u32]) {
        let mut known = self.sealers.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, sealer| !periods.contains(&sealer.period));
    }

    fn sealer(
        &self,
        class: &str,
        time_ms: u64,
    ) -> Result<Result<Arc<Sealer>, PushError>, AppendError> {
        let day = Day::of_ms(time_ms);
        let known = self.sealers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(sealer) = known.get(class).filter(|sealer| sealer.day == day) {
            return Ok(Ok(sealer.clone()));
        }
        drop(known);
        self.open_period(class, day, time_ms)
    }

    pub(crate) fn has_class(&self, class: &str) -> bool {
        self.assembly().fold.policy.retention_s.contains_key(class)
    }

    /// Finds the open period of a class and a day, or begins it. Its key is safe before the first
    /// entry that needs it.
    fn open_period(
        &self,
        class: &str,
        day: Day,
        time_ms: u64,
    ) -> Result<Result<Arc<Sealer>, PushError>, AppendError> {
        let mut ring = super::core::lock(&self.ring);
        let mut assembly = self.assembly();
        if !assembly.fold.policy.retention_s.contains_key(class) {
            return Err(AppendError::Class(class.to_owned()));
        }
        let kek = &*self.kek();
        let (period, secret) = if let Some(period) = assembly.fold.period_of(class, day) {
            (period, ring.secret(period, kek)?)
        } else {
            let secret = Secret32::random(self.parts.rng.as_ref())?;
            let commitment = PeriodKeys::commitment(&self.origin_hash, &secret)?;
            let period = assembly.fold.periods_ever + 1;
            ring.add(period, (&secret, commitment), kek, self.parts.rng.as_ref())?;
            ring.store(self.parts.log.as_ref())?;
            let act = Act::PeriodOpen { period, class: class.to_owned(), day, commitment };
            if let Err(error) = assembly.push_control(act, None, time_ms) {
                return Ok(Err(error));
            }
            (period, secret)
        };
        let keys = PeriodKeys::new(&self.origin_hash, &secret)?;
        let sealer = Arc::new(Sealer { period, day, keys });
        let mut known = self.sealers.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(class.to_owned(), sealer.clone());
        Ok(Ok(sealer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::{Machine, record};
    use std::sync::mpsc;

    #[test]
    fn a_nonce_that_was_drawn_twice_is_used_once() {
        /// A machine whose memory was copied gives the same again.
        #[derive(Debug)]
        struct Copied;
        impl Rng for Copied {
            fn fill(&self, bytes: &mut [u8]) -> Result<(), RngError> {
                bytes.fill(9);
                Ok(())
            }
        }
        let (one, two) = (record("one"), record("two"));
        let drawn = |time_ms, record| nonce(&Copied, time_ms, record).unwrap();
        assert_ne!(drawn(1, &one), drawn(2, &one));
        assert_ne!(drawn(1, &one), drawn(1, &two));
    }

    #[test]
    fn room_that_came_meanwhile_holds_nobody_back() {
        let core = Arc::new(Machine::new(1).born().open().unwrap());
        let (done, told) = mpsc::channel();
        std::thread::spawn(move || {
            // The block was full when it was tried, and was taken before this waits.
            done.send(core.wait_for_room(500).is_ok())
        });
        assert_eq!(told.recv_timeout(ROOM_WAIT / 2), Ok(true));
    }
}
