//! INJ-09: a file of the operating system is read through a path in an input.

use super::probe::{Said, can_carry, probe_or_unknown};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::inputs::described;
use crate::links::singular;
use crate::oracle::file_signature::system_file;
use crate::oracle::leaves::plain_key;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::schema::Kind;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// INJ-09
pub(super) const CHECK: Check = Check {
    id: "INJ-09",
    name: "file-outside-root-readable",
    title: "A file outside the intended folder can be read",
    family: Family::Inj,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::RandomControl],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Input,
    cwe: Cwe(22),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6", "C1.1"],
    page: include_str!("file_outside_root_readable.md"),
    applies,
    run,
};

/// Names of inputs that choose a file, or parts of such names.
const NAMES: [&str; 25] = [
    "file",
    "path",
    "template",
    "document",
    "page",
    "image",
    "img",
    "photo",
    "picture",
    "avatar",
    "download",
    "attachment",
    "folder",
    "dir",
    "directory",
    "include",
    "lang",
    "locale",
    "layout",
    "view",
    "theme",
    "report",
    "log",
    "src",
    "asset",
];

/// Ways up and to the root; `#` stands for the file.
const WAYS: [&str; 6] = [
    "../../../../../../../../#",
    "/#",
    "..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2f#",
    "....//....//....//....//....//....//....//....//#",
    "file:///#",
    "..\\..\\..\\..\\..\\..\\..\\..\\#",
];

fn applies(ctx: &Context<'_>) -> bool {
    can_carry(ctx) && (names_a_file(ctx) || usual_value(ctx).is_some_and(|v| looks_like_path(&v)))
}

fn usual_value(ctx: &Context<'_>) -> Option<String> {
    probe_or_unknown(ctx).ok()?.value
}

fn names_a_file(ctx: &Context<'_>) -> bool {
    let (Some(operation), Some(input)) = (ctx.operation, ctx.input) else { return false };
    let known = described(operation, input);
    let text = known.is_none_or(|(schema, _)| {
        schema.may_be(Kind::String) && !matches!(schema.format.as_deref(), Some("uuid" | "date"))
    });
    let words = words(input.name());
    let named = words.iter().any(|word| NAMES.contains(&word.as_str()))
        || words.iter().any(|word| word.ends_with("file") || word.ends_with("path"));
    // `pageSize` and `fileId` count and number; they do not name.
    let counts = words.last().is_some_and(|last| {
        ["id", "size", "number", "count", "limit", "index", "no"].contains(&last.as_str())
    });
    let said = known.and_then(|(_, said)| said).unwrap_or_default().to_ascii_lowercase();
    let told = ["file name", "filename", "file path", "path to", "name of the file"]
        .iter()
        .any(|phrase| said.contains(phrase));
    // A bare `name` below `/documents` or `/download` is a file's.
    let bare = matches!(words.as_slice(), [one] if one == "name" || one == "key");
    let among_files =
        bare && operation.path.split('/').any(|part| NAMES.contains(&singular(part).as_str()));
    text && ((named && !counts) || among_files || told)
}

/// A name's words: `fileName`, `file_name` and `file-name` are `file`, `name`.
fn words(name: &str) -> Vec<String> {
    let mut spaced = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            spaced.push(' ');
        }
        spaced.push(character);
    }
    let parts = spaced.split(|c: char| !c.is_ascii_alphanumeric());
    parts.map(plain_key).filter(|word| !word.is_empty()).collect()
}

/// Whether a value has an ending as files have, or parts as paths have.
fn looks_like_path(value: &str) -> bool {
    let ending = value.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty()
            && (2..=5).contains(&ending.len())
            && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && ending.bytes().any(|byte| byte.is_ascii_lowercase())
    });
    let address = value.contains("://") || value.contains('@');
    !address && !value.contains(' ') && (ending || value.trim_start_matches('/').contains('/'))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let probe = probe_or_unknown(ctx)?;
    let usual = probe.value.clone().unwrap_or_default();
    let control = ctx.nonces.word("no such file", 12);
    let shows = |said: &Said<'_>| system_file(&said.answer.body);
    if probe.sample.answer().and_then(|answer| system_file(&answer.body)).is_some() {
        return Ok(Verdict::inconclusive("the usual answer already looks like a system file"));
    }
    let folder = usual.rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
    let ending = usual.rsplit_once('.').map(|(_, ending)| ending.to_owned());
    let mut tries: Vec<(String, &str)> =
        WAYS.iter().map(|way| ((*way).to_owned(), "etc/passwd")).collect();
    tries.push((WAYS.first().copied().unwrap_or_default().to_owned(), "windows/win.ini"));
    tries.push(("..\\..\\..\\..\\..\\..\\..\\..\\#".to_owned(), "windows\\win.ini"));
    if let Some(folder) = folder {
        tries.push((format!("{folder}../../../../../../../../#"), "etc/passwd"));
    }
    if let Some(ending) = ending {
        tries.push((format!("../../../../../../../../#\0.{ending}"), "etc/passwd"));
    }
    for (way, file) in tries {
        let said = probe.ask(tape, &way.replace('#', file))?;
        let Some(found) = shows(&said) else { continue };
        let nothing = probe.ask(tape, &way.replace('#', &format!("etc/{control}")))?;
        if shows(&nothing).is_some() {
            continue; // The same text whatever is asked for.
        }
        let label = probe.label();
        let summary =
            format!("{} asked {label} for `{file}` and was given the system's file", probe.who);
        return Ok(Verdict::fail(
            Proof::new(Severity::Critical, Confidence::Confirmed, summary)
                .because(format!("the answer holds {found}"))
                .because("a file that does not exist, on the same way: nothing of the kind")
                .because("the usual value: nothing of the kind")
                .about(label)
                .shown_by([said.reply.index, nothing.reply.index]),
        ));
    }
    Ok(probe.nothing_found())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_other_values() {
        for path in ["a/b.txt", "report.pdf", "/srv/x", "docs/intro"] {
            assert!(looks_like_path(path), "{path}");
        }
        for other in ["12.50", "lamp", "https://a.example/x.png", "a@b.example", "1.2.3", "a b/c"] {
            assert!(!looks_like_path(other), "{other}");
        }
        assert_eq!(words("fileName"), ["file", "name"]);
        assert_eq!(words("file_path"), ["file", "path"]);
    }
}
