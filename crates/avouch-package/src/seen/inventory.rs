//! Which operations were seen, by whom they were used, and what protects them.

use avouch_model::coding::Word;
use avouch_model::fact::finding::FindingEvent;
use avouch_model::fact::request::{Answer, ProvenBy, Request, SeenBy};
use avouch_prove::history::History;
use std::collections::{BTreeMap, BTreeSet};

/// LIMIT: operations that are told apart; of others only the number of requests is known.
const OPERATIONS_MAX: usize = 2_000;

/// LIMIT: classes, hosts, means and vendors that are told apart.
const NAMES_MAX: usize = 64;

/// What is known of an operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operation {
    /// Requests that the gateway, or one that asks ours, decided about.
    pub(crate) decided: u64,
    /// Of these, refused.
    pub(crate) refused: u64,
    /// Let through without anybody having shown who they are.
    pub(crate) open: u64,
    /// Requests of scans.
    pub(crate) scanned: u64,
    /// Requests that other logs tell of.
    pub(crate) imported: u64,
    /// Classes of data in answers.
    pub(crate) classes: BTreeSet<String>,
    /// How callers that were let through showed who they are.
    pub(crate) means: BTreeSet<&'static str>,
    /// Weaknesses that are proven and not mended.
    pub(crate) findings: BTreeSet<String>,
}

/// All operations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inventory {
    /// By method and path template.
    pub(crate) operations: BTreeMap<String, Operation>,
    /// Requests whose operation no description names.
    pub(crate) undescribed: Operation,
    /// Requests of operations beyond those that are told apart.
    pub(crate) beyond: u64,
    /// Hosts that requests were for.
    pub(crate) hosts: BTreeSet<String>,
    /// Requests that came over TLS, and all that the gateway decided about.
    pub(crate) tls: (u64, u64),
    /// Vendors, with the classes of data that they are given.
    pub(crate) vendors: BTreeMap<String, BTreeSet<String>>,
    /// Weaknesses of no operation.
    pub(crate) findings: BTreeSet<String>,
}

impl Inventory {
    /// Counts a request of the period.
    pub(crate) fn add(&mut self, request: &Request) {
        let by_gateway = matches!(request.seen_by, SeenBy::Gateway | SeenBy::Adapter);
        if by_gateway {
            self.tls.1 += 1;
            self.tls.0 += u64::from(request.tls.is_some());
            note(&mut self.hosts, &request.host);
        }
        let Some(operation) = self.operation(request.operation.as_deref()) else {
            self.beyond += 1;
            return;
        };
        match request.seen_by {
            SeenBy::Gateway | SeenBy::Adapter => operation.decided += 1,
            SeenBy::Scanner => operation.scanned += 1,
            SeenBy::Import => operation.imported += 1,
        }
        for class in &request.classes {
            note(&mut operation.classes, class);
        }
        if !by_gateway {
            return;
        }
        match request.answer {
            Some(Answer::Deny | Answer::Error) => operation.refused += 1,
            Some(Answer::Allow | Answer::Observe) => match request.proven_by {
                None | Some(ProvenBy::Nothing) => operation.open += 1,
                Some(means) => {
                    operation.means.insert(means.word());
                }
            },
            None => (),
        }
    }

    fn operation(&mut self, name: Option<&str>) -> Option<&mut Operation> {
        let Some(name) = name else { return Some(&mut self.undescribed) };
        if !self.operations.contains_key(name) && self.operations.len() >= OPERATIONS_MAX {
            return None;
        }
        Some(self.operations.entry(name.to_owned()).or_default())
    }

    /// Adds what other facts say, once all were read.
    pub(super) fn close(&mut self, history: &History) {
        let mut open = BTreeMap::new();
        for entry in &history.findings {
            let finding = &entry.fact;
            match finding.event {
                FindingEvent::Fixed => open.remove(&finding.fingerprint),
                _ => open.insert(finding.fingerprint.clone(), finding),
            };
        }
        for (fingerprint, finding) in open {
            let Some(name) = &finding.operation else {
                note(&mut self.findings, &fingerprint);
                continue;
            };
            if let Some(operation) = self.operation(Some(name)) {
                note(&mut operation.findings, &fingerprint);
            }
        }
        for entry in &history.vendors {
            let vendor = &entry.fact;
            if self.vendors.len() < NAMES_MAX || self.vendors.contains_key(&vendor.name) {
                let classes = self.vendors.entry(vendor.name.clone()).or_default();
                vendor.classes.iter().for_each(|class| note(classes, class));
            }
        }
    }

    /// All classes of data that were seen in answers.
    pub(crate) fn classes(&self) -> BTreeSet<&str> {
        let all = self.operations.values().chain([&self.undescribed]);
        all.flat_map(|operation| operation.classes.iter().map(String::as_str)).collect()
    }
}

fn note(names: &mut BTreeSet<String>, name: &str) {
    if names.len() < NAMES_MAX && !name.is_empty() {
        names.insert(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::coding::Example;

    #[test]
    fn operations_are_told_apart_and_what_is_not_described_is_counted() {
        let mut inventory = Inventory::default();
        let seen = Request::example();
        inventory.add(&seen);
        inventory.add(&Request { proven_by: Some(ProvenBy::Nothing), ..seen.clone() });
        inventory.add(&Request { answer: Some(Answer::Deny), ..seen.clone() });
        inventory.add(&Request { operation: None, ..seen.clone() });
        inventory.add(&Request { seen_by: SeenBy::Scanner, ..seen });
        let (name, operation) = inventory.operations.first_key_value().unwrap();
        assert_eq!(name, "GET /orders/{orderId}");
        let counts = (operation.decided, operation.refused, operation.open, operation.scanned);
        assert_eq!(counts, (3, 1, 1, 1));
        assert_eq!(operation.means, BTreeSet::from(["token"]));
        assert_eq!(inventory.undescribed.decided, 1);
        assert_eq!(inventory.classes(), BTreeSet::from(["email", "payment-card"]));
        assert_eq!(inventory.tls, (4, 4));
    }

    #[test]
    fn a_flood_of_operations_is_bounded_and_counted() {
        let mut inventory = Inventory::default();
        for number in 0..OPERATIONS_MAX + 5 {
            let operation = Some(format!("GET /{number}"));
            inventory.add(&Request { operation, ..Request::example() });
        }
        assert_eq!((inventory.operations.len(), inventory.beyond), (OPERATIONS_MAX, 5));
    }
}
