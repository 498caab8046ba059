//! What a person may do, as records tell by their names.

use crate::context::Context;
use crate::oracle::administrative;
use crate::oracle::caller::names_the_caller;
use crate::oracle::guarded::turns_away;
use crate::oracle::leaves::{leaves, plain_key};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation, OperationId};
use avouch_model::severity::Severity;
use serde_json::Value;
use std::collections::BTreeMap;

/// Names that say what a person may do, by plain key.
const RIGHTS: [&str; 22] = [
    "admin",
    "isadmin",
    "administrator",
    "isadministrator",
    "superuser",
    "issuperuser",
    "superadmin",
    "staff",
    "isstaff",
    "role",
    "roles",
    "userrole",
    "rolename",
    "usertype",
    "accounttype",
    "accesslevel",
    "permission",
    "permissions",
    "privilege",
    "privileges",
    "authorities",
    "ismoderator",
];
/// Names that say what a person has or was granted.
const GRANTS: [&str; 22] = [
    "verified",
    "isverified",
    "emailverified",
    "approved",
    "isapproved",
    "balance",
    "walletbalance",
    "credit",
    "credits",
    "availablecredit",
    "points",
    "plan",
    "tier",
    "quota",
    "creditlimit",
    "salary",
    "discount",
    "premium",
    "ispremium",
    "subscription",
    "vip",
    "isvip",
];
/// What deciding over that name is worth; `None` when it decides nothing.
pub fn decides(name: &str) -> Option<Severity> {
    let key = plain_key(name);
    if RIGHTS.contains(&key.as_str()) {
        Some(Severity::Critical)
    } else if GRANTS.contains(&key.as_str()) {
        Some(Severity::High)
    } else {
        None
    }
}

/// Whether a role's name is one of the highest.
pub fn is_high(role: &str) -> bool {
    let lower = role.to_ascii_lowercase();
    ["admin", "superuser", "root", "owner"].iter().any(|word| lower.contains(word))
}

/// Members of a record that decide on rights or grants, one object below too.
pub fn rights_of(record: &Value) -> BTreeMap<String, Value> {
    let own = record.as_object().into_iter().flatten();
    let below = own.clone().filter_map(|(_, value)| value.as_object()).flatten();
    below
        .chain(own)
        .filter(|(name, value)| decides(name).is_some() && !value.is_object() && !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Whether a read answers about whoever asks: by its path, or because an identity's own name stands
/// at the top of what it alone is answered there.
pub fn shows_the_caller(ctx: &Context<'_>, operation: &Operation) -> bool {
    let plain = operation.method == Method::Get && operation.path_parameters().next().is_none();
    plain
        && (names_the_caller(&operation.path)
            || ctx.identities.iter().any(|identity| {
                let names = ctx.accounts.names_of(identity.who);
                let tells = |json: &Value| {
                    let members = json.as_object().into_iter().flatten();
                    let mut texts = members.filter_map(|(_, value)| value.as_str());
                    texts.any(|text| names.iter().any(|name| name == text))
                };
                let answers = ctx.corpus.of(&operation.id, identity.who);
                let mut answers = answers.filter_map(|sample| sample.success()?.json());
                answers.any(|json| {
                    tells(&json) || json.get("data").or_else(|| json.get("user")).is_some_and(tells)
                })
            }))
}

/// Values that identity was shown under that name: in its own profile only, or anywhere.
pub fn seen_by(ctx: &Context<'_>, who: Who, name: &str, own: bool) -> Vec<String> {
    let key = plain_key(name);
    let personal = |id: &OperationId| {
        ctx.catalog.operations.iter().any(|o| o.id == *id && shows_the_caller(ctx, o))
    };
    let samples = ctx.corpus.samples().iter();
    let samples = samples.filter(|s| s.who == who && (!own || personal(&s.operation)));
    let answers = samples.filter_map(|sample| sample.success());
    let found = answers.flat_map(leaves).filter(|leaf| leaf.key() == key);
    found.map(|leaf| leaf.value).collect()
}

/// Whether it is known that an identity is nobody special: its own record says so, or it was turned
/// away from an administrators' function. The reason, for the proof.
pub fn is_ordinary(ctx: &Context<'_>, who: Who) -> Option<String> {
    let own = ctx.catalog.operations.iter().filter(|operation| shows_the_caller(ctx, operation));
    for operation in own {
        let answers = ctx.corpus.of(&operation.id, who).filter_map(|sample| sample.success());
        for json in answers.filter_map(Answer::json) {
            let ordinary = rights_of(&json).into_iter().find(|(name, value)| {
                let low = *value == Value::Bool(false)
                    || value.as_str().is_some_and(|text| !text.is_empty() && !is_high(text));
                decides(name) == Some(Severity::Critical) && low
            });
            if let Some((name, value)) = ordinary {
                return Some(format!("`{}` says that {who} has `{name}` {value}", operation.id));
            }
        }
    }
    let turned = ctx.catalog.operations.iter().find(|operation| {
        administrative::mark(operation).is_some()
            && ctx.corpus.of(&operation.id, who).any(|sample| {
                sample.answer().is_some_and(|answer| answer.status == 403 && turns_away(answer))
            })
    });
    turned.map(|operation| format!("{who} is turned away from `{}`", operation.id))
}
