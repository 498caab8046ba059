//! What is in scope, what implements it, and what the system is.

use super::{Told, control_id, prose};
use avouch_prove::control::{Control, Nature};
use avouch_prove::controls;
use serde_json::{Value, json};

/// What of us implements controls: name, title, description and the families it serves.
const COMPONENTS: [(&str, &str, &str, &[&str]); 3] = [
    (
        "gateway",
        "API gateway",
        "Decides about each request and records the decision",
        &["IAM", "EDG", "DAT", "CHG", "PIN", "PRV"],
    ),
    (
        "ledger",
        "Evidence ledger",
        "Keeps facts so that a change of the past is seen",
        &["LOG", "GOV", "IR", "AVL", "PHY"],
    ),
    ("scanner", "API scanner", "Replays attacks and keeps the proof", &["TST", "INV", "MON"]),
];

/// The controls that management did not leave out.
pub(super) fn in_scope<'a>(told: &'a Told<'_>) -> impl Iterator<Item = &'static Control> + 'a {
    told.judged.assessed.iter().filter(|one| one.excluded.is_none()).map(|one| one.control)
}

/// What is in scope.
pub(super) fn profile(told: &Told<'_>) -> Value {
    let ids: Vec<String> = in_scope(told).map(control_id).collect();
    let members = json!({
        "imports": [{ "href": "catalog-api.json", "include-controls": [{ "with-ids": ids }] }],
        "merge": { "as-is": true },
    });
    let title = format!("In scope: {}", told.engagement.categories.join(", "));
    told.document("profile", &title, members)
}

/// What implements which controls.
pub(super) fn components(told: &Told<'_>) -> Value {
    let components: Vec<Value> = COMPONENTS
        .iter()
        .map(|(name, title, description, families)| {
            let serves = |control: &&&Control| {
                control.nature != Nature::Manual
                    && families.iter().any(|family| control.id.starts_with(&format!("{family}-")))
            };
            let requirements: Vec<Value> = controls::ALL
                .iter()
                .filter(serves)
                .map(|one| requirement(told, name, one))
                .collect();
            let mut component = json!({
                "uuid": told.uuid(&format!("component/{name}")),
                "type": "software",
                "title": title,
                "description": description,
            });
            if let (Some(members), false) = (component.as_object_mut(), requirements.is_empty()) {
                let implementation = json!([{
                    "uuid": told.uuid(&format!("implementation/{name}")),
                    "source": "catalog-api.json",
                    "description": "What it can do; whether it did is in the assessment results.",
                    "implemented-requirements": requirements,
                }]);
                members.insert("control-implementations".to_owned(), implementation);
            }
            component
        })
        .collect();
    let members = json!({ "components": components });
    told.document("component-definition", "Gateway, ledger and scanner", members)
}

fn requirement(told: &Told<'_>, component: &str, control: &Control) -> Value {
    json!({
        "uuid": told.uuid(&format!("requirement/{component}/{}", control.id)),
        "control-id": control_id(control),
        "description": prose(control.statement),
    })
}

/// What the system is, as far as a program knows.
pub(super) fn plan(told: &Told<'_>) -> Value {
    let this = told.uuid("this-system");
    let requirements: Vec<Value> = in_scope(told)
        .map(|control| {
            json!({
                "uuid": told.uuid(&format!("ssp/{}", control.id)),
                "control-id": control_id(control),
                "by-components": [{
                    "component-uuid": this,
                    "uuid": told.uuid(&format!("ssp/by/{}", control.id)),
                    "description": prose(control.statement),
                    "implementation-status": { "state": "planned", "remarks": "What was shown is in the assessment results." },
                }],
            })
        })
        .collect();
    let boundary =
        "The APIs behind the gateway, the gateway, and the ledger. Management describes the rest.";
    let members = json!({
        "import-profile": { "href": "profile.json" },
        "system-characteristics": {
            "system-ids": [{ "identifier-type": "http://ietf.org/rfc/rfc4122", "id": told.uuid("system") }],
            "system-name": told.engagement.system,
            "description": boundary,
            "system-information": { "information-types": [{
                "uuid": told.uuid("information"),
                "title": "Data of the API",
                "description": "Management classifies it.",
            }] },
            "status": { "state": "operational" },
            "authorization-boundary": { "description": boundary },
        },
        "system-implementation": {
            "users": [{ "uuid": told.uuid("user"), "title": "API consumer" }],
            "components": [{
                "uuid": this,
                "type": "this-system",
                "title": told.engagement.system,
                "description": boundary,
                "status": { "state": "operational" },
            }],
        },
        "control-implementation": {
            "description": "What each control of the scope asks for.",
            "implemented-requirements": requirements,
        },
    });
    told.document("system-security-plan", "System description", members)
}
