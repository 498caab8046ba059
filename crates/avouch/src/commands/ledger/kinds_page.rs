//! The page of all kinds of facts: `docs/facts.md`.
//!
//! Everything on it comes from the kinds themselves, so that it cannot say anything else.

use super::kinds::form;
use avouch_ledger::format::canonical::{from_hex, to_hex};
use avouch_model::coding::{FACT_BYTES_MAX, FieldFacts, Form, Kind, TERMS_MAX, Times};
use avouch_model::fact;
use avouch_report::ocsf;
use std::fmt::Write as _;

/// Opens the page.
const HEAD: &str = "# The facts

This page is written by `cargo xtask reference`; change the kinds in `crates/avouch-model/src/fact/`
instead. It is for someone who reads a ledger's records without our code: [the ledger's
format](ledger-format.md) says how a record is opened, this page what its body says.

A fact says what happened, once, at the time of its entry. What is the case now is computed from facts.
`avouch ledger kinds` lists the kinds, `avouch ledger kinds KIND` shows one, and `avouch ledger append
--kind KIND` takes facts as lines of JSON.

## The encoding, version 1

The body of a record whose kind is in the table below is

```
u8  1 (version)
fields, ascending by tag
    each: u8 tag, 1 to 255 ‖ length ‖ value
```

*length* is the number of the value's bytes, in groups of seven bits, the lowest first, each but the last
with the top bit set (LEB128), at most three of them and none too many. A field that may stand there
several times is repeated, in its order. A field that has nothing to say is not there.

| form | value | as JSON |
|---|---|---|
| text | UTF-8 | string |
| number | big-endian, without leading zero bytes: 0 has none, at most 8 | number |
| yes or no | one byte, 1 or 0 | `true`, `false` |
| digest | 32 bytes | string of 64 hexadecimal digits |
| word | one byte: its number in the table of its field | string |
| personal | `00` and a text; or `01`, 16 bytes of the value's pseudonym, 16 of the pseudonym of the person with whose key it is sealed, 7 of the quarter such as `2026-Q4`, and the value as the vault sealed it (section 6 of the format), which may be empty | string; or `{\"pseudonym\":hex,\"quarter\":text,\"sealed\":hex,\"subject\":hex}` |

So each value has one encoding, and each encoding one value. A reader must refuse whatever is written
otherwise: another version, tags out of order, a repeated field that stands there once, a field that is
needed and missing, a length or number that could be shorter, a word it does not know. A tag below 128 that
it does not know it must refuse too, for it may change the meaning. Tags from 128 are for what later
versions add without changing the meaning of the rest: a reader must carry them along, and may leave them
unread; as JSON they are `\"later\": [[tag, hex], …]`.
";

/// The whole page.
pub(super) fn page() -> String {
    // Writing to a string does not fail: the results are left out.
    let mut page = HEAD.to_owned();
    _ = write!(
        page,
        "\nA fact has at most {FACT_BYTES_MAX} bytes and can be found by at most {TERMS_MAX} values. \
         *Found by* names the field of the record's terms (section 6 of the format) that holds the \
         field's values; every fact can also be found by the name of its kind. *Personal* values belong \
         to a person: a vault can replace them, in the body and in the terms, by a pseudonym. `avouch ledger \
         append --kind KIND --seal-persons` does so; a scan, which knows its identities by handles \
         only, leaves them in clear within the record, which is encrypted.\n\n\
         | number | kind | what it is |\n|---:|---|---|\n\
         | {} | json | A line of JSON from another program; its body is that line. |\n",
        fact::JSON_KIND
    );
    for kind in fact::ALL {
        let (number, name) = (kind.number, kind.name);
        _ = writeln!(page, "| {number} | [{name}](#{name}) | {} |", cell(&kind.meaning()));
    }
    page.push_str(&events());
    for kind in fact::ALL {
        page.push_str(&section(kind));
    }
    page
}

/// Which facts become events of which classes.
fn events() -> String {
    let mut text = format!(
        "\n## As events of OCSF\n\n\
         `avouch ledger export --format ocsf` prints facts as events of the Open Cybersecurity Schema \
         Framework {}, one a line, with the whole fact in `raw_data` and its entry in `metadata.uid`, \
         `metadata.sequence` and `unmapped.ledger_leaf`. It says how many facts it left out because \
         OCSF has no class for them, and ends with exit code 3 when a record could not be read. The \
         step `ocsf` of `cargo xtask test` holds the events against the published schema.\n\n\
         | kind | class |\n|---|---|\n",
        ocsf::VERSION
    );
    for (kind, class) in ocsf::classes() {
        _ = writeln!(text, "| {kind} | {class} |");
    }
    text
}

fn section(kind: &Kind) -> String {
    let mut text = format!("\n## {}\n\n{}\n\n", kind.name, kind.meaning());
    text.push_str(
        "| tag | field | form | times | found by | what it says |\n|---:|---|---|---|---|---|\n",
    );
    for field in kind.fields {
        let search = field.search.map_or("", avouch_model::coding::Search::name);
        _ = writeln!(
            text,
            "| {} | `{}` | {} | {} | {search} | {} |",
            field.tag,
            field.name,
            form(field),
            times(field),
            cell(&field.meaning())
        );
    }
    for field in kind.fields {
        if let Form::Word(words) = field.form {
            let words = words
                .iter()
                .map(|word| format!("- {} `{}`: {}\n", word.number, word.word, word.meaning()));
            _ = write!(text, "\nWords of `{}`:\n\n{}", field.name, words.collect::<String>());
        }
    }
    text.push_str(&example(kind));
    text
}

/// The frozen example: as JSON, and its bytes.
fn example(kind: &Kind) -> String {
    let value = (kind.example)();
    let body = (kind.of_json)(&value).map(|encoded| to_hex(&encoded.body)).unwrap_or_default();
    let bytes = from_hex(&body).unwrap_or_default();
    let lines: String = bytes.chunks(48).map(|line| to_hex(line) + "\n").collect();
    format!("\nAn example, and its bytes:\n\n```json\n{value:#}\n```\n\n```\n{lines}```\n")
}

fn times(field: &FieldFacts) -> &'static str {
    match field.times {
        Times::Once => "1",
        Times::AtMostOnce => "0 or 1",
        Times::Any => "any",
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
