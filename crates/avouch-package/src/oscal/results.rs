//! What came of it, and what is to be mended.

use super::system::in_scope;
use super::{Told, control_id, prop};
use crate::time;
use avouch_prove::assessment::{Assessed, Assessment};
use avouch_prove::control::Nature;
use serde_json::{Value, json};

/// LIMIT: reasons that are named for one control.
const REASONS_MAX: usize = 20;

/// The assessment results.
pub(super) fn results(told: &Told<'_>) -> Value {
    let period = told.engagement.period;
    let scoped = || told.judged.assessed.iter().filter(|one| one.excluded.is_none());
    let ids: Vec<String> = in_scope(told).map(control_id).collect();
    let selected: Vec<Value> = ids.iter().map(|id| json!({ "control-id": id })).collect();
    let objectives: Vec<Value> =
        ids.iter().map(|id| json!({ "objective-id": format!("{id}_obj") })).collect();
    let mut result = json!({
        "uuid": told.uuid("result"),
        "title": format!("Period {}", told.engagement.id),
        "description": "What the facts of the ledger say about each control of the scope.",
        "start": time::text(period.from_ms),
        "end": time::text(period.to_ms.saturating_sub(1)),
        "reviewed-controls": {
            "control-selections": [{ "include-controls": selected }],
            "control-objective-selections": [{ "include-objectives": objectives }],
        },
        "observations": scoped().map(|one| observation(told, one)).collect::<Vec<_>>(),
        "findings": scoped().map(|one| finding(told, one)).collect::<Vec<_>>(),
    });
    let risks: Vec<Value> = scoped().filter_map(|one| risk(told, one)).collect();
    if let (Some(members), false) = (result.as_object_mut(), risks.is_empty()) {
        members.insert("risks".to_owned(), json!(risks));
    }
    let resources: Vec<Value> = told.populations.iter().map(|one| resource(told, one)).collect();
    let members = json!({
        "import-ap": { "href": "assessment-plan.json" },
        "results": [result],
        "back-matter": { "resources": resources },
    });
    told.document("assessment-results", "Assessment results", members)
}

fn resource(told: &Told<'_>, population: &super::Listed) -> Value {
    json!({
        "uuid": told.uuid(&format!("population/{}", population.name)),
        "title": format!("Population: {}", population.title),
        "description": "Rows; that none is missing is proven by the files below `ledger/kinds`.",
        "props": [
            prop("row-count", &population.count.to_string()),
            prop("ledger-checkpoint", &told.checkpoint),
        ],
        "rlinks": [{
            "href": format!("../populations/{}.ndjson", population.name),
            "media-type": "application/x-ndjson",
            "hashes": [{ "algorithm": "SHA-256", "value": population.digest.to_hex() }],
        }],
    })
}

/// What an assessment says, in words.
pub(crate) fn reasons(one: &Assessed) -> Vec<String> {
    let named = match &one.assessment {
        Assessment::Effective => Vec::new(),
        Assessment::Exceptions(all) => all.iter().map(|one| one.because.clone()).collect(),
        Assessment::NotTested(all) => all.iter().map(|gap| gap.because.clone()).collect(),
    };
    named.into_iter().take(REASONS_MAX).collect()
}

fn observation(told: &Told<'_>, one: &Assessed) -> Value {
    let control = one.control;
    let methods: &[&str] = match control.nature {
        Nature::Auto => &["TEST"],
        Nature::Hybrid => &["EXAMINE", "TEST"],
        Nature::Manual => &["EXAMINE"],
    };
    let expected = one.expected().map_or_else(|| "not known".to_owned(), |many| many.to_string());
    let mut value = json!({
        "uuid": told.uuid(&format!("observation/{}", control.id)),
        "title": control.id,
        "description": format!("{}: {}", control.name, one.assessment.word()),
        "methods": methods,
        "types": ["control-objective"],
        "props": [
            prop("result", one.assessment.word()),
            prop("occurrences-expected", &expected),
            prop("occurrences-actual", &one.actual().to_string()),
            prop("ledger-checkpoint", &told.checkpoint),
        ],
        "subjects": [{ "subject-uuid": told.uuid("this-system"), "type": "component" }],
        "collected": time::text(one.last_ms().unwrap_or(told.covered_until_ms)),
    });
    let serves = |listed: &&super::Listed| listed.controls.iter().any(|id| id == control.id);
    let evidence: Vec<Value> = told
        .populations
        .iter()
        .filter(serves)
        .map(|listed| {
            let resource = told.uuid(&format!("population/{}", listed.name));
            json!({ "href": format!("#{resource}"), "description": format!("Population with proofs: {}", listed.title) })
        })
        .collect();
    if let (Some(members), false) = (value.as_object_mut(), evidence.is_empty()) {
        members.insert("relevant-evidence".to_owned(), json!(evidence));
    }
    value
}

fn finding(told: &Told<'_>, one: &Assessed) -> Value {
    let control = one.control;
    let (state, reason) = match one.assessment {
        Assessment::Effective => ("satisfied", "pass"),
        Assessment::Exceptions(_) => ("not-satisfied", "fail"),
        Assessment::NotTested(_) => ("not-satisfied", "other"),
    };
    let mut value = json!({
        "uuid": told.uuid(&format!("finding/{}", control.id)),
        "title": format!("{}: {}", control.id, one.assessment.word()),
        "description": described(one),
        "props": [prop("result", one.assessment.word())],
        "target": {
            "type": "objective-id",
            "target-id": format!("{}_obj", control_id(control)),
            "status": { "state": state, "reason": reason },
        },
        "related-observations": [{ "observation-uuid": told.uuid(&format!("observation/{}", control.id)) }],
    });
    if let (Some(members), Some(_)) = (value.as_object_mut(), risk(told, one)) {
        let related = json!([{ "risk-uuid": told.uuid(&format!("risk/{}", control.id)) }]);
        members.insert("related-risks".to_owned(), related);
    }
    value
}

fn described(one: &Assessed) -> String {
    let reasons = reasons(one);
    if reasons.is_empty() {
        "The facts of the period show that it operated.".to_owned()
    } else {
        reasons.join("; ")
    }
}

/// What follows of a control with exceptions.
fn risk(told: &Told<'_>, one: &Assessed) -> Option<Value> {
    matches!(one.assessment, Assessment::Exceptions(_)).then(|| {
        json!({
            "uuid": told.uuid(&format!("risk/{}", one.control.id)),
            "title": format!("{}: {}", one.control.id, one.control.name),
            "description": described(one),
            "statement": one.control.statement,
            "status": "open",
        })
    })
}

/// What is to be mended: exceptions, and what was not tested.
pub(super) fn milestones(told: &Told<'_>) -> Value {
    let open = || told.judged.assessed.iter().filter(|one| one.excluded.is_none());
    let risks: Vec<Value> = open().filter_map(|one| risk(told, one)).collect();
    let mut items: Vec<Value> = open()
        .filter(|one| !matches!(one.assessment, Assessment::Effective))
        .map(|one| {
            let mut item = json!({
                "uuid": told.uuid(&format!("item/{}", one.control.id)),
                "title": format!("{}: {}", one.control.id, one.assessment.word()),
                "description": described(one),
                "props": [prop("result", one.assessment.word())],
            });
            if let (Some(members), Some(_)) = (item.as_object_mut(), risk(told, one)) {
                let related =
                    json!([{ "risk-uuid": told.uuid(&format!("risk/{}", one.control.id)) }]);
                members.insert("related-risks".to_owned(), related);
            }
            item
        })
        .collect();
    if items.is_empty() {
        // The schema wants one.
        items.push(json!({
            "uuid": told.uuid("item/none"),
            "title": "Nothing is open",
            "description": "No control of the scope has exceptions or was not tested.",
        }));
    }
    let mut members = json!({
        "import-ssp": { "href": "ssp.json" },
        "system-id": { "identifier-type": "http://ietf.org/rfc/rfc4122", "id": told.uuid("system") },
        "poam-items": items,
    });
    if let (Some(all), false) = (members.as_object_mut(), risks.is_empty()) {
        all.insert("risks".to_owned(), json!(risks));
    }
    told.document("plan-of-action-and-milestones", "What is to be mended", members)
}
