//! How many tests ran, by what the runner itself said.
//!
//! In scope: the summary lines of `cargo nextest`, of `cargo test` and of Python's `unittest`. A count that cannot be read
//! is no count: nothing is guessed.

/// Tests as the runner counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Ran and passed.
    pub(crate) passed: u64,
    /// Ran and did not pass, for whatever reason.
    pub(crate) failed: u64,
    /// Left out on purpose.
    pub(crate) skipped: u64,
}

/// Reads the last summary of `cargo nextest run`.
pub(crate) fn of_nextest(output: &str) -> Option<Counts> {
    let plain = without_colours(output);
    let summary = plain.lines().rev().find(|line| line.trim_start().starts_with("Summary ["))?;
    let (_, parts) = summary.split_once("run:")?;
    let mut counts = Counts::default();
    // What stands in parentheses says more about tests that are counted already.
    for part in without_parentheses(parts).split(',') {
        let (number, kind) = part.trim().split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        match kind.trim() {
            "passed" => counts.passed += number,
            "skipped" => counts.skipped += number,
            _ => counts.failed += number,
        }
    }
    Some(counts)
}

/// Adds up the result lines of `cargo test`.
pub(crate) fn of_cargo_test(output: &str) -> Option<Counts> {
    let plain = without_colours(output);
    let mut sum = None;
    for line in plain.lines().filter_map(|line| line.strip_prefix("test result: ")) {
        let sum = sum.get_or_insert_with(Counts::default);
        let (_, parts) = line.split_once(". ")?;
        for part in parts.split(';') {
            match part.trim().split_once(' ') {
                Some((number, "passed")) => sum.passed += number.parse::<u64>().ok()?,
                Some((number, "failed")) => sum.failed += number.parse::<u64>().ok()?,
                Some((number, "ignored")) => sum.skipped += number.parse::<u64>().ok()?,
                _ => (),
            }
        }
    }
    sum
}

/// Reads the summary of Python's `unittest`. A test whose parts fail counts once for each of them
/// there, so failures are never more than the tests that ran.
pub(crate) fn of_unittest(output: &str) -> Option<Counts> {
    let ran = output.lines().rev().find_map(|line| line.strip_prefix("Ran "))?;
    let ran: u64 = ran.split(' ').next()?.parse().ok()?;
    let end = output.lines().rev().find(|line| !line.trim().is_empty())?;
    let number = |kind: &str| -> u64 {
        let found = end.split_once(kind).map_or("", |(_, rest)| rest);
        let digits: String = found.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or_default()
    };
    let skipped = number("skipped=").min(ran);
    let failed = (number("failures=") + number("errors=")).min(ran - skipped);
    Some(Counts { passed: ran - skipped - failed, failed, skipped })
}

fn without_parentheses(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|letter| {
            match letter {
                '(' => depth += 1,
                ')' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => (),
            }
            depth == 0
        })
        .collect()
}

/// The text without the escape sequences of a terminal.
fn without_colours(text: &str) -> String {
    let mut inside = false;
    text.chars()
        .filter(|letter| {
            let was_inside = inside;
            inside = *letter == '\u{1b}' || (inside && !letter.is_ascii_alphabetic());
            !inside && !was_inside
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u64, failed: u64, skipped: u64) -> Counts {
        Counts { passed, failed, skipped }
    }

    #[test]
    fn the_summary_of_nextest_is_read() {
        let plain = "     Summary [   0.8s] 12 tests run: 12 passed, 0 skipped";
        assert_eq!(of_nextest(plain), Some(counts(12, 0, 0)));
        let mixed = "     Summary [  61.2s] 9/20 tests run: 5 passed (1 slow, 2 leaky), 2 failed, \
                     1 exec failed, 1 timed out, 3 skipped\n        FAIL [ 0.1s] a b\n";
        assert_eq!(of_nextest(mixed), Some(counts(5, 4, 3)));
    }

    #[test]
    fn colours_do_not_hide_the_summary() {
        let coloured = "\u{1b}[32;1m     Summary\u{1b}[0m [ 0.8s] \u{1b}[1m2\u{1b}[0m tests run: \
                        \u{1b}[1m2\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m \
                        \u{1b}[33;1mskipped\u{1b}[0m";
        assert_eq!(of_nextest(coloured), Some(counts(2, 0, 0)));
    }

    #[test]
    fn the_results_of_cargo_test_are_added_up() {
        let output = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; \
                      finished in 0.00s\ntest result: FAILED. 1 passed; 2 failed; 0 ignored; 0 \
                      measured; 0 filtered out; finished in 0.01s\n";
        assert_eq!(of_cargo_test(output), Some(counts(4, 2, 1)));
    }

    #[test]
    fn the_summary_of_unittest_is_read() {
        let good = "..s.\n----\nRan 4 tests in 0.1s\n\nOK (skipped=1)\n";
        assert_eq!(of_unittest(good), Some(counts(3, 0, 1)));
        let bad = "F.E\n----\nRan 3 tests in 0.1s\n\nFAILED (failures=1, errors=1)\n";
        assert_eq!(of_unittest(bad), Some(counts(1, 2, 0)));
        let parts = "F\n----\nRan 1 test in 0.1s\n\nFAILED (failures=4)\n";
        assert_eq!(of_unittest(parts), Some(counts(0, 1, 0)));
    }

    #[test]
    fn no_summary_is_no_count() {
        assert_eq!(of_unittest("No module named unittest"), None);
        assert_eq!(of_nextest("error: could not compile"), None);
        assert_eq!(of_cargo_test("error: could not compile"), None);
        assert_eq!(of_nextest("Summary [ 1s] 3 tests run: three passed"), None);
    }
}
