//! Files that nobody honest wrote: the verifier and the writer end, and say what is wrong.

use super::*;
use crate::log::tests::{Machine, record};
use crate::storage::Storage;
use crate::storage::simulated::{Random, SimulatedDisk};

/// The files that a stranger may have changed.
const FILES: [&str; 6] = [
    "genesis",
    "checkpoints",
    "checkpoint",
    "keys",
    "seg/0000000000000000",
    "kept/0000000000000000",
];

fn grown() -> Machine {
    let machine = Machine::new(11).born();
    let core = machine.open().unwrap();
    for number in 0..40 {
        core.append("default", &record(&format!("{number}"))).unwrap();
        core.commit().unwrap();
    }
    core.rotate().unwrap();
    core.finish().unwrap();
    let kept = [b"AVLKEPT1".as_slice(), &[0; 100]].concat();
    let file = machine.disk.create(FILES[5]).unwrap();
    crate::storage::write_all_at(file.as_ref(), 0, &kept).unwrap();
    machine
}

/// Does something bad to a file.
fn spoil(bytes: &mut Vec<u8>, random: &Random) {
    let at = random.place(bytes.len() as u64 + 1).min(bytes.len().saturating_sub(1));
    match random.below(7) {
        0 => bytes.truncate(at),
        1 => bytes.extend((0..random.below(300)).map(|number| u8::try_from(number % 256).unwrap())),
        2 => bytes.iter_mut().skip(at).take(8).for_each(|byte| *byte = 0xff),
        3 => bytes.iter_mut().skip(at).take(600).for_each(|byte| *byte = 0),
        4 => bytes.clear(),
        5 => {
            let again = bytes.get(at..).unwrap_or_default().to_vec();
            bytes.extend(again);
        }
        _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.below(8)),
    }
}

fn spoiled(machine: &Machine, seed: u64) -> SimulatedDisk {
    let disk = machine.disk.snapshot(seed);
    let random = Random::new(seed);
    if random.one_in(2) {
        disk.remove(FILES[5]).unwrap();
    }
    for _ in 0..=random.below(3) {
        let path = FILES[random.place(FILES.len() as u64)];
        if disk.open(path).is_ok() {
            disk.tamper(path, |bytes| spoil(bytes, &random));
        }
    }
    disk
}

#[test]
fn whatever_the_files_hold_the_verifier_and_the_writer_come_to_an_end() {
    let machine = grown();
    let mut verdicts = std::collections::BTreeMap::new();
    for seed in 0..600 {
        let disk = spoiled(&machine, seed);
        let mut knowledge = Knowledge::of(Machine::identity().verifier().clone());
        knowledge.secrets = (1..4).map(|period| (period, Secret32::new([7; 32]))).collect();
        *verdicts.entry(verify(&disk, &knowledge).verdict().word()).or_insert(0) += 1;
        let spoiled = Machine { disk, ..Machine::new(seed) };
        let spoiled = Machine { head: machine.head.snapshot(1), ..spoiled };
        // Opened or refused: either is an end.
        let _ = Machine { other: machine.other.snapshot(1), ..spoiled }.open();
    }
    assert!(verdicts.get("tampered").is_some_and(|count| *count > 300), "{verdicts:?}");
}
