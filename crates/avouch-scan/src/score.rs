//! The score: public, deterministic, printed with its reasons.
//!
//! Points per finding by severity and confidence, once per (check, root cause), halved for each
//! further cause of one check; a category loses its points from 100; the whole is the weighted mean
//! of the categories that could be evaluated; then ceilings. `docs/score.md` says it in full.

use crate::check::Family;
use avouch_model::finding::Finding;
use avouch_model::report::{Coverage, Ending, FamilyCoverage, Report};
use avouch_model::score::{Cap, CategoryScore, Grade, Score};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::tls::TlsFacts;
use std::collections::BTreeMap;

/// A category less evaluable than this, in per cent, caps the whole.
pub const EVALUABLE_MIN: u8 = 60;
/// The ceiling a Confirmed Critical sets: an F.
pub const CAP_CRITICAL: u8 = 39;
/// The ceiling a Confirmed High on authentication or authorization sets: a D.
pub const CAP_HIGH: u8 = 59;
/// The ceiling an untrusted certificate sets.
pub const CAP_CERTIFICATE: u8 = 59;
/// The ceiling a category sets that could hardly be evaluated: a B.
pub const CAP_COVERAGE: u8 = 89;

/// Less of the questions answered than this, in per cent, and a good grade is withheld.
pub const GRADED_MIN: u8 = 50;

/// Points a finding costs its category before repeats are discounted, in tenths.
pub fn points_tenths(severity: Severity, confidence: Confidence) -> u32 {
    let points = match severity {
        Severity::Critical => 60,
        Severity::High => 30,
        Severity::Medium => 12,
        Severity::Low => 4,
        Severity::Info => 0,
    };
    // Weights of 1, 0.6 and 0.15 in twentieths, so that everything stays whole.
    let twentieths = match confidence {
        Confidence::Confirmed => 20,
        Confidence::Firm => 12,
        Confidence::Tentative => 3,
    };
    points * 10 * twentieths / 20
}

/// Points each category loses, in tenths.
fn lost_tenths(findings: &[&Finding]) -> BTreeMap<String, u32> {
    let mut causes: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for finding in findings {
        let points = points_tenths(finding.severity, finding.confidence);
        let worst = causes.entry((&finding.check, &finding.root_cause)).or_default();
        *worst = points.max(*worst);
    }
    let mut by_check: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for ((check, _), points) in causes {
        by_check.entry(check).or_default().push(points);
    }
    let mut lost: BTreeMap<String, u32> = BTreeMap::new();
    for (check, mut points) in by_check {
        points.sort_unstable_by(|a, b| b.cmp(a));
        let halved = |(repeat, points): (usize, u32)| points >> repeat.min(31);
        let sum: u32 = points.into_iter().enumerate().map(halved).sum();
        *lost.entry(family_of(check).to_owned()).or_default() += sum;
    }
    lost
}

fn family_of(check: &str) -> &str {
    check.split('-').next().unwrap_or(check)
}

/// What the score is computed from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Everything proven.
    pub findings: &'a [Finding],
    /// What was looked at.
    pub coverage: &'a Coverage,
    /// How it ended.
    pub ending: &'a Ending,
    /// What the connection showed.
    pub tls: Option<&'a TlsFacts>,
}

/// Computes the score, and fills in what each finding costs and what mending it gains.
pub fn score(
    coverage: &Coverage,
    ending: &Ending,
    tls: Option<&TlsFacts>,
    findings: &mut [Finding],
) -> Score {
    let whole = of(&Inputs { findings, coverage, ending, tls }, |_| true);
    let gains: Vec<u32> = findings
        .iter()
        .map(|finding| {
            let cause = (finding.check.as_str(), finding.root_cause.as_str());
            let others = |f: &Finding| cause != (f.check.as_str(), f.root_cause.as_str());
            let without = of(&Inputs { findings, coverage, ending, tls }, others);
            let gain = without.value.unwrap_or(0).saturating_sub(whole.value.unwrap_or(0));
            u32::from(gain) * 10
        })
        .collect();
    for (finding, gain) in findings.iter_mut().zip(gains) {
        finding.points_tenths = points_tenths(finding.severity, finding.confidence);
        finding.gain_tenths = gain;
    }
    whole
}

/// What the score of a report would be if its suppressed findings were gone; `None` when none is
/// suppressed, or when there is no score.
pub fn without_suppressed(report: &Report) -> Option<u8> {
    if report.findings.iter().all(|finding| finding.suppressed.is_none()) {
        return None;
    }
    let inputs = Inputs {
        findings: &report.findings,
        coverage: &report.coverage,
        ending: &report.ending,
        tls: report.tls.as_ref(),
    };
    of(&inputs, |finding| finding.suppressed.is_none()).value
}

/// The score, as if only the findings that count had been found.
fn of(inputs: &Inputs<'_>, counts: impl Fn(&Finding) -> bool) -> Score {
    let findings: Vec<&Finding> = inputs.findings.iter().filter(|f| counts(f)).collect();
    let lost = lost_tenths(&findings);
    let categories: Vec<CategoryScore> =
        inputs.coverage.families.iter().map(|row| category(row, &lost)).collect();
    let absent_because = absent(inputs, &categories);
    let before_caps = if absent_because.is_some() { None } else { mean(&categories) };
    let caps = caps(inputs, &findings);
    let ceiling = caps.iter().map(|cap| cap.at).min().unwrap_or(100);
    let value = before_caps.map(|value| value.min(ceiling));
    let earned = value.map(Grade::of);
    let grade_withheld_because = earned.and_then(|grade| withheld(grade, inputs.coverage));
    Score {
        value,
        grade: earned.filter(|_| grade_withheld_because.is_none()),
        grade_withheld_because,
        before_caps,
        without_suppressed: None,
        caps,
        categories,
        absent_because,
    }
}

/// Why a letter is not given: a good one on little evidence would be read as good news. A bad one
/// stays, for what was found is there however little was asked.
fn withheld(grade: Grade, coverage: &Coverage) -> Option<String> {
    let part = coverage.per_cent().filter(|part| *part < GRADED_MIN)?;
    (grade < Grade::D).then(|| format!("only {part} % of the questions could be answered"))
}

fn category(row: &FamilyCoverage, lost: &BTreeMap<String, u32>) -> CategoryScore {
    let lost_tenths = lost.get(&row.family).copied().unwrap_or(0);
    let weight = Family::ALL.into_iter().find(|f| f.name() == row.family).map_or(1, Family::weight);
    let left = 1000_u32.saturating_sub(lost_tenths);
    let score = (row.evaluated() > 0).then(|| u8::try_from((left + 5) / 10).unwrap_or(100));
    CategoryScore {
        family: row.family.clone(),
        title: row.title.clone(),
        score,
        weight,
        lost_tenths,
    }
}

/// Why there can be no score: a failure of the gate, never a pass.
fn absent(inputs: &Inputs<'_>, categories: &[CategoryScore]) -> Option<String> {
    match inputs.ending {
        Ending::Unreachable(why) => Some(format!("the target could not be reached: {why}")),
        Ending::TargetGone(why) => Some(format!("the target stopped answering: {why}")),
        Ending::IdentityLost(why) => Some(format!("a credential stopped working: {why}")),
        Ending::Blocked(why) => Some(format!("the target blocked the scan: {why}")),
        Ending::Complete | Ending::Interrupted | Ending::BudgetSpent(_) => {
            let nothing = categories.iter().all(|category| category.score.is_none());
            nothing.then(|| "nothing could be evaluated".to_owned())
        }
    }
}

fn mean(categories: &[CategoryScore]) -> Option<u8> {
    let scored =
        || categories.iter().filter_map(|c| Some((u32::from(c.score?), u32::from(c.weight))));
    let weights: u32 = scored().map(|(_, weight)| weight).sum();
    let sum: u32 = scored().map(|(score, weight)| score * weight).sum();
    // Rounded down: a score is never better than it is.
    (weights > 0).then(|| u8::try_from(sum / weights).unwrap_or(100))
}

fn caps(inputs: &Inputs<'_>, findings: &[&Finding]) -> Vec<Cap> {
    let mut caps = Vec::new();
    let confirmed =
        |f: &&&Finding, severity| f.confidence == Confidence::Confirmed && f.severity == severity;
    if let Some(finding) = findings.iter().find(|f| confirmed(f, Severity::Critical)) {
        let because = format!("a confirmed critical finding: {} {}", finding.check, finding.title);
        caps.push(Cap { at: CAP_CRITICAL, because });
    }
    let guards = ["AUTH", "JWT", "BOLA", "BFLA", "PROP"];
    let weak = findings
        .iter()
        .find(|f| confirmed(f, Severity::High) && guards.contains(&family_of(&f.check)));
    if let Some(finding) = weak {
        let because = format!(
            "a confirmed high finding on authentication or authorization: {} {}",
            finding.check, finding.title
        );
        caps.push(Cap { at: CAP_HIGH, because });
    }
    if let Some(why) = inputs.tls.and_then(|tls| tls.distrusted_because.as_ref()) {
        caps.push(Cap {
            at: CAP_CERTIFICATE,
            because: format!("the certificate is not trusted: {why}"),
        });
    }
    for row in &inputs.coverage.families {
        if let Some(part) = row.per_cent().filter(|part| *part < EVALUABLE_MIN) {
            let because = format!("only {part} % of {} could be evaluated", row.title);
            caps.push(Cap { at: CAP_COVERAGE, because });
        }
    }
    caps.sort_by_key(|cap| cap.at);
    caps
}

#[cfg(test)]
mod tests;
