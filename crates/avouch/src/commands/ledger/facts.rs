//! Facts as records of the ledger, and records as facts that a person can read.

use super::personal::written;
use super::put;
use anyhow::Context;
use avouch_gateway::record;
use avouch_ledger::format::canonical::to_hex;
use avouch_ledger::format::{Record, fields};
use avouch_ledger::log::Ledger;
use avouch_model::coding::Kind;
use avouch_model::fact;
use serde_json::{Map, Value, json};

/// Says what a record is: its kind, by what it can be found, and its body. What cannot be read is
/// shown as it is, and said to be so.
pub(super) fn describe(record: &Record, value: &mut Value) {
    let (kind, body, unread) = read(record);
    put(value, "kind", kind);
    put(value, "terms", terms(record));
    put(value, "body", body);
    if let Some(why) = unread {
        put(value, "unread", json!(why));
    }
}

fn read(record: &Record) -> (Value, Value, Option<String>) {
    let raw = || json!(to_hex(&record.body));
    if record.kind == fact::JSON_KIND {
        return match serde_json::from_slice(&record.body) {
            Ok(body) => (json!("json"), body, None),
            Err(_) => (json!("json"), raw(), Some("it is not JSON".to_owned())),
        };
    }
    let Some(kind) = fact::find(record.kind) else {
        let why = format!("this version knows no facts of the kind {}", record.kind);
        return (json!(record.kind), raw(), Some(why));
    };
    match (kind.json)(&record.body) {
        Ok(body) => (json!(kind.name), body, None),
        Err(error) => (json!(kind.name), raw(), Some(error.to_string())),
    }
}

/// By what a record can be found: one value, or a list of them.
fn terms(record: &Record) -> Value {
    let mut terms = Map::new();
    for term in &record.terms {
        let name = fields::NAMES.iter().find(|(field, _)| *field == term.field);
        let name = name.map_or_else(|| term.field.to_string(), |(_, name)| (*name).to_owned());
        let shown = String::from_utf8(term.value.clone()).unwrap_or_else(|_| to_hex(&term.value));
        match terms.get_mut(&name) {
            None => {
                terms.insert(name, json!(shown));
            }
            Some(Value::Array(values)) => values.push(json!(shown)),
            Some(one) => *one = json!([one.take(), shown]),
        }
    }
    Value::Object(terms)
}

/// Members for a person, a line each. What chains entries together is left out.
pub(in crate::commands) fn lines(body: &Map<String, Value>) -> String {
    let shown = || body.iter().filter(|(name, _)| *name != "prev");
    let width = shown().map(|(name, _)| name.len()).max().unwrap_or_default();
    let line =
        |(name, value): (&String, &Value)| format!("          {name:<width$}  {}\n", plain(value));
    shown().map(line).collect()
}

/// A value in one line that cannot steer a terminal.
fn plain(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    text.chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}

/// Makes a record of a line of JSON that is a fact of a kind. With a ledger, what belongs to persons
/// is sealed by its vault.
pub(super) fn of_line(kind: &Kind, line: &[u8], vault: Option<&Ledger>) -> anyhow::Result<Record> {
    let mut value: Value = serde_json::from_slice(line).context("it is not JSON")?;
    if let Some(ledger) = vault {
        seal(kind, &mut value, ledger)?;
    }
    let encoded = (kind.of_json)(&value).map_err(|error| {
        let name = kind.name;
        anyhow::anyhow!("{error}; `avouch ledger kinds {name}` shows what such a fact has")
    })?;
    Ok(record(encoded))
}

/// Seals each value that belongs to a person with the key of that person: whom the value itself
/// names. A value that names nobody, such as a path, belongs to the first who is named.
fn seal(kind: &Kind, value: &mut Value, ledger: &Ledger) -> anyhow::Result<()> {
    let Some(members) = value.as_object_mut() else { return Ok(()) };
    let personal = || kind.fields.iter().filter(|field| field.personal());
    let first = personal().find_map(|field| {
        let text = match members.get(field.name)? {
            Value::Array(values) => values.first()?.as_str()?,
            one => one.as_str()?,
        };
        field.search.map(|search| (search as u8, text.to_owned()))
    });
    for field in personal() {
        let values: Vec<&mut Value> = match members.get_mut(field.name) {
            Some(Value::Array(values)) => values.iter_mut().collect(),
            Some(one) => vec![one],
            None => continue,
        };
        for value in values {
            let Some(text) = value.as_str().map(str::to_owned) else { continue };
            let own = field.search.map(|search| (search as u8, text.clone()));
            let subject = own.clone().or_else(|| first.clone());
            let (number, person) = subject.unwrap_or((fields::OBJECT, text.clone()));
            let named = own.map_or(fields::OBJECT, |(search, _)| search);
            let sealed = ledger
                .personal((number, person.as_bytes()), &[(named, text.as_bytes())])
                .context("the vault does not seal what belongs to a person")?;
            if let Some(sealed) = sealed.first() {
                *value = written(sealed);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::coding::Search;

    #[test]
    fn facts_and_the_ledger_number_their_fields_alike() {
        let searches = [
            Search::Principal,
            Search::Address,
            Search::Operation,
            Search::Object,
            Search::Decision,
            Search::Kind,
            Search::Session,
            Search::Trace,
        ];
        let ours: Vec<(u8, &str)> =
            searches.iter().map(|search| (*search as u8, search.name())).collect();
        assert_eq!(ours, fields::NAMES);
    }

    #[test]
    fn every_kind_becomes_a_record_that_fits_an_entry_and_is_shown_again() {
        for kind in fact::ALL {
            let example = (kind.example)();
            let record = of_line(kind, example.to_string().as_bytes(), None).unwrap();
            record.write(&mut Vec::new()).unwrap();
            let mut value = json!({});
            describe(&record, &mut value);
            assert_eq!(value.get("kind"), Some(&json!(kind.name)));
            assert_eq!(value.get("body"), Some(&example));
            assert_eq!(value.get("unread"), None);
        }
    }

    #[test]
    fn what_is_not_known_is_said_to_be_so() {
        let shown = |kind, body: &[u8]| {
            let mut value = json!({});
            describe(&Record::new(kind, Vec::new(), body.to_vec()), &mut value);
            value
        };
        let unknown = shown(999, b"\x01\x02");
        assert_eq!(unknown.get("kind"), Some(&json!(999)));
        assert_eq!(unknown.get("body"), Some(&json!("0102")));
        assert_eq!(
            unknown.get("unread"),
            Some(&json!("this version knows no facts of the kind 999"))
        );
        assert!(shown(2, b"\x01\x02").get("unread").is_some());
        assert!(shown(1, b"{").get("unread").is_some());
        assert_eq!(shown(1, b"{}").get("unread"), None);
    }

    #[test]
    fn text_of_others_does_not_steer_a_terminal() {
        let body = json!({ "summary": "a\u{1b}[31mb\nc", "reasons": ["x", "y"] });
        let text = lines(body.as_object().unwrap());
        assert_eq!(text, "          summary  a·[31mb·c\n          reasons  x, y\n");
    }
}
