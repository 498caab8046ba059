use super::*;
use crate::log::tests::{Machine, record};
use crate::log::{CHECKPOINTS, FileHead, Ledger};
use crate::storage::Storage;
use crate::storage::simulated::{Fault, SimulatedDisk};
use crate::verify::{Knowledge, Verdict, verify};
use std::sync::Arc;

fn archiver(machine: &Machine, objects: &Arc<dyn Objects>) -> Archiver {
    let log: Arc<dyn Storage> = Arc::new(machine.disk.clone());
    let identity = Machine::identity();
    let genesis = crate::log::read_genesis(log.as_ref(), identity.verifier()).unwrap();
    Archiver::new(log, objects.clone(), genesis, true)
}

fn folder(disk: &SimulatedDisk) -> Arc<dyn Objects> {
    Arc::new(Folder::new(Arc::new(disk.clone()), "archive"))
}

/// A ledger with small packs and so many records.
fn grown(seed: u64, count: u32) -> Machine {
    let machine = Machine::new(seed).born_with(256);
    append(&machine, count);
    machine
}

fn append(machine: &Machine, count: u32) {
    let ledger = Ledger::open(machine.parts()).unwrap();
    for number in 0..count {
        ledger.append("default", &record(&format!("{number}"))).unwrap();
    }
    ledger.rotate().unwrap();
    ledger.close().unwrap();
}

/// One run of archiving, as the command does it; whether it came to its end.
fn archive(machine: &Machine, objects: &Arc<dyn Objects>) -> Result<u64, String> {
    archive_with(machine, objects, 0)
}

/// The same, while so many records are appended.
fn archive_with(machine: &Machine, objects: &Arc<dyn Objects>, count: u32) -> Result<u64, String> {
    let archiver = archiver(machine, objects);
    let said = |error: ArchiveError| error.to_string();
    archiver.agree().map_err(said)?;
    let ledger = Ledger::open(machine.parts()).map_err(|error| error.to_string())?;
    let write = |act| ledger.administer(act, &[]).map(|_| ()).map_err(|error| error.to_string());
    let done = archiver.packs(write).map_err(said);
    for number in 0..count {
        ledger.append("default", &record(&format!("meanwhile {number}"))).unwrap();
    }
    ledger.close().map_err(|error| error.to_string())?;
    archiver.rest(done?.1).map_err(said)
}

fn restored(objects: &Arc<dyn Objects>, seed: u64) -> Result<Machine, RestoreError> {
    let fresh = Machine::new(seed);
    let log: Arc<dyn Storage> = Arc::new(fresh.disk.clone());
    let head = FileHead::new(Arc::new(fresh.head.clone()));
    let identity = Machine::identity();
    let rng = fresh.rng.clone();
    restore(objects.as_ref(), identity.verifier(), (&log, &head), rng)?;
    Ok(fresh)
}

fn is_intact(machine: &Machine) -> bool {
    let knowledge = Knowledge::of(Machine::identity().verifier().clone());
    verify(&machine.disk, &knowledge).verdict() == Verdict::Intact
}

#[test]
fn a_node_that_lost_its_disk_goes_on_from_the_archive() {
    for count in [3, 250, 700] {
        let (machine, place) = (grown(1, count), SimulatedDisk::new(77));
        let objects = folder(&place);
        let size = archive(&machine, &objects).unwrap();
        append(&machine, 300);
        let again = archive(&machine, &objects).unwrap();
        assert!(again > size);
        let fresh = restored(&objects, 5).unwrap();
        assert!(is_intact(&fresh));
        let fresh = Machine { other: machine.other.clone(), ..fresh };
        append(&fresh, 5);
        assert!(is_intact(&fresh));
        assert!(archive(&fresh, &objects).unwrap() > again);
        assert_eq!(check(&archiver(&fresh, &objects)).unwrap().1, []);
        // The disk that came back late knows less than the archive.
        assert!(archive(&machine, &objects).unwrap_err().contains("set back"));
    }
}

#[test]
fn packs_that_become_full_meanwhile_are_not_lost() {
    let (machine, place) = (grown(1, 300), SimulatedDisk::new(77));
    let objects = folder(&place);
    let size = archive_with(&machine, &objects, 700).unwrap();
    let fresh = restored(&objects, 5).unwrap();
    assert!(is_intact(&fresh) && size > 1000);
    assert!(archive(&machine, &objects).unwrap() > size);
    assert!(is_intact(&restored(&objects, 6).unwrap()));
}

#[test]
fn archiving_may_be_broken_off_anywhere() {
    for fault in [Fault::Crash, Fault::Failed, Fault::FailedButDone, Fault::NoRoom] {
        for after in (1..60).step_by(3) {
            let (machine, place) = (grown(after, 600), SimulatedDisk::new(after + 500));
            let objects = folder(&place);
            place.fail_after(after, fault);
            let first = archive(&machine, &objects);
            place.restart();
            let size = archive(&machine, &objects);
            let size = size.unwrap_or_else(|error| panic!("{fault:?} {after} {first:?}: {error}"));
            let fresh = restored(&objects, after + 900).unwrap();
            assert!(is_intact(&fresh), "{fault:?} {after}");
            assert_eq!(check(&archiver(&machine, &objects)).unwrap(), (2, vec![]));
            assert!(size > 600);
        }
    }
}

/// Follows a ledger that goes on, in steps; what was put there after each can be restored.
#[test]
fn an_archive_that_follows_is_whole_after_each_step() {
    let (machine, place) = (grown(1, 100), SimulatedDisk::new(77));
    let objects = folder(&place);
    let ledger = Ledger::open(machine.parts()).unwrap();
    let mut follower = Follower::begin(archiver(&machine, &objects)).unwrap();
    let write = |act| ledger.administer(act, &[]).map(|_| ()).map_err(|error| error.to_string());
    let mut appended = 100;
    for (turn, count) in [3, 0, 260, 1, 700, 40].into_iter().enumerate() {
        for number in 0..count {
            let record = record(&format!("{turn} {number}"));
            ledger.wait(ledger.append("default", &record).unwrap()).unwrap();
        }
        ledger.checkpoint().unwrap();
        appended += count;
        let size = follower.step(write).unwrap();
        assert!(size > appended && size <= ledger.durable().size, "{turn}");
        let fresh = restored(&objects, 40 + turn as u64).unwrap();
        assert!(is_intact(&fresh), "{turn}");
    }
    ledger.close().unwrap();
    let size = follower.step(|_| Ok(())).unwrap();
    // The ordinary command goes on where this one ended.
    assert!(archive(&machine, &objects).unwrap() > size);
    assert!(is_intact(&restored(&objects, 90).unwrap()));
}

#[test]
fn following_may_be_broken_off_anywhere_and_goes_on() {
    for fault in [Fault::Crash, Fault::Failed, Fault::FailedButDone, Fault::NoRoom] {
        for after in (1..80).step_by(7) {
            let (machine, place) = (grown(after, 300), SimulatedDisk::new(after + 500));
            let objects = folder(&place);
            let ledger = Ledger::open(machine.parts()).unwrap();
            let write =
                |act| ledger.administer(act, &[]).map(|_| ()).map_err(|error| error.to_string());
            place.fail_after(after, fault);
            let first = Follower::begin(archiver(&machine, &objects))
                .and_then(|mut follower| follower.step(write).map(|_| follower));
            place.restart();
            let begun = || Follower::begin(archiver(&machine, &objects)).unwrap();
            let mut follower = first.unwrap_or_else(|_| begun());
            ledger.wait(ledger.append("default", &record("later")).unwrap()).unwrap();
            ledger.checkpoint().unwrap();
            let size = follower.step(write).unwrap_or_else(|_| begun().step(write).unwrap());
            assert!(size > 300, "{fault:?} {after}");
            assert!(is_intact(&restored(&objects, after + 900).unwrap()), "{fault:?} {after}");
            ledger.close().unwrap();
        }
    }
}

#[test]
fn what_was_changed_in_the_archive_is_not_restored() {
    let (machine, place) = (grown(1, 600), SimulatedDisk::new(77));
    let objects = folder(&place);
    archive(&machine, &objects).unwrap();
    let home = crate::merkle::Hash::of(b"log.example/a").to_hex();
    for name in ["pack/0000000000000001", "tail", "head", "genesis", "checkpoints/0000000000000000"]
    {
        let copy = place.snapshot(3);
        copy.tamper(&format!("{home}/{name}"), |bytes| {
            let place = if name == "head" { 15 } else { bytes.len() / 2 };
            bytes[place] ^= 1;
        });
        let fresh = restored(&folder(&copy), 8);
        assert!(fresh.is_err() || !is_intact(&fresh.unwrap()), "{name}");
        let gone = place.snapshot(3);
        gone.remove(&format!("{home}/{name}")).unwrap();
        let fresh = restored(&folder(&gone), 8);
        assert!(fresh.is_err() || !is_intact(&fresh.unwrap()), "{name}");
    }
    let older = place.snapshot(4);
    older.tamper(&format!("{home}/pack/0000000000000000"), |bytes| bytes.truncate(9));
    let lapses = check(&archiver(&machine, &folder(&older))).unwrap().1;
    assert_eq!(lapses[0].says, "it is not the one last archived");
    older.remove(&format!("{home}/pack/0000000000000001")).unwrap();
    assert_eq!(check(&archiver(&machine, &folder(&older))).unwrap().1.len(), 2);
}

#[test]
fn a_ledger_is_restored_into_an_empty_folder_only() {
    let (machine, place) = (grown(1, 20), SimulatedDisk::new(77));
    let objects = folder(&place);
    archive(&machine, &objects).unwrap();
    let log: Arc<dyn Storage> = Arc::new(machine.disk.clone());
    let head = FileHead::new(Arc::new(machine.head.clone()));
    let (identity, rng) = (Machine::identity(), machine.rng.clone());
    let said = restore(objects.as_ref(), identity.verifier(), (&log, &head), rng);
    assert!(matches!(said, Err(RestoreError::Exists)));
    assert!(machine.disk.open(CHECKPOINTS).is_ok());
}

/// The newest checkpoint among objects: a disk that was set back is refused.
#[test]
fn a_disk_that_was_set_back_is_refused_by_the_place_of_objects() {
    let place = SimulatedDisk::new(77);
    let with_head = |machine: &Machine| {
        let head = ObjectHead::new(folder(&place), &crate::merkle::Hash::of(b"log.example/a"));
        crate::log::Parts { head: Arc::new(head), ..machine.parts() }
    };
    let machine = grown(1, 5);
    let head = ObjectHead::new(folder(&place), &crate::merkle::Hash::of(b"log.example/a"));
    let newest = crate::storage::read_whole(&machine.disk, "checkpoint", 1 << 14).unwrap();
    assert!(crate::log::HeadStore::swap(&head, None, &newest).unwrap());
    let old = machine.disk.snapshot(9);
    let ledger = Ledger::open(with_head(&machine)).unwrap();
    ledger.append("default", &record("one")).unwrap();
    ledger.close().unwrap();
    let back = Machine { disk: old, ..machine };
    assert!(Ledger::open(with_head(&back)).is_err());
}
