//! A log of this crate's writer, in the shape that the tamper cases of `verify/tests` ask for, with the
//! secrets of its operator and what its auditors hold (`verify/tests/scenario.py`).

use crate::format::canonical::to_hex;
use crate::format::control::Act;
use crate::format::{Admin, Day, Origin, Policy, Record, Term};
use crate::keys::{Kek, KekFile, PeriodKeys, Secret32};
use crate::log::{Core, FileHead, NewLedger, Parts, Seat, birth};
use crate::note::{Cosigner, Signer};
use crate::storage::simulated::{Random, SimulatedClock};
use crate::storage::{Disk, Rng, RngError};
use crate::verify::WitnessPolicy;
use crate::witness::{LocalWitness, Witness};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

const ORIGIN: &str = "example.com/rust";

/// Ten in the morning, so that two hours later it is the same day.
const MORNING_MS: u64 = 1_795_600_800_000;
const HOUR_MS: u64 = 3_600_000;

const IDENTITY: [u8; 32] = [1; 32];
const ADMINS: [[u8; 32]; 3] = [[2; 32], [3; 32], [4; 32]];
const WITNESSES: [[u8; 32]; 3] = [[5; 32], [6; 32], [7; 32]];

/// Chance that remembers what may have become a key.
#[derive(Debug)]
struct Remembering(Random, Mutex<Vec<[u8; 32]>>);

impl Rng for Remembering {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RngError> {
        self.0.fill(bytes)?;
        if let Ok(bytes) = <[u8; 32]>::try_from(&*bytes) {
            self.1.lock().unwrap().push(bytes);
        }
        Ok(())
    }
}

impl Remembering {
    /// What was given out and fulfils a condition.
    fn find(&self, fits: impl Fn(&[u8; 32]) -> bool) -> [u8; 32] {
        *self.1.lock().unwrap().iter().find(|bytes| fits(bytes)).unwrap()
    }
}

struct Author {
    folder: PathBuf,
    clock: Arc<SimulatedClock>,
    rng: Arc<Remembering>,
    epochs: Vec<[u8; 32]>,
    periods: Map<String, Value>,
}

fn signer(seed: &[u8; 32]) -> Signer {
    Signer::of_note(ORIGIN, seed).unwrap()
}

fn witness(number: usize) -> Cosigner {
    Cosigner::new(&format!("witness.example/w{number}"), &WITNESSES[number]).unwrap()
}

/// Two of the three witnesses must have seen it.
fn quorum() -> String {
    let line = |number| format!("witness w{number} {}\n", witness(number).verifier());
    let lines: String = (0..WITNESSES.len()).map(line).collect();
    format!("{lines}group enough 2 w0 w1 w2\nquorum enough\n")
}

impl Author {
    fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            clock: Arc::new(SimulatedClock::at(MORNING_MS)),
            rng: Arc::new(Remembering(Random::new(7), Mutex::default())),
            epochs: Vec::new(),
            periods: Map::new(),
        }
    }

    fn disk(&self, name: &str) -> Arc<Disk> {
        Arc::new(Disk::new(self.folder.join(name)))
    }

    fn parts(&self) -> Parts {
        Parts {
            log: self.disk("log"),
            private: self.disk("private"),
            head: Arc::new(FileHead::new(self.disk("head"))),
            clock: self.clock.clone(),
            rng: self.rng.clone(),
            custody: Arc::new(KekFile::new(self.disk("private"))),
            identity: signer(&IDENTITY).verifier().clone(),
            quorum: Some(WitnessPolicy::parse(&quorum()).unwrap()),
        }
    }

    fn begin(&self) {
        for name in ["log", "private", "head"] {
            std::fs::create_dir(self.folder.join(name)).unwrap();
        }
        let retention = [("request", 7200), ("admin", 900_000), ("held", 60)];
        let policy = Policy {
            retention_s: retention.map(|(class, s)| (class.to_owned(), s)).into(),
            heartbeat_s: 3600,
            ..Policy::default()
        };
        let admin = |seed| Admin { key: *signer(seed).verifier().public(), name: "a".to_owned() };
        let new = NewLedger {
            origin: Origin::parse(ORIGIN).unwrap(),
            admins: ADMINS.iter().map(admin).collect(),
            approvals: 2,
            policy,
            identity: Secret32::new(IDENTITY),
        };
        let kek = Kek::new("file", 1, Secret32::new([9; 32])).unwrap();
        KekFile::new(self.disk("private")).begin(&kek).unwrap();
        birth(self.parts(), new).unwrap().close().unwrap();
    }

    /// Starts the writer, with its witnesses.
    fn start(&mut self) -> Core {
        let core = self.parts().open().unwrap();
        let seat = |number: usize| {
            let disk = self.disk(&format!("witness-{number}"));
            if let Ok(witness) = Witness::open(disk.clone(), witness(number)) {
                let _ = witness.add_log(signer(&IDENTITY).verifier());
            }
            let key = witness(number).verifier().clone();
            let seed = Secret32::new(WITNESSES[number]);
            let local = LocalWitness::new(disk, self.clock.clone(), key.name(), seed);
            Seat::new(key, Arc::new(local))
        };
        core.cosigning.seat((0..WITNESSES.len()).map(seat).collect());
        self.learn(&core);
        core
    }

    /// Takes down the secrets in use now.
    fn learn(&mut self, core: &Core) {
        let fold = core.assembly().fold.clone();
        let epoch = self.rng.find(|seed| *signer(seed).verifier().public() == fold.epoch_key);
        if !self.epochs.contains(&epoch) {
            self.epochs.push(epoch);
        }
        for (period, open) in &fold.open {
            let fits = |secret: &[u8; 32]| {
                let secret = Secret32::new(*secret);
                PeriodKeys::commitment(&core.origin_hash, &secret).unwrap() == open.commitment
            };
            self.periods.insert(period.to_string(), json!(to_hex(&self.rng.find(fits))));
        }
    }

    /// Appends records and gives their indices.
    fn records(&self, core: &Core, class: &str, count: usize) -> Vec<u64> {
        let one = |number: usize| {
            self.clock.pass(100);
            let who = [&b"alice"[..], b"bob", b"carol"][number % 3];
            let terms = [(1, who), (5, [&b"r"[..], b"w"][number % 2])];
            let terms = terms.map(|(field, value)| Term { field, value: value.to_vec() });
            let record = Record::new(1, terms.to_vec(), vec![b'x'; 40]);
            let index = core.append(class, &record).unwrap();
            if number % 4 == 3 {
                core.commit().unwrap();
            }
            index
        };
        let indices = (0..count).map(one).collect();
        core.commit().unwrap();
        indices
    }

    fn heartbeat(&self, core: &Core) {
        let mut assembly = core.assembly();
        let act = assembly.heartbeat().unwrap();
        let now_ms = crate::storage::Clock::now_ms(self.clock.as_ref());
        assembly.push_control(act, None, now_ms).unwrap();
        drop(assembly);
        core.commit().unwrap();
    }

    fn wait(&self, core: &Core, hours: u64) {
        for _ in 0..2 * hours {
            self.clock.pass(HOUR_MS / 2);
            self.heartbeat(core);
        }
    }

    fn save(&self, early: &str, latest: &str) {
        let hex = |seeds: &[[u8; 32]]| seeds.iter().map(|seed| to_hex(seed)).collect::<Vec<_>>();
        let witnesses = (0..).zip(WITNESSES).map(|(number, seed)| {
            json!({"name": witness(number).verifier().name(), "seed": to_hex(&seed)})
        });
        let secrets = json!({
            "identity": to_hex(&IDENTITY), "epochs": hex(&self.epochs), "admins": hex(&ADMINS),
            "witnesses": witnesses.collect::<Vec<_>>(), "periods": self.periods,
        });
        let mut kept = self.periods.clone();
        kept.remove("1");
        let keys = json!({
            "origin": ORIGIN, "complete": true, "periods": kept,
            "destroyed": [{"id": "file", "version": 1}],
        });
        let auditor = self.folder.join("auditor");
        std::fs::create_dir(&auditor).unwrap();
        for (name, text) in [
            ("secrets.json", secrets.to_string()),
            ("keys.json", keys.to_string()),
            ("early", early.to_owned()),
            ("latest", latest.to_owned()),
            ("policy", quorum()),
            ("public-key", signer(&IDENTITY).verifier().to_string()),
        ] {
            std::fs::write(auditor.join(name), text).unwrap();
        }
    }
}

/// Publishes a checkpoint with the cosignatures of all witnesses.
fn checkpoint(core: &Core) -> String {
    core.commit().unwrap();
    core.publish().unwrap();
    core.cosign_round();
    String::from_utf8(core.output().publisher.newest().unwrap().to_vec()).unwrap()
}

fn gap(core: &Core, count: u64) {
    core.lose(count);
    core.tell_lost(&mut core.assembly());
    core.commit().unwrap();
}

/// Ends the writer in good order.
fn stop(core: &Core) {
    core.finish().unwrap();
    core.cosign_round();
}

/// Writes the log to `log` in a folder, and to `auditor` beside it what is known of it.
pub(super) fn standard(folder: &Path) {
    let mut author = Author::new(folder);
    let approve = [Secret32::new(ADMINS[0]), Secret32::new(ADMINS[1])];
    author.begin();
    let core = author.start();
    // The first period is the one that will be purged.
    for (class, count) in [("request", 9), ("admin", 2), ("held", 2)] {
        author.records(&core, class, count);
    }
    author.learn(&core);
    gap(&core, 3);
    author.heartbeat(&core);
    checkpoint(&core);
    stop(&core);
    drop(core);

    // The next day, on which the periods of the first are closed.
    author.clock.pass(24 * HOUR_MS);
    let core = author.start();
    let secret = author.records(&core, "request", 3)[1];
    checkpoint(&core);
    core.rotate().unwrap();
    author.learn(&core);
    let today = Day::of_ms(MORNING_MS + 24 * HOUR_MS);
    let hold = |class: &str, reason: &str| Act::Hold {
        class: class.to_owned(),
        from_day: Day::of_ms(MORNING_MS),
        to_day: today,
        reason: reason.to_owned(),
    };
    core.administer(hold("held", "case 7"), &approve).unwrap();
    let (_, over) = core.administer(hold("request", "case 8"), &approve).unwrap();
    author.wait(&core, 2);
    checkpoint(&core);
    let act = Act::Release { hold: over.unwrap(), reason: "case 8 is over".to_owned() };
    core.administer(act, &approve).unwrap();
    author.wait(&core, 1);
    core.purge(&[1], "retention ended", &approve).unwrap();
    core.redact(secret, "a secret in a path", &approve).unwrap();
    let (admins, policy) = {
        let genesis =
            crate::log::read_genesis(author.disk("log").as_ref(), &author.parts().identity);
        let genesis = genesis.unwrap();
        (genesis.admins, genesis.policy)
    };
    core.administer(Act::Policy { admins, approvals_needed: 2, policy }, &approve).unwrap();
    stop(&core);
    drop(core);

    author.clock.pass(2 * HOUR_MS);
    let core = author.start();
    checkpoint(&core);
    core.rotate().unwrap();
    author.learn(&core);
    checkpoint(&core);
    gap(&core, 2);
    author.records(&core, "request", 2);
    author.heartbeat(&core);
    core.write_round().unwrap();
    author.records(&core, "request", 4);
    let early = checkpoint(&core);
    author.records(&core, "request", 3);
    let latest = checkpoint(&core);
    drop(core);
    author.save(&early, &latest);
}
