//! The file of wrapped keys against what the log says of periods.

use super::Knowledge;
use super::code::Code;
use super::report::Report;
use super::rules::Rules;
use crate::keys::KeyRing;
use crate::log::INDEX;
use crate::storage::{Storage, read_whole};
use std::io::ErrorKind;

/// LIMIT: bytes of the file.
const FILE_BYTES_MAX: u64 = 64 << 20;

const KEYS: &str = "keys";

/// Checks that the secrets that were given are all that should be there.
pub(super) fn check_secrets(knowledge: &Knowledge, rules: &Rules, report: &mut Report) {
    let missing = rules.kept_periods().filter(|period| !knowledge.secrets.contains_key(period));
    for period in missing.filter(|_| knowledge.complete) {
        let message = format!("the key of period {period} was not given, and it was not purged");
        report.at(Code::KeyLost, report.size, message);
    }
}

/// Looks for postings of periods that were purged.
pub(super) fn check_index(storage: &dyn Storage, rules: &Rules, report: &mut Report) {
    // A folder that cannot be listed is one that was not given.
    for name in storage.list(INDEX).unwrap_or_default() {
        let period = name.split('-').next().and_then(|period| u32::from_str_radix(period, 16).ok());
        if period.is_some_and(|period| rules.is_purged(period)) {
            let path = format!("{INDEX}/{name}");
            report.file(Code::PurgeUnfinished, (&path, 0), "postings of a period that was purged");
        }
    }
}

/// Checks the file, if the auditor was given it.
pub(super) fn check(storage: &dyn Storage, rules: &Rules, report: &mut Report) {
    let bytes = match read_whole(storage, KEYS, FILE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return report.note("the file `keys` was not given".to_owned());
        }
        Err(error) => return report.file(Code::Unreadable, (KEYS, 0), error.to_string()),
    };
    let Some(ring) = KeyRing::parse(&bytes) else {
        return report.file(Code::KeysFileMalformed, (KEYS, 0), "it has not the form of one");
    };
    if ring.origin().as_str() != report.origin {
        return report.file(Code::OriginMismatch, (KEYS, 0), "it is of another log");
    }
    for (period, wrapped) in &ring.periods {
        if rules.is_purged(*period) {
            let message = format!("it holds the key of period {period}, which was purged");
            report.file(Code::KeyKeptAfterPurge, (KEYS, 0), message);
        } else if rules.commitment(*period).is_some_and(|known| known != wrapped.commitment) {
            let message = format!("the key of period {period} is not the one the log speaks of");
            report.file(Code::KeysFileMalformed, (KEYS, 0), message);
        }
    }
    for period in rules.kept_periods().filter(|period| !ring.periods.contains_key(period)) {
        let message = format!("the key of period {period} is not there, and it was not purged");
        report.file(Code::KeyLost, (KEYS, 0), message);
    }
}
