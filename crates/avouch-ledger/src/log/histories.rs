//! Lives of a ledger on a disk that forgets, each following from a seed.
//!
//! Whatever happens: what was acknowledged is there afterwards, nothing is there that was not
//! handed in, and a verifier finds an honest ledger.

use super::core::Core;
use super::tests::{Machine, record};
use crate::format::{EntryHeader, RECORD};
use crate::keys::{KeyRing, PeriodKeys, open_record};
use crate::storage::simulated::{Fault, Random, SimulatedDisk};
use crate::verify::{Knowledge, Verdict, WitnessPolicy, verify};
use crate::view::View;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Histories of the ordinary run.
const FEW: u64 = 2_000;

/// Histories of the long run.
const MANY: u64 = 100_000;

/// What was handed in, and what was acknowledged.
#[derive(Default)]
struct Told {
    submitted: BTreeMap<u64, BTreeSet<String>>,
    acknowledged: BTreeMap<u64, String>,
}

/// How a history treats those who trust it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Disks {
    /// They keep what they flushed.
    Honest,
    /// They may lie once.
    Lying,
}

fn fault(random: &Random, disks: Disks) -> Fault {
    match random.below(if disks == Disks::Lying { 8 } else { 6 }) {
        0..3 => Fault::Crash,
        3 => Fault::Failed,
        4 => Fault::FailedButDone,
        5 => Fault::NoRoom,
        6 => Fault::Lie,
        _ => Fault::Misdirected,
    }
}

/// One start of the writer, until it ends or something fails.
fn live(core: &Core, machine: &Machine, random: &Random, told: &mut Told, life: u64) {
    for step in 0..=random.below(8) {
        machine.clock.pass(random.below(20_000));
        let mut under_way = Vec::new();
        for number in 0..=random.below(6) {
            let text = format!("{life} {step} {number} {}", "x".repeat(random.place(900)));
            let Ok(index) = core.append("default", &record(&text)) else { return };
            told.submitted.entry(index).or_default().insert(text.clone());
            under_way.push((index, text));
        }
        if core.commit().is_err() {
            return;
        }
        told.acknowledged.extend(under_way);
        let done = match random.below(6) {
            0 => core.publish().is_ok() && cosigned(core),
            1 => core.upkeep(),
            2 => core.rotate().is_ok(),
            _ => true,
        };
        if !done {
            return;
        }
    }
    if random.one_in(2) {
        // Whether it ends in good order or not: both are honest.
        let _ = core.finish();
    }
}

/// Asks the witness, which may fail; whether the ledger goes on.
fn cosigned(core: &Core) -> bool {
    core.cosign_round();
    core.durable().stop.is_none()
}

fn disks(machine: &Machine) -> [&SimulatedDisk; 4] {
    [&machine.disk, &machine.other, &machine.head, &machine.witness]
}

/// Lives through a seed; whether the ledger could be taken up in the end and is intact.
fn history(seed: u64, kind: Disks) -> bool {
    let machine = Machine::new(seed).born();
    let random = Random::new(seed ^ 0x5eed);
    let mut told = Told::default();
    if random.one_in(3) {
        machine.disk.write_short();
    }
    for life in 0..=random.below(4) {
        let victim = disks(&machine)[[0, 0, 0, 1, 2, 3][random.place(6)]];
        victim.fail_after(1 + random.below(40), fault(&random, kind));
        if let Ok(core) = machine.open() {
            core.cosigning.seat(vec![machine.seat()]);
            live(&core, &machine, &random, &mut told, life);
        }
        // A disk that failed without the power going is as it is, or loses what was not flushed.
        for disk in disks(&machine) {
            if random.one_in(4) { disk.kill() } else { disk.restart() }
        }
        let hours = if random.one_in(4) { 40 * 3_600_000 } else { 400_000 };
        machine.clock.pass(random.below(hours));
    }
    let Ok(core) = machine.open() else {
        assert!(
            kind == Disks::Lying,
            "seed {seed}: an honest disk is refused: {:?}",
            machine.open()
        );
        return false;
    };
    core.cosigning.seat(vec![machine.seat()]);
    let size = core.finish().unwrap().size;
    core.cosign_round();
    let cosigned = core.cosigning.standings().remove(0).size == Some(size);
    assert!(cosigned || kind == Disks::Lying, "seed {seed}: {:?}", core.cosigning.standings());
    judge(&machine, &told, seed, kind)
}

/// Compares what is there with what was told; whether a verifier finds nothing.
fn judge(machine: &Machine, told: &Told, seed: u64, kind: Disks) -> bool {
    let mut knowledge = Knowledge::of(Machine::identity().verifier().clone());
    let policy = format!("witness w {}\nquorum w\n", Machine::cosigner().verifier());
    knowledge.witnesses = Some(WitnessPolicy::parse(&policy).unwrap());
    let report = verify(&machine.disk, &knowledge);
    let intact = report.verdict() == Verdict::Intact;
    assert!(intact || kind == Disks::Lying, "seed {seed}: {:?}", report.findings);
    let ring = KeyRing::load(&machine.disk).unwrap();
    let kek = machine.parts().kek;
    let origin = ring.origin().hash();
    let mut found = BTreeMap::new();
    let view = View::open(std::sync::Arc::new(machine.disk.clone())).unwrap();
    view.walk(0, |index, entry| {
        let (header, payload) = EntryHeader::parse(entry).unwrap();
        if header.kind == RECORD {
            let secret = ring.secret(header.period, &kek).unwrap();
            let keys = PeriodKeys::new(&origin, &secret).unwrap();
            let record = open_record(&keys, &origin, &header, payload).unwrap();
            found.insert(index, String::from_utf8(record.body).unwrap());
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    for (index, text) in &found {
        let known = told.submitted.get(index).is_some_and(|texts| texts.contains(text));
        assert!(known, "seed {seed}: the record {index} was never handed in");
    }
    if kind == Disks::Honest {
        for (index, text) in &told.acknowledged {
            assert_eq!(found.get(index), Some(text), "seed {seed}: the record {index} is lost");
        }
    }
    intact
}

#[test]
fn nothing_acknowledged_is_lost_in_two_thousand_histories() {
    assert!((0..FEW).all(|seed| history(seed, Disks::Honest)));
}

#[test]
fn a_lying_disk_is_found_out_or_did_no_harm() {
    let refused = (0..FEW / 4).filter(|seed| !history(*seed, Disks::Lying)).count();
    assert!(refused > 0);
}

#[test]
#[ignore = "takes a quarter of an hour; run with `cargo xtask test --long`"]
fn nothing_acknowledged_is_lost_in_a_hundred_thousand_histories() {
    assert!((FEW..FEW + MANY).all(|seed| history(seed, Disks::Honest)));
}
