//! What a purge takes away, and what it leaves.

use super::core::Core;
use super::tests::{Machine, record};
use super::*;
use crate::format::Day;
use crate::format::canonical::to_hex;
use crate::format::control::Act;
use crate::keys::{KeyRing, PeriodKeys};
use crate::merkle::{Hash, inclusion_proof, leaf_hash, subtree_hash, verify_inclusion};
use crate::search::StoredTree;
use crate::storage::Storage as _;
use crate::storage::simulated::Fault;
use crate::verify::{Knowledge, Verdict, verify};
use crate::view::{View, ViewError};
use std::sync::Arc;

const DAY_MS: u64 = 24 * 3_600_000;

/// A ledger with records of two classes on one day, a day later: the first period is over.
fn aged(seed: u64) -> (Machine, Core) {
    let machine = Machine::new(seed).born();
    let core = machine.open().unwrap();
    for number in 0..30 {
        for class in ["brief", "default"] {
            core.append(class, &record(&format!("{class} {number}"))).unwrap();
        }
        core.commit().unwrap();
    }
    assert!(core.upkeep());
    core.finish().unwrap();
    drop(core);
    machine.clock.pass(DAY_MS);
    let core = machine.open().unwrap();
    assert!(core.upkeep());
    core.commit().unwrap();
    (machine, core)
}

/// The periods that may be purged now.
fn due(machine: &Machine, core: &Core) -> Vec<u32> {
    let now_ms = crate::storage::Clock::now_ms(machine.clock.as_ref());
    let expiring = core.assembly().fold.all_expiring();
    expiring.iter().filter(|period| period.is_due(now_ms)).map(|period| period.period).collect()
}

fn verdict(machine: &Machine) -> Verdict {
    let report = verify(&machine.disk, &Knowledge::of(Machine::identity().verifier().clone()));
    if report.verdict() != Verdict::Intact {
        println!("{:?}", report.findings);
    }
    report.verdict()
}

#[test]
fn after_its_time_the_key_is_gone_and_proofs_of_the_rest_hold() {
    let (machine, core) = aged(1);
    let keys = Machine::approvals();
    assert!(due(&machine, &core).is_empty());
    let early = core.purge(&[1], "over", &keys).unwrap_err();
    assert!(early.to_string().starts_with("period 1 must be kept until 2026-11-"), "{early}");
    machine.clock.pass(10_000);
    assert_eq!(due(&machine, &core), [1]);

    // All that could open the records of the period.
    let ring = KeyRing::load(&machine.disk).unwrap();
    let kek = machine.kek();
    let secret = ring.secret(1, &kek).unwrap();
    let derived = PeriodKeys::new(&core.origin_hash, &secret).unwrap();
    let kek_text = kek.danger_text();
    let kek_digits = kek_text.split_whitespace().nth(3).unwrap();
    let wrapped = to_hex(&ring.periods[&1].bytes);
    let view = || View::open(Arc::new(machine.disk.clone())).unwrap();
    let mut sealed = None;
    view()
        .walk(0, |index, entry| {
            let header = crate::format::EntryHeader::parse(entry).unwrap().0;
            if header.period == 1 && sealed.is_none() {
                sealed = Some((index, entry.to_vec()));
            }
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    let (index, entry) = sealed.unwrap();
    assert_eq!(machine.other.holder_of(kek_digits.as_bytes()).as_deref(), Some("kek"));
    assert_eq!(machine.disk.holder_of(wrapped.as_bytes()).as_deref(), Some("keys"));
    assert!(machine.disk.holder_of(&entry).is_some());
    let term = derived.blind(1, b"bri");
    assert!(machine.disk.holder_of(&term).is_some());

    let purged = core.purge(&[1], "over", &keys).unwrap();
    assert_eq!((purged.kek.version, purged.destroyed.version), (2, 1));
    assert!(purged.receipt.starts_with("best effort"));
    for disk in [&machine.disk, &machine.other, &machine.head] {
        for gone in [
            secret.danger_bytes().as_slice(),
            to_hex(secret.danger_bytes()).as_bytes(),
            kek_digits.as_bytes(),
            wrapped.as_bytes(),
            &entry,
            &term,
        ] {
            assert_eq!(disk.holder_of(gone), None);
        }
    }

    let size = core.finish().unwrap().size;
    drop(core);
    assert_eq!(verdict(&machine), Verdict::Intact);
    let origin_hash = Hash::of(b"log.example/a");
    let mut tree = StoredTree::open(Arc::new(machine.disk.clone()), origin_hash).unwrap();
    let root = subtree_hash(&mut tree, 0, size).unwrap();
    for at in 0..size {
        let proof = inclusion_proof(&mut tree, at, size).unwrap().unwrap();
        match view().entry(at) {
            Ok(entry) => {
                assert_eq!(verify_inclusion(&leaf_hash(&entry), at, size, &proof, &root), Ok(()));
            }
            Err(error) => assert!(matches!(error, ViewError::Gone(_)), "{error}"),
        }
    }
    // What an auditor has of it can still be proven.
    let proof = inclusion_proof(&mut tree, index, size).unwrap().unwrap();
    assert_eq!(verify_inclusion(&leaf_hash(&entry), index, size, &proof, &root), Ok(()));

    let core = machine.open().unwrap();
    core.append("brief", &record("goes on")).unwrap();
    core.finish().unwrap();
    drop(core);
    assert_eq!(verdict(&machine), Verdict::Intact);
}

#[test]
fn a_hold_stops_a_purge_until_it_is_released() {
    let (machine, core) = aged(2);
    machine.clock.pass(10_000);
    let keys = Machine::approvals();
    let day = Day::of_ms(super::tests::NOON);
    let reason = || "case 7".to_owned();
    let act = Act::Hold { class: "brief".to_owned(), from_day: day, to_day: day, reason: reason() };
    let (_, hold) = core.administer(act, &keys).unwrap();
    assert!(due(&machine, &core).is_empty());
    let refused = core.purge(&[1], "over", &keys).unwrap_err();
    assert!(refused.to_string().starts_with("period 1 is under the hold "), "{refused}");
    let said = core.administer(Act::Purge { periods: vec![1], reason: reason() }, &keys);
    assert!(said.is_err());
    assert!(KeyRing::load(&machine.disk).unwrap().periods.contains_key(&1));
    let act = Act::Release { hold: hold.unwrap(), reason: reason() };
    core.administer(act, &keys).unwrap();
    core.purge(&[1], "over", &keys).unwrap();
    core.finish().unwrap();
    drop(core);
    assert_eq!(verdict(&machine), Verdict::Intact);
}

#[test]
fn what_is_open_unknown_or_gone_is_not_purged() {
    let (machine, core) = aged(3);
    machine.clock.pass(10_000);
    let keys = Machine::approvals();
    core.append("brief", &record("today")).unwrap();
    let open = *core.assembly().fold.open.keys().next().unwrap();
    let said = |periods: &[u32]| core.purge(periods, "over", &keys).unwrap_err().to_string();
    assert!(said(&[open]).contains("is open still"));
    assert!(said(&[77]).contains("no period 77"));
    assert_eq!(said(&[]), "no period was named");
    let nobody = core.purge(&[1], "over", &[]).unwrap_err();
    assert!(matches!(nobody, PurgeError::Administer(AdministerError::Approvals { .. })));
    core.purge(&[1, 1], "over", &keys).unwrap();
    assert!(said(&[1]).contains("no period 1, or it was purged"));
}

/// Crash cases 13 and 14: the power goes at each operation of a purge in turn, on each disk.
#[test]
fn a_purge_is_brought_to_its_end_wherever_the_power_went() {
    let keys = Machine::approvals();
    for (victim, seed) in (0..3).flat_map(|victim| (0..2).map(move |seed| (victim, seed))) {
        for operation in 1.. {
            let (machine, core) = aged(seed);
            machine.clock.pass(10_000);
            let old = machine.kek().danger_text();
            let old = old.split_whitespace().nth(3).unwrap();
            let disks = [&machine.disk, &machine.other, &machine.head];
            disks[victim].fail_after(operation, Fault::Crash);
            let done = core.purge(&[1], "over", &keys).is_ok();
            let fold = core.assembly().fold.clone();
            let decided = fold.purges.len() + fold.purged.len();
            drop(core);
            for disk in disks {
                disk.restart();
            }
            let core = machine.open().unwrap();
            assert!(core.unfinished().is_none());
            let purged = core.assembly().fold.purged.contains(&1);
            assert!(purged || (!done && decided <= 1), "{victim} {seed} {operation}");
            if !purged {
                core.purge(&[1], "over", &keys).unwrap();
            }
            core.finish().unwrap();
            drop(core);
            assert_eq!(verdict(&machine), Verdict::Intact, "{victim} {seed} {operation}");
            assert!(!KeyRing::load(&machine.disk).unwrap().periods.contains_key(&1));
            let gone = [old.as_bytes()].iter().all(|old| machine.other.holder_of(old).is_none());
            assert!(gone, "{victim} {seed} {operation}");
            let mut names = machine.other.list("").unwrap();
            names.retain(|name| name != "state");
            assert_eq!(names, ["epoch-00000000", "kek"], "{victim} {seed} {operation}");
            if done {
                break;
            }
        }
    }
}
