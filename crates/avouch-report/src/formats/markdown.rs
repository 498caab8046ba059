//! A comment for a pull request.

mod escape;

use crate::format::{Format, Options, WriteError};
use crate::text::{beginning, visible};
use crate::wording;
use avouch_model::finding::Finding;
use avouch_model::report::{Ending, Report};
use avouch_model::severity::{Confidence, Severity};
pub(crate) use escape::Text;
use escape::fenced;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A comment for a pull request.
pub const FORMAT: Format = Format {
    name: "markdown",
    media_type: "text/markdown; charset=utf-8",
    extension: "md",
    title: "a comment for a pull request, details folded",
    page: include_str!("markdown.md"),
    write,
};

/// LIMIT: rows of the table of findings.
const ROWS_MAX: usize = 50;
/// LIMIT: bytes of the comment before the last part; GitHub takes 65,536 characters.
const BYTES_MAX: usize = 48_000;
/// LIMIT: reasons for gaps that are listed, and characters of each.
const REASONS_MAX: usize = 40;
const REASON_CHARS_MAX: usize = 200;
/// LIMIT: characters of a paragraph and of a command.
const PROSE_CHARS_MAX: usize = 1_500;
/// LIMIT: steps of a proof.
const STEPS_MAX: usize = 12;

#[expect(clippy::unnecessary_wraps, reason = "every format has this signature; some can fail")]
fn write(report: &Report, _: &Options) -> Result<String, WriteError> {
    let mut markdown = heading(report);
    markdown.push_str(&table(report));
    let mut left_out = 0_u64;
    for finding in &report.findings {
        let whole = details(finding);
        if markdown.len() + whole.len() < BYTES_MAX {
            markdown.push_str(&whole);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        let count = wording::count(left_out, "finding");
        _ = writeln!(markdown, "\nThe details of {count} are left out here for want of room.");
    }
    markdown.push_str(&gaps(report));
    Ok(markdown)
}

fn heading(report: &Report) -> String {
    let score = &report.score;
    let grade = score.grade.map(|grade| format!("{grade}, ")).unwrap_or_default();
    let said = match score.value {
        Some(value) => format!("{grade}{value} of 100"),
        None => "no score, which is a failure and not a pass".to_owned(),
    };
    let (ending, detail) = wording::ending(&report.ending);
    let detail = detail.map(|detail| format!(": {}", Text(detail))).unwrap_or_default();
    let covered = match report.coverage.per_cent() {
        Some(part) => format!("{part} % of the questions answered"),
        None => "nothing was evaluated".to_owned(),
    };
    let mut text = format!(
        "## API security: {said}\n\n{}, {}, {ending}{detail}; {covered}.\n",
        Text(&report.target),
        wording::count(report.traffic.requests, "request"),
    );
    let because = score.absent_because.iter().map(|because| format!("No score: {}", Text(because)));
    let withheld = score.grade_withheld_because.iter();
    let withheld = withheld.map(|because| format!("**No grade**: {}", Text(because)));
    let caps = score.caps.iter().map(|cap| format!("at most {}: {}", cap.at, Text(&cap.because)));
    let suppressed = wording::suppressed_count(report).into_iter();
    let mut notes = because.chain(withheld).chain(caps).chain(suppressed).peekable();
    if notes.peek().is_some() {
        text.push('\n');
    }
    notes.for_each(|note| _ = writeln!(text, "- {note}"));
    text
}

fn table(report: &Report) -> String {
    if report.findings.is_empty() {
        // "No findings" alone would read as a pass where nothing was looked at.
        return match report.coverage.per_cent() {
            Some(_) if report.ending == Ending::Complete => {
                "\nNo findings in what could be evaluated.\n".to_owned()
            }
            Some(_) => "\nNo findings in what was evaluated before the end.\n".to_owned(),
            None => "\nNo findings, and nothing was evaluated.\n".to_owned(),
        };
    }
    let mut text = "\n| | check | where | what |\n|---|---|---|---|\n".to_owned();
    for finding in report.findings.iter().take(ROWS_MAX) {
        let parameter = finding.parameter.as_ref().map(|name| format!(" ({})", Text(name)));
        let mut what = Text(&finding.title).to_string();
        if finding.confidence == Confidence::Tentative {
            what = format!("tentative: {what}");
        }
        if let Some(suppressed) = &finding.suppressed {
            what = format!("~~{what}~~ suppressed, {}", Text(&wording::suppressed(suppressed)));
        }
        _ = writeln!(
            text,
            "| {} | {} | {}{} | {what} |",
            severity(finding.severity),
            Text(&finding.check),
            Text(wording::place(finding)),
            parameter.unwrap_or_default(),
        );
    }
    if report.findings.len() > ROWS_MAX {
        _ = writeln!(text, "\nand {} more.", report.findings.len() - ROWS_MAX);
    }
    text
}

/// The severity, bold where a build should stop.
fn severity(severity: Severity) -> String {
    if severity >= Severity::High { format!("**{severity}**") } else { severity.to_string() }
}

fn details(finding: &Finding) -> String {
    let mut text = format!(
        "\n<details><summary>{}: {} on {}</summary>\n\n{}\n",
        Text(&finding.check),
        Text(&finding.title),
        Text(wording::place(finding)),
        prose(&finding.summary),
    );
    if !finding.reasons.is_empty() {
        text.push('\n');
    }
    for (number, reason) in finding.reasons.iter().take(STEPS_MAX).enumerate() {
        _ = writeln!(text, "{}. {}", number + 1, prose(reason));
    }
    for (heading, part) in
        [("Why it matters", &finding.impact), ("How to mend it", &finding.remediation)]
    {
        if !part.is_empty() {
            _ = writeln!(text, "\n**{heading}**: {}", prose(part));
        }
    }
    if !finding.curl.is_empty() {
        let (command, _) = beginning(&finding.curl, PROSE_CHARS_MAX);
        _ = write!(text, "\n{}", fenced("sh", &visible(command)));
    }
    let criteria: Vec<String> =
        finding.criteria.iter().map(|one| Text(&one.0).to_string()).collect();
    let owasp: Vec<String> = finding.owasp.iter().map(|risk| format!(" · {risk}")).collect();
    let place = finding.described_at.as_ref();
    let place = place.map(|place| format!(" · {}, line {}", Text(&place.file), place.line));
    _ = writeln!(
        text,
        "\n{}, {} · {}{} · evidence about {}{} · fingerprint {}\n\n</details>",
        finding.severity,
        finding.confidence,
        finding.cwe,
        owasp.concat(),
        criteria.join(", "),
        place.unwrap_or_default(),
        Text(&finding.fingerprint),
    );
    text
}

fn prose(text: &str) -> String {
    let (text, more) = beginning(text, PROSE_CHARS_MAX);
    format!("{}{}", Text(text), if more > 0 { " …" } else { "" })
}

fn gaps(report: &Report) -> String {
    let open = &report.coverage.not_evaluable;
    if open.is_empty() {
        return String::new();
    }
    let mut reasons: BTreeMap<&str, (u64, Vec<&str>)> = BTreeMap::new();
    for gap in open {
        let (count, checks) = reasons.entry(&gap.because).or_default();
        *count += 1;
        if !checks.contains(&gap.check.as_str()) {
            checks.push(&gap.check);
        }
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    let count = wording::count(u64::try_from(open.len()).unwrap_or(u64::MAX), "question");
    let mut text =
        format!("\n<details><summary>{count} could not be evaluated: not a pass</summary>\n\n");
    for (because, (count, checks)) in reasons.iter().take(REASONS_MAX) {
        let (because, more) = beginning(because, REASON_CHARS_MAX);
        let more = if more > 0 { " …" } else { "" };
        _ = writeln!(text, "- {count}× {}{more} ({})", Text(because), Text(&checks.join(", ")));
    }
    if reasons.len() > REASONS_MAX {
        _ = writeln!(text, "- and {} other reasons", reasons.len() - REASONS_MAX);
    }
    text.push_str("\n</details>\n");
    text
}

#[cfg(test)]
mod tests;
