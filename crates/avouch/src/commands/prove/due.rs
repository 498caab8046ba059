//! `avouch control due`: what would fail if the audit ended today, and who owes what.

// Writing to a string does not fail: the results are left out.
use super::args::StatusArgs;
use super::book::{Book, plain, shown_day, table};
use super::control::entries;
use super::{Failed, answer};
use crate::commands::key::now_ms;
use crate::exit::Exit;
use avouch_prove::assess::assess_all;
use avouch_prove::due::{Due, due};
use avouch_prove::period::Period;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Says what stands between today and the end of the period.
pub(in crate::commands) fn run(args: &StatusArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.source)?;
    let period = book.period(&args.period)?;
    let history = book.history(period)?;
    let assessed = assess_all(&history, &book.settings);
    let all = due(&assessed, &history, &book.settings, now_ms());
    if args.json {
        let items: Vec<Value> = all
            .iter()
            .map(|item| {
                json!({
                    "what": item.what.word(), "control": item.control, "owner": item.owner,
                    "because": item.because, "entries": item.entries, "at_ms": item.at_ms,
                })
            })
            .collect();
        answer(&format!("{:#}\n", json!({ "period": period.to_string(), "owed": items })))?;
    } else {
        answer(&person(args, period, &all))?;
    }
    let fails = all.iter().any(|item| item.what.would_fail());
    Ok(if fails { Exit::Findings } else { Exit::Clean })
}

fn person(args: &StatusArgs, period: Period, all: &[Due]) -> String {
    use avouch_prove::due::What;
    let mut text = format!("If the audit of {period} ended today\n");
    let parts = [
        (What::Fails, "would fail"),
        (What::NoOccurrence, "has no occurrence in the period, and cannot be tested"),
        (What::Untested, "could not be concluded about"),
        (What::PersonOwes, "waits for somebody to say or hand in something"),
        (What::Expires, "runs out within thirty days"),
    ];
    for (what, title) in parts {
        let items: Vec<&Due> = all.iter().filter(|item| item.what == what).collect();
        let _ = writeln!(text, "\n{} {title}", items.len());
        let shown = if args.verbose { items.len() } else { 12 };
        let rows: Vec<Vec<String>> = items
            .iter()
            .take(shown)
            .map(|item| {
                let owner = item.owner.clone().unwrap_or_else(|| "(nobody)".to_owned());
                let day = if what == What::Expires {
                    format!("{}  ", shown_day(item.at_ms))
                } else {
                    String::new()
                };
                let because = format!("{day}{}{}", item.because, entries(&item.entries));
                vec![format!("  {}", item.control.unwrap_or("-")), owner, because]
            })
            .collect();
        if !rows.is_empty() {
            text.push_str(&table(&["  id", "owner", "because"], &rows));
        }
        let more = items.len().saturating_sub(shown);
        if more > 0 {
            let _ = writeln!(text, "  and {more} more: `--verbose` shows all");
        }
    }
    let _ = writeln!(text, "\nWho owes what");
    let mut owners: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for item in all {
        *owners.entry(item.owner.clone().unwrap_or_else(|| "(nobody)".to_owned())).or_default() +=
            1;
    }
    for (owner, count) in owners {
        let _ = writeln!(text, "  {count:>4}  {}", plain(&owner));
    }
    text
}
