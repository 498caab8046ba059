//! Honest ledgers raise no alarm; others do, by name.

use super::*;
use crate::log::Ledger;
use crate::log::tests::{Machine, NOON, record};
use crate::storage::{Storage, read_whole};

fn judge(machine: &Machine) -> Report {
    let knowledge = Knowledge::of(Machine::identity().verifier().clone());
    verify(&machine.disk, &knowledge)
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.code.name()).collect()
}

/// A ledger with a life: several starts, keys, days.
fn grown() -> Machine {
    let machine = Machine::new(5).born();
    for turn in 0..3_u64 {
        machine.clock.pass(3_600_000);
        let ledger = Ledger::open(machine.parts()).unwrap();
        for number in 0..20 {
            let index = ledger.append("default", &record(&format!("{turn} {number}"))).unwrap();
            ledger.wait(index).unwrap();
        }
        ledger.checkpoint().unwrap();
        ledger.rotate().unwrap();
        ledger.append("default", &record("after")).unwrap();
        ledger.close().unwrap();
    }
    machine
}

#[test]
fn an_honest_ledger_is_intact() {
    let report = judge(&grown());
    assert_eq!(report.findings, []);
    assert_eq!(report.verdict(), Verdict::Intact);
    assert_eq!(report.size, report.proven_size);
    assert!(report.size > 60);
}

#[test]
fn an_unfinished_ledger_is_no_tampering() {
    let machine = Machine::new(5).born();
    let core = machine.open().unwrap();
    core.append("default", &record("one")).unwrap();
    core.commit().unwrap();
    let report = judge(&machine);
    assert_eq!(codes(&report), ["uncheckpointed-tail"]);
    assert_eq!(report.verdict(), Verdict::Incomplete);
}

#[test]
fn a_log_that_fell_silent_is_found_when_the_time_is_known() {
    let machine = Machine::new(5).born();
    let core = machine.open().unwrap();
    core.publish().unwrap();
    let mut knowledge = Knowledge::of(Machine::identity().verifier().clone());
    knowledge.now_ms = Some(NOON + 100_000);
    assert_eq!(codes(&verify(&machine.disk, &knowledge)), Vec::<&str>::new());
    knowledge.now_ms = Some(NOON + 200_000);
    assert_eq!(codes(&verify(&machine.disk, &knowledge)), ["stale"]);
}

#[test]
fn every_changed_byte_of_what_was_signed_is_found() {
    let machine = grown();
    let path = "seg/0000000000000000";
    let bytes = read_whole(&machine.disk, path, 1 << 21).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    for at in (0..=used).step_by(61) {
        let copy = machine.disk.snapshot(3);
        copy.tamper(path, |bytes| bytes[at] ^= 4);
        let knowledge = Knowledge::of(Machine::identity().verifier().clone());
        let report = verify(&copy, &knowledge);
        // Behind the last block of a segment there is nothing that could be changed.
        assert_eq!(report.verdict(), Verdict::Tampered, "byte {at}: {:?}", report.findings);
    }
}

#[test]
fn a_log_that_is_shorter_than_what_the_auditor_knows_was_rolled_back() {
    let machine = Machine::new(5).born();
    let old = machine.disk.snapshot(1);
    let ledger = Ledger::open(machine.parts()).unwrap();
    ledger.close().unwrap();
    let newest = read_whole(&machine.disk, "checkpoint", 4096).unwrap();
    let mut knowledge = Knowledge::of(Machine::identity().verifier().clone());
    assert_eq!(verify(&old, &knowledge).verdict(), Verdict::Intact);
    knowledge.earlier.push(Note::parse(&newest).unwrap());
    assert_eq!(codes(&verify(&old, &knowledge)), ["rolled-back"]);
    assert_eq!(verify(&machine.disk, &knowledge).verdict(), Verdict::Intact);
}

/// The secrets of all periods of a ledger.
fn secrets(machine: &Machine) -> BTreeMap<u32, crate::keys::Secret32> {
    let ring = crate::keys::KeyRing::load(&machine.disk).unwrap();
    let kek = machine.kek();
    ring.periods.keys().map(|period| (*period, ring.secret(*period, &kek).unwrap())).collect()
}

#[test]
fn with_the_keys_every_record_is_opened_and_the_index_made_again() {
    let machine = Machine::new(5).born();
    for day in 0..3 {
        let core = machine.open().unwrap();
        for number in 0..100 {
            core.append("default", &record(&format!("{day} {number}"))).unwrap();
        }
        core.commit().unwrap();
        assert!(core.upkeep());
        core.finish().unwrap();
        machine.clock.pass(24 * 3_600_000);
    }
    let mut knowledge = Knowledge::of(Machine::identity().verifier().clone());
    knowledge.secrets = secrets(&machine);
    let report = verify(&machine.disk, &knowledge);
    assert_eq!((report.findings.as_slice(), report.opened), (&[][..], 300));
    knowledge.secrets.insert(2, crate::keys::Secret32::new([7; 32]));
    let report = verify(&machine.disk, &knowledge);
    assert_eq!((codes(&report), report.opened), (vec!["period-key-wrong"], 200));
}

#[test]
fn an_index_that_leaves_something_out_is_found_with_the_keys() {
    let machine = Machine::new(5).born();
    let core = machine.open().unwrap();
    for number in 0..100 {
        core.append("default", &record(&format!("{number}"))).unwrap();
    }
    // Who holds the keys of the writer leaves a posting out before the round is written.
    core.assembly().pending.forget_one();
    core.commit().unwrap();
    assert!(core.upkeep());
    core.finish().unwrap();
    assert_eq!(judge(&machine).findings, []);
    let mut knowledge = Knowledge::of(Machine::identity().verifier().clone());
    knowledge.secrets = secrets(&machine);
    assert_eq!(codes(&verify(&machine.disk, &knowledge)), ["index-mismatch"]);
}

#[test]
fn without_enough_witnesses_a_ledger_is_incomplete() {
    let machine = grown();
    let witness = crate::note::Cosigner::new("w.example", &[6; 32]).unwrap();
    let policy = format!("witness w {}\nquorum w\n", witness.verifier());
    let mut knowledge = Knowledge::of(Machine::identity().verifier().clone());
    knowledge.witnesses = Some(WitnessPolicy::parse(&policy).unwrap());
    assert_eq!(codes(&verify(&machine.disk, &knowledge)), ["quorum-missing"]);
    let cosign = |bytes: &mut Vec<u8>, wrong: bool| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let notes = text.split('\u{1e}').skip(1).map(|note| {
            let note = Note::parse(note.as_bytes()).unwrap();
            let over = if wrong { "another\n" } else { &note.text };
            format!("\u{1e}{note}{}", witness.cosign(over, NOON / 1000))
        });
        *bytes = notes.collect::<Vec<_>>().concat().into_bytes();
    };
    let good = machine.disk.snapshot(1);
    good.tamper("checkpoints", |bytes| cosign(bytes, false));
    let last = read_whole(&good, "checkpoints", 1 << 20).unwrap();
    let last = last.rsplit(|byte| *byte == 0x1e).next().unwrap().to_vec();
    good.tamper("checkpoint", |bytes| *bytes = last);
    let report = verify(&good, &knowledge);
    assert_eq!((codes(&report), report.quorum_size), (vec![], Some(report.size)));
    let bad = machine.disk.snapshot(1);
    bad.tamper("checkpoints", |bytes| cosign(bytes, true));
    assert!(codes(&verify(&bad, &knowledge)).contains(&"cosignature-invalid"));
}

#[test]
fn what_is_missing_is_named() {
    let machine = grown();
    let judge_with = |change: &dyn Fn(&crate::storage::simulated::SimulatedDisk)| {
        let copy = machine.disk.snapshot(3);
        change(&copy);
        let knowledge = Knowledge::of(Machine::identity().verifier().clone());
        codes(&verify(&copy, &knowledge))
    };
    let without = |path: &'static str| judge_with(&|disk| disk.remove(path).unwrap());
    assert_eq!(without("genesis"), ["genesis-missing"]);
    assert_eq!(without("seg/0000000000000000"), ["segment-missing", "entries-missing"]);
    assert_eq!(without("checkpoint"), ["head-stale"]);
    assert_eq!(without("keys"), Vec::<&str>::new());
    let torn = judge_with(&|disk| {
        disk.tamper("checkpoints", |bytes| {
            bytes.truncate(bytes.len() - 5);
        });
    });
    assert_eq!(torn, ["checkpoint-torn", "uncheckpointed-tail", "head-stale"]);
    let stranger = judge_with(&|disk| {
        disk.tamper("genesis", |bytes| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            *bytes = text.replace("anna", "emma").into_bytes();
        });
    });
    assert_eq!(stranger, ["genesis-signature-invalid"]);
}

#[test]
fn a_bit_that_rots_is_found_where_it_matters() {
    for seed in 0..60 {
        let machine = Machine::new(seed).born();
        let ledger = Ledger::open(machine.parts()).unwrap();
        let index = ledger.append("default", &record("one")).unwrap();
        ledger.wait(index).unwrap();
        ledger.close().unwrap();
        let path = "seg/0000000000000000";
        let at = machine.disk.rot(path).unwrap();
        // What lies behind the last block is not part of the log.
        let used = read_whole(&machine.disk, path, 1 << 20).unwrap();
        let used = used.iter().rposition(|byte| byte.count_ones() > 1).unwrap();
        let used = (used + 1).next_multiple_of(4096);
        assert_eq!(judge(&machine).verdict() == Verdict::Tampered, at < used, "byte {at}");
        assert!(machine.open().is_err() || at >= used, "byte {at}");
    }
}

#[test]
fn codes_and_classes_are_those_of_the_document() {
    let document = include_str!("../../../../docs/ledger-format.md");
    for (_, name, class) in Code::ALL {
        let says = |line: &&str| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let codes = cells.next().unwrap_or_default();
            codes.split(", ").any(|code| code == format!("`{name}`"))
                && cells.next() == Some(class.to_string().as_str())
        };
        assert!(document.lines().any(|line| says(&line)), "{name} {class}");
    }
}

#[test]
fn every_code_is_in_the_table_once() {
    let mut names: Vec<&str> = Code::ALL.iter().map(|row| row.1).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
}
