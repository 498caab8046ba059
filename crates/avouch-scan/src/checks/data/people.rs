//! Tells persons apart in an answer.
//!
//! Values are grouped by the record they stand in, and records that share a value are one person: a
//! person with three addresses is one, and so is an order with its recipient.

use crate::oracle::leaves::{Leaf, leaves_of, plain_key};
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::placeholder::Placeholder;
use serde_json::Value;
use std::collections::BTreeSet;

/// LIMIT: records of one answer that are looked at.
const RECORDS_MAX: usize = 2_000;
/// LIMIT: depth at which lists of records are looked for.
const DEPTH_MAX: usize = 8;

/// A personal value and the whole text it stood in, by which the corpus knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::checks) struct Personal {
    /// The value.
    pub value: Placeholder,
    /// The text it stood in.
    pub text: String,
}

/// What one record says about a person.
pub(in crate::checks) type Record = BTreeSet<Personal>;

/// The records of an answer that hold personal values; values set aside for examples and tests are
/// left out. Pages are not read: they name contacts.
pub(in crate::checks) fn records(answer: &Answer) -> Vec<Record> {
    let mut found = Vec::new();
    match answer.json() {
        Some(json) => walk(&json, DEPTH_MAX, &mut found),
        None if answer.media_type().contains("html") => (),
        None => found.extend(answer.body.lines().take(RECORDS_MAX).map(personal_in)),
    }
    found.retain(|record| !record.is_empty());
    found
}

/// The items of lists and of maps of like objects are records; what is around them is one more.
fn walk(json: &Value, depth: usize, found: &mut Vec<Record>) {
    let mut rest = Vec::new();
    around(json, depth, &mut rest, found);
    let mut record = Record::new();
    for leaf in rest {
        record.extend(personal_in(&leaf.value));
    }
    found.push(record);
}

fn around(json: &Value, depth: usize, rest: &mut Vec<Leaf>, found: &mut Vec<Record>) {
    let items: Vec<&Value> = match json {
        Value::Array(items) if items.iter().any(Value::is_object) => items.iter().collect(),
        Value::Object(members) if is_map(members) => members.values().collect(),
        Value::Object(members) if depth > 0 => {
            members.values().for_each(|value| around(value, depth - 1, rest, found));
            return;
        }
        other => {
            rest.extend(leaves_of(other));
            return;
        }
    };
    for item in items.into_iter().take(RECORDS_MAX.saturating_sub(found.len())) {
        let mut record = Record::new();
        for leaf in leaves_of(item) {
            record.extend(personal_in(&leaf.value));
        }
        found.push(record);
    }
}

/// Whether an object is a list by name: two members or more, all objects with the same names.
fn is_map(members: &serde_json::Map<String, Value>) -> bool {
    let names = |value: &Value| -> Option<BTreeSet<String>> {
        Some(value.as_object()?.keys().map(|name| plain_key(name)).collect())
    };
    let mut all = members.values().map(names);
    let Some(Some(first)) = all.next() else { return false };
    members.len() > 1 && !first.is_empty() && all.all(|other| other.as_ref() == Some(&first))
}

fn personal_in(text: &str) -> Record {
    Placeholder::find_all(text)
        .into_iter()
        .filter(|value| value.class.is_personal())
        .filter(|value| !matches!(value.detail.as_str(), "example" | "test"))
        .map(|value| Personal { value, text: text.to_owned() })
        .collect()
}

/// How many persons these records are about: records that share a value are about the same one. A
/// birth date is shared by strangers and tells nobody apart.
pub(in crate::checks) fn persons(records: &[Record]) -> usize {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut persons = 0;
    for record in records {
        let tells = |personal: &&Personal| personal.value.class != DataClass::BirthDate;
        let own: Vec<&str> = record.iter().filter(tells).map(|p| p.value.digest.as_str()).collect();
        if !own.is_empty() && own.iter().all(|digest| !seen.contains(digest)) {
            persons += 1;
        }
        seen.extend(own);
    }
    persons
}

/// The kinds of personal value in these records.
pub(in crate::checks) fn classes(records: &[Record]) -> BTreeSet<DataClass> {
    records.iter().flatten().map(|personal| personal.value.class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    fn persons_in(body: &str) -> usize {
        let body = body.replace('<', "‹email:000000000000000").replace('>', "›");
        persons(&records(&answer(200, &body)))
    }

    #[test]
    fn persons_are_told_apart_by_their_records() {
        assert_eq!(persons_in(r#"[{"email":"<1>"},{"email":"<2>"}]"#), 2);
        assert_eq!(persons_in(r#"{"data":{"users":[{"a":{"m":"<1>"}},{"a":{"m":"<2>"}}]}}"#), 2);
        assert_eq!(persons_in(r#"{"ann":{"mail":"<1>"},"bob":{"mail":"<2>"}}"#), 2);
    }

    #[test]
    fn one_person_counts_once() {
        assert_eq!(persons_in(r#"{"email":"<1>","billing":"<2>","all":["<1>","<3>"]}"#), 1);
        assert_eq!(persons_in(r#"[{"email":"<1>"},{"email":"<1>"}]"#), 1);
        assert_eq!(persons_in(r#"[{"order":1,"to":"<1>","from":"<2>"}]"#), 1);
        assert_eq!(persons_in(r#"[{"email":"<1:example>"},{"email":"<2:example>"}]"#), 0);
    }
}
