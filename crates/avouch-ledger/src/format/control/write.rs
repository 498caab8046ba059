//! Writing what a control entry says.

use super::acts::{Act, Anchored, Index, KekVersion, LogEvent};
use crate::format::canonical::Value;
use crate::format::genesis::write_admins;
use crate::merkle::Hash;

type Members = Vec<(&'static str, Value)>;

fn number(number: impl Into<u64>) -> Value {
    Value::Number(number.into())
}

fn hash(hash: &Hash) -> Value {
    Value::hex(&hash.0)
}

/// The members of an act, in no order.
pub(super) fn members(act: &Act) -> Members {
    match act {
        Act::Genesis { .. }
        | Act::Boot { .. }
        | Act::Shutdown { .. }
        | Act::Heartbeat { .. }
        | Act::Clock { .. }
        | Act::Gap { .. } => life(act),
        Act::Hold { .. }
        | Act::Release { .. }
        | Act::Purge { .. }
        | Act::Purged { .. }
        | Act::Redact { .. }
        | Act::Erase { .. } => retention(act),
        _ => other(act),
    }
}

fn life(act: &Act) -> Members {
    match act {
        Act::Genesis { genesis } => vec![("genesis", hash(genesis))],
        Act::Boot { boot, clean, size, last_ms, software } => vec![
            ("boot", Value::hex(boot)),
            ("clean", Value::Bool(*clean)),
            ("size", number(*size)),
            ("last_ms", number(*last_ms)),
            ("software", Value::text(software)),
        ],
        Act::Shutdown { boot } => vec![("boot", Value::hex(boot))],
        Act::Heartbeat { boot, submitted, recorded, lost, pending } => vec![
            ("boot", Value::hex(boot)),
            ("submitted", number(*submitted)),
            ("recorded", number(*recorded)),
            ("lost", number(*lost)),
            ("pending", number(*pending)),
        ],
        Act::Clock { from_ms, to_ms } => {
            vec![("from_ms", number(*from_ms)), ("to_ms", number(*to_ms))]
        }
        Act::Gap { count, from_ms, to_ms, reason } => vec![
            ("count", number(*count)),
            ("from_ms", number(*from_ms)),
            ("to_ms", number(*to_ms)),
            ("reason", Value::text(reason)),
        ],
        _ => Members::new(),
    }
}

fn kek(kek: &KekVersion) -> Value {
    Value::object([("id", Value::text(&kek.id)), ("version", number(kek.version))])
}

fn periods(periods: &[u32]) -> Value {
    Value::List(periods.iter().map(|period| number(*period)).collect())
}

fn retention(act: &Act) -> Members {
    match act {
        Act::Hold { class, from_day, to_day, reason } => vec![
            ("class", Value::text(class)),
            ("from_day", Value::Text(from_day.to_string())),
            ("to_day", Value::Text(to_day.to_string())),
            ("reason", Value::text(reason)),
        ],
        Act::Release { hold, reason } => {
            vec![("hold", Value::hex(hold)), ("reason", Value::text(reason))]
        }
        Act::Purge { periods: list, reason } => {
            vec![("periods", periods(list)), ("reason", Value::text(reason))]
        }
        Act::Purged { purge, kek: now, destroyed, receipt } => vec![
            ("purge", Value::hex(purge)),
            ("kek", kek(now)),
            ("destroyed", kek(destroyed)),
            ("receipt", Value::text(receipt)),
        ],
        Act::Redact { entry, reason } => {
            vec![("entry", number(*entry)), ("reason", Value::text(reason))]
        }
        Act::Erase { subject, quarter, receipt } => vec![
            ("subject", Value::hex(subject)),
            ("quarter", Value::text(quarter)),
            ("receipt", Value::text(receipt)),
        ],
        _ => Members::new(),
    }
}

fn other(act: &Act) -> Members {
    match act {
        Act::EpochRotate { epoch, key, signature, possession }
        | Act::EpochRecover { epoch, key, signature, possession } => vec![
            ("epoch", number(*epoch)),
            ("key", Value::hex(key)),
            ("signature", Value::hex(signature)),
            ("possession", Value::hex(possession)),
        ],
        Act::Policy { admins, approvals_needed, policy } => vec![
            ("admins", write_admins(admins)),
            ("approvals_needed", number(*approvals_needed)),
            ("policy", policy.value()),
        ],
        Act::PeriodOpen { period, class, day, commitment } => vec![
            ("period", number(*period)),
            ("class", Value::text(class)),
            ("day", Value::Text(day.to_string())),
            ("commitment", hash(commitment)),
        ],
        Act::PeriodClose { period, entries, members } => vec![
            ("period", number(*period)),
            ("entries", number(*entries)),
            ("members", hash(members)),
        ],
        Act::Index(round) => index(round),
        Act::Archive { pack, sha256, locator, version, retain_until_ms } => vec![
            ("pack", number(*pack)),
            ("sha256", hash(sha256)),
            ("locator", Value::text(locator)),
            ("version", Value::text(version)),
            ("retain_until_ms", number(*retain_until_ms)),
        ],
        Act::Anchor(anchored) => anchor(anchored),
        Act::KeyUse { actor, periods: list, purpose, query } => vec![
            ("actor", Value::text(actor)),
            ("periods", periods(list)),
            ("purpose", Value::text(purpose)),
            ("query", hash(query)),
        ],
        Act::Log { origin, event } => log(origin, event),
        _ => Members::new(),
    }
}

fn index(index: &Index) -> Members {
    let part = |part: &super::IndexPart| {
        Value::object([
            ("period", number(part.period)),
            ("records", number(part.records)),
            ("root", hash(&part.root)),
            ("terms", number(part.terms)),
        ])
    };
    vec![
        ("first", number(index.first)),
        ("end", number(index.end)),
        ("parts", Value::List(index.parts.iter().map(part).collect())),
    ]
}

fn anchor(anchored: &Anchored) -> Members {
    vec![
        ("kind", Value::text(&anchored.kind)),
        ("size", number(anchored.size)),
        ("root", hash(&anchored.root)),
        ("origin", Value::text(&anchored.origin)),
        ("token", Value::hex(&anchored.token)),
    ]
}

fn log(origin: &str, event: &LogEvent) -> Members {
    let mut members = vec![("origin", Value::text(origin))];
    match event {
        LogEvent::Birth(identity) => {
            members.extend([("event", Value::text("birth")), ("identity", Value::text(identity))]);
        }
        LogEvent::Head(size, root) => members.extend([
            ("event", Value::text("head")),
            ("size", number(*size)),
            ("root", hash(root)),
        ]),
        LogEvent::Close(size, root, clean) => members.extend([
            ("event", Value::text("close")),
            ("size", number(*size)),
            ("root", hash(root)),
            ("clean", Value::Bool(*clean)),
        ]),
    }
    members
}
