//! The page of the documentation that a measurement becomes. Pure.

use super::compare::{CheckTally, Tally};
use std::collections::BTreeMap;
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

/// The checks added up by family: the part of an id before its number.
fn classes(page: &mut String, tally: &Tally) {
    let mut classes: BTreeMap<&str, CheckTally> = BTreeMap::new();
    for row in &tally.checks {
        let class = row.check.split('-').next().unwrap_or_default();
        let sum = classes.entry(class).or_default();
        sum.found += row.found;
        sum.missed += row.missed;
        sum.r#false += row.r#false;
        sum.not_evaluable += row.not_evaluable;
    }
    page.push_str(
        "\n### Classes, in the worst round\n\n\
         | class | found | missed | false | not evaluable |\n|---|---:|---:|---:|---:|\n",
    );
    for (class, sum) in classes {
        let (found, missed) = (sum.found, sum.missed);
        let (invented, open) = (sum.r#false, sum.not_evaluable);
        let _ = writeln!(page, "| {class} | {found} | {missed} | {invented} | {open} |");
    }
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
    use super::*;

    #[test]
    fn checks_are_added_up_by_class() {
        let row = |check: &str, found| CheckTally {
            check: check.to_owned(),
            found,
            missed: 1,
            r#false: 0,
            not_evaluable: 0,
        };
        let tally = Tally {
            found: 5,
            missed: 2,
            r#false: 0,
            not_evaluable: 0,
            out_of_tier: 0,
            trapped: 0,
            requests: 1,
            seconds: 1.0,
            ending: "complete".to_owned(),
            checks: vec![row("BOLA-01", 2), row("BOLA-02", 3)],
            details: vec!["missed BOLA-01".to_owned()],
            scenes: Vec::new(),
            rounds: Vec::new(),
            others: Vec::new(),
        };
        let page = page(&tally, "--runs 3");
        assert!(page.contains("| BOLA | 5 | 2 | 0 | 0 |"), "{page}");
        assert!(page.contains("- missed BOLA-01"));
        assert!(!page.contains("side by side"));
    }
}
