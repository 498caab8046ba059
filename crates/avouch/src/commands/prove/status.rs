//! `avouch control status`

// Writing to a string does not fail: the results are left out.
use super::args::StatusArgs;
use super::book::{Book, plain, table};
use super::control::{entries, machine};
use super::{Failed, answer};
use crate::commands::key::now_ms;
use crate::exit::Exit;
use avouch_prove::assess::assess_all;
use avouch_prove::assessment::{Assessed, Assessment};
use avouch_prove::conclude::{Concluded, Conclusion, conclude};
use avouch_prove::period::{Period, date};
use avouch_prove::score::{self, Point, Score};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Judges all controls and says what follows.
pub(super) fn run(args: &StatusArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.source)?;
    let period = book.period(&args.period)?;
    let history = book.history(period)?;
    let assessed = assess_all(&history, &book.settings);
    let concluded = conclude(&assessed, &history, &book.settings);
    let score = score::of(&score::standings(&assessed), &book.settings, period.to_ms.min(now_ms()));
    let points = score::series(&history, &book.settings);
    if args.json {
        let value = json!({
            "period": { "from_ms": period.from_ms, "to_ms": period.to_ms, "days": period.to_string() },
            "score": score,
            "series": points,
            "controls": assessed.iter().map(machine).collect::<Vec<_>>(),
            "criteria": concluded.iter().map(criterion).collect::<Vec<_>>(),
        });
        answer(&format!("{value:#}\n"))?;
    } else {
        answer(&person(args, period, &assessed, &concluded, &score, &points))?;
    }
    Ok(Exit::Clean)
}

fn criterion(one: &Concluded) -> Value {
    json!({
        "id": one.criterion.id.as_str(), "meaning": one.criterion.meaning,
        "level": one.criterion.level.word(), "conclusion": one.conclusion.word(),
        "effective": one.effective, "exceptions": one.exceptions, "not_tested": one.not_tested,
        "no_event": one.no_event, "people": one.criterion.manual, "statements": one.statements,
    })
}

/// The score in a line.
pub(super) fn score_line(score: &Score) -> String {
    let percent =
        |part: Option<u64>| part.map_or_else(|| "–".to_owned(), |part| format!("{part} %"));
    format!(
        "Score {} of 100: effectiveness {} ({} of {} tested), coverage {} ({} of {} in scope), freshness {} ({})",
        score.value,
        percent(score.effectiveness_percent),
        score.effective,
        score.tested,
        percent(score.coverage_percent),
        score.tested,
        score.in_scope,
        percent(score.freshness_percent),
        score.formula,
    )
}

fn person(
    args: &StatusArgs,
    period: Period,
    assessed: &[Assessed],
    concluded: &[Concluded],
    score: &Score,
    points: &[Point],
) -> String {
    let mut text = format!(
        "Controls, {period}. Prepared by management; no auditor has looked at it.\n{}\n\n",
        score_line(score)
    );
    let count = |wanted: fn(&Assessed) -> bool| assessed.iter().filter(|one| wanted(one)).count();
    let _ = writeln!(
        text,
        "{} effective, {} with exceptions, {} not tested, {} with nothing to act on, {} left out by management",
        count(|one| one.assessment == Assessment::Effective),
        count(|one| matches!(one.assessment, Assessment::Exceptions(_))),
        count(|one| !one.is_tested() && !one.had_no_event() && one.excluded.is_none()),
        count(Assessed::had_no_event),
        count(|one| one.excluded.is_some()),
    );
    let _ = writeln!(text, "\nExceptions");
    let mut none = true;
    for one in assessed {
        let Assessment::Exceptions(exceptions) = &one.assessment else { continue };
        none = false;
        let _ = writeln!(text, "  {:<7}{}", one.control.id, one.control.name);
        let shown = if args.verbose { exceptions.len() } else { 3 };
        for exception in exceptions.iter().take(shown) {
            let _ = writeln!(
                text,
                "         ! {}{}",
                plain(&exception.because),
                entries(&exception.entries)
            );
        }
        let more = exceptions.len().saturating_sub(shown);
        if more > 0 {
            let _ = writeln!(
                text,
                "         and {more} more: `avouch control show {}`",
                one.control.id
            );
        }
    }
    if none {
        let _ = writeln!(text, "  none among the controls that were tested");
    }
    not_tested(args, assessed, &mut text);
    criteria(args, concluded, &mut text);
    if let Some(last) = points.last() {
        let _ = writeln!(
            text,
            "\nRecorded runs: {} in the period, the last on {} with {} of 100",
            points.len(),
            date(last.at_ms),
            last.score.value
        );
    }
    text
}

fn not_tested(args: &StatusArgs, assessed: &[Assessed], text: &mut String) {
    let open: Vec<&Assessed> =
        assessed.iter().filter(|one| !one.is_tested() && one.excluded.is_none()).collect();
    let _ = writeln!(text, "\nNot tested");
    let rows: Vec<Vec<String>> = open
        .iter()
        .flat_map(|one| {
            let shown = if args.verbose { one.gaps.len() } else { 1 };
            let more = one.gaps.len().saturating_sub(shown);
            let gaps = one.gaps.iter().take(shown).enumerate();
            gaps.map(move |(at, gap)| {
                let id = if at == 0 { one.control.id.to_owned() } else { String::new() };
                let more = if at + 1 == shown && more > 0 {
                    format!(" (and {more} more)")
                } else {
                    String::new()
                };
                vec![
                    format!("  {id}"),
                    gap.kind.word().to_owned(),
                    format!("{}{more}", gap.because),
                ]
            })
        })
        .collect();
    text.push_str(&table(&["  id", "gap", "what to do"], &rows));
}

fn criteria(args: &StatusArgs, concluded: &[Concluded], text: &mut String) {
    let count =
        |wanted: Conclusion| concluded.iter().filter(|one| one.conclusion == wanted).count();
    let _ = writeln!(
        text,
        "\nCriteria: {} supported, {} supported by machine and waiting for people, {} with exceptions, {} not tested, {} out of scope",
        count(Conclusion::Supported),
        count(Conclusion::NeedsPeople),
        count(Conclusion::Exceptions),
        count(Conclusion::NotTested),
        count(Conclusion::OutOfScope),
    );
    if args.verbose {
        let row = |one: &Concluded| {
            vec![
                format!("  {}", one.criterion.id),
                one.conclusion.word().to_owned(),
                one.criterion.meaning.to_owned(),
            ]
        };
        let rows: Vec<Vec<String>> = concluded.iter().map(row).collect();
        text.push_str(&table(&["  id", "conclusion", "asks for"], &rows));
    }
}
