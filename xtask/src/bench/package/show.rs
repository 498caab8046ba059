//! What a measurement says, for a person and for the documentation. Pure.

use super::super::ledger::whole;
use super::tally::Tally;
use std::fmt::Write;

/// Prints it for a person.
pub(crate) fn show(tally: &Tally) {
    println!("{}\n", about(tally));
    println!("{:<24} {:>10} {:>12} {:>10}", "", "seconds", "entries/s", "MB");
    for row in &tally.rows {
        println!(
            "{:<24} {:>10.1} {:>12} {:>10.1}",
            row.what,
            row.seconds,
            whole(Some(row.entries_per_second)),
            megabytes(row.memory_bytes)
        );
    }
}

/// The same in Markdown; `words` are what was written after `bench package`.
pub(crate) fn page(tally: &Tally, words: &str) -> String {
    let mut page = format!("`cargo xtask bench package {words}`: {}\n\n", about(tally));
    page.push_str("| | seconds | entries/s | most memory, MB |\n|---|---:|---:|---:|\n");
    for row in &tally.rows {
        let _ = writeln!(
            page,
            "| {} | {:.1} | {} | {:.1} |",
            row.what,
            row.seconds,
            whole(Some(row.entries_per_second)),
            megabytes(row.memory_bytes)
        );
    }
    page
}

fn about(tally: &Tally) -> String {
    let count = |number: u64| {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        whole(Some(number as f64))
    };
    format!(
        "{} entries, {} of them neither requests nor the ledger's own; {} rows of populations; a ledger of {:.0} MB, a package of {:.0} MB",
        count(tally.entries),
        count(tally.populations),
        count(tally.rows_of_package),
        megabytes(tally.ledger_bytes),
        megabytes(tally.package_bytes)
    )
}

#[expect(clippy::cast_precision_loss, reason = "shown to one place")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_row_for_each_program() {
        let mut tally = Tally { entries: 10_000_000, package_bytes: 2_000_000, ..Tally::default() };
        tally.add("avouch audit verify", 4.0, 30_500_000);
        let page = page(&tally, "--entries 10000000");
        assert!(page.contains("10,000,000 entries"), "{page}");
        assert!(page.contains("a package of 2 MB"), "{page}");
        assert!(page.contains("| avouch audit verify | 4.0 | 2,500,000 | 30.5 |"), "{page}");
    }
}
