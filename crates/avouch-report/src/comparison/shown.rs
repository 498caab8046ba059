//! A comparison as text.

use super::{Comparison, Item, Side};
use crate::format::Options;
use crate::formats::markdown::Text;
use crate::text::{one_line, shortened};
use crate::wording;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// LIMIT: findings of one kind that are listed unless everything is wanted.
const SHOWN: usize = 12;
/// LIMIT: rows of a kind in a comment.
const ROWS_MAX: usize = 50;
/// LIMIT: reasons for lost coverage that are listed.
const REASONS_SHOWN: usize = 5;

/// The kinds of findings with their headings, what needs attention first.
fn kinds(comparison: &Comparison) -> [(&'static str, &[Item]); 5] {
    [
        ("new", &comparison.added),
        ("changed", &comparison.changed),
        ("not known any more, which is not fixed", &comparison.lost),
        ("fixed", &comparison.fixed),
        ("still there", &comparison.still),
    ]
}

fn score(comparison: &Comparison) -> String {
    let of = |side: &Side| side.score.map_or("none".to_owned(), |score| score.to_string());
    let difference = match comparison.score_difference {
        Some(0) => "unchanged".to_owned(),
        Some(difference) => format!("{difference:+}"),
        None => "cannot be compared".to_owned(),
    };
    let covered = |side: &Side| side.coverage.map_or("none".to_owned(), |part| format!("{part} %"));
    format!(
        "score {} → {} ({difference}), coverage {} → {}",
        of(&comparison.old),
        of(&comparison.new),
        covered(&comparison.old),
        covered(&comparison.new)
    )
}

fn place(item: &Item) -> String {
    let operation = item.operation.as_ref().map_or("the target as a whole", |id| &id.0);
    match &item.parameter {
        Some(parameter) => format!("{operation} ({parameter})"),
        None => operation.to_owned(),
    }
}

fn weight(item: &Item) -> String {
    match item.was {
        Some((severity, _)) if severity != item.severity => {
            format!("{severity} → {}", item.severity)
        }
        Some((_, confidence)) => {
            format!("{}, {confidence} → {}", item.severity, item.confidence)
        }
        None => item.severity.to_string(),
    }
}

/// What is not usual about it.
fn remark(item: &Item) -> String {
    let because = item.because.as_ref().map(|because| format!(": {because}")).unwrap_or_default();
    let suppressed = if item.suppressed { ", suppressed" } else { "" };
    format!("{suppressed}{because}")
}

/// For a terminal.
pub fn terminal(comparison: &Comparison, options: &Options) -> String {
    let mut text = String::new();
    for (name, side) in [("old", &comparison.old), ("new", &comparison.new)] {
        let whole = if side.whole { "" } else { ", which is not whole" };
        let at = side.started_at.strftime("%Y-%m-%d %H:%M");
        _ = writeln!(text, "{name}  {at}  {}{whole}", one_line(&side.target));
    }
    _ = writeln!(text, "{}", score(comparison));
    for (heading, items) in kinds(comparison) {
        if items.is_empty() {
            continue;
        }
        _ = writeln!(text, "\n{}  {}", heading.to_uppercase(), items.len());
        let shown = if options.verbose { items.len() } else { SHOWN };
        for item in items.iter().take(shown) {
            let line = format!(
                "{}  {}  {}  {}{}",
                weight(item),
                item.check,
                place(item),
                item.title,
                remark(item)
            );
            _ = writeln!(text, "  {}", shortened(&line, options.width.saturating_sub(2)));
        }
        if items.len() > shown {
            _ = writeln!(text, "  and {} more, which --verbose shows", items.len() - shown);
        }
    }
    for (number, line) in lost_coverage(comparison).into_iter().enumerate() {
        if number == 0 {
            _ = writeln!(text, "\nCOVERAGE LOST  {}", comparison.coverage_lost.len());
        }
        _ = writeln!(text, "  {}", shortened(&line, options.width.saturating_sub(2)));
    }
    text
}

/// Reasons why questions cannot be answered any more, the most frequent first.
fn lost_coverage(comparison: &Comparison) -> Vec<String> {
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for open in &comparison.coverage_lost {
        *reasons.entry(&open.because).or_default() += 1;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let shown = reasons.iter().take(REASONS_SHOWN);
    let mut lines: Vec<String> =
        shown.map(|(because, count)| format!("{count}× {because}")).collect();
    if reasons.len() > REASONS_SHOWN {
        lines.push(format!("and {} other reasons", reasons.len() - REASONS_SHOWN));
    }
    lines
}

/// For a pull request.
pub fn markdown(comparison: &Comparison) -> String {
    let count = |items: &[Item]| items.len();
    let mut text = format!(
        "## API security: {} new, {} changed, {} fixed, {} not known any more, {} still there\n\n{}\n",
        count(&comparison.added),
        count(&comparison.changed),
        count(&comparison.fixed),
        count(&comparison.lost),
        count(&comparison.still),
        Text(&score(comparison)),
    );
    if !comparison.new.whole {
        text.push_str(
            "\nThe newer scan did not ask everything, or has no score: **not a pass**.\n",
        );
    }
    for (heading, items) in kinds(comparison) {
        if items.is_empty() {
            continue;
        }
        let folded = heading == "still there";
        if folded {
            text.push_str("\n<details><summary>Still there</summary>\n");
        } else {
            _ = writeln!(
                text,
                "\n**{}{}**",
                heading.get(..1).unwrap_or("").to_uppercase(),
                heading.get(1..).unwrap_or("")
            );
        }
        text.push_str("\n| | check | where | what |\n|---|---|---|---|\n");
        for item in items.iter().take(ROWS_MAX) {
            _ = writeln!(
                text,
                "| {} | {} | {} | {}{} |",
                weight(item),
                Text(&item.check),
                Text(&place(item)),
                Text(&item.title),
                Text(&remark(item)),
            );
        }
        if items.len() > ROWS_MAX {
            _ = writeln!(text, "\nand {} more.", items.len() - ROWS_MAX);
        }
        if folded {
            text.push_str("\n</details>\n");
        }
    }
    let lost = u64::try_from(comparison.coverage_lost.len()).unwrap_or(u64::MAX);
    for (number, line) in lost_coverage(comparison).iter().enumerate() {
        if number == 0 {
            let count = wording::count(lost, "question");
            _ = writeln!(text, "\n{count} could be answered then and cannot be now:\n");
        }
        _ = writeln!(text, "- {}", Text(line));
    }
    text
}
