use super::*;
use crate::log::tests::{Machine, record};
use crate::log::{Ask, Ledger};
use crate::note::VerifierKey;
use crate::verify::{Knowledge, Verdict, WitnessPolicy, verify};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn knowledge() -> Knowledge {
    let mut knowledge = Knowledge::of(Machine::identity().verifier().clone());
    let policy = format!("witness w {}\nquorum w\n", Machine::cosigner().verifier());
    knowledge.witnesses = Some(WitnessPolicy::parse(&policy).unwrap());
    knowledge
}

fn grow(core: &Core, count: u32) {
    for number in 0..count {
        core.append("default", &record(&format!("{number}"))).unwrap();
        core.commit().unwrap();
    }
    core.publish().unwrap();
}

#[test]
fn a_ledger_that_is_closed_was_cosigned_to_its_end() {
    let machine = Machine::new(1).born();
    for _ in 0..3 {
        let ledger = Ledger::open(machine.parts()).unwrap().with_witnesses(vec![machine.seat()]);
        for number in 0..50 {
            ledger.append("default", &record(&format!("{number}"))).unwrap();
        }
        ledger.rotate().unwrap();
        ledger.append("default", &record("after")).unwrap();
        let size = ledger.close().unwrap().size;
        let report = verify(&machine.disk, &knowledge());
        assert_eq!(report.verdict(), Verdict::Intact, "{:?}", report.findings);
        assert_eq!(report.quorum_size, Some(size));
    }
}

#[test]
fn a_round_after_the_first_needs_no_look_at_the_disk() {
    let machine = Machine::new(1).born();
    let core = machine.open().unwrap();
    core.cosigning.seat(vec![machine.seat()]);
    core.cosign_round();
    for count in [1, 7, 300] {
        grow(&core, count);
        let from = core.cosigning.begin(Duration::ZERO).unwrap().1.remove(0).from;
        assert!(from.is_some());
        core.cosign_round();
        let standing = core.cosigning.standings().remove(0);
        assert_eq!(standing.size, core.output().publisher.size, "{:?}", standing.problem);
    }
}

/// A witness that is not to be had the first times, or whose answer gets lost.
#[derive(Debug)]
struct Unsteady {
    seat: Seat,
    asked: AtomicUsize,
    loses: bool,
}

impl Ask for Unsteady {
    fn ask(&self, method: &str, path: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let failing = self.asked.fetch_add(1, Ordering::Relaxed) < 3;
        let answer =
            if failing && !self.loses { None } else { Some(self.seat.at.ask(method, path, body)?) };
        let lost = io::Error::new(io::ErrorKind::TimedOut, "no answer");
        answer.filter(|_| !failing).ok_or(lost)
    }
}

#[test]
fn a_witness_that_fails_is_left_alone_for_a_while_and_asked_again() {
    for loses in [false, true] {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        let unsteady = Unsteady { seat: machine.seat(), asked: AtomicUsize::new(0), loses };
        let seat = Seat::new(Machine::cosigner().verifier().clone(), Arc::new(unsteady));
        core.cosigning.seat(vec![seat]);
        let mut asked = 0;
        for _ in 0..40 {
            grow(&core, 2);
            if core.cosigning.state.lock().unwrap().is_due(machine.parts().clock.steady()) {
                asked += 1;
                core.cosign_round();
            }
            machine.clock.pass(500);
        }
        let standing = core.cosigning.standings().remove(0);
        assert_eq!((standing.size, standing.problem), (core.output().publisher.size, None));
        assert!(asked < 40);
    }
}

/// The disk and the place of the newest checkpoint are both set back, as on a machine that was
/// restored whole: the witness knows better.
#[test]
fn a_machine_that_was_set_back_is_found_out_by_its_witness() {
    let machine = Machine::new(1).born();
    let (disk, head) = (machine.disk.snapshot(5), machine.head.snapshot(6));
    let core = machine.open().unwrap();
    core.cosigning.seat(vec![machine.seat()]);
    grow(&core, 9);
    core.cosign_round();
    drop(core);
    let back = Machine { disk, head, ..machine };
    let ledger = Ledger::open(back.parts()).unwrap().with_witnesses(vec![back.seat()]);
    let said = ledger.close().unwrap_err().to_string();
    assert!(said.contains("rolled back"), "{said}");
}

/// A witness that only says so, without a signature of the log, stops nobody.
#[derive(Debug)]
struct Liar;

impl Ask for Liar {
    fn ask(&self, _: &str, _: &str, _: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        Ok((409, b"999\n".to_vec()))
    }
}

#[test]
fn a_witness_that_lies_does_no_harm() {
    let machine = Machine::new(1).born();
    let key: VerifierKey = Machine::cosigner().verifier().clone();
    let seats = vec![Seat::new(key, Arc::new(Liar)), machine.seat()];
    let ledger = Ledger::open(machine.parts()).unwrap().with_witnesses(seats);
    ledger.append("default", &record("one")).unwrap();
    ledger.close().unwrap();
    assert_eq!(verify(&machine.disk, &knowledge()).verdict(), Verdict::Intact);
}
