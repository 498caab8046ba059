//! The OSCAL documents of a package: whether they refer to what is there.
//!
//! What they say is management's; only this verifier looks at their references.

use super::files::Files;
use super::report::Report;
use crate::oscal::check;
use serde_json::Value;
use std::collections::BTreeMap;

/// Judges them.
pub(crate) fn judge(files: &Files, report: &mut Report) {
    let mut documents: BTreeMap<String, Value> = BTreeMap::new();
    for name in files.below("oscal/") {
        match files.json(&format!("oscal/{name}")) {
            Some(value) => {
                documents.insert(name, value);
            }
            None => {
                report.add("document-malformed", &format!("oscal/{name}"), None, "it is no JSON");
            }
        }
    }
    let digest = |href: &str| {
        let name = href.strip_prefix("../")?;
        files.has(name).then(|| files.digest(name).ok().map(|(_, hash)| hash.to_hex()))?
    };
    for fault in check(&documents, &digest) {
        report.add("document-reference", &format!("oscal/{}", fault.file), None, &fault.what);
    }
}
