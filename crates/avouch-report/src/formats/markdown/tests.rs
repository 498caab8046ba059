use super::*;
use crate::samples;
use proptest::prelude::*;

/// What GitHub takes.
const COMMENT_CHARS_MAX: usize = 65_536;

fn written(report: &Report) -> String {
    write(report, &Options::default()).unwrap()
}

#[test]
fn a_report_reads_like_this() {
    insta::assert_snapshot!(written(&samples::full()));
}

#[test]
fn a_scan_that_reached_nothing_reads_like_this() {
    insta::assert_snapshot!(written(&samples::unreachable()));
}

#[test]
fn a_comment_has_room_for_anything_and_counts_what_it_leaves_out() {
    let mut report = samples::full();
    report.findings = report.findings.iter().cycle().take(900).cloned().collect();
    report.findings.iter_mut().for_each(|finding| finding.remediation = "long ".repeat(4_000));
    let gap = report.coverage.not_evaluable[0].clone();
    report.coverage.not_evaluable = (0..500)
        .map(|number| avouch_model::report::NotEvaluable {
            because: format!("{number} {}", "because ".repeat(500)),
            ..gap.clone()
        })
        .collect();
    let text = written(&report);
    assert!(text.chars().count() < COMMENT_CHARS_MAX, "{}", text.chars().count());
    for counted in ["and 850 more.", "findings are left out here", "and 460 other reasons"] {
        assert!(text.contains(counted), "{counted}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_leaves_its_place(text in any::<String>()) {
        let hostile = format!("{text}\n\n</details>\n```\n| a |\n# b @everyone https://x.test ![](y)");
        let whole = written(&samples::filled_with(&hostile));
        // Blocks of code are text to their end, whatever they hold.
        let mut outside = String::new();
        let mut fence: Option<&str> = None;
        for line in whole.lines() {
            match fence {
                Some(closing) => {
                    if line == closing {
                        fence = None;
                    }
                }
                None if line.starts_with("```") => fence = Some(line.trim_end_matches("sh")),
                None => { outside.push_str(line); outside.push('\n'); }
            }
        }
        prop_assert!(fence.is_none());
        let folds = |tag: &str| outside.matches(tag).count();
        prop_assert_eq!(folds("<details>"), folds("</details>"));
        prop_assert!(!outside.contains("@everyone") && !outside.contains("https://") && !outside.contains("!["));
        for row in outside.lines().filter(|line| line.starts_with('|')) {
            prop_assert_eq!(row.matches('|').count(), 5, "{}", row);
        }
    }
}
