//! What an auditor holds against the log: receipts, canaries, counts, confirmations.

use super::code::Code;
use super::held::{Held, Receipt};
use super::report::{Finding, Report};
use crate::format::Term;
use crate::format::canonical::to_hex;
use crate::format::control::{Act, KekVersion};
use crate::keys::Secret32;
use crate::merkle::Hash;
use crate::note::VerifierKey;
use std::collections::BTreeMap;

/// LIMIT: destructions that nobody confirms and that are told.
const UNPROVEN_MAX: usize = 1000;

/// What is compared in the end.
pub(super) struct Claims {
    held: Held,
    /// The keys of the epochs, if there are receipts.
    epochs: Vec<[u8; 32]>,
    /// The leaves that receipts speak of; none where it is gone with others.
    leaves: BTreeMap<u64, Option<Hash>>,
    /// What the last heartbeat of a start counted.
    submitted: BTreeMap<[u8; 16], u64>,
    unproven: Vec<KekVersion>,
}

impl Claims {
    pub(super) fn new(held: Held, key: [u8; 32]) -> Self {
        let leaves = held.receipts.iter().map(|receipt| (receipt.index, None)).collect();
        let (submitted, unproven) = (BTreeMap::new(), Vec::new());
        Self { held, epochs: vec![key], leaves, submitted, unproven }
    }

    /// The key of one record.
    pub(super) fn record_key(&self, index: u64) -> Option<&Secret32> {
        self.held.records.get(&index)
    }

    /// Takes in the terms of a record that was opened.
    pub(super) fn opened(&mut self, terms: &[Term]) {
        if self.held.canaries.is_empty() {
            return;
        }
        for term in terms {
            self.held.canaries.remove(&(term.field, term.value.clone()));
        }
    }

    /// Takes in the leaf at an index.
    pub(super) fn leaf(&mut self, index: u64, leaf: Hash) {
        if let Some(known) = self.leaves.get_mut(&index) {
            *known = Some(leaf);
        }
    }

    /// Takes in what a control entry says.
    pub(super) fn act(&mut self, act: &Act) {
        match act {
            Act::Heartbeat { boot, submitted, .. } if self.held.upstream.contains_key(boot) => {
                self.submitted.insert(*boot, *submitted);
            }
            Act::Purged { destroyed, .. } => {
                let confirmed = self.held.destroyed.as_ref();
                if confirmed.is_some_and(|confirmed| !confirmed.contains(destroyed))
                    && self.unproven.len() < UNPROVEN_MAX
                {
                    self.unproven.push(destroyed.clone());
                }
            }
            _ => (),
        }
    }

    /// Another key signs from here on.
    pub(super) fn epoch(&mut self, key: [u8; 32]) {
        if !self.leaves.is_empty() && self.epochs.last() != Some(&key) {
            self.epochs.push(key);
        }
    }

    /// Compares all of it with a log of so many entries.
    pub(super) fn end(&self, report: &mut Report, size: u64) {
        for KekVersion { id, version } in &self.unproven {
            let message = format!("nobody confirms that version {version} of `{id}` was destroyed");
            report.at(Code::DestructionUnproven, size, message);
        }
        for (field, value) in &self.held.canaries {
            let message = format!("no record has the value {} in field {field}", to_hex(value));
            report.at(Code::CanaryMissing, size, message);
        }
        for (boot, counted) in &self.held.upstream {
            let submitted = self.submitted.get(boot).copied().unwrap_or(0);
            if *counted > submitted {
                let boot = to_hex(boot);
                let message = format!(
                    "{counted} records were handed in after the start {boot}, the log counts {submitted}"
                );
                report.at(Code::UpstreamMismatch, size, message);
            }
        }
        for receipt in &self.held.receipts {
            self.receipt(report, size, receipt);
        }
    }

    fn receipt(&self, report: &mut Report, size: u64, receipt: &Receipt) {
        let Receipt { index, leaf, time_ms, .. } = *receipt;
        let (origin, leaf_hex) = (&report.origin, leaf.to_hex());
        let text = format!("avouch/receipt/v1\n{origin}\n{index}\n{leaf_hex}\n{time_ms}\n");
        let place = usize::try_from(receipt.epoch).unwrap_or(usize::MAX);
        let key = self.epochs.get(place).and_then(|key| VerifierKey::of_note("key", *key).ok());
        if !key.is_some_and(|key| key.has_signed(text.as_bytes(), &receipt.signature)) {
            return report.at(Code::ReceiptInvalid, index, "the receipt is not signed by the log");
        }
        let found = self.leaves.get(&index).copied().flatten();
        // Where it is gone with others, its own hash is not known.
        if index < size && found.is_none_or(|found| found == leaf) {
            return;
        }
        report.find(Finding {
            code: Code::ReceiptContradicted,
            message: "the entry is not the one that was acknowledged".to_owned(),
            index: Some(index),
            place: None,
            evidence: Some((
                text + &to_hex(&receipt.signature),
                found.map_or("nothing".to_owned(), Hash::to_hex),
            )),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Knowledge, verify};
    use super::*;
    use crate::log::Core;
    use crate::log::tests::{Machine, record};
    use crate::merkle::leaf_hash;
    use crate::note::Signer;
    use crate::view::View;
    use serde_json::{Value, json};
    use std::sync::Arc;

    /// A log with two records, an epoch that ended, and a heartbeat.
    fn log() -> (Machine, [u64; 2]) {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        let records = ["one", "two"].map(|text| core.append("default", &record(text)).unwrap());
        core.commit().unwrap();
        core.rotate().unwrap();
        core.finish().unwrap();
        (machine, records)
    }

    fn codes(machine: &Machine, file: &Value) -> Vec<&'static str> {
        let mut knowledge = Knowledge::of(Machine::identity().verifier().clone());
        knowledge.take_file(file.to_string().as_bytes()).unwrap();
        let report = verify(&machine.disk, &knowledge);
        report.findings.iter().map(|finding| finding.code.name()).collect()
    }

    fn file(name: &str, value: &Value) -> Value {
        json!({"origin": "log.example/a", name: value})
    }

    /// The key that signed at the beginning, of a machine of this seed.
    fn first_key() -> Signer {
        let machine = Machine::new(1).born();
        let core: Core = machine.open().unwrap();
        let seed = *core.output().signer.danger_seed();
        Signer::of_note("log.example/a", &seed).unwrap()
    }

    #[test]
    fn a_receipt_holds_or_contradicts_the_log() {
        let (machine, [index, _]) = log();
        let view = View::open(Arc::new(machine.disk.clone())).unwrap();
        let leaf = leaf_hash(&view.entry(index).unwrap());
        let receipt = |index: u64, leaf: Hash, time_ms: u64| {
            let text = format!("avouch/receipt/v1\nlog.example/a\n{index}\n{}\n5\n", leaf.to_hex());
            let signature = to_hex(&first_key().sign_raw(text.as_bytes()));
            json!([{"epoch": 0, "index": index, "leaf": leaf.to_hex(), "signature": signature, "time_ms": time_ms}])
        };
        let said = |receipt| codes(&machine, &file("receipts", &receipt));
        assert!(said(receipt(index, leaf, 5)).is_empty());
        assert_eq!(said(receipt(index, Hash([7; 32]), 5)), ["receipt-contradicted"]);
        assert_eq!(said(receipt(999, leaf, 5)), ["receipt-contradicted"]);
        assert_eq!(said(receipt(index, leaf, 6)), ["receipt-invalid"]);
    }

    #[test]
    fn a_canary_must_be_among_what_opens() {
        let (machine, [index, _]) = log();
        let ring = crate::keys::KeyRing::load(&machine.disk).unwrap();
        let secret = ring.secret(1, &machine.kek()).unwrap();
        let period = to_hex(secret.danger_bytes());
        let keys = crate::keys::PeriodKeys::new(&Hash::of(b"log.example/a"), &secret).unwrap();
        let view = View::open(Arc::new(machine.disk.clone())).unwrap();
        let entry = view.entry(index).unwrap();
        let header = crate::format::EntryHeader::parse(&entry).unwrap().0;
        let key = crate::keys::record_key(&keys, &header).unwrap();
        let key = to_hex(key.danger_bytes());
        let said = |value: &str, by: Value| {
            let mut file =
                file("canaries", &json!([{"field": 1, "value": to_hex(value.as_bytes())}]));
            file.as_object_mut().unwrap().extend(by.as_object().unwrap().clone());
            codes(&machine, &file)
        };
        let all = json!({"periods": {"1": period}});
        let one = json!({"records": {index.to_string(): key}});
        assert!(said("two", all.clone()).is_empty());
        assert_eq!(said("six", all), ["canary-missing"]);
        assert!(said("one", one.clone()).is_empty());
        assert_eq!(said("two", one), ["canary-missing"]);
        assert_eq!(said("two", json!({})), ["canary-missing"]);
    }

    #[test]
    fn nobody_counted_more_than_the_log() {
        let (machine, _) = log();
        let core = machine.open().unwrap();
        core.append("default", &record("three")).unwrap();
        core.finish().unwrap();
        let boot = core.assembly().fold.boot.unwrap();
        let said = |count: u64| {
            codes(
                &machine,
                &file("upstream", &json!([{"boot": to_hex(&boot), "submitted": count}])),
            )
        };
        assert!(said(1).is_empty());
        assert_eq!(said(2), ["upstream-mismatch"]);
    }

    #[test]
    fn a_destruction_that_nobody_confirms_is_unproven() {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        core.append("brief", &record("one")).unwrap();
        core.finish().unwrap();
        drop(core);
        machine.clock.pass(24 * 3_600_000);
        let core = machine.open().unwrap();
        machine.clock.pass(10_000);
        core.purge(&[1], "over", &Machine::approvals()).unwrap();
        core.finish().unwrap();
        let said = |version: u64| {
            let confirmed = json!([{"id": "file", "version": version}]);
            codes(&machine, &file("destroyed", &confirmed))
        };
        assert!(said(1).is_empty());
        assert_eq!(said(2), ["destruction-unproven"]);
    }

    #[test]
    fn a_file_that_holds_something_else_is_refused() {
        let mut knowledge = Knowledge::of(Machine::identity().verifier().clone());
        let mut take = |value: Value| knowledge.take_file(value.to_string().as_bytes()).is_ok();
        assert!(take(json!({"origin": "a", "canaries": []})));
        assert!(!take(json!({"canaries": []})));
        assert!(!take(json!({"origin": "a", "canary": []})));
        assert!(!take(json!({"origin": "a", "upstream": [{"boot": "00", "submitted": 1}]})));
        assert!(!take(json!([])));
        let (machine, _) = log();
        assert_eq!(codes(&machine, &json!({"origin": "another"})), ["origin-mismatch"]);
    }
}
