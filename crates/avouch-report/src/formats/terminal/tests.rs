use super::*;
use crate::samples;
use crate::text::acts;
use avouch_model::operation::OperationId;
use proptest::prelude::*;

/// LIMIT: lines of a summary: one screen.
const LINES_MAX: usize = 40;

fn written(report: &Report, options: Options) -> String {
    write(report, &options).unwrap()
}

#[test]
fn a_summary_reads_like_this() {
    insta::assert_snapshot!(written(&samples::full(), Options::default()));
}

#[test]
fn a_verbose_summary_reads_like_this() {
    insta::assert_snapshot!(written(
        &samples::full(),
        Options { verbose: true, ..Options::default() }
    ));
}

#[test]
fn a_scan_that_reached_nothing_reads_like_this() {
    insta::assert_snapshot!(written(&samples::unreachable(), Options::default()));
}

#[test]
fn each_ending_is_said_at_the_top() {
    let tops: Vec<String> = samples::endings()
        .iter()
        .map(|(name, report)| {
            let text = written(report, Options::default());
            format!("{name}: {}", text.lines().nth(1).unwrap())
        })
        .collect();
    insta::assert_snapshot!(tops.join("\n"));
}

/// A report with many of everything.
fn crowded() -> Report {
    let mut report = samples::full();
    report.findings = report.findings.iter().cycle().take(90).cloned().collect();
    for (number, finding) in report.findings.iter_mut().enumerate() {
        finding.root_cause = number.to_string();
    }
    report.coverage.families = report.coverage.families.iter().cycle().take(30).cloned().collect();
    for (number, open) in report.coverage.not_evaluable.iter_mut().enumerate() {
        open.because = format!("reason {number}");
    }
    report.score.caps = report.score.caps.iter().cycle().take(9).cloned().collect();
    report.ending = Ending::TargetGone("a long story ".repeat(60));
    report
}

#[test]
fn a_summary_of_anything_fits_a_screen() {
    for width in [10, 60, 80, 400] {
        let text = written(&crowded(), Options { width, ..Options::default() });
        assert!(text.lines().count() <= LINES_MAX, "{width}: {} lines", text.lines().count());
        let widest = text.lines().map(columns).max().unwrap();
        assert!(widest <= width.clamp(WIDTH_MIN, WIDTH_MAX), "{width}: {widest}\n{text}");
    }
}

#[test]
fn what_is_not_shown_is_counted() {
    let text = written(&crowded(), Options::default());
    for counted in ["and 84 more, which", "more caps", "more families", "other reasons"] {
        assert!(text.contains(counted), "{counted}\n{text}");
    }
}

#[test]
fn a_grade_that_is_withheld_is_no_letter() {
    let mut report = samples::full();
    report.score.grade = None;
    report.score.grade_withheld_because = Some("only 31 % could be answered".into());
    let text = written(&report, Options::default());
    assert!(text.contains("│ – │") && text.contains("no grade: only 31 %"), "{text}");
}

#[test]
fn gaps_of_one_reason_are_named_up_to_a_few_and_counted() {
    let mut report = samples::full();
    let gap = report.coverage.not_evaluable[0].clone();
    report.coverage.not_evaluable = (0..45)
        .map(|number| avouch_model::report::NotEvaluable {
            operation: Some(OperationId(format!("GET /o{number}"))),
            ..gap.clone()
        })
        .collect();
    let text = written(&report, Options { verbose: true, width: 160, ..Options::default() });
    let line = "AUTH-01 on GET /o0, GET /o1, GET /o2 and 42 more operations: the valid credential";
    assert!(text.contains(line), "{text}");
}

#[test]
fn colour_changes_no_word() {
    let plain = written(&samples::full(), Options::default());
    let coloured = written(&samples::full(), Options { colour: true, ..Options::default() });
    assert!(coloured.contains('\u{1b}'));
    let mut stripped = String::new();
    for (number, part) in coloured.split('\u{1b}').enumerate() {
        stripped.push_str(if number == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&stripped), trimmed(&plain));
}

#[test]
fn nothing_found_where_nothing_was_looked_at_is_not_good_news() {
    let text = written(&samples::unreachable(), Options::default());
    assert!(text.contains("NO FINDINGS, and nothing was evaluated"), "{text}");
    assert!(text.contains("no score, which is a failure"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_reaches_the_terminal_raw(text in any::<String>(), verbose in any::<bool>()) {
        let hostile = format!("{text}\u{1b}]0;x\u{7}\u{202e}\r\u{9b}2J");
        let written = written(&samples::filled_with(&hostile), Options { verbose, ..Options::default() });
        prop_assert!(!written.chars().any(|c| c != '\n' && acts(c)), "{}", written);
    }
}
