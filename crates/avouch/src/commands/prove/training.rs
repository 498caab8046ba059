//! `avouch training …`

use super::args::{ImportArgs, ListArgs};
use super::book::{Acted, Book, actor, day, person, shown_day, table};
use super::files::{Row, Rows, document};
use super::{Failed, answer, tell};
use crate::commands::key::now_ms;
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_model::coding::{Digest, Later, Word};
use avouch_model::fact::person::{Person, PersonEvent};
use avouch_model::fact::training::{Training, TrainingEvent};
use avouch_prove::registers::people::{courses, present};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

/// Records who joined, changed and left: the list is whole, so who is not on it any more has left.
pub(super) fn people(args: &ImportArgs) -> Result<Exit, Failed> {
    let act = &args.act;
    let rows = Rows::read(&args.path, &["person"], &["name", "roles", "joined", "left"])?;
    if rows.rows.is_empty() {
        return Err(Failed::usage(anyhow!("nobody is on the list")).advice(
            "a list without anybody would say that all have left; record that one by one",
        ));
    }
    let book = Book::of(&act.source)?;
    let known = present(&book.now()?, now_ms());
    let who = actor(act)?;
    let source = args.path.file_name().map(|name| name.to_string_lossy().into_owned());
    let effective_ms = day(act.effective.as_deref())?;
    let collected_ms = day(act.collected.as_deref())?;
    let fact = |person,
                event,
                name: Option<&str>,
                roles: Vec<String>,
                at_ms: Option<u64>|
     -> Result<Person, Failed> {
        Ok(Person {
            person,
            event,
            name: name.map(super::book::person).transpose()?,
            roles,
            effective_ms: at_ms.or(effective_ms),
            collected_ms,
            source: source.clone(),
            actor: Some(who.clone()),
            because: act.because.clone(),
            later: Later::default(),
        })
    };
    let mut acts = Vec::new();
    let mut seen = BTreeSet::new();
    for row in &rows.rows {
        let id = rows.must(row, "person")?;
        if !seen.insert(id.to_owned()) {
            return Err(Failed::usage(anyhow!("line {}: `{id}` is there twice", row.line)));
        }
        let name = rows.cell(row, "name");
        let roles = words(rows.cell(row, "roles"));
        let before = known.iter().find(|one| one.shown == id);
        let (joined, left) = (rows.day(row, "joined")?, rows.day(row, "left")?);
        let is_gone = left.is_some_and(|left| left <= now_ms());
        let (event, at_ms) = match before {
            Some(_) if is_gone => (PersonEvent::Left, left),
            None if is_gone => continue,
            None => (PersonEvent::Joined, joined),
            Some(one) if one.roles != roles || (name.is_some() && one.name.as_deref() != name) => {
                (PersonEvent::Changed, None)
            }
            Some(_) => continue,
        };
        let says = format!("{id} {}", event.word());
        acts.push(Acted::new(says, &fact(person(id)?, event, name, roles, at_ms)?)?);
    }
    for gone in known.iter().filter(|one| !seen.contains(&one.shown)) {
        let says = format!("{} left: on the list no more", gone.shown);
        let at_ms = effective_ms.or_else(|| Some(now_ms()));
        acts.push(Acted::new(
            says,
            &fact(person(&gone.shown)?, PersonEvent::Left, None, Vec::new(), at_ms)?,
        )?);
    }
    book.record(act, acts)?;
    Ok(Exit::Clean)
}

/// The words of a cell, between semicolons or spaces.
fn words(cell: Option<&str>) -> Vec<String> {
    let all = cell.unwrap_or_default().split([';', ' ']);
    all.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What happened to a course, as a row says.
fn event(rows: &Rows, row: &Row) -> Result<TrainingEvent, Failed> {
    let event = rows.cell(row, "event").unwrap_or("completed");
    TrainingEvent::parse(event).ok_or_else(|| {
        Failed::usage(anyhow!("line {}: `{event}` is no event", row.line))
            .advice("it is one of assigned, completed, failed, expired")
    })
}

/// The digest of what shows a training: of a file, named from the list's folder, or given as such.
fn evidence(rows: &Rows, row: &Row, list: &Path) -> Result<Option<Digest>, Failed> {
    let Some(said) = rows.cell(row, "evidence") else { return Ok(None) };
    if let Some(digest) = Digest::parse(said) {
        return Ok(Some(digest));
    }
    let folder = list.parent().unwrap_or_else(|| Path::new(""));
    Ok(Some(document(&folder.join(said))?.0))
}

/// Records courses.
pub(super) fn import(args: &ImportArgs) -> Result<Exit, Failed> {
    let act = &args.act;
    let rows = Rows::read(
        &args.path,
        &["person", "course"],
        &["event", "version", "role", "date", "due", "expires", "score", "evidence"],
    )?;
    let book = Book::of(&act.source)?;
    let history = book.now()?;
    let people = present(&history, now_ms());
    let source = args.path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut acts = Vec::new();
    for row in &rows.rows {
        let (who, course) = (rows.must(row, "person")?, rows.must(row, "course")?);
        let event = event(&rows, row)?;
        let at_ms = rows.day(row, "date")?;
        if event == TrainingEvent::Completed && at_ms.is_none() {
            return Err(Failed::usage(anyhow!(
                "line {}: it does not say when it was done",
                row.line
            ))
            .advice("give the list a column `date`"));
        }
        if at_ms.is_some_and(|at| at > now_ms()) {
            return Err(Failed::usage(anyhow!("line {}: that day has not come", row.line)));
        }
        let score = rows.cell(row, "score").map(|score| {
            score
                .trim_end_matches('%')
                .parse()
                .map_err(|_| Failed::usage(anyhow!("line {}: `{score}` is no per cent", row.line)))
        });
        let fact = Training {
            person: person(who)?,
            event,
            course: course.to_owned(),
            version: rows.cell(row, "version").map(str::to_owned),
            role: rows.cell(row, "role").map(str::to_owned),
            due_ms: rows.day(row, "due")?,
            completed_ms: (event == TrainingEvent::Completed).then_some(at_ms).flatten(),
            expires_ms: rows.day(row, "expires")?,
            score_percent: score.transpose()?,
            source: source.clone(),
            evidence: evidence(&rows, row, &args.path)?,
            collected_ms: day(act.collected.as_deref())?,
            later: Later::default(),
        };
        // Where it was learnt from and when it was written down do not make it another training;
        // evidence that nobody had shown is worth a record.
        let same = |known: &Training| {
            Training {
                source: fact.source.clone(),
                collected_ms: fact.collected_ms,
                evidence: fact.evidence.and(known.evidence),
                ..known.clone()
            } == fact
        };
        if history.trainings.iter().any(|entry| same(&entry.fact)) {
            continue;
        }
        if !people.iter().any(|one| one.shown == who) {
            tell(&format!("line {}: `{who}` is not on the list of people", row.line));
        }
        let says = format!(
            "{who} {} `{course}`{}",
            event.word(),
            at_ms.map_or_else(String::new, |at| format!(" on {}", shown_day(Some(at))))
        );
        acts.push(Acted::new(says, &fact)?);
    }
    book.record(act, acts)?;
    Ok(Exit::Clean)
}

/// Lists people with their courses.
pub(super) fn list(args: &ListArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.source)?;
    let history = book.now()?;
    let (people, courses) = (present(&history, now_ms()), courses(&history));
    if args.json {
        answer(&format!("{:#}\n", json!({ "people": people, "courses": courses })))?;
        return Ok(Exit::Clean);
    }
    let rows: Vec<Vec<String>> = people
        .iter()
        .flat_map(|one| {
            let theirs: Vec<_> =
                courses.iter().filter(|course| course.person == one.shown).collect();
            let start = vec![one.shown.clone(), one.roles.join(" "), shown_day(Some(one.since_ms))];
            if theirs.is_empty() {
                return vec![
                    [start, vec!["-".to_owned(), "-".to_owned(), "-".to_owned()]].concat(),
                ];
            }
            theirs
                .iter()
                .map(|course| {
                    [
                        start.clone(),
                        vec![
                            shown_day(course.completed_ms),
                            shown_day(course.expires_ms),
                            course.course.clone(),
                        ],
                    ]
                    .concat()
                })
                .collect()
        })
        .collect();
    answer(&table(&["person", "roles", "since", "done", "again by", "course"], &rows))?;
    Ok(Exit::Clean)
}
