//! Properties that the server should decide, and values to try on them.

use crate::context::Context;
use crate::nonce::Nonces;
use crate::objects::Recipe;
use crate::oracle::leaves::{plain_key, records};
use avouch_model::identity::Who;
use avouch_model::operation::Media;
use avouch_model::placeholder::Placeholder;
use avouch_model::schema::{Kind, Schema};
use avouch_model::severity::Severity;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// LIMIT: properties that are tried on one operation.
const TRIED_MAX: usize = 4;

/// Words of names that decide on rights or money.
const HIGH: [&str; 24] = [
    "role",
    "admin",
    "superuser",
    "isstaff",
    "permission",
    "privilege",
    "verified",
    "approved",
    "balance",
    "credit",
    "price",
    "total",
    "amount",
    "discount",
    "paid",
    "plan",
    "tier",
    "quota",
    "limit",
    "salary",
    "accesslevel",
    "scopes",
    "cost",
    "fee",
];
/// Words of names that decide on a course of things.
const MEDIUM: [&str; 11] = [
    "status", "state", "score", "point", "rating", "rank", "locked", "active", "featured", "vote",
    "like",
];
/// Names that every record has and that say who and when: changing them is not tried.
const LEFT_ALONE: [&str; 14] = [
    "id",
    "uuid",
    "guid",
    "createdat",
    "updatedat",
    "created",
    "updated",
    "url",
    "href",
    "links",
    "self",
    "etag",
    "version",
    "type",
];

/// A property to inject.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Property {
    /// Its name in the body.
    pub(super) name: String,
    /// What setting it is worth.
    pub(super) severity: Severity,
    /// What it may be, when the description says.
    allowed: Vec<Value>,
}

impl Property {
    /// Two values for it, neither of which the server chose by itself; the second is the natural one
    /// only where there are no two others. `None` when its kind is not known.
    pub(super) fn values(&self, nonces: &Nonces, natural: &Value) -> Option<[Value; 2]> {
        let others: Vec<&Value> = self.allowed.iter().filter(|value| *value != natural).collect();
        if let Some(first) = others.first() {
            let second = others.get(1).copied().unwrap_or(natural);
            return Some([(*first).clone(), second.clone()]);
        }
        match natural {
            Value::Bool(natural) => Some([json!(!natural), json!(natural)]),
            Value::Number(natural) => {
                let draw = |label: &str, least| {
                    nonces.number(&format!("{} {label}", self.name), least, least + 40)
                };
                let (first, second) = (draw("one", 11), draw("two", 55));
                let taken = |value: u64| natural.as_f64() == json!(value).as_f64();
                let aside = |value: u64| if taken(value) { value + 1 } else { value };
                Some([json!(aside(first)), json!(aside(second))])
            }
            Value::String(natural) if Placeholder::parse(natural).is_none() => {
                let words = words_for(&plain_key(&self.name));
                let mut free = words.into_iter().filter(|word| *word != natural.as_str());
                match (free.next(), free.next()) {
                    (Some(first), Some(second)) => Some([json!(first), json!(second)]),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn words_for(key: &str) -> Vec<&'static str> {
    if key.contains("role") {
        vec!["admin", "manager", "moderator"]
    } else if key.contains("plan") || key.contains("tier") {
        vec!["enterprise", "premium", "pro"]
    } else if ["status", "state"].iter().any(|part| key.contains(part)) {
        vec!["approved", "completed", "active"]
    } else {
        Vec::new()
    }
}

/// Whether anything says what reading shows, before an object was made.
pub(super) fn is_shown(ctx: &Context<'_>, recipe: Recipe<'_>) -> bool {
    !shown(recipe).is_empty()
        || ctx.corpus.of(&recipe.item.id, Who::A).any(|sample| sample.success().is_some())
        || recipe.media.schema.properties.values().any(|schema| schema.read_only)
}

/// Properties that reading shows and none of those media offers, weightiest first. `natural` is an
/// object that was made as described, when there is one.
pub(super) fn candidates(
    ctx: &Context<'_>,
    recipe: Recipe<'_>,
    offered_by: &[&Media],
    natural: Option<&Value>,
) -> Vec<Property> {
    let offered: Vec<String> =
        offered_by.iter().flat_map(|media| offers(media)).map(|name| plain_key(&name)).collect();
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, schema) in shown(recipe) {
        all.entry(name).or_insert_with(|| schema.allowed.clone());
    }
    let described = offered_by.iter().flat_map(|media| &media.schema.properties);
    for (name, schema) in described.filter(|(_, schema)| schema.read_only) {
        all.entry(name.clone()).or_insert_with(|| schema.allowed.clone());
    }
    let read = ctx.corpus.of(&recipe.item.id, Who::A).filter_map(|sample| sample.success()?.json());
    for json in read.chain(natural.cloned()) {
        let inner = json.as_object().into_iter().flat_map(serde_json::Map::values);
        let inner: Vec<&Value> = inner.filter(|value| value.is_object()).collect();
        for record in records(&json).into_iter().chain(inner) {
            for (name, value) in record.as_object().into_iter().flatten() {
                if !value.is_object() && !value.is_array() {
                    all.entry(name.clone()).or_default();
                }
            }
        }
    }
    let mut found: Vec<Property> = all
        .into_iter()
        .filter(|(name, _)| !offered.contains(&plain_key(name)))
        .filter_map(|(name, allowed)| {
            let severity = severity_of(&name)?;
            Some(Property { name, severity, allowed })
        })
        .collect();
    found.sort_by(|one, other| (other.severity, &one.name).cmp(&(one.severity, &other.name)));
    found.truncate(TRIED_MAX);
    found
}

/// Names that a body may have by its shape or by what is shown, those for reading only left out.
pub(super) fn offers(media: &Media) -> Vec<String> {
    let described = media.schema.properties.iter().filter(|(_, schema)| !schema.read_only);
    let examples = media.examples.iter().chain(&media.schema.examples);
    let shown = examples.filter_map(Value::as_object).flat_map(serde_json::Map::keys);
    let for_reading =
        |name: &&String| media.schema.properties.get(*name).is_some_and(|schema| schema.read_only);
    let shown = shown.filter(|name| !for_reading(name));
    described.map(|(name, _)| name).chain(shown).cloned().collect()
}

/// What setting a property of that name is worth; `None` for those that are left alone. What names
/// an owner is another question, numbers of things are nobody's privilege, and a name that decides
/// nothing was most likely forgotten in the description.
fn severity_of(name: &str) -> Option<Severity> {
    let key = plain_key(name);
    let words = words_of(name);
    let is_id = key.ends_with("id") && !key.ends_with("paid") && !key.ends_with("valid");
    if LEFT_ALONE.contains(&key.as_str()) || is_id || words.iter().any(|word| word == "at") {
        return None;
    }
    let has = |parts: &[&str]| {
        parts.iter().any(|part| key == *part || words.iter().any(|word| word == part))
    };
    if has(&HIGH) { Some(Severity::High) } else { has(&MEDIUM).then_some(Severity::Medium) }
}

/// `emailVerified`, `email_verified`: `email`, `verified`; plurals and their singulars both.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for character in name.chars() {
        let starts = character.is_uppercase() || !character.is_alphanumeric();
        if starts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
    }
    let singular: Vec<String> = words.iter().map(|word| crate::links::singular(word)).collect();
    words.into_iter().chain(singular).collect()
}

/// Scalar properties of the described answers, below one envelope too.
fn shown(recipe: Recipe<'_>) -> Vec<(String, &Schema)> {
    let answers = recipe.item.answers.iter().chain(&recipe.create.answers);
    let shapes = answers.filter(|answer| answer.status.starts_with('2')).flat_map(|a| &a.media);
    let outer = shapes.map(|media| &*media.schema);
    let scalar = |schema: &Schema| {
        [Kind::Boolean, Kind::Integer, Kind::Number, Kind::String]
            .into_iter()
            .any(|kind| schema.kinds.contains(&kind))
    };
    let mut found = Vec::new();
    for schema in outer {
        for (name, property) in &schema.properties {
            if scalar(property) {
                found.push((name.clone(), &**property));
            }
            for (inner, below) in &property.properties {
                if scalar(below) && schema.properties.len() <= 4 {
                    found.push((inner.clone(), &**below));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(name: &str, allowed: Vec<Value>) -> Property {
        Property { name: name.into(), severity: Severity::High, allowed }
    }

    #[test]
    fn injected_values_are_not_the_natural_one() {
        let nonces = Nonces::new([5; 32], "x");
        let values = |p: &Property, natural: Value| p.values(&nonces, &natural);
        let role = property("role", vec![]);
        assert_eq!(values(&role, json!("user")), Some([json!("admin"), json!("manager")]));
        assert_eq!(values(&role, json!("admin")), Some([json!("manager"), json!("moderator")]));
        assert_eq!(
            values(&property("paid", vec![]), json!(false)),
            Some([json!(true), json!(false)])
        );
        let listed = property("status", vec![json!("new"), json!("done")]);
        assert_eq!(values(&listed, json!("new")), Some([json!("done"), json!("new")]));
        let [one, two] = values(&property("price", vec![]), json!(30)).unwrap();
        assert!(one != two && one != json!(30) && two != json!(30));
        assert_eq!(values(&property("nick", vec![]), json!("x")), None);
        assert_eq!(values(&role, Value::Null), None);
    }

    #[test]
    fn what_a_property_decides_gives_its_weight() {
        assert_eq!(severity_of("is_admin"), Some(Severity::High));
        assert_eq!(severity_of("orderStatus"), Some(Severity::Medium));
        assert_eq!(severity_of("colour"), None);
        assert_eq!(severity_of("explanation"), None);
        assert_eq!(severity_of("feedback"), None);
        assert_eq!(severity_of("emailVerified"), Some(Severity::High));
        assert_eq!(severity_of("isPaid"), Some(Severity::High));
        assert_eq!(severity_of("paid"), Some(Severity::High));
        assert_eq!(severity_of("created_at"), None);
        assert_eq!(severity_of("tenant_id"), None);
    }
}
