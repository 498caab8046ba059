//! How it was tested.

use super::system::in_scope;
use super::{Told, control_id, prose};
use serde_json::{Value, json};

/// The assessment plan.
pub(super) fn plan(told: &Told<'_>) -> Value {
    let activities: Vec<Value> = in_scope(told)
        .map(|control| {
            let selected = json!([{ "include-controls": [{ "control-id": control_id(control) }] }]);
            json!({
                "uuid": told.uuid(&format!("activity/{}", control.id)),
                "title": control.name,
                "description": prose(control.test),
                "related-controls": { "control-selections": selected },
            })
        })
        .collect();
    let tool = told.uuid("tool");
    let members = json!({
        "import-ssp": { "href": "ssp.json" },
        "local-definitions": { "activities": activities },
        "reviewed-controls": {
            "control-selections": [{ "include-all": {} }],
            "control-objective-selections": [{ "include-all": {} }],
        },
        "assessment-subjects": [{ "type": "component", "include-all": {} }],
        "assessment-assets": {
            "components": [{
                "uuid": tool,
                "type": "software",
                "title": "Avouch",
                "description": "Folds the facts of the ledger into assessments",
                "props": [{ "name": "version", "value": env!("CARGO_PKG_VERSION") }],
                "status": { "state": "operational" },
            }],
            "assessment-platforms": [{
                "uuid": told.uuid("platform"),
                "title": "Where the ledger is",
                "uses-components": [{ "component-uuid": tool }],
            }],
        },
    });
    told.document("assessment-plan", "Continuous test plan", members)
}
