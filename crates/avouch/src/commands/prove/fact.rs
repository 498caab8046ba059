//! `avouch record KIND FIELD=VALUE …`: what no other command records, from the command line.

use super::args::ActArgs;
use super::book::{Acted, Book, actor, plain};
use super::{Failed, files};
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use avouch_model::coding::{FieldFacts, Form, Kind, Personal, Times};
use avouch_model::fact;
use clap::Args;
use serde_json::{Map, Value, json};
use std::path::Path;

/// A fact, field by field.
#[derive(Clone, Debug, Args)]
pub(crate) struct RecordArgs {
    /// The kind, such as `incident`; `avouch ledger kinds` lists them
    pub(crate) kind: String,
    /// A field and its value; for a field that is a list, once for each. Times as `2026-11-26T18:30:00Z` or `2026-11-26`, a digest as `file:PATH` too. `avouch ledger kinds KIND` shows the fields
    #[arg(value_name = "FIELD=VALUE", required = true)]
    pub(crate) fields: Vec<String>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// Records it.
pub(in crate::commands) fn run(args: &RecordArgs) -> Result<Exit, Failed> {
    let kind = fact::named(&args.kind).ok_or_else(|| {
        Failed::usage(anyhow!("there is no kind `{}`", args.kind.escape_default()))
            .advice("`avouch ledger kinds` lists them")
    })?;
    let shows = || format!("`avouch ledger kinds {}` shows the fields", kind.name);
    let mut members = Map::new();
    for given in &args.fields {
        put(kind, given, &mut members)
            .map_err(|error| Failed::usage(error.context(format!("`{given}`"))).advice(shows()))?;
    }
    usual(kind, &args.act, &mut members)?;
    let fact = Value::Object(members);
    let encoded =
        (kind.of_json)(&fact).map_err(|error| Failed::usage(anyhow!("{error}")).advice(shows()))?;
    let says = format!("{}: {}", kind.name, plain(&line(kind, &fact)));
    Book::of(&args.act.source)?.record(&args.act, vec![Acted::of(says, encoded)])?;
    Ok(Exit::Clean)
}

/// What the options of every act say, where the kind has a field for it and none was given.
fn usual(kind: &Kind, act: &ActArgs, members: &mut Map<String, Value>) -> Result<(), Failed> {
    let has = |name: &str| kind.fields.iter().any(|field| field.name == name);
    if has("actor") && !members.contains_key("actor") {
        let who: Personal = actor(act)?;
        members.insert("actor".to_owned(), json!(who.shown()));
    }
    let also = [
        ("because", act.because.clone().map(Value::from)),
        ("effective_ms", super::book::day(act.effective.as_deref())?.map(Value::from)),
        ("collected_ms", super::book::day(act.collected.as_deref())?.map(Value::from)),
    ];
    for (name, value) in also {
        match value {
            Some(_) if !has(name) => {
                return Err(Failed::usage(anyhow!(
                    "facts of the kind `{}` do not say `{name}`",
                    kind.name
                )));
            }
            Some(value) if !members.contains_key(name) => {
                members.insert(name.to_owned(), value);
            }
            Some(_) | None => (),
        }
    }
    Ok(())
}

/// Takes a field.
fn put(kind: &Kind, given: &str, members: &mut Map<String, Value>) -> anyhow::Result<()> {
    let (name, text) = given.split_once('=').ok_or_else(|| anyhow!("it has no `=`"))?;
    let field = kind.fields.iter().find(|field| field.name == name);
    let field =
        field.ok_or_else(|| anyhow!("facts of the kind `{}` have no such field", kind.name))?;
    let value = value(field, text)?;
    match (field.times, members.get_mut(name)) {
        (Times::Any, Some(Value::Array(values))) => values.push(value),
        (Times::Any, _) => {
            members.insert(name.to_owned(), json!([value]));
        }
        (_, Some(_)) => return Err(anyhow!("it is there twice and is no list")),
        (_, None) => {
            members.insert(name.to_owned(), value);
        }
    }
    Ok(())
}

fn value(field: &FieldFacts, text: &str) -> anyhow::Result<Value> {
    Ok(match field.form {
        Form::Text | Form::Personal | Form::Word(_) => json!(text),
        Form::Number if field.name.ends_with("_ms") => json!(moment(text)?),
        Form::Number => json!(text.parse::<u64>().context("a whole number is needed here")?),
        Form::YesNo => match text {
            "yes" | "true" => json!(true),
            "no" | "false" => json!(false),
            _ => return Err(anyhow!("`yes` or `no` is needed here")),
        },
        Form::Digest => match text.strip_prefix("file:") {
            Some(path) => {
                let (digest, _) =
                    files::document(Path::new(path)).map_err(|failed| failed.error)?;
                json!(digest.to_string())
            }
            None => json!(text),
        },
    })
}

/// A moment in milliseconds since 1970: a number, a time, or the beginning of a day.
fn moment(text: &str) -> anyhow::Result<u64> {
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    if let Ok(begin) = avouch_prove::period::day_begin_ms(text) {
        return Ok(begin);
    }
    let time: jiff::Timestamp = text
        .parse()
        .map_err(|_| anyhow!("a time such as `2026-11-26T18:30:00Z` is needed here"))?;
    u64::try_from(time.as_millisecond()).context("times begin with 1970")
}

/// What a fact says, in the words that tell it from others.
fn line(kind: &Kind, fact: &Value) -> String {
    let shown = ["id", "event", "action", "about", "title", "outcome", "principal", "component"];
    let has = |name: &&&str| kind.fields.iter().any(|field| field.name == **name);
    let said = shown.iter().filter(has).filter_map(|name| fact[*name].as_str());
    said.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, given: &[&str]) -> anyhow::Result<Value> {
        let mut members = Map::new();
        for field in given {
            put(fact::named(kind).unwrap(), field, &mut members)?;
        }
        Ok(Value::Object(members))
    }

    #[test]
    fn fields_are_taken_by_their_form() {
        let fact = of(
            "incident",
            &[
                "id=INC-1",
                "is_breach=no",
                "aware_ms=1970-01-02T00:00:01Z",
                "classes=email",
                "classes=phone",
                "entries=17",
            ],
        );
        let expected = json!({
            "id": "INC-1", "is_breach": false, "aware_ms": 86_401_000,
            "classes": ["email", "phone"], "entries": [17],
        });
        assert_eq!(fact.unwrap(), expected);
        assert_eq!(of("incident", &["due_ms=1970-01-02"]).unwrap(), json!({"due_ms": 86_400_000}));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for bad in ["id", "no_such=1", "is_breach=perhaps", "aware_ms=yesterday", "entries=all"] {
            assert!(of("incident", &[bad]).is_err(), "{bad}");
        }
        assert!(of("incident", &["id=a", "id=b"]).is_err());
    }
}
