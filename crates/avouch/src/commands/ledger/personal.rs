//! What is personal in lines of JSON: sealed when they come in, shown as long as its subject is known.

use super::{Failed, place};
use anyhow::anyhow;
use avouch_ledger::format::canonical::{from_hex, to_hex};
use avouch_ledger::format::{Record, Term, fields};
use avouch_ledger::home::Home;
use avouch_ledger::keys::KeyRing;
use avouch_ledger::log::Ledger;
use avouch_ledger::storage::Disk;
use avouch_ledger::vault::{Personal, Vault};
use avouch_model::fact::JSON_KIND;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// LIMIT: how deep personal values are looked for.
const DEPTH_MAX: usize = 8;

/// The field of a name.
pub(super) fn field(name: &str) -> Result<u8, Failed> {
    let known = fields::NAMES.iter().find(|(_, known)| *known == name);
    known.map(|(field, _)| *field).ok_or_else(|| {
        let names: Vec<&str> = fields::NAMES.iter().map(|(_, name)| *name).collect();
        Failed::usage(anyhow!("`{name}` is not the name of a field"))
            .advice(format!("fields are {}", names.join(", ")))
    })
}

/// The vault, to look into it.
pub(super) fn vault(home: &Home, ring: &KeyRing) -> Result<Vault, Failed> {
    let keks = place::custody(home)?.load().map_err(Failed::usage)?;
    let storage = Arc::new(Disk::read_only(home.private()));
    Vault::read(storage, ring.origin(), &keks).map_err(Failed::usage)
}

/// Seals members of a line that are personal. The first of them that is there is the subject.
pub(super) fn sealed(ledger: &Ledger, names: &[String], line: &[u8]) -> anyhow::Result<Record> {
    let value: Value = serde_json::from_slice(line)?;
    let Value::Object(mut members) = value else { return Err(anyhow!("it is not a JSON object")) };
    let of_names = names.iter().filter_map(|name| {
        let field = fields::NAMES.iter().find(|(_, known)| known == name)?.0;
        Some((name, field, text(members.get(name)?)?))
    });
    let personal: Vec<(&String, u8, String)> = of_names.collect();
    let values: Vec<(u8, &[u8])> =
        personal.iter().map(|(_, field, value)| (*field, value.as_bytes())).collect();
    let sealed = match values.first() {
        Some(subject) => ledger.personal(*subject, &values)?,
        None => Vec::new(),
    };
    let mut terms = Vec::new();
    for ((name, field, _), sealed) in personal.iter().zip(&sealed) {
        members.insert((*name).clone(), written(sealed));
        terms.push(Term { field: *field, value: sealed.pseudonym.to_vec() });
    }
    for (field, name) in fields::NAMES {
        if let Some(value) = members.get(name).and_then(text) {
            terms.push(Term { field, value: value.into_bytes() });
        }
    }
    let body = serde_json::to_vec(&Value::Object(members))?;
    Ok(Record::new(JSON_KIND, terms, body))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn written(personal: &Personal) -> Value {
    json!({
        "pseudonym": to_hex(&personal.pseudonym),
        "quarter": personal.quarter,
        "sealed": to_hex(&personal.sealed),
        "subject": to_hex(&personal.subject),
    })
}

fn read(members: &Map<String, Value>) -> Option<Personal> {
    let text = |name| members.get(name).and_then(Value::as_str);
    let personal = Personal {
        pseudonym: from_hex(text("pseudonym")?)?.try_into().ok()?,
        quarter: text("quarter")?.to_owned(),
        sealed: from_hex(text("sealed")?)?,
        subject: from_hex(text("subject")?)?.try_into().ok()?,
    };
    (members.len() == 4).then_some(personal)
}

/// Shows what is personal in an entry that was described, or that its subject was erased.
pub(super) fn reveal(vault: &Vault, described: &mut Value) {
    let mut found = Vec::new();
    if let Some(body) = described.get_mut("body") {
        walk(vault, body, DEPTH_MAX, &mut found);
    }
    let terms = described.get_mut("terms").and_then(Value::as_object_mut);
    for term in terms.into_iter().flat_map(Map::values_mut) {
        for (pseudonym, shown) in &found {
            if term.as_str() == Some(pseudonym) {
                *term = json!(shown);
            }
        }
    }
}

fn walk(vault: &Vault, value: &mut Value, depth: usize, found: &mut Vec<(String, String)>) {
    if depth == 0 {
        return;
    }
    if let Some(personal) = value.as_object().and_then(read) {
        let pseudonym = to_hex(&personal.pseudonym);
        let shown = vault.reveal(&personal).map_or_else(
            || format!("erased:{pseudonym}"),
            |plain| String::from_utf8_lossy(&plain).into_owned(),
        );
        *value = json!(shown);
        return found.push((pseudonym, shown));
    }
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(|value| walk(vault, value, depth - 1, found));
        }
        Value::Array(values) => {
            for value in values {
                walk(vault, value, depth - 1, found);
            }
        }
        _ => (),
    }
}
