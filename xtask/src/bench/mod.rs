//! Measures the scanner against the range, whose weaknesses are known, and the ledger and the gateway
//! against their peers.
//!
//! In scope: building and running what is measured, comparing what was found with what is there. Out of
//! scope: deciding what is there; the range says so itself.

mod beside;
mod classes;
mod compare;
mod cpu;
pub(crate) mod gateway;
mod growth;
pub(crate) mod ledger;
mod others;
pub(crate) mod package;
mod page;
mod plan;
mod rounds;
mod running;
mod scenes;
mod truth;

use anyhow::Result;
pub(crate) use classes::classes;
use compare::CheckTally;
pub(crate) use compare::Tally;
pub(crate) use growth::{measure as growth, show as show_growth};
pub(crate) use page::page;
pub(crate) use plan::{Plan, Trouble};

/// Why the measurement cannot be made in this tree, if it cannot.
pub(crate) fn runnable() -> Result<(), String> {
    rounds::runnable()
}

/// Scans fresh APIs of the range as planned and gives the worst round.
pub(crate) fn scan(plan: &Plan) -> Result<Tally> {
    rounds::scan(plan)
}

/// Prints what the checks of each class found and cost.
fn show_classes(tally: &Tally) {
    println!(
        "\n{:<10} {:>6} {:>7} {:>6} {:>14} {:>9} {:>8}",
        "class", "found", "missed", "false", "not evaluable", "requests", "seconds"
    );
    for row in classes(tally) {
        println!(
            "{:<10} {:>6} {:>7} {:>6} {:>14} {:>9} {:>8.1}",
            row.check,
            row.found,
            row.missed,
            row.r#false,
            row.not_evaluable,
            row.requests,
            row.seconds
        );
    }
    println!("{:<10} {:>46}\n\n{}\n", "no check's", tally.unasked, classes::COSTS_NOTE);
}

/// Prints a tally for a person.
pub(crate) fn show(tally: &Tally) {
    println!(
        "{:<10} {:>6} {:>7} {:>6} {:>14}",
        "check", "found", "missed", "false", "not evaluable"
    );
    // What a check cost is told by class: here stand those the truth knows of.
    let known = |row: &&CheckTally| row.found + row.missed + row.r#false + row.not_evaluable > 0;
    for row in tally.checks.iter().filter(known) {
        println!(
            "{:<10} {:>6} {:>7} {:>6} {:>14}",
            row.check, row.found, row.missed, row.r#false, row.not_evaluable
        );
    }
    println!(
        "{:<10} {:>6} {:>7} {:>6} {:>14}",
        "all", tally.found, tally.missed, tally.r#false, tally.not_evaluable
    );
    show_classes(tally);
    for scene in &tally.scenes {
        println!("{:<40} {:>6} requests {:>7.1} s", scene.scene, scene.requests, scene.seconds);
    }
    if !tally.others.is_empty() {
        println!(
            "\n{:<14} {:>6} {:>4} {:>6} {:>6} {:>8}",
            "scanner", "found", "of", "false", "apart", "seconds"
        );
    }
    for row in &tally.others {
        println!(
            "{:<14} {:>6} {:>4} {:>6} {:>6} {:>8.1}",
            row.scanner, row.found, row.of, row.r#false, row.apart, row.seconds
        );
    }
    println!("\n{} requests, {:.1} s, {}", tally.requests, tally.seconds, tally.ending);
    if tally.out_of_tier > 0 {
        println!("{} weaknesses need more than this scan is allowed to do", tally.out_of_tier);
    }
    for line in &tally.details {
        println!("{line}");
    }
}
