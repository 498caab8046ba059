//! The gate of a pipeline: whether what a scan found may pass.
//!
//! In scope: which findings count, the least score, the least coverage, a baseline. Out of scope: who
//! accepted a finding, which [`crate::suppress`] notes in the report beforehand.

use crate::cli::GateArgs;
use crate::config::GateConfig;
use crate::exit::Exit;
use crate::reports::{self, ReportError};
use avouch_model::finding::Finding;
use avouch_model::report::{Ending, Report};
use avouch_model::severity::{Confidence, Severity};
use avouch_scan::told::EarlierScan;
use std::str::FromStr;

/// Coverage, in per cent, without which `--min-score` is not met: a score on less speaks of too little.
const COVERAGE_FOR_SCORE: u8 = avouch_scan::score::GRADED_MIN;
/// LIMIT: findings that are named.
const NAMED_MAX: usize = 3;

/// From which severity and confidence on a finding fails the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Threshold {
    /// Nothing fails it.
    Never,
    /// That severity or worse, at least as sure as that.
    From(Severity, Confidence),
}

impl Default for Threshold {
    /// An indicator is worth a look, and no reason to stop a release.
    fn default() -> Self {
        Self::From(Severity::Low, Confidence::Firm)
    }
}

impl Threshold {
    fn fails(self, finding: &Finding) -> bool {
        match self {
            Self::Never => false,
            Self::From(severity, confidence) => {
                finding.severity >= severity && finding.confidence >= confidence
            }
        }
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        let (severity, confidence) = text.split_once('@').unwrap_or((text, "firm"));
        let severity = Severity::ALL.into_iter().find(|known| known.name() == severity);
        let sure = [Confidence::Confirmed, Confidence::Firm, Confidence::Tentative];
        let confidence = sure.into_iter().find(|known| known.name() == confidence);
        match (severity, confidence) {
            (Some(severity), Some(confidence)) => Ok(Self::From(severity, confidence)),
            _ => {
                Err("write `never`, or critical, high, medium, low or info, which may be followed \
                      by @confirmed, @firm or @tentative: `high@confirmed`"
                    .to_owned())
            }
        }
    }
}

impl TryFrom<String> for Threshold {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// What must hold.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    fail_on: Threshold,
    min_score: Option<u8>,
    min_coverage: Option<u8>,
    baseline: Option<Report>,
    new_only: bool,
}

/// Why a gate cannot be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GateError {
    #[error("`--new-only` needs something to compare with")]
    NoBaseline,
    #[error("`min_{what}` is {value}, and the most there is is 100")]
    PerCent { what: &'static str, value: u8 },
    #[error("the baseline cannot be used")]
    Baseline(#[source] ReportError),
}

/// What the gate says, and why.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) exit: Exit,
    /// One line each, for a person.
    pub(crate) because: Vec<String>,
}

impl Gate {
    /// The gate a person set up; the command line wins over the file.
    pub(crate) fn new(args: &GateArgs, config: &GateConfig) -> Result<Self, GateError> {
        let baseline = args.baseline.as_ref().or(config.baseline.as_ref());
        let new_only = args.new_only || config.new_only;
        if new_only && baseline.is_none() {
            return Err(GateError::NoBaseline);
        }
        for (what, value) in [("score", config.min_score), ("coverage", config.min_coverage)] {
            if let Some(value) = value.filter(|value| *value > 100) {
                return Err(GateError::PerCent { what, value });
            }
        }
        let baseline = baseline.map(|path| reports::read(path)).transpose();
        Ok(Self {
            fail_on: args.fail_on.or(config.fail_on).unwrap_or_default(),
            min_score: args.min_score.or(config.min_score),
            min_coverage: args.min_coverage.or(config.min_coverage),
            baseline: baseline.map_err(GateError::Baseline)?,
            new_only,
        })
    }

    /// What the baseline says of operations, for the check that compares.
    pub(crate) fn earlier(&self) -> Option<EarlierScan> {
        self.baseline.as_ref().map(EarlierScan::of)
    }

    /// Whether a report may pass. What could not be done comes before what was found.
    pub(crate) fn judge(&self, report: &Report) -> Judgement {
        let untested = self.untested(report);
        if !untested.is_empty() {
            return Judgement { exit: Exit::Untested, because: untested };
        }
        let failing: Vec<&Finding> =
            report.findings.iter().filter(|finding| self.fails(finding)).collect();
        let mut because = Vec::new();
        if !failing.is_empty() {
            because.push(format!("failed: {}", named(&failing)));
        }
        // What somebody answers for does not count here, as it does not count above.
        let score = report.score.without_suppressed.or(report.score.value);
        if let (Some(least), Some(score)) = (self.min_score, score)
            && score < least
        {
            because.push(format!("failed: the score is {score}, the least is {least}"));
        }
        let exit = if because.is_empty() { Exit::Clean } else { Exit::Findings };
        if because.is_empty() {
            because.push("passed".to_owned());
        }
        because.extend(self.not_counted(report));
        Judgement { exit, because }
    }

    fn untested(&self, report: &Report) -> Vec<String> {
        let mut because = Vec::new();
        if report.ending != Ending::Complete {
            because.push("not tested: the scan did not ask everything".to_owned());
        }
        if report.score.value.is_none() {
            because.push("not tested: there is no score".to_owned());
        }
        let implied = self.min_score.map_or(0, |_| COVERAGE_FOR_SCORE);
        let least = self.min_coverage.unwrap_or(implied);
        let covered = report.coverage.per_cent().unwrap_or(0);
        if covered < least {
            let why = match self.min_coverage {
                Some(_) => "",
                None => " when a score is asked for (`--min-coverage` sets another)",
            };
            because.push(format!(
                "not tested: {covered} % of the questions were answered, the least is {least} %{why}"
            ));
        }
        because
    }

    fn fails(&self, finding: &Finding) -> bool {
        self.fail_on.fails(finding)
            && finding.suppressed.is_none()
            && !(self.new_only && self.is_known(finding))
    }

    /// Whether the baseline has it, and has it no less bad: one that became worse is new.
    fn is_known(&self, finding: &Finding) -> bool {
        let known = self.baseline.iter().flat_map(|report| &report.findings);
        let same = |known: &&Finding| known.fingerprint == finding.fingerprint;
        known.filter(same).any(|known| {
            (known.severity, known.confidence) >= (finding.severity, finding.confidence)
        })
    }

    /// What was found and does not count, so that it is not forgotten.
    fn not_counted(&self, report: &Report) -> Vec<String> {
        let mut lines = Vec::new();
        let suppressed = report.findings.iter().filter(|f| f.suppressed.is_some()).count();
        if suppressed > 0 {
            lines.push(format!("suppressed: {suppressed}, listed in the report"));
        }
        if let Some(baseline) = &self.baseline {
            let known = report.findings.iter().filter(|finding| self.is_known(finding)).count();
            let new = report.findings.len() - known;
            lines.push(format!("{new} new, {known} known from the baseline"));
            if baseline.target != report.target {
                lines.push(format!(
                    "the baseline is of another target: {}",
                    baseline.target.chars().filter(|c| !c.is_control()).collect::<String>()
                ));
            }
        }
        lines
    }
}

fn named(failing: &[&Finding]) -> String {
    let name = |finding: &&Finding| {
        let place = finding.operation.as_ref().map_or("the target", |operation| &operation.0);
        format!("{} {} on {place}", finding.severity, finding.check)
    };
    let mut names: Vec<String> = failing.iter().take(NAMED_MAX).map(name).collect();
    if failing.len() > NAMED_MAX {
        names.push(format!("{} more", failing.len() - NAMED_MAX));
    }
    let text = names.join(", ");
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
