//! Two reports of one target: what is new, what is gone, and what is not known any more.
//!
//! A finding that is not in the newer report is fixed only where the newer scan asked the same
//! question: its check was in the run, its operation was known, the people it needs took part, and
//! nothing stood in the way. Otherwise it is lost from sight, which is not good news.
//!
//! In scope: the comparison as a value, and as text for a terminal and a pull request. Out of scope:
//! reading files.

mod shown;
#[cfg(test)]
mod tests;

pub use shown::{markdown, terminal};

use avouch_model::finding::Finding;
use avouch_model::identity::Who;
use avouch_model::operation::OperationId;
use avouch_model::report::{Ending, NotEvaluable, Report};
use avouch_model::severity::{Confidence, Severity};
use serde::Serialize;
use std::collections::BTreeSet;

/// The version of this form.
pub const COMPARISON_SCHEMA: &str = "avouch-comparison/1";

/// What two reports have in common and what not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// [`COMPARISON_SCHEMA`]
    pub schema: String,
    /// The older scan.
    pub old: Side,
    /// The newer scan.
    pub new: Side,
    /// How much the score rose; `None` when one of them has none.
    pub score_difference: Option<i16>,
    /// Findings the older report has not.
    pub added: Vec<Item>,
    /// Findings of both whose severity or confidence differ.
    pub changed: Vec<Item>,
    /// Findings that were asked about again and are gone.
    pub fixed: Vec<Item>,
    /// Findings of the older report that the newer scan could not ask about. Not fixed.
    pub lost: Vec<Item>,
    /// Findings of both.
    pub still: Vec<Item>,
    /// Questions that could be answered then and could not now.
    pub coverage_lost: Vec<NotEvaluable>,
}

/// One of the two scans.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// Its target.
    pub target: String,
    /// When it began.
    pub started_at: jiff::Timestamp,
    /// Its score.
    pub score: Option<u8>,
    /// How much of what applied could be evaluated, in per cent.
    pub coverage: Option<u8>,
    /// Whether it asked everything and has a score.
    pub whole: bool,
}

/// A finding in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// The same in both reports.
    pub fingerprint: String,
    /// The check's id.
    pub check: String,
    /// The check's title.
    pub title: String,
    /// Where; `None` for the target as a whole.
    pub operation: Option<OperationId>,
    /// Which parameter or property.
    pub parameter: Option<String>,
    /// How bad, in the newest report that has it.
    pub severity: Severity,
    /// How sure, there.
    pub confidence: Confidence,
    /// How bad and how sure it was before, when that differs.
    pub was: Option<(Severity, Confidence)>,
    /// Whether somebody accepted it.
    pub suppressed: bool,
    /// Why it is not known any more, for one that is lost.
    pub because: Option<String>,
}

impl Comparison {
    /// Compares an older report with a newer one.
    pub fn of(old: &Report, new: &Report) -> Self {
        let mut comparison = Self {
            schema: COMPARISON_SCHEMA.to_owned(),
            old: side(old),
            new: side(new),
            score_difference: difference(old.score.value, new.score.value),
            added: Vec::new(),
            changed: Vec::new(),
            fixed: Vec::new(),
            lost: Vec::new(),
            still: Vec::new(),
            coverage_lost: coverage_lost(old, new),
        };
        for finding in &new.findings {
            match named(old, finding) {
                None => comparison.added.push(item(finding)),
                Some(was) if weight(was) == weight(finding) => comparison.still.push(item(finding)),
                Some(was) => {
                    comparison.changed.push(Item { was: Some(weight(was)), ..item(finding) });
                }
            }
        }
        for finding in old.findings.iter().filter(|finding| named(new, finding).is_none()) {
            match out_of_sight(finding, old, new) {
                None => comparison.fixed.push(item(finding)),
                because => comparison.lost.push(Item { because, ..item(finding) }),
            }
        }
        comparison
    }

    /// Findings that are new or became worse, and that nobody accepted.
    pub fn worse(&self) -> impl Iterator<Item = &Item> {
        let grown =
            |item: &&Item| item.was.is_some_and(|was| was < (item.severity, item.confidence));
        let changed = self.changed.iter().filter(grown);
        self.added.iter().chain(changed).filter(|item| !item.suppressed)
    }

    /// Whether the newer scan can say what became of everything that was found.
    pub fn is_whole(&self) -> bool {
        self.new.whole && self.lost.is_empty()
    }
}

fn side(report: &Report) -> Side {
    Side {
        target: report.target.clone(),
        started_at: report.started_at,
        score: report.score.value,
        coverage: report.coverage.per_cent(),
        whole: report.ending == Ending::Complete && report.score.value.is_some(),
    }
}

fn difference(old: Option<u8>, new: Option<u8>) -> Option<i16> {
    Some(i16::from(new?) - i16::from(old?))
}

fn named<'r>(report: &'r Report, finding: &Finding) -> Option<&'r Finding> {
    report.findings.iter().find(|other| other.fingerprint == finding.fingerprint)
}

fn weight(finding: &Finding) -> (Severity, Confidence) {
    (finding.severity, finding.confidence)
}

fn item(finding: &Finding) -> Item {
    Item {
        fingerprint: finding.fingerprint.clone(),
        check: finding.check.clone(),
        title: finding.title.clone(),
        operation: finding.operation.clone(),
        parameter: finding.parameter.clone(),
        severity: finding.severity,
        confidence: finding.confidence,
        was: None,
        suppressed: finding.suppressed.is_some(),
        because: None,
    }
}

/// Why the newer scan does not know whether a finding is still there; `None` when it asked again.
fn out_of_sight(finding: &Finding, old: &Report, new: &Report) -> Option<String> {
    if new.ending != Ending::Complete || new.score.value.is_none() {
        return Some("the newer scan did not ask everything".to_owned());
    }
    if new.checks.iter().all(|check| check.id != finding.check) {
        return Some("its check was not in the newer scan".to_owned());
    }
    let known = |id: &OperationId| new.operations.iter().any(|o| o.operation == *id);
    if finding.operation.as_ref().is_some_and(|id| !known(id)) {
        return Some("the newer scan does not know its operation".to_owned());
    }
    let here = |open: &&NotEvaluable| {
        let same_place = open.operation.is_none() || open.operation == finding.operation;
        open.check == finding.check && same_place
    };
    if let Some(open) = new.coverage.not_evaluable.iter().find(here) {
        return Some(open.because.clone());
    }
    let missing: BTreeSet<Who> = &accepted(old) - &accepted(new);
    let needed = finding.identities.into_iter().flat_map(|(owner, reader)| [owner, reader]);
    let asked = finding.exchanges.iter().map(|exchange| exchange.request.who);
    let who = needed.chain(asked).find(|who| missing.contains(who))?;
    Some(format!("identity {who} took no part in the newer scan"))
}

/// The people who took part.
fn accepted(report: &Report) -> BTreeSet<Who> {
    report.identities.iter().filter(|one| one.accepted).map(|one| one.who).collect()
}

/// What could be evaluated then and not now, on operations and by checks that both know.
fn coverage_lost(old: &Report, new: &Report) -> Vec<NotEvaluable> {
    let was_open: BTreeSet<(&str, Option<&OperationId>)> = old
        .coverage
        .not_evaluable
        .iter()
        .map(|open| (open.check.as_str(), open.operation.as_ref()))
        .collect();
    let checks: BTreeSet<&str> = old.checks.iter().map(|check| check.id.as_str()).collect();
    let operations: BTreeSet<&OperationId> =
        old.operations.iter().map(|outcome| &outcome.operation).collect();
    let lost = new.coverage.not_evaluable.iter().filter(|open| {
        checks.contains(open.check.as_str())
            && open.operation.as_ref().is_none_or(|id| operations.contains(id))
            && !was_open.contains(&(open.check.as_str(), open.operation.as_ref()))
    });
    lost.cloned().collect()
}
