//! A ledger of a year: mostly requests, and among them what an auditor's populations are made of.
//!
//! The year is made up: a clock is turned as records are appended, so that the ledger has the days, the
//! keys and the rounds of its index that a year brings.

use super::clocks::{Clocks, memory_most};
use super::material::{begin_at, with};
use anyhow::{Result, ensure};
use avouch_ledger::format::{Record, Term};
use avouch_ledger::merkle::Hash;
use avouch_ledger::storage::{Clock, SystemClock};
use avouch_model::coding::{Digest, Encoded, Example, Fact};
use avouch_model::fact::administration::Administration;
use avouch_model::fact::authentication::{Authentication, AuthenticationEvent, Outcome};
use avouch_model::fact::configuration::{Configuration, ConfigurationEvent};
use avouch_model::fact::control_run::ControlRun;
use avouch_model::fact::decision::{Decision, DecisionAbout, Verdict};
use avouch_model::fact::disclosure::Disclosure;
use avouch_model::fact::finding::{Finding, FindingEvent};
use avouch_model::fact::incident::{Incident, IncidentEvent};
use avouch_model::fact::key::{Key, KeyEvent, KeyKind};
use avouch_model::fact::person::Person;
use avouch_model::fact::request::Request;
use avouch_model::fact::scan::{Scan, ScanEvent};
use avouch_model::fact::training::{Training, TrainingEvent};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The first moment of the year: 1 October 2025.
const BEGIN_MS: u64 = 1_759_276_800_000;

/// Its length.
const YEAR_MS: u64 = 365 * 86_400_000;

/// Records on their way at once.
const IN_FLIGHT: u64 = 4_096;

/// One record of so many is no request.
const POPULATION_EVERY: u64 = 100;

/// The auditor's nonce.
const NONCE: [u8; 16] = [
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
];

/// Marked requests of the auditor.
const CANARIES: u64 = 300;

/// A clock that is turned.
#[derive(Debug)]
struct Turned {
    now_ms: AtomicU64,
    steady: SystemClock,
}

impl Clock for Turned {
    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn steady(&self) -> Duration {
        self.steady.steady()
    }
}

/// Writes a year of so many records into a new ledger, and the auditor's list of marked requests beside
/// it.
pub(crate) fn year(records: u64, folder: &Path) -> Result<Value> {
    ensure!(records >= CANARIES, "a year has {CANARIES} records or more");
    let clock = Turned { now_ms: AtomicU64::new(BEGIN_MS), steady: SystemClock::start() };
    let clock = Arc::new(clock);
    let ledger = begin_at(folder, clock.clone())?;
    let clocks = Clocks::start()?;
    let step = records / CANARIES;
    let (mut populations, mut sent) = (0, String::new());
    for number in 0..records {
        let now_ms = BEGIN_MS
            + u64::try_from(u128::from(YEAR_MS) * u128::from(number) / u128::from(records))?;
        clock.now_ms.store(now_ms, Ordering::Relaxed);
        let is_marked = number % step == 1 && number / step < CANARIES;
        let fact = if is_marked {
            let marker = format!("canary-{:06}", number / step);
            sent.push_str(&marker);
            sent.push('\n');
            request(number, Some(marker))?
        } else if number.is_multiple_of(POPULATION_EVERY) {
            populations += 1;
            of_population(number / POPULATION_EVERY, now_ms)?
        } else {
            request(number, None)?
        };
        let index = ledger.append("default", &record(fact))?;
        if let Some(before) = index.checked_sub(IN_FLIGHT) {
            ledger.wait(before)?;
        }
    }
    let told = clocks.told(records)?;
    let size = ledger.close()?.size;
    std::fs::write(folder.join("sent.txt"), &sent)?;
    let more = json!({
        "canaries_commitment": Hash::of(sent.as_bytes()).to_hex(),
        "nonce_commitment": Hash::of(&NONCE).to_hex(),
        "size": size,
        "memory_bytes": memory_most()?,
        "populations": populations,
        "first_day": "2025-10-01",
        "last_day": "2026-09-30",
    });
    Ok(with(told, more))
}

/// A fact as the ledger takes it.
fn record(encoded: Encoded) -> Record {
    let term =
        |term: avouch_model::coding::Term| Term { field: term.search as u8, value: term.value };
    Record::new(encoded.kind, encoded.terms.into_iter().map(term).collect(), encoded.body)
}

fn request(number: u64, within: Option<String>) -> Result<Encoded> {
    let object = number % 1_000_003;
    let fact = Request {
        id: format!("01JDK3Q0Z{number:017}"),
        within,
        session: None,
        principal: Some(format!("user-{:05}", number % 10_007).as_str().into()),
        address: Some(format!("192.0.2.{}", number % 254).as_str().into()),
        objects: vec![object.to_string().as_str().into()],
        path: Some(format!("/orders/{object}").as_str().into()),
        took_us: Some(number % 9_973),
        digest: None,
        client_print: None,
        ..Request::example()
    };
    Ok(fact.encode()?)
}

/// One of what is no request: in turn, each about as often as a team has it.
fn of_population(number: u64, now_ms: u64) -> Result<Encoded> {
    let (kind, id) = (number % 20, number / 20);
    let who = format!("person-{:04}", id % 1_009);
    Ok(match kind {
        0..=5 => login(number, &who).encode()?,
        6 | 7 => key(id * 2 + kind % 2, KeyEvent::Issued, now_ms).encode()?,
        8 | 9 => key(id * 2 + kind % 2, KeyEvent::Revoked, now_ms).encode()?,
        10 | 11 => decision(id * 2 + kind % 2, DecisionAbout::AccessRequest, &who).encode()?,
        12 | 13 => decision(number, DecisionAbout::AccessReview, &who).encode()?,
        14 => configuration(id).encode()?,
        15 => finding(id).encode()?,
        16 => training(id, &who).encode()?,
        17 => Administration {
            action: "deploy".to_owned(),
            ticket: Some(format!("OPS-{number}")),
            ..Administration::example()
        }
        .encode()?,
        18 => ControlRun { run: format!("run-{}", id / 70), ..ControlRun::example() }.encode()?,
        _ => rare(id, &who)?,
    })
}

fn rare(id: u64, who: &str) -> Result<Encoded> {
    Ok(match id % 5 {
        0 => Scan { id: format!("scan-{id}"), event: ScanEvent::Ended, ..Scan::example() }
            .encode()?,
        1 => Disclosure { id: format!("disclosure-{id}"), ..Disclosure::example() }.encode()?,
        2 => Person { person: who.into(), ..Person::example() }.encode()?,
        3 => Incident {
            id: format!("incident-{id}"),
            event: IncidentEvent::Declared,
            ..Incident::example()
        }
        .encode()?,
        _ => decision(id, DecisionAbout::Change, who).encode()?,
    })
}

fn login(number: u64, who: &str) -> Authentication {
    Authentication {
        principal: Some(who.into()),
        event: AuthenticationEvent::Login,
        outcome: Outcome::Success,
        session: Some(format!("session-{number}")),
        // One of a hundred shows none.
        second_factor: Some(!number.is_multiple_of(100)),
        ..Authentication::example()
    }
}

fn key(id: u64, event: KeyEvent, now_ms: u64) -> Key {
    Key {
        id: format!("key-{id}"),
        event,
        key_kind: KeyKind::ApiKey,
        owner: Some(format!("consumer-{}", id % 5_003).as_str().into()),
        request: Some(format!("OPS-{id}")),
        approved_by: Vec::new(),
        replaces: None,
        not_before_ms: None,
        expires_ms: Some(now_ms + 90 * 86_400_000),
        ..Key::example()
    }
}

fn decision(id: u64, about: DecisionAbout, who: &str) -> Decision {
    Decision {
        id: format!("OPS-{id}"),
        about,
        verdict: Verdict::Allow,
        subject: Some(who.into()),
        objects: vec![format!("key-{id}")],
        decided_by: vec!["otto".into()],
        requested_by: Some("anna".into()),
        ..Decision::example()
    }
}

fn configuration(id: u64) -> Configuration {
    Configuration {
        component: "gateway".to_owned(),
        event: ConfigurationEvent::Changed,
        digest: digest(id),
        before: Some(digest(id.saturating_sub(1))),
        ticket: Some(format!("OPS-{id}")),
        ..Configuration::example()
    }
}

fn finding(id: u64) -> Finding {
    Finding {
        fingerprint: format!("finding-{:06}", id % 20_011),
        event: FindingEvent::Proven,
        scan: Some(format!("scan-{}", id / 50)),
        ..Finding::example()
    }
}

fn training(id: u64, who: &str) -> Training {
    Training {
        person: who.into(),
        event: TrainingEvent::Completed,
        course: format!("course-{}", id % 7),
        ..Training::example()
    }
}

fn digest(number: u64) -> Digest {
    let mut bytes = [0; 32];
    for (byte, part) in bytes.iter_mut().zip(number.to_be_bytes()) {
        *byte = part;
    }
    Digest(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_ledger::home::Home;
    use avouch_ledger::storage::Disk;
    use avouch_ledger::verify::{Knowledge, Verdict, verify};

    #[test]
    fn a_year_is_an_honest_ledger_with_all_its_marked_requests() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path().join("ledger"));
        let told = year(6_000, home.root()).unwrap();
        assert_eq!((&told["records"], &told["populations"]), (&json!(6_000), &json!(60)));
        let sent = std::fs::read_to_string(home.root().join("sent.txt")).unwrap();
        assert_eq!(sent.lines().count() as u64, CANARIES);
        let knowledge = Knowledge::of(home.identity().unwrap());
        let report = verify(&Disk::read_only(home.log()), &knowledge);
        assert_eq!(report.verdict(), Verdict::Intact, "{:?}", report.findings);
    }
}
