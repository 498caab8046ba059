//! What a measurement says, for a person and for the documentation. Pure.

use super::tally::{Row, Tally};
use std::fmt::Write;

/// The goals: name, value, most, how it is worked out.
fn goals(tally: &Tally) -> [(&'static str, Option<f64>, f64, &'static str); 8] {
    let cpu = |name: &str| tally.cpu_ratio_nginx.get(name).copied();
    let added = |name: &str| tally.p99_added_ms.get(name).copied();
    #[expect(clippy::cast_precision_loss, reason = "shown to one place")]
    let idle_mb = tally.memory.idle_bytes as f64 / 1e6;
    [
        ("cpu_ratio_nginx.plain", cpu("plain"), 1.1, "CPU of a request by nginx's"),
        ("cpu_ratio_nginx.all_on_get", cpu("all_on_get"), 1.6, "the same, all controls on"),
        ("cpu_ratio_nginx.all_on_post", cpu("all_on_post"), 2.0, "the same, writing"),
        ("p99_added_ms.plain", added("plain"), 2.0, "beyond nginx's, clients that rest"),
        ("p99_added_ms.all_on_get", added("all_on_get"), 2.0, "the same, all controls on"),
        ("p99_added_ms.all_on_post", added("all_on_post"), 2.0, "the same, writing"),
        ("idle MB", Some(idle_mb), 50.0, "before anybody asked"),
        (
            "KB an idle connection",
            Some(tally.memory.idle_connection_bytes / 1e3),
            10.0,
            "that asked once",
        ),
    ]
}

/// Prints it for a person.
pub(crate) fn show(tally: &Tally) {
    println!(
        "{:<24} {:<18} {:>8} {:>9} {:>8} {:>8}   {:>5} {:>6} {:>6}",
        "", "", "CPU us", "req/s", "p50 ms", "p99 ms", "CPU x", "req/s", "p99 x"
    );
    for row in &tally.rows {
        println!(
            "{:<24} {:<18} {:>8} {:>9} {:>8} {:>8}   {:>5} {:>6} {:>6}",
            name(row),
            row.load,
            to(1, row.cpu_us),
            to(0, row.per_second),
            to(2, row.p50_ms),
            to(2, row.p99_ms),
            to(2, row.cpu_ratio),
            to(2, row.per_second_ratio),
            to(2, row.p99_ratio)
        );
    }
    println!();
    for (name, value, goal, how) in goals(tally) {
        let verdict = if holds(value, goal) { "" } else { "  DOES NOT HOLD" };
        println!("{name:<28} {:>7}  at most {goal:<5} {how}{verdict}", to(2, value));
    }
    for what in &tally.missing {
        println!("MISSING: {what}");
    }
    if tally.quick {
        println!("quick: rounds so short that the figures mean little");
    }
}

/// The same in Markdown; `words` are what was written after `bench gateway`.
pub(crate) fn page(tally: &Tally, words: &str) -> String {
    let mut page = format!("`cargo xtask bench gateway {words}`, {} rounds\n\n", tally.rounds);
    page.push_str(
        "| | load | CPU µs | requests/s | p50 ms | p99 ms | CPU × nginx | requests/s × | p99 × |\n\
         |---|---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for row in &tally.rows {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            name(row),
            row.load,
            to(1, row.cpu_us),
            to(0, row.per_second),
            to(2, row.p50_ms),
            to(2, row.p99_ms),
            to(2, row.cpu_ratio),
            to(2, row.per_second_ratio),
            to(2, row.p99_ratio)
        );
    }
    page.push_str("\n| goal | measured | at most | holds | of |\n|---|---:|---:|---|---|\n");
    for (name, value, goal, how) in goals(tally) {
        let verdict = if holds(value, goal) { "yes" } else { "no" };
        let _ = writeln!(page, "| {name} | {} | {goal} | {verdict} | {how} |", to(2, value));
    }
    for what in &tally.missing {
        let _ = writeln!(page, "\nMissing: {what}");
    }
    page
}

/// What was not measured does not hold.
fn holds(value: Option<f64>, goal: f64) -> bool {
    value.is_some_and(|value| value <= goal)
}

fn name(row: &Row) -> String {
    if row.name == row.load { row.who.to_owned() } else { format!("{}, {}", row.who, row.name) }
}

/// A number to so many places; nothing for none.
fn to(places: usize, value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.places$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_rows_goals_and_what_is_missing() {
        let row = Row {
            who: "gateway",
            name: "plain",
            load: "GET",
            cpu_us: Some(21.04),
            cpu_ratio: Some(1.052),
            ..Row::default()
        };
        let mut tally = Tally { rows: vec![row], rounds: 3, ..Tally::default() };
        tally.cpu_ratio_nginx.insert("plain", 1.052);
        tally.cpu_ratio_nginx.insert("all_on_get", 1.7);
        tally.missing.push("Envoy: not there".to_owned());
        let page = page(&tally, "--rounds 3");
        assert!(page.contains("| gateway, plain | GET | 21.0 |  |  |  | 1.05 |  |  |"), "{page}");
        assert!(page.contains("| cpu_ratio_nginx.plain | 1.05 | 1.1 | yes |"), "{page}");
        assert!(page.contains("| cpu_ratio_nginx.all_on_get | 1.70 | 1.6 | no |"), "{page}");
        // Nobody measured it.
        assert!(page.contains("| cpu_ratio_nginx.all_on_post |  | 2 | no |"), "{page}");
        assert!(page.contains("Missing: Envoy: not there"), "{page}");
    }
}
