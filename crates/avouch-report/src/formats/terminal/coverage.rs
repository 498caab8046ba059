//! What was looked at, what could not be, and what else a person must know.

use super::paint::{Tone, bar, paint};
use super::{as_u64, shown};
use crate::format::Options;
use crate::text::{columns, one_line, padded, shortened, wrapped};
use crate::wording;
use avouch_model::report::{FamilyCoverage, NotEvaluable, Report};
use std::collections::BTreeMap;

/// LIMIT: families and reasons a summary shows; the rest is counted.
const FAMILIES_SHOWN: usize = 4;
const REASONS_SHOWN: usize = 2;
/// LIMIT: operations of one check and reason that are named.
const PLACES_SHOWN: usize = 3;
/// LIMIT: columns of a family's title.
const TITLE_COLUMNS_MAX: usize = 28;
/// Columns of a family's bar.
const BAR_COLUMNS: usize = 7;

/// Coverage by family, then reasons, then notes.
pub(super) fn lines(report: &Report, options: &Options) -> Vec<String> {
    let mut lines = vec![summary(report, options)];
    lines.extend(families(report, options));
    lines.extend(if options.verbose {
        each_gap(report, options)
    } else {
        reasons(report, options)
    });
    lines.extend(notes(report, options));
    lines.push(String::new());
    lines
}

fn summary(report: &Report, options: &Options) -> String {
    let families = &report.coverage.families;
    let evaluated: u64 = families.iter().map(|family| u64::from(family.evaluated())).sum();
    let applied: u64 = families.iter().map(|family| u64::from(family.applied())).sum();
    let heading = paint("COVERAGE", Tone::Strong, options);
    match report.coverage.per_cent() {
        None => format!("{heading}  {}", paint("nothing was evaluated", Tone::Bad, options)),
        Some(per_cent) => {
            let figure = format!("{evaluated} of {applied} questions answered ({per_cent} %)");
            let open = applied - evaluated;
            let open = if open > 0 {
                paint(&format!(", {open} not evaluable"), Tone::Warn, options)
            } else {
                String::new()
            };
            format!("{heading}  {figure}{open}")
        }
    }
}

/// Families with something to say first: what could not be evaluated, then what was found.
fn families(report: &Report, options: &Options) -> Vec<String> {
    let mut families: Vec<&FamilyCoverage> =
        report.coverage.families.iter().filter(|family| family.applied() > 0).collect();
    families.sort_by_key(|family| std::cmp::Reverse((family.not_evaluable, family.failed)));
    let shown = shown(families.len(), FAMILIES_SHOWN, options);
    let widest = families.iter().map(|family| columns(&one_line(&family.title))).max();
    let room = widest.unwrap_or(0).min(TITLE_COLUMNS_MAX).min(options.width / 3);
    let mut lines: Vec<String> =
        families.iter().take(shown).map(|family| row(family, room, options)).collect();
    if families.len() > shown {
        let rest: u64 = families.iter().skip(shown).map(|f| u64::from(f.not_evaluable)).sum();
        let more = families.len() - shown;
        lines.push(format!("  and {more} more families, {rest} not evaluable in them"));
    }
    lines
}

fn row(family: &FamilyCoverage, room: usize, options: &Options) -> String {
    let title = padded(&shortened(&family.title, room), room);
    let per_cent = family.per_cent().unwrap_or(0);
    let tone = if family.not_evaluable > 0 { Tone::Warn } else { Tone::Good };
    // What is cut when there is no room is the good news.
    let counts = [
        (family.not_evaluable, "not evaluable"),
        (family.failed, "found"),
        (family.passed, "passed"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let used = room + BAR_COLUMNS + 12;
    let counts = shortened(&counts.join(", "), options.width.saturating_sub(used));
    format!(
        "  {title}  {} {per_cent:>3} %  {counts}",
        paint(&bar(per_cent, BAR_COLUMNS), tone, options)
    )
}

/// The reasons that stood in the way most often.
fn reasons(report: &Report, options: &Options) -> Vec<String> {
    let mut counted: BTreeMap<&str, (usize, Vec<&str>)> = BTreeMap::new();
    for NotEvaluable { check, because, .. } in &report.coverage.not_evaluable {
        let (count, checks) = counted.entry(because).or_default();
        *count += 1;
        if !checks.contains(&check.as_str()) {
            checks.push(check);
        }
    }
    let mut counted: Vec<_> = counted.into_iter().collect();
    counted.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    let shown = shown(counted.len(), REASONS_SHOWN, options);
    let mut lines: Vec<String> = counted
        .iter()
        .take(shown)
        .map(|(because, (count, checks))| {
            let text = format!("not evaluable {count}×: {because} ({})", checks.join(", "));
            let line = shortened(&text, options.width.saturating_sub(2));
            format!("  {}", paint(&line, Tone::Warn, options))
        })
        .collect();
    if counted.len() > shown {
        lines.push(format!("  and {} other reasons", counted.len() - shown));
    }
    lines
}

/// Every gap: one entry for each check and reason, with where it is. Subjects of one reason differ in
/// nothing but their name, so of many only the first are named.
fn each_gap(report: &Report, options: &Options) -> Vec<String> {
    let mut grouped: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for open in &report.coverage.not_evaluable {
        let place = open.operation.as_ref().map_or("the target as a whole", |id| &id.0);
        grouped.entry((&open.check, &open.because)).or_default().push(place);
    }
    let mut lines = Vec::new();
    for ((check, because), places) in grouped {
        // One more than the limit rather than a word that says there is one more.
        let shown = if places.len() <= PLACES_SHOWN + 1 { places.len() } else { PLACES_SHOWN };
        let named = places.get(..shown).unwrap_or_default().join(", ");
        let more = match places.len() - shown {
            0 => String::new(),
            more => format!(" and {}", wording::count(as_u64(more), "more operation")),
        };
        let text = format!("not evaluable: {check} on {named}{more}: {because}");
        lines.extend(indented(&text, Tone::Warn, options));
    }
    lines
}

fn indented(text: &str, tone: Tone, options: &Options) -> Vec<String> {
    let lines = wrapped(&one_line(text), options.width.saturating_sub(2)).into_iter();
    lines.map(|line| format!("  {}", paint(&line, tone, options))).collect()
}

/// What went wrong beside the findings: counted in a summary, listed when verbose.
fn notes(report: &Report, options: &Options) -> Vec<String> {
    let refused = report.identities.iter().filter(|identity| !identity.accepted).map(|identity| {
        format!(
            "identity {} ({}) was not accepted: {}",
            identity.who, identity.label, identity.note
        )
    });
    let left = report.cleanup.iter().filter(|object| !object.gone);
    let left = left.map(|object| format!("still there: {} ({})", object.remove, object.note));
    let alone = report.left_alone.iter();
    let alone = alone.map(|left| format!("left alone: {}: {}", left.operation, left.because));
    let warnings = report.warnings.iter().map(|warning| match &warning.place {
        Some(place) => format!("{}:{}: {}", place.file, place.line, warning.message),
        None => warning.message.clone(),
    });
    let kinds: [(&str, Vec<String>); 4] = [
        ("identity refused", refused.collect()),
        ("left-over object", left.collect()),
        ("avoided operation", alone.collect()),
        ("warning", warnings.collect()),
    ];
    if options.verbose {
        let all = kinds.iter().flat_map(|(_, notes)| notes);
        return all.flat_map(|note| indented(note, Tone::Plain, options)).collect();
    }
    let counted: Vec<String> = kinds
        .iter()
        .filter(|(_, notes)| !notes.is_empty())
        .map(|(noun, notes)| match *noun {
            "identity refused" => format!("identities refused: {}", notes.len()),
            noun => wording::count(as_u64(notes.len()), noun),
        })
        .collect();
    if counted.is_empty() {
        Vec::new()
    } else {
        indented(&counted.join(" · "), Tone::Warn, options)
    }
}
