//! Whether the documents of a package refer to what is there.
//!
//! The published schemas and common tools look at each document by itself: they miss references that
//! lead nowhere. This is the list of what is looked at here.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A reference that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// What is wrong, and with what.
    pub what: String,
}

/// Ids that documents define and refer to.
#[derive(Default)]
struct Known {
    uuids: BTreeSet<String>,
    controls: BTreeSet<String>,
    parts: BTreeSet<String>,
}

/// Members that refer to a uuid of some document.
const UUID_REFERENCES: [&str; 6] =
    ["observation-uuid", "risk-uuid", "component-uuid", "subject-uuid", "actor-uuid", "party-uuid"];

/// Members that refer to a control.
const CONTROL_REFERENCES: [&str; 2] = ["control-id", "id-ref"];

/// Members that refer to a part of a control.
const PART_REFERENCES: [&str; 3] = ["objective-id", "target-id", "statement-id"];

/// Looks at all documents together. `digest` gives the SHA-256 of a file of the package, by its path
/// from the folder of the documents.
pub fn check(
    documents: &BTreeMap<String, Value>,
    digest: &dyn Fn(&str) -> Option<String>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut known = Known::default();
    for (file, document) in documents {
        let mut own = BTreeSet::new();
        define(document, file, &mut own, &mut known, &mut faults);
    }
    for (file, document) in documents {
        let mut resources = BTreeSet::new();
        own_uuids(document, &mut resources);
        let place = Place { file, documents, digest, known: &known, resources: &resources };
        place.refer(document, &mut faults);
    }
    faults.sort();
    faults.dedup();
    faults
}

fn fault(file: &str, what: String) -> Fault {
    Fault { file: file.to_owned(), what }
}

fn own_uuids(value: &Value, uuids: &mut BTreeSet<String>) {
    each(value, &mut |name, value| {
        if let ("uuid", Some(text)) = (name, value.as_str()) {
            uuids.insert(text.to_owned());
        }
    });
}

/// Goes over all members of all objects.
fn each(value: &Value, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                visit(name, member);
                each(member, visit);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| each(value, visit)),
        _ => (),
    }
}

fn define(
    document: &Value,
    file: &str,
    own: &mut BTreeSet<String>,
    known: &mut Known,
    faults: &mut Vec<Fault>,
) {
    // A risk stands in the results and in the plan to mend it: the same one.
    each(document, &mut |name, value| {
        let ("uuid", Some(text)) = (name, value.as_str()) else { return };
        if !own.insert(text.to_owned()) {
            faults.push(fault(file, format!("uuid {text} stands there twice")));
        }
        known.uuids.insert(text.to_owned());
    });
    // What describes a document, such as its roles, has ids of its own.
    if let Some(groups) = document.get("catalog").and_then(|catalog| catalog.get("groups")) {
        each(groups, &mut |name, value| {
            let ("id", Some(text)) = (name, value.as_str()) else { return };
            let set = if text.contains('_') { &mut known.parts } else { &mut known.controls };
            if !set.insert(text.to_owned()) {
                faults.push(fault(file, format!("id {text} stands there twice")));
            }
        });
    }
}

/// A document among the others.
struct Place<'a> {
    file: &'a str,
    documents: &'a BTreeMap<String, Value>,
    digest: &'a dyn Fn(&str) -> Option<String>,
    known: &'a Known,
    resources: &'a BTreeSet<String>,
}

impl Place<'_> {
    fn refer(&self, document: &Value, faults: &mut Vec<Fault>) {
        each(document, &mut |name, value| {
            if name == "with-ids" {
                let ids = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                for id in ids.filter(|id| !self.known.controls.contains(*id)) {
                    faults.push(fault(self.file, format!("there is no control {id}")));
                }
            }
            if name == "rlinks" {
                self.links(value, faults);
            }
            let Some(text) = value.as_str() else { return };
            // No published schema and no common tool looks at it.
            if name == "oscal-version" && text != super::VERSION {
                faults.push(fault(self.file, format!("oscal-version {text} is not ours")));
            }
            let missing = if UUID_REFERENCES.contains(&name) {
                !self.known.uuids.contains(text)
            } else if CONTROL_REFERENCES.contains(&name) {
                !self.known.controls.contains(text)
            } else if PART_REFERENCES.contains(&name) {
                !self.known.parts.contains(text)
            } else if name == "href" || name == "source" {
                !self.resolves(text)
            } else {
                false
            };
            if missing {
                faults.push(fault(self.file, format!("{name} {text} leads nowhere")));
            }
        });
    }

    /// Whether an address leads somewhere: to a resource of this document, to another document, to a
    /// file of the package, or out of it.
    fn resolves(&self, href: &str) -> bool {
        if let Some(uuid) = href.strip_prefix('#') {
            return self.resources.contains(uuid);
        }
        href.starts_with("https://")
            || self.documents.contains_key(href)
            || (self.digest)(href).is_some()
    }

    fn links(&self, links: &Value, faults: &mut Vec<Fault>) {
        for link in links.as_array().into_iter().flatten() {
            let href = link.get("href").and_then(Value::as_str).unwrap_or_default();
            let hashes = link.get("hashes").and_then(Value::as_array).into_iter().flatten();
            for hash in hashes {
                let said = hash.get("value").and_then(Value::as_str).unwrap_or_default();
                let formed = hash.get("algorithm").and_then(Value::as_str) == Some("SHA-256")
                    && said.len() == 64
                    && said.bytes().all(|byte| byte.is_ascii_hexdigit());
                if !formed {
                    faults.push(fault(self.file, format!("the hash of {href} is none")));
                } else if (self.digest)(href).is_some_and(|digest| digest != said) {
                    faults.push(fault(self.file, format!("{href} has another hash")));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
