//! The criteria, the controls, and which control is for which criterion.

use super::{Told, control_id, prop, prose};
use avouch_prove::control::Nature;
use avouch_prove::{controls, criteria};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where the text of the criteria is.
const AUTHORITY: &str = "https://www.aicpa-cima.com/";

/// The criteria in our own words, by their ids.
pub(super) fn criteria(told: &Told<'_>) -> Value {
    let resource = told.uuid("tsc");
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for criterion in criteria::all() {
        let label = criterion.id.as_str();
        let id = label.to_ascii_lowercase();
        let manual = criterion.manual.unwrap_or("none");
        groups.entry(criterion.category.word()).or_default().push(json!({
            "id": id,
            "class": "criterion",
            "title": label,
            "props": [
                { "name": "label", "value": label },
                prop("level", criterion.level.word()),
            ],
            "links": [{ "href": format!("#{resource}"), "rel": "reference" }],
            "parts": [
                { "id": format!("{id}_smt"), "name": "statement",
                  "prose": format!("{} (in our own words)", criterion.meaning) },
                { "id": format!("{id}_gdn"), "name": "guidance",
                  "prose": format!("What only people can say: {manual}") },
            ],
        }));
    }
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|(name, controls)| {
            json!({ "id": format!("tsc-{name}"), "class": "category", "title": name, "controls": controls })
        })
        .collect();
    let matter = json!({ "resources": [{
        "uuid": resource,
        "title": "Trust Services Criteria",
        "description": "The authoritative text is the AICPA's and is not in this document.",
        "rlinks": [{ "href": AUTHORITY }],
    }] });
    let members = json!({ "groups": groups, "back-matter": matter });
    told.document("catalog", "Trust services criteria: ids and our own words", members)
}

/// The control library.
pub(super) fn controls(told: &Told<'_>) -> Value {
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for control in controls::ALL {
        let id = control_id(control);
        let family = control.id.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let method = if control.nature == Nature::Manual { "EXAMINE" } else { "TEST" };
        groups.entry(family).or_default().push(json!({
            "id": id,
            "class": "API",
            "title": control.name,
            "props": [
                { "name": "label", "value": control.id },
                prop("nature", control.nature.word()),
                prop("frequency", &control.frequency.to_string()),
            ],
            "parts": [
                { "id": format!("{id}_smt"), "name": "statement", "prose": prose(control.statement) },
                { "id": format!("{id}_obj"), "name": "assessment-objective",
                  "prose": format!("Determine whether: {}", control.statement) },
                { "id": format!("{id}_asm"), "name": "assessment-method",
                  "props": [{ "name": "method", "value": method }], "prose": prose(control.test) },
            ],
        }));
    }
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|(family, controls)| {
            let title = family.to_ascii_uppercase();
            json!({ "id": format!("api-{family}"), "class": "family", "title": title, "controls": controls })
        })
        .collect();
    told.document("catalog", "API control library", json!({ "groups": groups }))
}

/// Which control is for which criterion.
pub(super) fn mapping(told: &Told<'_>) -> Value {
    let mut maps = Vec::new();
    for criterion in criteria::all() {
        for control in criterion.controls.iter().filter_map(|id| controls::find(id)) {
            let target = criterion.id.as_str().to_ascii_lowercase();
            maps.push(json!({
                "uuid": told.uuid(&format!("map/{}/{target}", control.id)),
                "relationship": "intersects-with",
                "sources": [{ "type": "control", "id-ref": control_id(control) }],
                "targets": [{ "type": "control", "id-ref": target }],
            }));
        }
    }
    let members = json!({
        "provenance": {
            "method": "human",
            "matching-rationale": "functional",
            "status": "complete",
            "mapping-description": "Which control of the library is evidence for which criterion.",
        },
        "mappings": [{
            "uuid": told.uuid("mapping"),
            "source-resource": { "type": "catalog", "href": "catalog-api.json" },
            "target-resource": { "type": "catalog", "href": "catalog-tsc.json" },
            "maps": maps,
        }],
    });
    told.document("mapping-collection", "API controls to criteria", members)
}
