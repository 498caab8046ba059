//! Findings that somebody has decided to live with: `[[suppress]]` of the configuration.
//!
//! A suppressed finding stays in the report with the name of who answers for it; it fails no gate.
//! Nothing is suppressed without a name and a reason, or past its day.

use avouch_model::finding::{Finding, Suppression};
use avouch_model::report::{Ending, Report, Warning};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

/// What stands for the target as a whole where an operation is asked for.
const WHOLE_TARGET: &str = "target";

/// One entry as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SuppressConfig {
    fingerprint: Option<String>,
    check: Option<String>,
    operation: Option<String>,
    owner: Option<String>,
    reason: Option<String>,
    expires: Option<toml::Value>,
}

/// Which finding an entry means.
#[derive(Debug, PartialEq, Eq)]
enum Which {
    Fingerprint(String),
    Place { check: String, operation: String },
}

/// One entry, read and checked.
#[derive(Debug)]
pub(crate) struct Suppress {
    which: Which,
    by: Suppression,
    /// Where it stands in the file, from 1.
    line: usize,
}

/// What is wrong with an entry and in which line, from 1.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) line: usize,
    pub(crate) why: String,
}

/// Checks the entries of a configuration file; `text` is the file, for line numbers.
pub(crate) fn read(
    entries: &[Spanned<SuppressConfig>],
    text: &str,
) -> Result<Vec<Suppress>, Fault> {
    entries
        .iter()
        .map(|entry| {
            let before = text.get(..entry.span().start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            one(entry.get_ref(), line).map_err(|why| Fault { line, why })
        })
        .collect()
}

fn one(entry: &SuppressConfig, line: usize) -> Result<Suppress, String> {
    let written = |text: &Option<String>| {
        text.as_ref().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let owner = written(&entry.owner).ok_or("a suppression needs `owner`: who answers for it")?;
    let reason = written(&entry.reason).ok_or("a suppression needs `reason`: why it may stay")?;
    let which =
        match (written(&entry.fingerprint), written(&entry.check), written(&entry.operation)) {
            (Some(fingerprint), None, None) => Which::Fingerprint(fingerprint.to_ascii_lowercase()),
            (None, Some(check), Some(operation)) => match avouch_scan::checks::find(&check) {
                Some(check) => Which::Place { check: check.id.to_owned(), operation },
                None => {
                    return Err(format!("there is no check `{check}`; `avouch checks` lists them"));
                }
            },
            _ => {
                return Err(
                    "a suppression needs either `fingerprint`, or `check` with `operation` \
                        (such as \"GET /orders/{id}\", or \"target\" for the target as a whole)"
                        .to_owned(),
                );
            }
        };
    let expires = entry.expires.as_ref().map(day).transpose()?;
    Ok(Suppress { which, by: Suppression { owner, reason, expires }, line })
}

/// A date, in quotes or not.
fn day(value: &toml::Value) -> Result<String, String> {
    let date = match value {
        toml::Value::Datetime(date) => Some(*date),
        toml::Value::String(text) => text.parse::<Datetime>().ok(),
        _ => None,
    };
    date.filter(|date| date.time.is_none() && date.offset.is_none())
        .and_then(|date| date.date)
        .map(|date| date.to_string())
        .ok_or_else(|| "`expires` is a date such as 2027-01-31".to_owned())
}

impl Suppress {
    fn means(&self, finding: &Finding) -> bool {
        match &self.which {
            Which::Fingerprint(fingerprint) => finding.fingerprint == *fingerprint,
            Which::Place { check, operation } => {
                let place = finding.operation.as_ref().map_or(WHOLE_TARGET, |id| &id.0);
                finding.check == *check && place == operation
            }
        }
    }

    fn shown(&self) -> String {
        let what = match &self.which {
            Which::Fingerprint(fingerprint) => fingerprint.clone(),
            Which::Place { check, operation } => format!("{check} on {operation}"),
        };
        format!("the suppression of {what} by {} (line {})", self.by.owner, self.line)
    }
}

/// Marks what is suppressed, and warns of entries that do nothing. Days are those of UTC, and an
/// entry holds to the end of its last day.
pub(crate) fn apply(report: &mut Report, entries: &[Suppress]) {
    let now = report.started_at.to_string();
    let today = now.get(..10).unwrap_or_default();
    for entry in entries {
        let over = entry.by.expires.as_deref().filter(|day| *day < today);
        let mut meant =
            report.findings.iter_mut().filter(|finding| entry.means(finding)).peekable();
        let message = match (over, meant.peek().is_some()) {
            (Some(day), true) => {
                format!("{} ended on {day}: the finding counts again", entry.shown())
            }
            (Some(day), false) => format!("{} ended on {day} and can go", entry.shown()),
            // Only a scan that asked everything knows that there is nothing to suppress.
            (None, false) if report.ending == Ending::Complete => {
                format!("{} means no finding of this scan", entry.shown())
            }
            (None, _) => {
                meant.for_each(|finding| finding.suppressed = Some(entry.by.clone()));
                continue;
            }
        };
        report.warnings.push(Warning { place: None, message });
    }
    report.score.without_suppressed = avouch_scan::score::without_suppressed(report);
}

#[cfg(test)]
pub(crate) mod tests;
