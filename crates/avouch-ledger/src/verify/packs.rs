//! Packs that were given with the log, against what the log says of them: section 14 of
//! `docs/ledger-format.md`.

use super::code::Code;
use super::report::{Finding, Report};
use super::rules::Rules;
use crate::archive::{digest, scan};
use crate::format::{EntryHeader, RECORD};
use crate::log::{PACKS, firsts, pack_path};
use crate::merkle::Hash;
use crate::storage::Storage;
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;

/// The packs that are there, by number, each with what was archived last under it.
pub(super) type Packs = BTreeMap<u64, Option<Hash>>;

/// What packs there are. A folder that cannot be listed is one that was not given.
pub(super) fn there(storage: &dyn Storage) -> Packs {
    let numbers = firsts(storage, PACKS).unwrap_or_default();
    numbers.into_iter().map(|number| (number, None)).collect()
}

/// Each must be the one that was archived last, and hold no record of a purged period.
pub(super) fn check(storage: &dyn Storage, rules: &Rules, report: &mut Report) {
    for (number, archived) in rules.packs() {
        if let Err(error) = check_one(storage, rules, report, (*number, *archived)) {
            report.file(Code::Unreadable, (&pack_path(*number), 0), error.to_string());
        }
    }
}

fn check_one(
    storage: &dyn Storage,
    rules: &Rules,
    report: &mut Report,
    (number, archived): (u64, Option<Hash>),
) -> io::Result<()> {
    let path = pack_path(number);
    let file = storage.open(&path)?;
    let found = digest(file.as_ref())?;
    if archived != Some(found) {
        let archived = archived.map_or("none".to_owned(), Hash::to_hex);
        report.find(Finding {
            code: Code::PackStale,
            message: format!("the pack {number} is not the one archived last"),
            index: None,
            place: Some((path.clone(), 0)),
            evidence: Some((archived, found.to_hex())),
        });
    }
    let mut gone = false;
    scan(file.as_ref(), |_, entry| {
        let header = EntryHeader::parse(entry).ok().map(|(header, _)| header);
        gone = header.is_some_and(|it| it.kind == RECORD && rules.is_purged(it.period));
        if gone { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if gone {
        let message = "the pack holds records of a period that was purged";
        report.file(Code::PurgeUnfinished, (&path, 0), message);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Pack;
    use crate::format::control::Act;
    use crate::log::tests::{Machine, record};
    use crate::storage::replace;
    use crate::verify::{Knowledge, verify};
    use crate::view::View;
    use std::sync::Arc;

    fn codes(machine: &Machine) -> Vec<Code> {
        let knowledge = Knowledge::of(Machine::identity().verifier().clone());
        verify(&machine.disk, &knowledge).findings.iter().map(|found| found.code).collect()
    }

    /// A log of more than one pack, an hour of each class; and its first pack.
    fn packed() -> (Machine, Vec<u8>) {
        let machine = Machine::new(1).born_with(256);
        let core = machine.open().unwrap();
        for number in 0..300 {
            let class = if number % 2 == 0 { "brief" } else { "default" };
            core.append(class, &record(&format!("{number}"))).unwrap();
            if number % 30 == 29 {
                core.commit().unwrap();
                assert!(core.upkeep());
            }
        }
        core.finish().unwrap();
        drop(core);
        let mut pack = Pack::new(0);
        let view = View::open(Arc::new(machine.disk.clone())).unwrap();
        for index in 0..256 {
            pack.push(&view.entry(index).unwrap()).unwrap();
        }
        (machine, pack.encode(&Hash::of(b"log.example/a")))
    }

    fn archived(machine: &Machine, pack: u64, bytes: &[u8]) {
        let core = machine.open().unwrap();
        let act = Act::Archive {
            pack,
            sha256: Hash::of(bytes),
            locator: "s3".to_owned(),
            version: "1".to_owned(),
            retain_until_ms: 0,
        };
        core.administer(act, &[]).unwrap();
        core.finish().unwrap();
    }

    fn put(machine: &Machine, number: u64, bytes: &[u8]) {
        machine.disk.create_folder(PACKS).unwrap();
        replace(&machine.disk, &pack_path(number), bytes).unwrap();
    }

    #[test]
    fn a_pack_is_the_one_archived_last_or_is_named() {
        let (machine, bytes) = packed();
        put(&machine, 0, &bytes);
        assert_eq!(codes(&machine), [Code::PackStale], "nothing was archived");
        archived(&machine, 0, &bytes);
        assert_eq!(codes(&machine), []);
        let at = bytes.len() / 2;
        let changed = [&bytes[..at], &[bytes[at] ^ 1], &bytes[at + 1..]].concat();
        for other in
            [&changed[..], &bytes[..40], &bytes[..at], &[], &[bytes.clone(), vec![0]].concat()]
        {
            put(&machine, 0, other);
            assert_eq!(codes(&machine), [Code::PackStale], "{}", other.len());
        }
        put(&machine, 0, &bytes);
        archived(&machine, 0, b"a newer one");
        assert_eq!(codes(&machine), [Code::PackStale]);
    }

    #[test]
    fn a_pack_that_cannot_be_full_yet_is_not_spoken_of() {
        let (machine, bytes) = packed();
        archived(&machine, 2, &bytes);
        assert_eq!(codes(&machine), [Code::ControlMalformed]);
    }

    #[test]
    fn a_pack_that_outlives_a_purge_is_named_and_a_purge_takes_it_along() {
        let (machine, bytes) = packed();
        archived(&machine, 0, &bytes);
        machine.clock.pass(24 * 3_600_000);
        let core = machine.open().unwrap();
        machine.clock.pass(10_000);
        put(&machine, 0, &bytes);
        core.purge(&[1], "over", &Machine::approvals()).unwrap();
        core.finish().unwrap();
        drop(core);
        assert_eq!(machine.disk.list(PACKS).unwrap(), Vec::<String>::new());
        assert_eq!(codes(&machine), []);
        put(&machine, 0, &bytes);
        assert_eq!(codes(&machine), [Code::PurgeUnfinished]);
    }
}
