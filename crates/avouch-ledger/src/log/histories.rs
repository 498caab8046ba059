//! Lives of a ledger on a disk that forgets, each following from a seed.
//!
//! Whatever happens: what was acknowledged is there afterwards, nothing is there that was not
//! handed in, and a verifier finds an honest ledger.

use super::core::Core;
use super::kept::Item;
use super::tests::{Machine, record};
use super::{AdministerError, RedactError};
use crate::format::control::Act;
use crate::format::{Day, EntryHeader, RECORD};
use crate::keys::{KeyRing, PeriodKeys, open_record};
use crate::storage::Clock as _;
use crate::storage::simulated::{Fault, Random, SimulatedDisk};
use crate::verify::{Knowledge, Verdict, verify};
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
    /// Records of which it was said that they are taken out.
    redacted: BTreeSet<u64>,
    /// Periods of which it was said that they are purged, and what wrapped their keys until then.
    purged: Vec<(Vec<u32>, String)>,
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
        let night = if random.one_in(5) { 30 * 3_600_000 } else { 0 };
        machine.clock.pass(night + random.below(20_000));
        let mut under_way = Vec::new();
        for number in 0..=random.below(6) {
            let text = format!("{life} {step} {number} {}", "x".repeat(random.place(900)));
            let class = if random.one_in(3) { "brief" } else { "default" };
            let Ok(index) = core.append(class, &record(&text)) else { return };
            told.submitted.entry(index).or_default().insert(text.clone());
            under_way.push((index, text));
        }
        if core.commit().is_err() {
            return;
        }
        told.acknowledged.extend(under_way);
        let done = match random.below(8) {
            0 => core.publish().is_ok() && cosigned(core),
            1 => core.upkeep(),
            2 => core.rotate().is_ok(),
            3 | 5 => purge(core, machine, told),
            4 => hold_or_release(core, random),
            6 => redact(core, random, told),
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

/// Purges all that is due; whether nothing went wrong.
fn purge(core: &Core, machine: &Machine, told: &mut Told) -> bool {
    if core.close_periods().is_err() {
        return false;
    }
    let now_ms = machine.clock.now_ms();
    let expiring = core.assembly().fold.all_expiring();
    let due = expiring.iter().filter(|period| period.is_due(now_ms));
    let due: Vec<u32> = due.map(|period| period.period).collect();
    if due.is_empty() {
        return true;
    }
    let kek = core.kek().danger_text();
    let key = kek.split_whitespace().nth(3).unwrap().to_owned();
    let done = core.purge(&due, "over", &Machine::approvals()).is_ok();
    if done {
        told.purged.push((due, key));
    }
    done
}

/// Takes out one of the records that were acknowledged; whether nothing went wrong.
fn redact(core: &Core, random: &Random, told: &mut Told) -> bool {
    let Some((index, _)) = told.acknowledged.iter().nth(random.place(20)) else { return true };
    let index = *index;
    match core.redact(index, "a secret in it", &Machine::approvals()) {
        Ok(_) => {
            told.redacted.insert(index);
            true
        }
        Err(RedactError::Administer(AdministerError::Retention(_))) => true,
        Err(_) => false,
    }
}

/// Keeps all days, or no longer; whether nothing went wrong.
fn hold_or_release(core: &Core, random: &Random) -> bool {
    let standing = core.assembly().fold.holds.keys().next().copied();
    let reason = "case".to_owned();
    let act = match standing {
        Some(hold) => Act::Release { hold, reason },
        None if random.one_in(3) => {
            let (from_day, to_day) = (Day::of_ms(0), Day::of_ms(u64::MAX));
            Act::Hold { class: "*".to_owned(), from_day, to_day, reason }
        }
        None => return true,
    };
    core.administer(act, &Machine::approvals()).is_ok()
}

fn disks(machine: &Machine) -> [&SimulatedDisk; 4] {
    [&machine.disk, &machine.other, &machine.head, &machine.witness]
}

/// How a history ended.
struct Ended {
    /// Whether the ledger could be taken up in the end and is intact.
    intact: bool,
    /// Periods that were purged.
    purged: usize,
}

/// Lives through a seed.
fn history(seed: u64, kind: Disks) -> Ended {
    let machine = Machine::new(seed).watched().born();
    let random = Random::new(seed ^ 0x5eed);
    let mut told = Told::default();
    if random.one_in(3) {
        machine.disk.write_short();
    }
    for life in 0..=random.below(4) {
        let victim = disks(&machine)[[0, 0, 0, 1, 2, 3][random.place(6)]];
        victim.fail_after(1 + random.below(80), fault(&random, kind));
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
        return Ended { intact: false, purged: 0 };
    };
    core.cosigning.seat(vec![machine.seat()]);
    let ended = core.finish_purges(true).is_ok() && core.remove_leftovers().is_ok();
    let ended = ended && core.unfinished().is_none();
    assert!(ended || kind == Disks::Lying, "seed {seed}: {:?}", core.unfinished());
    let size = core.finish().unwrap().size;
    core.cosign_round();
    let cosigned = core.cosigning.standings().remove(0).size == Some(size);
    assert!(cosigned || kind == Disks::Lying, "seed {seed}: {:?}", core.cosigning.standings());
    let purged = core.assembly().fold.purged.len();
    Ended { intact: judge(&machine, &told, seed, kind), purged }
}

/// Compares what is there with what was told; whether a verifier finds nothing.
fn judge(machine: &Machine, told: &Told, seed: u64, kind: Disks) -> bool {
    let mut knowledge = Knowledge::of(Machine::identity().verifier().clone());
    knowledge.witnesses.clone_from(&machine.quorum);
    let report = verify(&machine.disk, &knowledge);
    let intact = report.verdict() == Verdict::Intact;
    assert!(intact || kind == Disks::Lying, "seed {seed}: {:?}", report.findings);
    let ring = KeyRing::load(&machine.disk).unwrap();
    let kek = machine.kek();
    let origin = ring.origin().hash();
    let (mut found, mut holes) = (BTreeMap::new(), BTreeMap::new());
    let view = View::open(std::sync::Arc::new(machine.disk.clone())).unwrap();
    view.walk_items(0, |index, item| {
        let entry = match item {
            Item::Entry(entry) => entry,
            Item::Hole { period, .. } => {
                holes.insert(index, period);
                return ControlFlow::Continue(());
            }
        };
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
        for (index, text) in
            told.acknowledged.iter().filter(|(index, _)| !holes.contains_key(index))
        {
            assert_eq!(found.get(index), Some(text), "seed {seed}: the record {index} is lost");
        }
        for index in &told.redacted {
            assert!(holes.contains_key(index), "seed {seed}: the record {index} is there");
        }
        for (periods, key) in &told.purged {
            assert!(!periods.iter().any(|period| ring.periods.contains_key(period)), "seed {seed}");
            assert_eq!(machine.other.holder_of(key.as_bytes()), None, "seed {seed}");
        }
    }
    intact
}

#[test]
fn nothing_acknowledged_is_lost_in_two_thousand_histories() {
    let ended: Vec<Ended> = (0..FEW).map(|seed| history(seed, Disks::Honest)).collect();
    assert!(ended.iter().all(|ended| ended.intact));
    // Many of them are about the end of life too.
    let purges = ended.iter().filter(|ended| ended.purged > 0).count();
    assert!(purges > 150, "{purges}");
}

#[test]
fn a_lying_disk_is_found_out_or_did_no_harm() {
    let refused = (0..FEW / 4).filter(|seed| !history(*seed, Disks::Lying).intact).count();
    assert!(refused > 0);
}

#[test]
#[ignore = "takes a quarter of an hour; run with `cargo xtask test --long`"]
fn nothing_acknowledged_is_lost_in_a_hundred_thousand_histories() {
    assert!((FEW..FEW + MANY).all(|seed| history(seed, Disks::Honest).intact));
}
