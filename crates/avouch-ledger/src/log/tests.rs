//! What a ledger must do, on a disk that forgets.

use super::core::Core;
use super::*;
use crate::format::{Admin, Origin, Policy, Record, Term};
use crate::keys::{Custody as _, Kek, KekFile, KeyRing, Secret32};
use crate::note::{Cosigner, Signer};
use crate::storage::Storage;
use crate::storage::simulated::{Random, SimulatedClock, SimulatedDisk};
use crate::verify::WitnessPolicy;
use crate::witness::{LocalWitness, Witness};
use std::sync::Arc;

/// A simulated machine: the log's disk, another one, and a clock.
pub(crate) struct Machine {
    pub(crate) disk: SimulatedDisk,
    pub(crate) other: SimulatedDisk,
    pub(crate) head: SimulatedDisk,
    pub(crate) witness: SimulatedDisk,
    pub(crate) clock: Arc<SimulatedClock>,
    pub(crate) rng: Arc<Random>,
    pub(crate) quorum: Option<WitnessPolicy>,
}

pub(crate) const NOON: u64 = 1_795_608_000_000;

impl Machine {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            disk: SimulatedDisk::new(seed),
            other: SimulatedDisk::new(seed + 1),
            head: SimulatedDisk::new(seed + 2),
            witness: SimulatedDisk::new(seed + 4),
            clock: Arc::new(SimulatedClock::at(NOON)),
            rng: Arc::new(Random::new(seed + 3)),
            quorum: None,
        }
    }

    pub(crate) fn identity() -> Signer {
        Signer::of_note("log.example/a", &[1; 32]).unwrap()
    }

    /// The usual rules, and a class that is kept for five seconds.
    fn policy() -> Policy {
        let mut policy = Policy::default();
        policy.retention_s.insert("brief".to_owned(), 5);
        policy
    }

    /// The key with which the one administrator approves.
    pub(crate) fn approvals() -> [Secret32; 1] {
        [Secret32::new([2; 32])]
    }

    fn custody(&self) -> KekFile {
        KekFile::new(Arc::new(self.other.clone()))
    }

    /// The key that wraps the others now: a change of it may wait for the end of a purge.
    pub(crate) fn kek(&self) -> Arc<Kek> {
        let ring = KeyRing::load(&self.disk).unwrap();
        self.custody().load().unwrap().of(ring.kek()).unwrap().clone()
    }

    pub(crate) fn parts(&self) -> Parts {
        Parts {
            log: Arc::new(self.disk.clone()),
            private: Arc::new(self.other.clone()),
            head: Arc::new(FileHead::new(Arc::new(self.head.clone()))),
            clock: self.clock.clone(),
            rng: self.rng.clone(),
            custody: Arc::new(self.custody()),
            quorum: self.quorum.clone(),
            identity: Self::identity().verifier().clone(),
        }
    }

    pub(crate) fn born(self) -> Self {
        self.born_with(Policy::default().pack_entries)
    }

    /// Begun with packs of so many entries.
    pub(crate) fn born_with(self, pack_entries: u64) -> Self {
        let admin = Signer::of_note("admin", &[2; 32]).unwrap();
        let new = NewLedger {
            origin: Origin::parse("log.example/a").unwrap(),
            admins: vec![Admin { key: *admin.verifier().public(), name: "anna".to_owned() }],
            approvals: 1,
            policy: Policy { pack_entries, ..Self::policy() },
            identity: Secret32::new([1; 32]),
        };
        self.custody().begin(&Kek::new("file", 1, Secret32::new([9; 32])).unwrap()).unwrap();
        birth(self.parts(), new).unwrap().close().unwrap();
        self
    }

    /// The key of its witness.
    pub(crate) fn cosigner() -> Cosigner {
        Cosigner::new("witness.example/w", &[8; 32]).unwrap()
    }

    /// A machine whose witness must have seen a purge before anything is destroyed.
    pub(crate) fn watched(mut self) -> Self {
        let policy = format!("witness w {}\nquorum w\n", Self::cosigner().verifier());
        self.quorum = Some(WitnessPolicy::parse(&policy).unwrap());
        self
    }

    /// Its witness, which knows the log.
    pub(crate) fn seat(&self) -> Seat {
        let storage: Arc<dyn Storage> = Arc::new(self.witness.clone());
        if let Ok(witness) = Witness::open(storage.clone(), Self::cosigner()) {
            let _ = witness.add_log(Self::identity().verifier());
        }
        let (name, seed) = ("witness.example/w", Secret32::new([8; 32]));
        let local = LocalWitness::new(storage, self.clock.clone(), name, seed);
        Seat::new(Self::cosigner().verifier().clone(), Arc::new(local))
    }

    pub(crate) fn open(&self) -> Result<Core, OpenError> {
        self.parts().open()
    }
}

pub(crate) fn record(text: &str) -> Record {
    let term = Term { field: 1, value: text.bytes().take(3).collect() };
    Record::new(1, vec![term], text.as_bytes().to_vec())
}

#[test]
fn a_ledger_is_taken_up_where_it_was_left() {
    let machine = Machine::new(1).born();
    let ledger = Ledger::open(machine.parts()).unwrap();
    let first = ledger.append("default", &record("one")).unwrap();
    let second = ledger.append("default", &record("two")).unwrap();
    ledger.wait(second).unwrap();
    assert_eq!(second, first + 1);
    let summary = ledger.close().unwrap();
    let ledger = Ledger::open(machine.parts()).unwrap();
    assert_eq!(ledger.durable().size, summary.size + 1);
    assert!(matches!(Ledger::open(machine.parts()), Err(OpenError::InUse)));
}

#[test]
fn a_ledger_is_not_begun_twice() {
    let machine = Machine::new(1).born();
    let again = |machine: &Machine| {
        let new = NewLedger {
            origin: Origin::parse("log.example/a").unwrap(),
            admins: vec![Admin { key: [1; 32], name: "a".to_owned() }],
            approvals: 1,
            policy: Policy::default(),
            identity: Secret32::new([1; 32]),
        };
        birth(machine.parts(), new)
    };
    assert!(matches!(again(&machine), Err(BirthError::Exists)));
    let empty = Machine { head: machine.head.clone(), ..Machine::new(2) };
    assert!(matches!(again(&empty), Err(BirthError::Exists)));
    assert!(matches!(empty.open(), Err(OpenError::Absent)));
}

#[test]
fn a_disk_that_was_set_back_is_refused() {
    let machine = Machine::new(1).born();
    let old = machine.disk.snapshot(7);
    let core = machine.open().unwrap();
    core.append("default", &record("one")).unwrap();
    core.commit().unwrap();
    core.finish().unwrap();
    drop(core);
    let back = Machine { disk: old, ..machine };
    let said = back.open();
    assert!(matches!(said, Err(OpenError::Recover(recover::RecoverError::RolledBack { .. }))));
}

#[test]
fn damage_that_no_crash_makes_is_refused() {
    let machine = Machine::new(1).born();
    let core = machine.open().unwrap();
    for number in 0..5 {
        core.append("default", &record(&format!("record {number}"))).unwrap();
        core.commit().unwrap();
    }
    core.finish().unwrap();
    drop(core);
    let path = segment_path(0);
    let size = crate::storage::read_whole(&machine.disk, &path, 1 << 20).unwrap().len();
    for at in (4096..size).step_by(97) {
        let copy = Machine { disk: machine.disk.snapshot(9), ..Machine::new(1) };
        let copy = Machine { other: machine.other.clone(), head: machine.head.clone(), ..copy };
        let mut changed = false;
        copy.disk.tamper(&path, |bytes| {
            changed = bytes[at] != 0;
            bytes[at] ^= 0x10;
        });
        assert!(copy.open().is_err() || !changed, "byte {at}");
    }
}

#[test]
fn a_clock_that_steps_is_written_down() {
    let machine = Machine::new(1).born();
    let core = machine.open().unwrap();
    for now in [NOON + 10_000, NOON - 3_600_000, NOON + 400 * 24 * 3_600_000] {
        machine.clock.set(now);
        core.append("default", &record("one")).unwrap();
        core.commit().unwrap();
    }
    core.finish().unwrap();
    drop(core);
    machine.open().unwrap();
}

#[test]
fn the_index_covers_what_was_appended_and_days_that_are_over_are_closed() {
    let machine = Machine::new(1).born();
    let core = machine.open().unwrap();
    for number in 0..200 {
        core.append("default", &record(&format!("{number}"))).unwrap();
        assert!(number % 50 > 0 || core.upkeep());
        core.commit().unwrap();
    }
    drop(core);
    machine.clock.pass(48 * 3_600_000);
    let core = machine.open().unwrap();
    assert!(core.upkeep());
    core.append("default", &record("another day")).unwrap();
    core.finish().unwrap();
    let fold = core.assembly().fold.clone();
    assert_eq!((fold.closed.len(), fold.open.len()), (1, 1));
    assert_eq!(fold.closed[&1].entries, 200);
    assert!(fold.indexed > 200);
    assert!(machine.disk.list("index").unwrap().len() > 3);
}

#[test]
fn a_new_key_signs_and_the_old_one_is_gone() {
    let machine = Machine::new(1).born();
    let core = machine.open().unwrap();
    assert_eq!(core.rotate().unwrap(), 1);
    assert_eq!(core.rotate().unwrap(), 2);
    core.append("default", &record("one")).unwrap();
    core.finish().unwrap();
    drop(core);
    assert_eq!(machine.other.list("").unwrap(), ["epoch-00000002", "kek"]);
    machine.open().unwrap();
}
