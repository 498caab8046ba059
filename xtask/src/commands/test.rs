//! `cargo xtask test`: all that must hold before a change is accepted.

use crate::steps::count::Counts;
use crate::steps::{End, Options, STEPS, Step, run as run_step};
use crate::stopwatch::Stopwatch;
use anyhow::{Result, bail};
use std::time::Duration;

/// A row of the table at the end.
struct Row {
    name: &'static str,
    end: End,
    took: Duration,
}

/// Runs the steps asked for; answers whether none failed.
pub(super) fn run(words: &[&str]) -> Result<bool> {
    let (options, steps) = parse(words)?;
    let mut rows = Vec::new();
    for step in steps {
        println!("\n== {}: {}\n", step.name, step.title);
        let stopwatch = Stopwatch::start();
        let end = run_step(step, options);
        let took = stopwatch.elapsed();
        println!("\n-- {} {} in {:.1} s {}", step.name, end.word(), took.as_secs_f64(), end.note());
        rows.push(Row { name: step.name, end, took });
    }
    println!("\n{}", table(&rows));
    Ok(is_good(&rows))
}

fn parse(words: &[&str]) -> Result<(Options, Vec<&'static Step>)> {
    let mut options = Options::default();
    let mut only = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match (*word, only) {
            ("--long", _) => options.long = true,
            ("--only", None) => only = words.next().copied().or(Some("")),
            (word, _) => bail!("`cargo xtask test` knows no `{word}` here"),
        }
    }
    let steps: Vec<_> = match only {
        Some(name) => STEPS.iter().filter(|step| step.name == name).collect(),
        None => STEPS.iter().filter(|step| options.long || !step.long).collect(),
    };
    if steps.is_empty() {
        let known: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        bail!("no step `{}`: there are {}", only.unwrap_or_default(), known.join(", "));
    }
    Ok((options, steps))
}

/// Nothing failed, and something passed: a run in which every step was skipped proves nothing.
fn is_good(rows: &[Row]) -> bool {
    let failed = rows.iter().any(|row| matches!(row.end, End::Failed(_)));
    let untested = rows.iter().any(|row| row.name == "tests" && matches!(row.end, End::Skipped(_)));
    !failed && !untested
}

/// The table, and below it the count of tests when the runner gave one.
fn table(rows: &[Row]) -> String {
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let seconds = row.took.as_secs_f64();
            let (name, word, note) = (row.name, row.end.word(), row.end.note());
            format!("{name:<14} {word:<8} {seconds:>7.1} s  {note}").trim_end().to_owned()
        })
        .collect();
    if let Some(Counts { passed, failed, .. }) = rows.iter().find_map(|row| row.end.counts()) {
        lines.push(String::new());
        lines.push(format!("{passed} passed, {failed} failed"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::Detail;

    fn row(name: &'static str, end: End) -> Row {
        Row { name, end, took: Duration::from_millis(1250) }
    }

    fn passed(counts: Option<Counts>) -> End {
        End::Passed(Detail { note: String::new(), counts })
    }

    #[test]
    fn the_table_ends_with_the_count_of_the_runner() {
        let rows = [
            row("tests", passed(Some(Counts { passed: 41, failed: 0, skipped: 2 }))),
            row("deny", End::Skipped("no network".to_owned())),
        ];
        let expected = "tests          passed       1.2 s\n\
                        deny           SKIPPED      1.2 s  no network\n\
                        \n\
                        41 passed, 0 failed";
        assert_eq!(table(&rows), expected);
    }

    #[test]
    fn without_a_count_none_is_shown() {
        assert!(!table(&[row("format", passed(None))]).contains("failed"));
    }

    #[test]
    fn one_failure_fails_the_run() {
        let failed = End::Failed(Detail::default());
        assert!(!is_good(&[row("format", passed(None)), row("tidy", failed)]));
    }

    #[test]
    fn a_skipped_step_is_allowed_but_skipped_tests_are_not() {
        let skipped = || End::Skipped(String::new());
        assert!(is_good(&[row("tests", passed(None)), row("deny", skipped())]));
        assert!(!is_good(&[row("tests", skipped()), row("deny", passed(None))]));
    }

    #[test]
    fn steps_are_chosen_by_name_and_long_ones_by_option() {
        let names = |words: &[&str]| -> Vec<&str> {
            parse(words).unwrap().1.iter().map(|step| step.name).collect()
        };
        assert_eq!(names(&["--only", "tidy"]), ["tidy"]);
        assert!(!names(&[]).contains(&"bench") && names(&["--long"]).contains(&"bench"));
        assert!(parse(&["--only", "nothing"]).is_err() && parse(&["--only"]).is_err());
        assert!(parse(&["--longer"]).is_err());
    }
}
