//! What a measurement says, for a person and for the documentation. Pure.

use super::samples::Row;
use super::tally::{Large, Tally};
use std::fmt::Write;

/// The goals of the ratios: name, value, least value, how it is worked out.
fn goals(tally: &Tally) -> [(&'static str, Option<f64>, Option<f64>, &'static str); 15] {
    let ratios = &tally.ratios;
    [
        (
            "cpu_of_limit",
            ratios.cpu_of_limit,
            Some(0.6),
            "CPU of the limit by ours, found by nothing",
        ),
        ("cpu_of_limit_indexed", ratios.cpu_of_limit_indexed, None, "found by three terms"),
        (
            "index_cpu_ns (at most)",
            ratios.index_cpu_ns,
            Some(1_500.0),
            "CPU of being found by them",
        ),
        ("index_sqlite", ratios.index_sqlite, Some(6.0), "the same of three indexes by ours"),
        ("wall_of_limit", ratios.wall_of_limit, Some(0.6), "records a second, ours by the limit"),
        ("postgres_row", ratios.postgres_row, Some(150.0), "1,024 in flight by its best clients"),
        ("postgres_row_16", ratios.postgres_row_16, Some(15.0), "16 in flight by 16 clients"),
        ("postgres_row_1", ratios.postgres_row_1, Some(1.5), "one at a time by one client"),
        (
            "postgres_batch",
            ratios.postgres_batch,
            Some(8.0),
            "4,096 in flight by 1,000 a transaction",
        ),
        (
            "postgres_copy",
            ratios.postgres_copy,
            Some(5.0),
            "the same, chain made before and copied",
        ),
        ("sqlite_batch", ratios.sqlite_batch, Some(5.0), "4,096 in flight by 1,000 a transaction"),
        ("sqlite_indexes", ratios.sqlite_indexes, None, "the same, found by three columns"),
        (
            "ack_of_flush (at most)",
            ratios.ack_of_flush,
            Some(3.0),
            "p50 of 16 in flight by a flush",
        ),
        ("verify_of_bare_hash", tally.verify_of_bare_hash, None, "structure, by SHA-256 alone"),
        (
            "verify_opened_of_bare_hash",
            tally.verify_opened_of_bare_hash,
            None,
            "every record opened",
        ),
    ]
}

/// Prints it for a person.
pub(crate) fn show(tally: &Tally) {
    println!("{:<58} {:>12} {:>10} {:>9} {:>9}", "", "records/s", "CPU ns", "p50 ms", "p99 ms");
    for row in &tally.rows {
        println!(
            "{:<58} {:>12} {:>10} {:>9} {:>9}",
            row.name,
            whole(row.per_second),
            whole(row.cpu_ns),
            fine(row.p50_ms),
            fine(row.p99_ms)
        );
    }
    println!();
    for (name, value, goal, how) in goals(tally) {
        let goal = goal.map_or_else(String::new, |goal| format!("goal {goal}"));
        println!("{name:<28} {:>9}  {goal:<10} {how}", fine(value));
    }
    if let Some(large) = &tally.large {
        println!("\n{}", large_line(large));
    }
    for what in &tally.missing {
        println!("MISSING: {what}");
    }
    if tally.quick {
        println!("quick: sizes so small that the figures mean little");
    }
}

/// The same in Markdown; `words` are what was written after `bench ledger`.
pub(crate) fn page(tally: &Tally, words: &str) -> String {
    let mut page = format!("`cargo xtask bench ledger {words}`, {} rounds\n\n", tally.rounds);
    page.push_str("| | records/s | of the rounds | CPU ns a record | p50 ms | p99 ms |\n");
    page.push_str("|---|---:|---:|---:|---:|---:|\n");
    for row in &tally.rows {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} |",
            row.name,
            whole(row.per_second),
            range(row),
            whole(row.cpu_ns),
            fine(row.p50_ms),
            fine(row.p99_ms)
        );
    }
    page.push_str("\n| ratio | measured | goal | of |\n|---|---:|---:|---|\n");
    for (name, value, goal, how) in goals(tally) {
        let goal = goal.map(|goal| goal.to_string()).unwrap_or_default();
        let _ = writeln!(page, "| {name} | {} | {goal} | {how} |", fine(value));
    }
    if let Some(large) = &tally.large {
        let _ = writeln!(page, "\n{}", large_line(large));
    }
    for what in &tally.missing {
        let _ = writeln!(page, "\nMissing: {what}");
    }
    page
}

fn large_line(large: &Large) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown to one place")]
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    format!(
        "{} entries: at most {:.1} MB while written ({} a second), {:.1} MB while judged ({} a \
         second); one found by its object among {} in {:.0} ms",
        large.entries,
        megabytes(large.append_memory_bytes),
        whole(Some(large.append_per_second)),
        megabytes(large.verify_memory_bytes),
        whole(Some(large.verify_per_second)),
        large.searched_entries,
        large.search_ms
    )
}

fn range(row: &Row) -> String {
    row.range.map_or_else(String::new, |(least, most)| {
        format!("{}–{}", whole(Some(least)), whole(Some(most)))
    })
}

/// A number without a fraction, its thousands apart.
pub(in crate::bench) fn whole(value: Option<f64>) -> String {
    let Some(value) = value else { return String::new() };
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number to three places or so.
fn fine(value: Option<f64>) -> String {
    match value {
        None => String::new(),
        Some(value) if value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_rows_ratios_and_what_is_missing() {
        let row = Row {
            name: "ours".to_owned(),
            per_second: Some(1_234_567.4),
            range: Some((900.0, 2_000_000.0)),
            ..Row::default()
        };
        let mut tally = Tally { rows: vec![row], rounds: 3, ..Tally::default() };
        tally.ratios.postgres_row = Some(187.4);
        tally.missing.push("PostgreSQL: there is none".to_owned());
        let page = page(&tally, "--rounds 3");
        assert!(page.contains("| ours | 1,234,567 | 900–2,000,000 |  |  |  |"), "{page}");
        assert!(page.contains("| postgres_row | 187 | 150 |"), "{page}");
        assert!(page.contains("Missing: PostgreSQL: there is none"), "{page}");
    }
}
