//! `avouch ledger kinds`

use super::args::KindsArgs;
use super::{Failed, answer, kinds_page, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_model::coding::{FieldFacts, Form, Kind, Times};
use avouch_model::fact;
use std::fmt::Write as _;

/// The kind of that name.
pub(super) fn named(name: &str) -> Result<&'static Kind, Failed> {
    fact::named(name).ok_or_else(|| {
        Failed::usage(anyhow!("there is no kind `{name}`"))
            .advice("`avouch ledger kinds` lists them")
    })
}

/// Lists the kinds, or shows one.
pub(super) fn run(args: &KindsArgs) -> Result<Exit, Failed> {
    if args.markdown {
        answer(&kinds_page::page())?;
    } else if let Some(name) = &args.kind {
        answer(&one(named(name)?))?;
    } else {
        let line = |kind: &Kind| format!("{:<16} {}\n", kind.name, kind.meaning());
        answer(&fact::ALL.iter().map(line).collect::<String>())?;
        tell("\n`avouch ledger kinds KIND` shows the fields of one.");
    }
    Ok(Exit::Clean)
}

fn one(kind: &Kind) -> String {
    let mut text = format!("{}: {}\n\n", kind.name, kind.meaning());
    let width = kind.fields.iter().map(|field| field.name.len()).max().unwrap_or_default();
    for field in kind.fields {
        // Writing to a string does not fail.
        _ = writeln!(
            text,
            "  {:<width$}  {:<22}  {}",
            field.name,
            format!("{}{}", form(field), times(field.times)),
            field.meaning()
        );
        if let Form::Word(words) = field.form {
            for word in words {
                _ = writeln!(text, "  {:<width$}    {:<20}  {}", "", word.word, word.meaning());
            }
        }
    }
    _ = write!(text, "\nSuch as:\n{:#}\n", (kind.example)());
    text
}

/// The form of a field's values, as a word.
pub(super) fn form(field: &FieldFacts) -> &'static str {
    match field.form {
        Form::Text => "text",
        Form::Number => "number",
        Form::YesNo => "yes or no",
        Form::Digest => "digest",
        Form::Personal => "personal",
        Form::Word(_) => "word",
    }
}

fn times(times: Times) -> &'static str {
    match times {
        Times::Once => ", needed",
        Times::AtMostOnce => "",
        Times::Any => ", list",
    }
}
