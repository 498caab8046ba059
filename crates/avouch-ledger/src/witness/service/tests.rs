use super::*;
use crate::log::tests::{Machine, record};
use crate::merkle::{consistency_proof, leaf_hash, node_hash};
use crate::note::{Note, Signer, cosigned_at};
use crate::search::StoredTree;
use crate::storage::simulated::{Fault, SimulatedDisk};
use std::sync::Arc;

fn cosigner() -> Cosigner {
    Cosigner::new("witness.example/w", &[8; 32]).unwrap()
}

fn log() -> Signer {
    Signer::of_note("log.example/a", &[7; 32]).unwrap()
}

fn open(disk: &SimulatedDisk) -> Witness {
    Witness::open(Arc::new(disk.clone()), cosigner()).unwrap()
}

fn serving(disk: &SimulatedDisk) -> Witness {
    let witness = open(disk);
    witness.add_log(log().verifier()).unwrap();
    witness
}

fn request(old: u64, proof: Vec<Hash>, size: u64, root: Hash) -> String {
    let origin = "log.example/a".to_owned();
    let checkpoint = Checkpoint { origin, size, root, extended: false };
    Request { old, proof, checkpoint: Note::sign(checkpoint.to_string(), &log()) }.to_string()
}

fn post(witness: &Witness, body: &str) -> Answer {
    witness.handle("POST", "/add-checkpoint", body.as_bytes(), 1000)
}

#[test]
fn each_answer_has_the_status_of_the_specification() {
    let disk = SimulatedDisk::new(1);
    let witness = serving(&disk);
    let (one, two) = (leaf_hash(b"1"), leaf_hash(b"2"));
    let root = node_hash(&one, &two);
    let first = request(0, vec![], 1, one);
    let answer = post(&witness, &first);
    assert_eq!(answer.status, 200);
    let cosigned =
        Note::parse(format!("{}{}", first.split_once("\n\n").unwrap().1, answer.body).as_bytes());
    assert_eq!(cosigned_at(&cosigned.unwrap(), witness.verifier()), Ok(1000));
    let conflict = post(&witness, &request(0, vec![], 2, root));
    assert_eq!((conflict.status, conflict.media_type), (409, "text/x.tlog.size"));
    assert_eq!(conflict.body, "1\n");
    let status = |body: &str| post(&witness, body).status;
    assert_eq!(status(&request(1, vec![], 1, two)), 409);
    assert_eq!(status(&request(1, vec![one], 2, root)), 422);
    assert_eq!(status(&request(2, vec![], 1, one)), 400);
    assert_eq!(status("old 1\n"), 400);
    assert_eq!(status(&first.replace("log.example/a\n1", "log.example/b\n1")), 404);
    assert_eq!(
        status(&request(1, vec![two], 2, root).replace(&root.to_string(), &one.to_string())),
        403
    );
    assert_eq!(status(&request(1, vec![two], 2, root)), 200);
    assert_eq!(witness.handle("POST", "/other", b"", 0).status, 404);
    let large = vec![b'a'; REQUEST_BYTES_MAX + 1];
    assert_eq!(witness.handle("POST", "/add-checkpoint", &large, 0).status, 413);
    let name = Hash::of(b"log.example/a").to_hex();
    let newest = witness.handle("GET", &format!("/{name}/checkpoint"), b"", 0);
    assert!(newest.status == 200 && newest.body.starts_with("log.example/a\n2\n"));
}

/// Two histories of one size, and a disk that fails at any operation: never are both cosigned.
#[test]
fn no_crash_makes_it_cosign_two_histories() {
    let (one, two) = (leaf_hash(b"1"), leaf_hash(b"2"));
    for fault in [Fault::Crash, Fault::Failed, Fault::FailedButDone, Fault::NoRoom] {
        for after in 1..30 {
            let disk = SimulatedDisk::new(after);
            drop(serving(&disk));
            disk.fail_after(after, fault);
            let mut cosigned = [false; 2];
            for (place, root) in [(0, one), (1, two), (0, one), (1, two)] {
                if let Ok(witness) = Witness::open(Arc::new(disk.clone()), cosigner()) {
                    cosigned[place] |= post(&witness, &request(0, vec![], 1, root)).status == 200;
                    cosigned[place] |= post(&witness, &request(1, vec![], 1, root)).status == 200;
                }
                disk.restart();
            }
            assert!(!(cosigned[0] && cosigned[1]), "{fault:?} {after}");
            let served = post(&open(&disk), &request(1, vec![], 1, one)).status == 200;
            let other = post(&open(&disk), &request(1, vec![], 1, two)).status == 200;
            assert!(served || other, "{fault:?} {after}: it serves nobody any more");
        }
    }
}

#[test]
fn a_folder_serves_one_at_a_time_and_a_name_has_one_key() {
    let disk = SimulatedDisk::new(1);
    let witness = serving(&disk);
    let again = Witness::open(Arc::new(disk.clone()), cosigner());
    assert!(matches!(again, Err(WitnessError::InUse)));
    let other = Signer::of_note("log.example/a", &[6; 32]).unwrap();
    assert!(matches!(witness.add_log(other.verifier()), Err(WitnessError::OtherKey(_))));
    drop(witness);
    let path = disk.list(LOGS).unwrap().remove(0);
    disk.tamper(&format!("{LOGS}/{path}"), |bytes| bytes.truncate(9));
    assert_eq!(post(&open(&disk), &request(0, vec![], 1, leaf_hash(b"1"))).status, 500);
}

/// A ledger's signing key changes: the witness learns each from a proof, and the one before signs
/// nothing that came later.
#[test]
fn keys_are_learnt_from_the_identity_of_the_log() {
    let machine = Machine::new(1).born();
    let core = machine.open().unwrap();
    let witness = open(&SimulatedDisk::new(7));
    witness.add_log(Machine::identity().verifier()).unwrap();
    let ask = |old: u64| {
        let note = core
            .publish()
            .unwrap()
            .unwrap_or_else(|| Note::parse(core.output().publisher.newest().unwrap()).unwrap());
        let size = Checkpoint::parse(&note.text).unwrap().size;
        let (disk, origin_hash) = (Arc::new(machine.disk.clone()), Hash::of(b"log.example/a"));
        let mut tree = StoredTree::open(disk, origin_hash).unwrap();
        let proof = consistency_proof(&mut tree, old, size).unwrap().unwrap();
        let answer = post(&witness, &Request { old, proof, checkpoint: note }.to_string());
        (answer.status, size)
    };
    let teach = || {
        let proof = proofs::make(Arc::new(machine.disk.clone()), 0, |_| None).unwrap();
        witness.handle("POST", "/add-epoch", proof.as_bytes(), 0).status
    };
    assert_eq!(ask(0).0, 403);
    assert_eq!(teach(), 200);
    let (status, first) = ask(0);
    assert_eq!(status, 200);
    core.rotate().unwrap();
    core.append("default", &record("one")).unwrap();
    core.commit().unwrap();
    assert_eq!(ask(first).0, 403);
    assert_eq!(teach(), 200);
    assert_eq!(ask(first).0, 200);
    assert_eq!(witness.handle("POST", "/add-epoch", b"x", 0).status, 400);
    let known = witness.logs().unwrap().remove(0);
    let (old, new) = (known.epochs[0], known.epochs[1]);
    assert_eq!(known.signer(new.0).unwrap().public(), &old.1);
    assert_eq!(known.signer(new.0 + 1).unwrap().public(), &new.1);
}
