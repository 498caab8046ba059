use super::*;
use crate::keys::{IndexKey, KeyRing, PeriodKeys, Secret32, record_key};
use crate::log::tests::{Machine, record};
use crate::search::{Blinded, Exported, Exporting, Shown};
use crate::storage::read_whole;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All keys.
struct All(BTreeMap<u32, PeriodKeys>);

impl Shown for All {
    fn blinded(&mut self, period: u32, question: &Question) -> Option<(Blinded, IndexKey)> {
        let keys = self.0.get(&period)?;
        Some((keys.blind(question.field, &question.value), keys.shown().clone()))
    }

    fn record_key(&mut self, header: &EntryHeader) -> Option<Secret32> {
        record_key(self.0.get(&header.period)?, header).ok()
    }
}

/// A ledger over two days, with changes of the key, rounds of the index and a tail.
fn grown() -> Machine {
    let machine = Machine::new(1).born();
    let core = machine.open().unwrap();
    for number in 0..150 {
        let text = format!("{:03} {number}", number % 5);
        core.append("default", &record(&text)).unwrap();
        if number % 20 == 19 {
            core.commit().unwrap();
            assert!(core.upkeep());
        }
        if number == 50 {
            core.rotate().unwrap();
        }
        if number == 90 {
            core.commit().unwrap();
            machine.clock.pass(26 * 3_600_000);
            assert!(core.upkeep());
        }
    }
    core.finish().unwrap();
    machine
}

fn export(machine: &Machine, range: Option<Range<u64>>, value: Option<&str>) -> (String, Exported) {
    let ring = KeyRing::load(&machine.disk).unwrap();
    let kek = machine.kek();
    let keys = |period| {
        PeriodKeys::new(&ring.origin().hash(), &ring.secret(period, &kek).unwrap()).unwrap()
    };
    let mut all = All((1..=2).map(|period| (period, keys(period))).collect());
    let read = |name: &str| read_whole(&machine.disk, name, 1 << 20).unwrap();
    let genesis = String::from_utf8(read("genesis")).unwrap();
    let checkpoint = Note::parse(&read("checkpoint")).unwrap();
    let question = value.map(|value| Question { field: 1, value: value.as_bytes().to_vec() });
    let storage = Arc::new(machine.disk.clone());
    let about = Exporting { storage, genesis: &genesis, checkpoint: &checkpoint, range, question };
    let mut out = Vec::new();
    let exported = about.write(&mut all, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), exported)
}

fn check(text: &str) -> Result<ProvenExport, ExportFault> {
    let identity = Machine::identity().verifier().clone();
    check_export(text.as_bytes(), &identity, |_| ())
}

fn proves(text: &str) -> bool {
    check(text).is_ok_and(|proven| proven.missing.is_empty() && proven.unproven_terms.is_empty())
}

#[test]
fn an_honest_export_is_accepted_and_shows_what_was_asked_for() {
    let machine = grown();
    for range in [None, Some(0..0), Some(7..100), Some(100..140)] {
        for value in [None, Some("003"), Some("none")] {
            let (text, exported) = export(&machine, range.clone(), value);
            let mut shown = 0;
            let identity = Machine::identity().verifier().clone();
            let counted = |exhibit: &Exhibit<'_>| shown += u32::from(exhibit.record.is_some());
            let proven = check_export(text.as_bytes(), &identity, counted).unwrap();
            assert!(proven.missing.is_empty() && proven.unproven_terms.is_empty(), "{proven:?}");
            assert_eq!(proven.entries, exported.entries);
            if let (None, Some("003")) = (&range, value) {
                assert_eq!(shown, 30);
            }
        }
    }
}

#[test]
fn no_line_can_be_left_out_repeated_at_the_end_or_moved_to_the_front() {
    let machine = grown();
    for value in [None, Some("003"), Some("none")] {
        let (text, _) = export(&machine, None, value);
        let lines: Vec<&str> = text.lines().collect();
        let joined = |lines: &[&str]| [lines.join("\n"), "\n".to_owned()].concat();
        for at in 0..lines.len() {
            let mut less = lines.clone();
            less.remove(at);
            assert!(!proves(&joined(&less)), "{value:?} without line {at}");
            // Also when the counts at the end are made to fit.
            let last = less.pop().unwrap();
            let entries = less.iter().filter(|line| line.contains("\"type\":\"entry\"")).count();
            let end =
                format!("{{\"entries\":{entries},\"lines\":{},\"type\":\"end\"}}", less.len());
            less.push(&end);
            let optional = value.is_some() && lines[at].contains("\"type\":\"entry\"");
            let said = check(&joined(&less));
            let complete = said
                .as_ref()
                .is_ok_and(|proven| proven.missing.is_empty() && proven.unproven_terms.is_empty());
            // What an answer does not rest on may be left out; a hit may not.
            assert!(!complete || (optional && !lines[at].contains("\"key\"")), "{at} {last}");
        }
        assert!(!proves(&joined(&[&lines[..], &lines[lines.len() - 2..]].concat())));
    }
}

#[test]
fn no_byte_can_be_changed() {
    let machine = grown();
    let (text, _) = export(&machine, Some(60..90), Some("003"));
    let honest = check(&text).unwrap();
    for at in (0..text.len()).step_by(11) {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        let said = check(&changed);
        let harmless = said.as_ref().is_ok_and(|proven| *proven == honest);
        assert!(harmless || !proves(&changed), "byte {at}: {said:?}");
    }
}

#[test]
fn another_key_proves_nothing() {
    let machine = grown();
    let (text, _) = export(&machine, None, Some("003"));
    let stranger = crate::note::Signer::of_note("log.example/a", &[3; 32]).unwrap();
    assert!(check_export(text.as_bytes(), stranger.verifier(), |_| ()).is_err());
    assert!(check("").is_err() && check("{}\n").is_err() && check(&"x".repeat(2 << 20)).is_err());
}
