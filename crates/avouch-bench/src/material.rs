//! What is written: the same for us and for our peers.

use anyhow::{Context, Result};
use avouch_ledger::format::{Admin, Origin, Policy, Record, Term, fields};
use avouch_ledger::home::Home;
use avouch_ledger::keys::{Kek, Secret32};
use avouch_ledger::log::{Ledger, NewLedger, Parts, birth};
use avouch_ledger::note::Signer;
use avouch_ledger::storage::{Clock, SystemClock, SystemRng};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// The name of the log.
pub(crate) const ORIGIN: &str = "bench.invalid/ledger";

/// Bytes of the body of a usual record, in JSON: what an API's audit record comes to.
pub(crate) const BODY_BYTES: usize = 461;

/// The body of a usual record.
pub(crate) fn body(number: u64) -> String {
    let mut body = format!(
        r#"{{"time":"2026-11-26T02:30:00.000Z","principal":"{}","address":"192.0.2.{}","operation":"GET /api/v2/orders/{{id}}","object":"order-{number}","decision":"allow","status":200,"took_us":{},"agent":""#,
        principal(number),
        number % 254,
        number % 9_973,
    );
    let rest = BODY_BYTES.saturating_sub(body.len() + 2);
    body.extend(std::iter::repeat_n('x', rest));
    body.push_str("\"}");
    body
}

fn principal(number: u64) -> String {
    format!("user-{:05}", number % 10_007)
}

/// A usual record: as long as the peers' rows, with what it can be found by.
pub(crate) fn record(number: u64) -> Record {
    let term = |field, value: String| Term { field, value: value.into_bytes() };
    let terms = vec![
        term(fields::PRINCIPAL, principal(number)),
        term(fields::ADDRESS, format!("192.0.2.{}", number % 254)),
        term(fields::OBJECT, format!("order-{number}")),
    ];
    Record::new(1, terms, body(number).into_bytes())
}

/// A small record, so that many of them fit a disk. It is found by who acted and by its object.
pub(crate) fn small_record(number: u64) -> Record {
    let term = |field, value: String| Term { field, value: value.into_bytes() };
    let body = format!(r#"{{"principal":"{}","object":"order-{number}"}}"#, principal(number));
    let terms = vec![
        term(fields::PRINCIPAL, principal(number)),
        term(fields::OBJECT, format!("order-{number}")),
    ];
    Record::new(1, terms, body.into_bytes())
}

/// A new ledger in a folder, with everything a usual one has.
pub(crate) fn begin(folder: &Path) -> Result<Ledger> {
    begin_at(folder, Arc::new(SystemClock::start()))
}

/// The same by another clock.
pub(crate) fn begin_at(folder: &Path, clock: Arc<dyn Clock>) -> Result<Ledger> {
    let home = Home::new(folder);
    let random = || Secret32::random(&SystemRng).context("no random bytes");
    let (identity, admin) = (random()?, random()?);
    let signer = Signer::of_note(ORIGIN, identity.danger_bytes())?;
    let admin = Signer::of_note("admin", admin.danger_bytes())?;
    let kek = Kek::random("file", 1, &SystemRng)?;
    let file = home.kek_file();
    file.begin(&kek)?;
    home.write_identity(signer.verifier())?;
    let new = NewLedger {
        origin: Origin::parse(ORIGIN)?,
        admins: vec![Admin { key: *admin.verifier().public(), name: "admin".to_owned() }],
        approvals: 1,
        policy: Policy::default(),
        identity,
    };
    let parts = home.parts(Arc::new(file), signer.verifier().clone());
    Ok(birth(Parts { clock, ..parts }, new)?)
}

/// The ledger in a folder, begun if it is not there.
pub(crate) fn open(folder: &Path) -> Result<Ledger> {
    let home = Home::new(folder);
    if home.exists() {
        return Ok(Ledger::open(home.parts(Arc::new(home.kek_file()), home.identity()?))?);
    }
    begin(folder)
}

/// Adds members to an object.
pub(crate) fn with(mut value: Value, more: Value) -> Value {
    if let (Value::Object(members), Value::Object(more)) = (&mut value, more) {
        members.extend(more);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_json_of_that_length() {
        for number in [0, 9, 123_456_789] {
            assert_eq!(body(number).len(), BODY_BYTES);
            assert!(serde_json::from_str::<Value>(&body(number)).is_ok());
        }
    }
}
