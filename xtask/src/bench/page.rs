//! The page of the documentation that a measurement becomes. Pure.

use super::classes::{COSTS_NOTE, classes as by_class};
use super::compare::Tally;
use std::fmt::Write;

/// What the measurement says, in Markdown; `words` are what was written after `bench scan`.
pub(crate) fn page(tally: &Tally, words: &str) -> String {
    let mut page = format!("`cargo xtask bench scan {words}`\n");
    rounds(&mut page, tally);
    classes(&mut page, tally);
    scenes(&mut page, tally);
    others(&mut page, tally);
    if !tally.details.is_empty() {
        page.push_str("\n### In the worst round\n\n");
        for detail in &tally.details {
            let _ = writeln!(page, "- {detail}");
        }
    }
    page
}

fn rounds(page: &mut String, tally: &Tally) {
    page.push_str(
        "\n### Rounds\n\nEach scans every scene once.\n\n\
         | under | found | missed | false | not evaluable | trapped | requests | seconds |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for round in &tally.rounds {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {:.0} |",
            round.under,
            round.found,
            round.missed,
            round.r#false,
            round.not_evaluable,
            round.trapped,
            round.requests,
            round.seconds
        );
    }
}

fn classes(page: &mut String, tally: &Tally) {
    page.push_str(
        "\n### Classes, in the worst round\n\n\
         | class | found | missed | false | not evaluable | requests | seconds |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
    );
    for row in by_class(tally) {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {:.1} |",
            row.check,
            row.found,
            row.missed,
            row.r#false,
            row.not_evaluable,
            row.requests,
            row.seconds
        );
    }
    let _ = writeln!(page, "| no check's | | | | | {} | |\n\n{COSTS_NOTE}", tally.unasked);
}

fn scenes(page: &mut String, tally: &Tally) {
    page.push_str(
        "\n### Scenes, in the worst round\n\n| scene | requests | seconds |\n|---|---:|---:|\n",
    );
    for scene in &tally.scenes {
        let _ = writeln!(page, "| {} | {} | {:.1} |", scene.scene, scene.requests, scene.seconds);
    }
}

fn others(page: &mut String, tally: &Tally) {
    if tally.others.is_empty() {
        return;
    }
    page.push_str(
        "\n### Scanners side by side\n\nThe APIs that have an OpenAPI document, everything on, in \
         calm, judged by the same truth. *Apart* are claims that mean no weakness, such as an answer \
         that is not documented.\n\n\
         | scanner | found | of | false | apart | seconds |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for row in &tally.others {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {:.0} |",
            row.scanner, row.found, row.of, row.r#false, row.apart, row.seconds
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::compare::CheckTally;
    use super::*;

    #[test]
    fn a_class_says_what_it_found_and_what_it_cost() {
        let row = |check: &str, found| CheckTally {
            check: check.to_owned(),
            found,
            requests: 7,
            seconds: 0.25,
            ..CheckTally::default()
        };
        let tally = Tally {
            requests: 20,
            unasked: 6,
            checks: vec![row("BOLA-01", 2), row("BOLA-02", 3)],
            details: vec!["missed BOLA-01".to_owned()],
            ..Tally::default()
        };
        let page = page(&tally, "--runs 3");
        assert!(page.contains("| BOLA | 5 | 0 | 0 | 0 | 14 | 0.5 |"), "{page}");
        assert!(page.contains("| no check's | | | | | 6 | |"), "{page}");
        assert!(page.contains("- missed BOLA-01"));
        assert!(!page.contains("side by side"));
    }
}
