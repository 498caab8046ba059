//! A registry and the logs of which it tells, judged together.

use super::code::Code;
use super::report::{Finding, Report};
use super::{Knowledge, verify};
use crate::format::Genesis;
use crate::log::GENESIS;
use crate::note::{Note, VerifierKey};
use crate::registry::{Registered, registered};
use crate::storage::{Storage, read_whole};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// LIMIT: bytes of a genesis.
const GENESIS_BYTES_MAX: u64 = 16 * 1024;

/// Judges a registry, then each log by what the registry tells of it. Logs are given with a name by
/// which findings call them. `now_ms` of the knowledge holds for all, the rest for the registry.
pub fn verify_logs(
    registry: &Arc<dyn Storage>,
    knowledge: &Knowledge,
    logs: &[(String, Arc<dyn Storage>)],
) -> Report {
    let mut report = verify(registry.as_ref(), knowledge);
    let known = match registered(registry.clone()) {
        Ok(known) => known,
        Err(error) => {
            report.file(Code::Unreadable, ("seg", 0), error.to_string());
            return report;
        }
    };
    let mut seen = BTreeSet::new();
    for (name, log) in logs {
        if let Some(origin) = judge(&mut report, knowledge, &known, (name, log.as_ref())) {
            seen.insert(origin);
        }
    }
    for (origin, log) in &known {
        if log.identity.is_some() && !seen.contains(origin) {
            let message = format!("`{origin}` is registered and was not presented");
            report.file(Code::LogMissing, ("seg", 0), message);
        }
    }
    report
}

fn judge(
    report: &mut Report,
    knowledge: &Knowledge,
    known: &BTreeMap<String, Registered>,
    (name, log): (&str, &dyn Storage),
) -> Option<String> {
    let place = format!("{name}/{GENESIS}");
    let genesis = read_whole(log, GENESIS, GENESIS_BYTES_MAX).ok();
    let genesis = genesis.and_then(|bytes| Genesis::parse(&Note::parse(&bytes).ok()?.text).ok());
    let Some(genesis) = genesis else {
        report.file(Code::GenesisMalformed, (&place, 0), "it is no genesis");
        return None;
    };
    let origin = genesis.origin.as_str().to_owned();
    let born = known.get(&origin).and_then(|log| Some((log, log.identity.as_ref()?)));
    let Some((told, identity)) = born else {
        let message = format!("`{origin}` was never born in the registry");
        report.file(Code::LogUnregistered, (&place, 0), message);
        return Some(origin);
    };
    let identity = VerifierKey::parse(identity).ok().filter(|key| key.name() == origin);
    let Some(identity) = identity else {
        let message = format!("`{origin}` has another identity in the registry");
        report.file(Code::LogUnregistered, (&place, 0), message);
        return Some(origin);
    };
    let mut mine = Knowledge::of(identity);
    mine.now_ms = knowledge.now_ms;
    mine.heads.clone_from(&told.heads);
    mine.closes.clone_from(&told.closes);
    let judged = verify(log, &mine);
    report.more_findings += judged.more_findings;
    for finding in judged.findings {
        let (file, offset) = finding.place.unwrap_or_default();
        let place = Some((format!("{name}/{file}"), offset));
        report.find(Finding { place, ..finding });
    }
    report.note(format!(
        "`{origin}`: {} entries, {} of them as they were signed",
        judged.size, judged.proven_size
    ));
    Some(origin)
}
