//! The XML of `JUnit`, for pipelines.

use crate::format::{Format, Options, WriteError};
use crate::text::visible;
use crate::wording;
use avouch_model::finding::Finding;
use avouch_model::report::{Ending, FamilyCoverage, NotEvaluable, Report};
use avouch_model::severity::{Confidence, Severity};
use std::fmt::{self, Write as _};

/// Test results for pipelines.
pub const FORMAT: Format = Format {
    name: "junit",
    media_type: "application/xml",
    extension: "xml",
    title: "test results for pipelines",
    page: include_str!("junit.md"),
    write,
};

#[expect(clippy::unnecessary_wraps, reason = "every format has this signature; some can fail")]
fn write(report: &Report, _: &Options) -> Result<String, WriteError> {
    let mut suites = vec![Suite { name: "scan".to_owned(), tests: vec![scan(report)] }];
    suites.extend(report.coverage.families.iter().map(|family| of_family(report, family)));
    suites.push(others(report));
    suites.retain(|suite| !suite.tests.is_empty());
    let counted = |kind| suites.iter().map(|suite| suite.count(kind)).sum::<usize>();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"avouch\" tests=\"{}\" \
         failures=\"{}\" errors=\"{}\" time=\"{}\">\n",
        suites.iter().map(|suite| suite.tests.len()).sum::<usize>(),
        counted(Kind::Failure),
        counted(Kind::Error),
        seconds(report.took_ms),
    );
    for suite in &suites {
        suite.write(report, &mut xml);
    }
    xml.push_str("</testsuites>\n");
    Ok(xml)
}

/// Milliseconds as the schema writes a time.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// How a test that did not pass ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Failure,
    Error,
    Skipped,
}

impl Kind {
    fn element(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Error => "error",
            Self::Skipped => "skipped",
        }
    }
}

/// What a test says that did not pass.
struct Outcome {
    kind: Kind,
    sort: String,
    message: String,
    text: String,
}

struct Test {
    class: String,
    name: String,
    outcome: Option<Outcome>,
}

struct Suite {
    name: String,
    tests: Vec<Test>,
}

impl Suite {
    fn count(&self, kind: Kind) -> usize {
        let of_kind = |test: &&Test| test.outcome.as_ref().is_some_and(|o| o.kind == kind);
        self.tests.iter().filter(of_kind).count()
    }

    fn write(&self, report: &Report, xml: &mut String) {
        _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" \
             timestamp=\"{}\" url=\"{}\">",
            Text(&self.name),
            self.tests.len(),
            self.count(Kind::Failure),
            self.count(Kind::Error),
            self.count(Kind::Skipped),
            report.started_at,
            Text(&report.target),
        );
        for test in &self.tests {
            let (class, name) = (Text(&test.class), Text(&test.name));
            _ = write!(xml, "    <testcase classname=\"{class}\" name=\"{name}\"");
            let Some(outcome) = &test.outcome else {
                xml.push_str("/>\n");
                continue;
            };
            let element = outcome.kind.element();
            _ = writeln!(
                xml,
                ">\n      <{element} type=\"{}\" message=\"{}\">{}</{element}>\n    </testcase>",
                Text(&outcome.sort),
                Text(&outcome.message),
                lines(&outcome.text)
            );
        }
        xml.push_str("  </testsuite>\n");
    }
}

/// Whether the scan can be relied on at all: without this, a file of a scan that reached nobody would
/// hold no failure.
fn scan(report: &Report) -> Test {
    let (ending, detail) = wording::ending(&report.ending);
    let because = report.score.absent_because.as_deref();
    let whole = report.ending == Ending::Complete && report.score.value.is_some();
    let outcome = (!whole).then(|| Outcome {
        kind: Kind::Error,
        sort: "untested".to_owned(),
        message: ending.to_owned(),
        text: [detail, because].into_iter().flatten().collect::<Vec<_>>().join("\n"),
    });
    let name = "the scan asked everything it planned and has a score".to_owned();
    Test { class: "avouch.scan".to_owned(), name, outcome }
}

fn of_family(report: &Report, family: &FamilyCoverage) -> Suite {
    let is_here = |check: &str| check.split('-').next() == Some(family.family.as_str());
    let findings = report.findings.iter().filter(|finding| is_here(&finding.check));
    let mut tests: Vec<Test> = findings.map(found).collect();
    let open = report.coverage.not_evaluable.iter().filter(|open| is_here(&open.check));
    tests.extend(open.map(|open| not_evaluable(report, open)));
    if family.passed > 0 {
        let name = format!("{} held", wording::count(family.passed, "question"));
        tests.push(Test { class: format!("avouch.{}.held", family.family), name, outcome: None });
    }
    Suite { name: family.title.clone(), tests }
}

/// Findings of families that have no row of their own, so that none is lost.
fn others(report: &Report) -> Suite {
    let families = &report.coverage.families;
    let has_row = |check: &str| {
        families.iter().any(|row| check.split('-').next() == Some(row.family.as_str()))
    };
    let findings = report.findings.iter().filter(|finding| !has_row(&finding.check));
    Suite { name: "others".to_owned(), tests: findings.map(found).collect() }
}

fn class(check: &str) -> String {
    format!("avouch.{}.{check}", check.split('-').next().unwrap_or(check))
}

fn found(finding: &Finding) -> Test {
    let parameter = finding.parameter.as_ref().map(|name| format!(" ({name})"));
    let place = wording::place(finding);
    let name = format!("{} on {place}{}", finding.title, parameter.unwrap_or_default());
    let informs = finding.severity == Severity::Info || finding.confidence == Confidence::Tentative;
    let kind = if informs || finding.suppressed.is_some() { Kind::Skipped } else { Kind::Failure };
    let weight = format!("{}, {}", finding.severity, finding.confidence);
    let message = match &finding.suppressed {
        Some(suppressed) => format!("suppressed, {} ({weight})", wording::suppressed(suppressed)),
        None => format!("{weight}: {}", finding.summary),
    };
    let outcome =
        Outcome { kind, sort: finding.severity.to_string(), message, text: text(finding) };
    Test { class: class(&finding.check), name, outcome: Some(outcome) }
}

fn text(finding: &Finding) -> String {
    let mut text = format!("{}\n", finding.summary);
    for reason in &finding.reasons {
        _ = writeln!(text, "- {reason}");
    }
    for (heading, part) in [("Remedy", &finding.remediation), ("Again", &finding.curl)] {
        if !part.is_empty() {
            _ = write!(text, "\n{heading}:\n{part}\n");
        }
    }
    _ = write!(text, "\n{}, fingerprint {}", finding.cwe, finding.fingerprint);
    if let Some(place) = &finding.described_at {
        _ = write!(text, ", {}:{}", place.file, place.line);
    }
    text
}

fn not_evaluable(report: &Report, open: &NotEvaluable) -> Test {
    let title = report.checks.iter().find(|check| check.id == open.check);
    let title = title.map_or(open.check.as_str(), |check| check.title.as_str());
    let place = open.operation.as_ref().map_or("the target as a whole", |id| &id.0);
    let outcome = Outcome {
        kind: Kind::Skipped,
        sort: "not-evaluable".to_owned(),
        message: open.because.clone(),
        text: String::new(),
    };
    let name = format!("{title} on {place}");
    Test { class: class(&open.check), name, outcome: Some(outcome) }
}

/// A text of several lines in an element.
fn lines(text: &str) -> String {
    text.lines().map(|line| Text(line).to_string()).collect::<Vec<_>>().join("\n")
}

/// A text in an element or a quoted attribute. Everything that is not written here passes through it;
/// new lines are written by their number, because a reader makes spaces of them in attributes.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in visible(self.0).chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&apos;")?,
                '\n' => f.write_str("&#10;")?,
                // Not characters of XML 1.0 (section 2.2), and seen by nobody.
                '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
