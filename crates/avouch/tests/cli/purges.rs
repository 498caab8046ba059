//! The end of a record's life as a person meets it.

use crate::program::Avouch;
use avouch_ledger::format::canonical::to_hex;
use avouch_ledger::format::{Admin, Origin, Policy, Record, Term};
use avouch_ledger::home::Home;
use avouch_ledger::keys::{Custody, Kek, KeyRing, Secret32};
use avouch_ledger::log::{Ledger, NewLedger, Parts, birth};
use avouch_ledger::note::Signer;
use avouch_ledger::storage::{Clock, Disk, SystemClock, SystemRng};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const DAY_MS: u64 = 24 * 3_600_000;

/// A clock that is some time behind.
#[derive(Debug)]
struct Behind(SystemClock, AtomicU64);

impl Clock for Behind {
    fn now_ms(&self) -> u64 {
        self.0.now_ms() - self.1.load(Ordering::Relaxed)
    }

    fn steady(&self) -> Duration {
        self.0.steady()
    }
}

/// A ledger that was begun four days ago, with a class that is kept for a day and one for a year,
/// and ten records of each.
fn aged(avouch: &Avouch) -> Home {
    let home = Home::new(avouch.path("l"));
    let identity = Secret32::random(&SystemRng).unwrap();
    let signer = Signer::of_note("example.com/audit", identity.danger_bytes()).unwrap();
    let admin = Secret32::random(&SystemRng).unwrap();
    home.write_seed("admin", &admin).unwrap();
    home.write_identity(signer.verifier()).unwrap();
    home.kek_file().begin(&Kek::random("file", 1, &SystemRng).unwrap()).unwrap();
    let behind = Arc::new(Behind(SystemClock::start(), AtomicU64::new(4 * DAY_MS)));
    let key = signer.verifier().clone();
    let parts =
        || Parts { clock: behind.clone(), ..home.parts(Arc::new(home.kek_file()), key.clone()) };
    let mut policy = Policy::default();
    policy.retention_s.insert("brief".to_owned(), 24 * 3600);
    let admin = Signer::of_note("admin", admin.danger_bytes()).unwrap();
    let new = NewLedger {
        origin: Origin::parse("example.com/audit").unwrap(),
        admins: vec![Admin { key: *admin.verifier().public(), name: "anna".to_owned() }],
        approvals: 1,
        policy,
        identity,
    };
    let ledger = birth(parts(), new).unwrap();
    for class in ["brief", "default"].repeat(10) {
        let term = Term { field: 1, value: b"anna".to_vec() };
        let record = Record::new(1, vec![term], format!("{{\"class\":\"{class}\"}}").into_bytes());
        ledger.append(class, &record).unwrap();
    }
    ledger.close().unwrap();
    // A day later, the next writer closes the day.
    behind.1.store(2 * DAY_MS + DAY_MS / 2, Ordering::Relaxed);
    let ledger = Ledger::open(parts()).unwrap();
    ledger.close().unwrap();
    home
}

#[tokio::test]
async fn what_is_due_is_listed_then_purged_with_approval() {
    let avouch = Avouch::new();
    aged(&avouch);
    let listed = avouch.run(&["ledger", "purge", "l"]).await;
    listed.ended(0).answered(&["brief", "now", "default", "from 20"]);
    listed.complained(&["nothing was changed. 1 of them is due"]);
    let purge = ["ledger", "purge", "l", "--reason", "over", "--approve"];
    let by = |key| [&purge[..], &[key]].concat();
    avouch.run(&["ledger", "purge", "l", "--reason", "over"]).await.ended(2);
    let early = [&by("l/private/admin")[..], &["--period", "2"]].concat();
    avouch.run(&early).await.ended(2).complained(&["period 2 must be kept until", "nothing was"]);
    let done = avouch.run(&by("l/private/admin")).await;
    done.ended(0).answered(&["purged 1 period, which had 10 records", "best effort"]);
    let verified = avouch.run(&["ledger", "verify", "l", "--open"]).await;
    verified.ended(0).answered(&["INTACT", "10 records opened", "purge of the periods"]);
    let shown = avouch.run(&["ledger", "show", "l", "--count", "99"]).await;
    shown.ended(0).answered(&["(purged with its period 1)"]);
    assert_eq!(shown.out.matches("(purged with its period 1)").count(), 10);
    let gone = avouch.run(&["ledger", "prove", "l", "--entry", "3"]).await;
    gone.ended(2).complained(&["the record 3 was purged"]);
    let again = avouch.run(&by("l/private/admin")).await;
    again.ended(0).complained(&["nothing is due"]);
    let listed = avouch.run(&["ledger", "purge", "l", "--json"]).await;
    assert_eq!(listed.ended(0).out.lines().count(), 1);
}

#[tokio::test]
async fn a_hold_stops_a_purge() {
    let avouch = Avouch::new();
    aged(&avouch);
    let approve = ["--reason", "case 7", "--approve", "l/private/admin"];
    let hold = ["ledger", "hold", "l", "--from", "2020-01-01", "--to", "2999-01-01"];
    avouch.run(&[&hold[..], &approve].concat()).await.ended(0);
    let purge = [&["ledger", "purge", "l"][..], &approve].concat();
    avouch.run(&purge).await.ended(0).complained(&["nothing is due"]);
    let named = [&purge[..], &["--period", "1"]].concat();
    avouch.run(&named).await.ended(2).complained(&["period 1 is under the hold", "release"]);
    let shown = avouch.run(&["ledger", "show", "l", "--count", "99"]).await;
    assert!(!shown.ended(0).out.contains("purged"));
}

#[tokio::test]
async fn a_key_from_outside_is_changed_only_when_its_next_version_is_given() {
    let begun = Avouch::new();
    let home = aged(&begun);
    let old = std::fs::read_to_string(home.private().join("kek")).unwrap();
    std::fs::remove_file(home.private().join("kek")).unwrap();
    let next = format!("avouch-kek-v1 file 2 {}", "ab".repeat(32));
    let avouch = begun.knowing("AVOUCH_LEDGER_KEK", old.trim());
    let purge = ["ledger", "purge", "l", "--reason", "over", "--approve", "l/private/admin"];
    avouch.run(&purge).await.ended(2).complained(&["AVOUCH_LEDGER_KEK_NEXT"]);
    let avouch = avouch.knowing("AVOUCH_LEDGER_KEK_NEXT", &next);
    avouch.run(&purge).await.ended(0).answered(&["not confirmed", "version 2"]);
    let avouch = avouch.knowing("AVOUCH_LEDGER_KEK", &next);
    let avouch = avouch.knowing("AVOUCH_LEDGER_KEK_NEXT", "");
    avouch.run(&["ledger", "verify", "l", "--open"]).await.ended(0).answered(&["INTACT"]);
}

#[tokio::test]
async fn a_record_is_shown_then_redacted_with_approval() {
    let avouch = Avouch::new();
    aged(&avouch);
    let redact = ["ledger", "redact", "l", "--entry", "3"];
    let shown = avouch.run(&redact).await;
    shown.ended(0).answered(&["brief"]).complained(&["nothing was changed"]);
    let approve = ["--reason", "a secret in it", "--approve", "l/private/admin"];
    let done = avouch.run(&[&redact[..], &approve].concat()).await;
    done.ended(0).answered(&["the record 3 is taken out", "its hash is left"]);
    let verified = avouch.run(&["ledger", "verify", "l", "--open"]).await;
    verified.ended(0).answered(&["INTACT", "19 records opened", "the record 3 is to be taken out"]);
    let shown = avouch.run(&["ledger", "show", "l", "--from", "3", "--count", "1"]).await;
    shown.ended(0).answered(&["(redacted)"]);
    avouch.run(&redact).await.ended(2).complained(&["the record 3 was purged or redacted"]);
    let genesis = ["ledger", "redact", "l", "--entry", "0"];
    let by = [&genesis[..], &approve].concat();
    avouch.run(&by).await.ended(2).complained(&["the entry 0 is not a record"]);
    // A purge of its period goes over it.
    let purge = ["ledger", "purge", "l"];
    avouch.run(&[&purge[..], &approve].concat()).await.ended(0);
    avouch.run(&["ledger", "verify", "l", "--open"]).await.ended(0).answered(&["10 records"]);
}

/// What the verifier in Python says of a ledger, with the public key and the keys of all periods.
fn judged_in_python(home: &Home) -> serde_json::Value {
    let identity = home.identity().unwrap();
    let ring = KeyRing::load(&Disk::read_only(home.log())).unwrap();
    let kek = home.kek_file().load().unwrap().current.unwrap();
    let secret = |period| {
        let secret = ring.secret(period, &kek).unwrap();
        format!(r#""{period}":"{}""#, to_hex(secret.danger_bytes()))
    };
    let secrets: Vec<String> = ring.numbers().map(secret).collect();
    let gone: Vec<String> = (1..kek.version().version)
        .map(|version| format!(r#"{{"id":"file","version":{version}}}"#))
        .collect();
    let keys = format!(
        r#"{{"origin":"{}","complete":true,"periods":{{{}}},"destroyed":[{}]}}"#,
        identity.name(),
        secrets.join(","),
        gone.join(",")
    );
    let path = home.root().join("auditors-keys.json");
    std::fs::write(&path, keys).unwrap();
    let said = std::process::Command::new("python3")
        .args(["-B", concat!(env!("CARGO_MANIFEST_DIR"), "/../../verify/verify.py"), "--json"])
        .args(["--public-key", &identity.to_string(), "--keys"])
        .args([path.as_path(), home.log().as_path()])
        .output()
        .unwrap();
    serde_json::from_slice(&said.stdout).unwrap_or_else(|_| panic!("{said:?}"))
}

#[tokio::test]
#[ignore = "needs Python 3; run with `cargo xtask test --long`"]
async fn the_other_verifier_finds_purge_redaction_and_erasure_in_order() {
    let avouch = Avouch::new();
    let home = aged(&avouch);
    assert_eq!(judged_in_python(&home)["verdict"], "intact");
    let approve = ["--reason", "why", "--approve", "l/private/admin"];
    let run = async |words: &[&str]| {
        avouch.run(&[&["ledger"], words].concat()).await.ended(0);
        let said = judged_in_python(&home);
        assert_eq!(said["verdict"], "intact", "{words:?}: {said}");
    };
    run(&[&["redact", "l", "--entry", "3"][..], &approve].concat()).await;
    run(&[&["redact", "l", "--entry", "6"][..], &approve].concat()).await;
    run(&[&["purge", "l"][..], &approve].concat()).await;
    {
        let key = home.identity().unwrap();
        let ledger = Ledger::open(home.parts(Arc::new(home.kek_file()), key)).unwrap();
        let sealed = ledger.personal((1, b"anna"), &[(1, b"anna")]).unwrap().remove(0);
        let admin = [Home::read_seed(&home.private().join("admin")).unwrap()];
        ledger.erase(sealed.subject, &sealed.quarter, &admin).unwrap();
        ledger.close().unwrap();
    }
    run(&["rotate", "l"]).await;
    let notes = judged_in_python(&home)["notes"].to_string();
    for note in ["purge", "redact", "eras"] {
        assert!(notes.contains(note), "{note}: {notes}");
    }
}

#[tokio::test]
async fn nothing_is_destroyed_before_the_witness_saw_the_decision() {
    let avouch = Avouch::new();
    aged(&avouch);
    let init = ["ledger", "witness", "init", "l/witness", "--name", "w.example/one"];
    avouch.run(&init).await.ended(0);
    let key = std::fs::read_to_string(avouch.path("l/witness/witness.vkey")).unwrap();
    let policy = |at| format!("witness w {} {at}\nquorum w\n", key.trim());
    let purge = ["ledger", "purge", "l", "--reason", "over", "--approve", "l/private/admin"];
    // It does not know the log yet, so it vouches for nothing.
    avouch.write("l/witnesses", policy("file:witness"));
    let refused = avouch.run(&purge).await;
    refused.ended(2).complained(&["the witnesses do not vouch for it now", "nothing was changed"]);
    let ring = KeyRing::load(&Disk::read_only(avouch.path("l/log"))).unwrap();
    assert!(ring.numbers().any(|period| period == 1));
    let add = ["ledger", "witness", "add", "l/witness", "--key", "l/identity.vkey"];
    avouch.run(&add).await.ended(0);
    avouch.run(&purge).await.ended(0).answered(&["purged 1 period"]);
    let verify = ["ledger", "verify", "l", "--witness-policy", "l/witnesses", "--open"];
    avouch.run(&verify).await.ended(0).answered(&["INTACT", "cosigned by enough witnesses"]);
}
