//! The judgement as OSCAL documents, for programs of others. They say nothing that the package does not.
//!
//! OSCAL knows no result "not tested": such a control is not satisfied, for the reason `other`, with the
//! property `result`. Ids are made of what they name, so that a second export is the first one again.

mod catalogs;
mod check;
mod plan;
mod results;
mod system;

pub use check::{Fault, check};
pub(crate) use results::reasons;

use crate::engagement::Engagement;
use crate::time;
use avouch_ledger::merkle::Hash;
use avouch_prove::control::Control;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The version that the documents are of: the newest that compliance-trestle 5.2 reads. They hold by the
/// schema of 1.2.3 too, which is the one that is vendored.
const VERSION: &str = "1.2.1";

/// Whose properties ours are.
const NAMESPACE: &str = "https://avouch.dev/ns/oscal";

/// What our ids are derived from.
const UUID_NAMESPACE: [u8; 16] = *b"avouch-oscal-v1\0";

/// A population as OSCAL names it: its digest, items, and the controls it is evidence for.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) digest: Hash,
    pub(crate) count: u64,
    pub(crate) controls: Vec<String>,
}

/// What the documents are made of.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    pub(crate) engagement: &'a Engagement,
    pub(crate) judged: &'a crate::assess::Judged,
    pub(crate) populations: Vec<Listed>,
    pub(crate) checkpoint: String,
    pub(crate) covered_until_ms: u64,
}

/// Every document by its file name.
pub(crate) fn documents(told: &Told<'_>) -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        ("catalog-tsc.json", catalogs::criteria(told)),
        ("catalog-api.json", catalogs::controls(told)),
        ("mapping.json", catalogs::mapping(told)),
        ("profile.json", system::profile(told)),
        ("component-definition.json", system::components(told)),
        ("ssp.json", system::plan(told)),
        ("assessment-plan.json", plan::plan(told)),
        ("assessment-results.json", results::results(told)),
        ("poam.json", results::milestones(told)),
    ])
}

impl Told<'_> {
    /// The id of a thing (RFC 9562, version 5).
    fn uuid(&self, name: &str) -> String {
        let named = [&UUID_NAMESPACE[..], self.engagement.id.as_bytes(), b"/", name.as_bytes()];
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &named.concat());
        let mut bytes: [u8; 16] = hash.as_ref().first_chunk().copied().unwrap_or_default();
        bytes[6] = bytes[6] & 0x0f | 0x50;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = avouch_ledger::format::canonical::to_hex(&bytes);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
        parts.join("-")
    }

    /// What every document begins with.
    fn metadata(&self, title: &str) -> Value {
        json!({
            "title": title,
            "last-modified": time::text(self.covered_until_ms),
            "version": self.engagement.id,
            "oscal-version": VERSION,
            "roles": [{ "id": "prepared-by", "title": "Prepared by management" }],
            "parties": [{
                "uuid": self.uuid("party"),
                "type": "organization",
                "name": self.engagement.system,
            }],
            "remarks": "Prepared by management. This is not a SOC 2 report.",
        })
    }

    /// A document.
    fn document(&self, kind: &str, title: &str, members: Value) -> Value {
        let mut value = json!({ "uuid": self.uuid(kind), "metadata": self.metadata(title) });
        if let (Some(all), Value::Object(members)) = (value.as_object_mut(), members) {
            all.extend(members);
        }
        json!({ kind: value })
    }
}

/// A property of ours.
fn prop(name: &str, value: &str) -> Value {
    // The schema wants values without leading, trailing and doubled spaces, and not empty.
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    json!({ "name": name, "value": if value.is_empty() { "none" } else { &value }, "ns": NAMESPACE })
}

/// The id of a control in its catalog.
fn control_id(control: &Control) -> String {
    format!("api-{}", control.id.to_ascii_lowercase())
}

/// Text that is not empty.
fn prose(text: &str) -> String {
    if text.trim().is_empty() { "Nothing is said.".to_owned() } else { text.to_owned() }
}
