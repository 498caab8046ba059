//! `avouch policy …`

use super::args::{ActArgs, IdArgs, ImportArgs, ListArgs};
use super::book::{Acted, Book, actor, day, person, shown_day, table};
use super::files::{self, Rows};
use super::register_args::{AcknowledgeArgs, PublishArgs};
use super::{Failed, answer, tell};
use crate::commands::key::now_ms;
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use avouch_model::coding::{Digest, Later, Personal};
use avouch_model::fact::policy::{Policy, PolicyEvent};
use avouch_prove::controls;
use avouch_prove::criteria::CriterionId;
use avouch_prove::frequency::Frequency;
use avouch_prove::registers::policies::{PolicyState, fold};
use std::path::{Path, PathBuf};

/// A policy as its file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) id: String,
    title: String,
    version: String,
    author: String,
    pub(super) controls: Vec<String>,
    pub(super) criteria: Vec<String>,
}

/// Reads the head of a policy: lines `name: value` between two lines `---`.
pub(super) fn parse(text: &str) -> anyhow::Result<Written> {
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"));
    let head = rest.and_then(|rest| rest.split_once("\n---")).map(|(head, _)| head);
    let head =
        head.ok_or_else(|| anyhow!("it does not begin with a head between two lines `---`"))?;
    let field = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
    };
    let must = |name: &str| {
        field(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| anyhow!("its head does not say `{name}`"))
    };
    let list = |name: &str| -> Vec<String> {
        let value = field(name).unwrap_or_default();
        value
            .split([',', ' '])
            .map(str::trim)
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let written = Written {
        id: must("id")?,
        title: must("title")?,
        version: must("version")?,
        author: must("author")?,
        controls: list("controls"),
        criteria: list("criteria"),
    };
    if let Some(id) = written.controls.iter().find(|id| controls::find(id).is_none()) {
        return Err(anyhow!("`{id}` is not a control"));
    }
    if let Some(id) = written.criteria.iter().find(|id| id.parse::<CriterionId>().is_err()) {
        return Err(anyhow!("`{id}` is not the id of a criterion"));
    }
    Ok(written)
}

fn markdown(path: &Path) -> Result<Vec<PathBuf>, Failed> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let read = || -> anyhow::Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
        let mut all: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        all.retain(|path| path.extension().is_some_and(|ending| ending == "md") && path.is_file());
        all.sort();
        if all.is_empty() { Err(anyhow!("no file with the ending `.md`")) } else { Ok(all) }
    };
    read().with_context(|| format!("`{}`", path.display())).map_err(|error| {
        Failed::usage(error).advice("`avouch policy init` writes policies to begin with")
    })
}

/// Records new texts.
pub(super) fn import(args: &ImportArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.act.source)?;
    let states = fold(&book.now()?);
    let mut acts = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for path in markdown(&args.path)? {
        let text = files::text(&path)?;
        let name = path.display().to_string();
        let written = parse(&text).with_context(|| format!("`{name}`")).map_err(Failed::usage)?;
        if written.author == "(name)" {
            return Err(Failed::usage(anyhow!("`{name}` names no author"))
                .advice("write the author's name into its head"));
        }
        if seen.contains(&written.id) {
            return Err(Failed::usage(anyhow!("`{name}`: the id `{}` is there twice", written.id)));
        }
        seen.push(written.id.clone());
        acts.extend(drafted(&args.act, &states, &written, files::digest(&text), &name)?);
    }
    let gone = states.iter().filter(|state| !state.is_retired() && !seen.contains(&state.id));
    if args.path.is_dir() {
        for state in gone {
            tell(&format!(
                "policy `{}` is in the ledger and in no file: `avouch policy retire` gives it up",
                state.id
            ));
        }
    }
    book.record(&args.act, acts)?;
    Ok(Exit::Clean)
}

fn drafted(
    act: &ActArgs,
    states: &[PolicyState],
    written: &Written,
    digest: Digest,
    name: &str,
) -> Result<Option<Acted>, Failed> {
    let known = states.iter().find(|state| state.id == written.id);
    let (id, version) = (&written.id, &written.version);
    match known {
        Some(state) if state.digest == digest && state.version == *version => return Ok(None),
        Some(state) if state.version == *version => {
            return Err(Failed::usage(anyhow!(
                "`{name}`: the text of version {version} of `{id}` is another than the recorded one"
            ))
            .advice("give the changed text a new version"));
        }
        _ => (),
    }
    let from = known.map_or_else(|| "new".to_owned(), |state| format!("was {}", state.version));
    let says = format!("policy `{id}` version {version} ({from}), written by {}", written.author);
    let fact = Policy {
        id: id.clone(),
        event: PolicyEvent::Drafted,
        version: version.clone(),
        title: written.title.clone(),
        digest,
        actor: Some(person(&written.author)?),
        effective_ms: day(act.effective.as_deref())?,
        review_due_ms: None,
        controls: written.controls.clone(),
        criteria: written.criteria.clone(),
        because: act.because.clone(),
        collected_ms: day(act.collected.as_deref())?,
        later: Later::default(),
    };
    Acted::new(says, &fact).map(Some)
}

fn found(states: &[PolicyState], id: &str) -> Result<PolicyState, Failed> {
    states.iter().find(|state| state.id == id).cloned().ok_or_else(|| {
        Failed::usage(anyhow!("there is no policy `{}`", id.escape_default()))
            .advice("`avouch policy list` names them; `avouch policy import` records new ones")
    })
}

/// A fact about the newest version, or about the one in force.
fn about(
    state: &PolicyState,
    event: PolicyEvent,
    in_force: bool,
    who: Personal,
    act: &ActArgs,
) -> Result<Policy, Failed> {
    let (version, digest) = if in_force {
        let version = state.in_force.clone().zip(state.in_force_digest);
        version.ok_or_else(|| {
            Failed::usage(anyhow!("no version of `{}` is in force", state.id))
                .advice("approve and publish it first")
        })?
    } else {
        (state.version.clone(), state.digest)
    };
    Ok(Policy {
        id: state.id.clone(),
        event,
        version,
        title: state.title.clone(),
        digest,
        actor: Some(who),
        effective_ms: day(act.effective.as_deref())?,
        review_due_ms: None,
        controls: state.controls.clone(),
        criteria: Vec::new(),
        because: act.because.clone(),
        collected_ms: day(act.collected.as_deref())?,
        later: Later::default(),
    })
}

/// Records an approval by somebody else than the author.
pub(super) fn approve(args: &IdArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.act.source)?;
    let state = found(&fold(&book.now()?), &args.id)?;
    let who = actor(&args.act)?;
    let shown = who.shown();
    if state.author.as_ref() == Some(&shown) {
        return Err(Failed::usage(anyhow!(
            "`{shown}` wrote version {} of `{}` and cannot approve it",
            state.version,
            state.id
        ))
        .advice("somebody else has to: name them with `--actor`"));
    }
    if state.approved_by.contains(&shown) {
        tell(&format!("`{shown}` has approved version {} already", state.version));
        return Ok(Exit::Clean);
    }
    let says = format!("policy `{}` version {} approved by {shown}", state.id, state.version);
    let fact = about(&state, PolicyEvent::Approved, false, who, &args.act)?;
    book.record(&args.act, vec![Acted::new(says, &fact)?])?;
    Ok(Exit::Clean)
}

/// Puts the newest version into force.
pub(super) fn publish(args: &PublishArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.act.source)?;
    let state = found(&fold(&book.now()?), &args.id)?;
    if state.approved_by.is_empty() {
        return Err(Failed::usage(anyhow!(
            "version {} of `{}` is approved by nobody",
            state.version,
            state.id
        ))
        .advice("`avouch policy approve` first, by somebody else than the author"));
    }
    if state.is_current() && !state.is_retired() {
        tell(&format!("version {} is in force already", state.version));
        return Ok(Exit::Clean);
    }
    dated(args, &book, &state, PolicyEvent::Published, false, "in force")
}

/// Records that the version in force was looked at and stays.
pub(super) fn review(args: &PublishArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.act.source)?;
    let state = found(&fold(&book.now()?), &args.id)?;
    dated(args, &book, &state, PolicyEvent::Reviewed, true, "looked at, and stays")
}

fn dated(
    args: &PublishArgs,
    book: &Book,
    state: &PolicyState,
    event: PolicyEvent,
    in_force: bool,
    says: &str,
) -> Result<Exit, Failed> {
    let mut fact = about(state, event, in_force, actor(&args.act)?, &args.act)?;
    let effective_ms = fact.effective_ms.unwrap_or_else(now_ms);
    fact.effective_ms = Some(effective_ms);
    fact.review_due_ms =
        day(args.review_due.as_deref())?.or(Frequency::Annual.due_ms(effective_ms));
    let due = shown_day(fact.review_due_ms);
    let says = format!(
        "policy `{}` version {} {says} from {}; to be looked at again by {due}",
        fact.id,
        fact.version,
        shown_day(Some(effective_ms))
    );
    book.record(&args.act, vec![Acted::new(says, &fact)?])?;
    Ok(Exit::Clean)
}

/// Gives a policy up.
pub(super) fn retire(args: &IdArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.act.source)?;
    let state = found(&fold(&book.now()?), &args.id)?;
    if state.is_retired() {
        tell("it was given up before");
        return Ok(Exit::Clean);
    }
    let fact = about(&state, PolicyEvent::Retired, false, actor(&args.act)?, &args.act)?;
    book.record(&args.act, vec![Acted::new(format!("policy `{}` is given up", state.id), &fact)?])?;
    Ok(Exit::Clean)
}

/// Records who has read what.
pub(super) fn acknowledge(args: &AcknowledgeArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.act.source)?;
    let states = fold(&book.now()?);
    let in_force = || states.iter().filter(|state| state.in_force.is_some() && !state.is_retired());
    let mut acts = Vec::new();
    let mut add = |state: &PolicyState, who: Personal, at_ms: Option<u64>| -> Result<(), Failed> {
        let shown = who.shown();
        if state.acknowledged.iter().any(|ack| ack.who == shown) {
            return Ok(());
        }
        let mut fact = about(state, PolicyEvent::Acknowledged, true, who, &args.act)?;
        fact.effective_ms = at_ms.or(fact.effective_ms);
        let says = format!("policy `{}` version {} acknowledged by {shown}", fact.id, fact.version);
        acts.push(Acted::new(says, &fact)?);
        Ok(())
    };
    match (&args.file, &args.id) {
        (Some(path), _) => {
            let rows = Rows::read(path, &["person", "policy"], &["version", "date"])?;
            for row in &rows.rows {
                let state = found(&states, rows.must(row, "policy")?)?;
                let version = rows.cell(row, "version");
                if version.is_some_and(|version| state.in_force.as_deref() != Some(version)) {
                    tell(&format!(
                        "line {}: that version of `{}` is not in force, so its acknowledgement does not count",
                        row.line, state.id
                    ));
                    continue;
                }
                add(&state, person(rows.must(row, "person")?)?, rows.day(row, "date")?)?;
            }
        }
        (None, Some(id)) => add(&found(&states, id)?, actor(&args.act)?, None)?,
        (None, None) => {
            for state in in_force() {
                add(state, actor(&args.act)?, None)?;
            }
        }
    }
    book.record(&args.act, acts)?;
    Ok(Exit::Clean)
}

/// Lists them.
pub(super) fn list(args: &ListArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.source)?;
    let states = fold(&book.now()?);
    if args.json {
        answer(&format!("{:#}\n", serde_json::to_value(&states).map_err(Failed::broken)?))?;
        return Ok(Exit::Clean);
    }
    let row = |state: &PolicyState| {
        let in_force = match (&state.in_force, state.retired) {
            (_, Some(_)) => "given up".to_owned(),
            (Some(version), _) => version.clone(),
            (None, _) => "-".to_owned(),
        };
        vec![
            state.id.clone(),
            state.version.clone(),
            state.author.clone().unwrap_or_default(),
            state.approved_by.join(", "),
            in_force,
            shown_day(state.review_due_ms),
            state.acknowledged.len().to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = states.iter().map(row).collect();
    answer(&table(
        &["id", "version", "author", "approved by", "in force", "review by", "acknowledged"],
        &rows,
    ))?;
    Ok(Exit::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_policy_says_what_it_is() {
        let text = "---\nid: access\ntitle: Access\nversion: 3\nauthor: anna\ncontrols: IAM-4, IAM-7\ncriteria: CC6.2\n---\n# Access\n";
        let policy = parse(text).unwrap();
        assert_eq!((policy.id.as_str(), policy.version.as_str()), ("access", "3"));
        assert_eq!(policy.controls, ["IAM-4", "IAM-7"]);
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(error("# Access"), "it does not begin with a head between two lines `---`");
        assert_eq!(
            error("---\nid: a\ntitle: b\nversion:\nauthor: c\n---\n"),
            "its head does not say `version`"
        );
        let head = "---\nid: a\ntitle: b\nversion: 1\nauthor: c\n";
        assert_eq!(error(&format!("{head}controls: IAM-99\n---\n")), "`IAM-99` is not a control");
        assert_eq!(
            error(&format!("{head}criteria: P1.2\n---\n")),
            "`P1.2` is not the id of a criterion"
        );
    }
}
