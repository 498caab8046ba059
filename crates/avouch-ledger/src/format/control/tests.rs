use super::*;
use crate::format::genesis::{Admin, Policy};
use crate::format::names::Day;
use proptest::prelude::*;

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// One of each kind.
fn each() -> Vec<Act> {
    let kek = |version| KekVersion { id: "file".to_owned(), version };
    let text = || "because \"so\"".to_owned();
    let log = |event| Act::Log { origin: "other.example/log".to_owned(), event };
    vec![
        Act::Genesis { genesis: Hash([1; 32]) },
        Act::Boot { boot: [1; 16], clean: true, size: 1, last_ms: 2, software: text() },
        Act::Shutdown { boot: [1; 16] },
        Act::Heartbeat { boot: [1; 16], submitted: 3, recorded: 1, lost: 1, pending: 1 },
        Act::Clock { from_ms: 5, to_ms: 4 },
        Act::Gap { count: 1, from_ms: 1, to_ms: 2, reason: text() },
        Act::EpochRotate { epoch: 1, key: [1; 32], signature: [2; 64], possession: [3; 64] },
        Act::EpochRecover { epoch: 1, key: [1; 32], signature: [2; 64], possession: [3; 64] },
        Act::Policy {
            admins: vec![Admin { key: [1; 32], name: "anna".to_owned() }],
            approvals_needed: 1,
            policy: Policy::default(),
        },
        Act::PeriodOpen {
            period: 1,
            class: "default".to_owned(),
            day: day("2026-11-25"),
            commitment: Hash([4; 32]),
        },
        Act::PeriodClose { period: 1, entries: 4, members: Hash([5; 32]) },
        Act::Index(Index {
            first: 0,
            end: 7,
            parts: vec![IndexPart { period: 1, records: 4, root: Hash([6; 32]), terms: 2 }],
        }),
        Act::Archive {
            pack: 0,
            sha256: Hash([7; 32]),
            locator: text(),
            version: text(),
            retain_until_ms: 9,
        },
        Act::Hold {
            class: "*".to_owned(),
            from_day: day("2026-11-24"),
            to_day: day("2026-11-25"),
            reason: text(),
        },
        Act::Release { hold: [9; 16], reason: text() },
        Act::Purge { periods: vec![1, 2], reason: text() },
        Act::Purged { purge: [9; 16], kek: kek(2), destroyed: kek(1), receipt: text() },
        Act::Redact { entry: 4, reason: text() },
        Act::Erase { subject: [7; 16], quarter: "2026-Q4".to_owned(), receipt: text() },
        Act::Anchor(Anchored {
            kind: "rfc3161".to_owned(),
            size: 3,
            root: Hash([8; 32]),
            origin: "a".to_owned(),
            token: vec![1, 2, 3],
        }),
        Act::KeyUse { actor: text(), periods: vec![1], purpose: text(), query: Hash([9; 32]) },
        log(LogEvent::Birth("key".to_owned())),
        log(LogEvent::Head(5, Hash([1; 32]))),
        log(LogEvent::Close(5, Hash([1; 32]), false)),
    ]
}

fn control(act: Act) -> Control {
    let approval = Act::needs_approval(act.kind()).then(|| Approval {
        id: [3; 16],
        valid_until_ms: 99,
        signatures: vec![([1; 32], [2; 64]), ([2; 32], [3; 64])],
    });
    Control { previous: Some(Previous { index: 7, leaf: Hash([2; 32]) }), act, approval }
}

#[test]
fn each_kind_is_read_as_it_was_written() {
    for act in each() {
        let control = control(act);
        let payload = control.encode();
        assert_eq!(
            Control::parse(control.act.kind(), payload.as_bytes()),
            Ok(control),
            "{payload}"
        );
    }
}

#[test]
fn each_kind_stays_as_it_was_frozen() {
    let lines: Vec<String> = each()
        .into_iter()
        .map(|act| format!("{} {}\n", act.name(), control(act.clone()).encode()))
        .collect();
    assert_eq!(lines.concat(), include_str!("samples.txt"));
}

#[test]
fn a_member_too_many_or_too_few_is_malformed() {
    for act in each() {
        let kind = act.kind();
        let Value::Object(members) = Value::parse(control(act).encode().as_bytes()).unwrap() else {
            panic!("not an object")
        };
        for name in members.keys() {
            let mut fewer = members.clone();
            fewer.remove(name);
            let payload = Value::Object(fewer).encode();
            let said = Control::parse(kind, payload.as_bytes());
            assert_eq!(said, Err(ControlError::Malformed), "{payload}");
        }
        let mut more = members;
        more.insert("zzz".to_owned(), Value::Null);
        let said = Control::parse(kind, Value::Object(more).encode().as_bytes());
        assert_eq!(said, Err(ControlError::Malformed));
    }
}

#[test]
fn what_administrators_sign_leaves_out_place_and_signatures_only() {
    let one = control(Act::Redact { entry: 4, reason: "a".to_owned() });
    let mut other = one.clone();
    other.previous = None;
    other.approval.as_mut().unwrap().signatures.clear();
    assert_eq!(one.statement("log"), other.statement("log"));
    assert_ne!(one.statement("log"), one.statement("another"));
    other.approval.as_mut().unwrap().id = [4; 16];
    assert_ne!(one.statement("log"), other.statement("log"));
    let wrong = control(Act::Redact { entry: 5, reason: "a".to_owned() });
    assert_ne!(one.statement("log"), wrong.statement("log"));
}

proptest! {
    #[test]
    fn any_payload_is_read_without_panic(kind in any::<u8>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Control::parse(kind, &bytes);
    }
}
