//! Compares what a scan reports with what is true. Pure: no process, no clock.

use super::others::Row;
use super::truth::{Expectation, Truth, Weakness};
use avouch_model::finding::Finding;
use avouch_model::operation::OperationId;
use avouch_model::report::{Ending, Report};
use avouch_model::severity::Severity;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What came of one round. `found`, `missed` and `not_evaluable` count weaknesses of the truth;
/// `false` counts findings.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Tally {
    /// Weaknesses that were reported.
    pub(crate) found: u32,
    /// Weaknesses of which the scan said nothing, or that all is well.
    pub(crate) missed: u32,
    /// Findings above `Info` that are not true.
    pub(crate) r#false: u32,
    /// Weaknesses of which the scan said that it could not tell.
    pub(crate) not_evaluable: u32,
    /// Weaknesses that a scan of this tier is not allowed to look for. In no other count.
    pub(crate) out_of_tier: u32,
    /// Operations that destroy something and that the scan called all the same.
    pub(crate) trapped: u32,
    /// Requests sent.
    pub(crate) requests: u64,
    /// Of these, those that no check asked for.
    pub(crate) unasked: u64,
    /// How long the scan took.
    pub(crate) seconds: f64,
    /// How the scan ended; anything but `complete` is no good result.
    pub(crate) ending: String,
    /// The same by check.
    pub(crate) checks: Vec<CheckTally>,
    /// One line for each that was missed, false or not evaluable, and for each that was reported
    /// with another weight than the truth gives it.
    pub(crate) details: Vec<String>,
    /// What each scan of the round cost.
    pub(crate) scenes: Vec<SceneTally>,
    /// What came of each round, when several were run.
    pub(crate) rounds: Vec<RoundTally>,
    /// Scanners side by side on the APIs with everything on; empty unless asked for.
    pub(crate) others: Vec<Row>,
}

/// What came of one scan of every scene.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RoundTally {
    /// Under which trouble.
    pub(crate) under: &'static str,
    /// As in [`Tally`].
    pub(crate) found: u32,
    /// As in [`Tally`].
    pub(crate) missed: u32,
    /// As in [`Tally`].
    pub(crate) r#false: u32,
    /// As in [`Tally`].
    pub(crate) not_evaluable: u32,
    /// As in [`Tally`].
    pub(crate) trapped: u32,
    /// Requests sent.
    pub(crate) requests: u64,
    /// How long the scans took, one after the other.
    pub(crate) seconds: f64,
}

/// What one scan cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct SceneTally {
    /// Which scan.
    pub(crate) scene: String,
    /// Requests sent.
    pub(crate) requests: u64,
    /// How long it took.
    pub(crate) seconds: f64,
}

/// What came of one check.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct CheckTally {
    /// The check's id.
    pub(crate) check: String,
    /// As in [`Tally`].
    pub(crate) found: u32,
    /// As in [`Tally`].
    pub(crate) missed: u32,
    /// As in [`Tally`].
    pub(crate) r#false: u32,
    /// As in [`Tally`].
    pub(crate) not_evaluable: u32,
    /// Requests sent for it.
    pub(crate) requests: u64,
    /// How long its questions were under way.
    pub(crate) seconds: f64,
}

impl CheckTally {
    /// Adds another row to this one.
    pub(super) fn add(&mut self, row: &Self) {
        self.found += row.found;
        self.missed += row.missed;
        self.r#false += row.r#false;
        self.not_evaluable += row.not_evaluable;
        self.requests += row.requests;
        self.seconds += row.seconds;
    }
}

impl Tally {
    /// Both together, as one round.
    pub(crate) fn plus(mut self, other: Self) -> Self {
        for row in other.checks {
            match self.checks.iter_mut().find(|mine| mine.check == row.check) {
                Some(mine) => mine.add(&row),
                None => self.checks.push(row),
            }
        }
        self.found += other.found;
        self.missed += other.missed;
        self.r#false += other.r#false;
        self.not_evaluable += other.not_evaluable;
        self.out_of_tier += other.out_of_tier;
        self.trapped += other.trapped;
        self.requests += other.requests;
        self.unasked += other.unasked;
        self.seconds += other.seconds;
        if self.ending == COMPLETE {
            self.ending = other.ending;
        }
        self.details.extend(other.details);
        self.scenes.extend(other.scenes);
        self.rounds.extend(other.rounds);
        for row in other.others {
            match self.others.iter_mut().find(|mine| mine.scanner == row.scanner) {
                Some(mine) => *mine = mine.clone().plus(&row),
                None => self.others.push(row),
            }
        }
        self
    }

    /// Nothing missed, nothing invented, nothing destroyed, and the scan came to its end.
    pub(crate) fn is_good(&self) -> bool {
        let wrong = self.missed + self.r#false + self.trapped;
        wrong == 0 && self.found > 0 && self.ending == COMPLETE
    }
}

/// How a scan that asked everything it had planned is described.
const COMPLETE: &str = "complete";

/// Compares a report with the truth, for a scan that was allowed to look for what `allows` says.
pub(crate) fn compare(truth: &Truth, report: &Report, allows: impl Fn(&Weakness) -> bool) -> Tally {
    let mut rows = Rows::default();
    let wanted = truth.weaknesses.iter().filter(|weakness| weakness.expect == Expectation::Must);
    let (expected, beyond): (Vec<_>, Vec<_>) = wanted.partition(|weakness| allows(weakness));
    for weakness in expected {
        rows.weakness(weakness, report);
    }
    for finding in report.findings.iter().filter(|finding| finding.severity > Severity::Info) {
        if !is_true(truth, finding) {
            rows.invented(finding);
        }
    }
    let trapped = rows.traps(truth, report);
    let asked = rows.costs(report);
    let checks: Vec<CheckTally> = rows.checks.into_values().collect();
    Tally {
        found: checks.iter().map(|row| row.found).sum(),
        missed: checks.iter().map(|row| row.missed).sum(),
        r#false: checks.iter().map(|row| row.r#false).sum(),
        not_evaluable: checks.iter().map(|row| row.not_evaluable).sum(),
        out_of_tier: u32::try_from(beyond.len()).unwrap_or(u32::MAX),
        trapped,
        requests: report.traffic.requests,
        unasked: report.traffic.requests.saturating_sub(asked),
        seconds: Duration::from_millis(report.took_ms).as_secs_f64(),
        ending: describe(&report.ending),
        checks,
        details: rows.details,
        scenes: Vec::new(),
        rounds: Vec::new(),
        others: Vec::new(),
    }
}

/// The table while it is being filled.
#[derive(Default)]
struct Rows {
    checks: BTreeMap<String, CheckTally>,
    details: Vec<String>,
}

impl Rows {
    fn row(&mut self, check: &str) -> &mut CheckTally {
        let new = || CheckTally { check: check.to_owned(), ..CheckTally::default() };
        self.checks.entry(check.to_owned()).or_insert_with(new)
    }

    /// Counts a weakness of the truth.
    fn weakness(&mut self, weakness: &Weakness, report: &Report) {
        let subject = subject(&weakness.check, weakness.operation.as_ref());
        if let Some(finding) = report.findings.iter().find(|finding| shows(finding, weakness)) {
            self.row(&weakness.check).found += 1;
            let (said, is) =
                ((finding.severity, finding.confidence), (weakness.severity, weakness.confidence));
            if said != is {
                let (said, is) = (format!("{} {}", said.0, said.1), format!("{} {}", is.0, is.1));
                self.details.push(format!("weight of {subject}: reported {said}, is {is}"));
            }
        } else if let Some(because) = excuse(report, weakness) {
            self.row(&weakness.check).not_evaluable += 1;
            self.details.push(format!("not evaluable {subject}: {because}"));
        } else {
            self.row(&weakness.check).missed += 1;
            self.details.push(format!("missed {subject}: `{}`", weakness.switch));
        }
    }

    /// Adds what each check cost; gives the requests that checks asked for.
    fn costs(&mut self, report: &Report) -> u64 {
        for cost in &report.costs {
            let row = self.row(&cost.check);
            row.requests = cost.requests;
            row.seconds = Duration::from_millis(cost.took_ms).as_secs_f64();
        }
        report.costs.iter().map(|cost| cost.requests).sum()
    }

    /// Counts operations that a scan must leave alone and did not.
    fn traps(&mut self, truth: &Truth, report: &Report) -> u32 {
        let called = report.operations.iter().filter(|operation| operation.requests > 0);
        let mut count = 0;
        for operation in called.map(|operation| &operation.operation) {
            if truth.traps.iter().any(|trap| trap.operation == *operation) {
                count += 1;
                self.details.push(format!("called {operation}, which destroys something"));
            }
        }
        count
    }

    /// Counts a finding that is not true.
    fn invented(&mut self, finding: &Finding) {
        self.row(&finding.check).r#false += 1;
        let subject = subject(&finding.check, finding.operation.as_ref());
        self.details.push(format!("false {subject}: {}", finding.summary));
    }
}

/// Whether a finding is the weakness. A finding that names no parameter is less exact, not wrong.
fn shows(finding: &Finding, weakness: &Weakness) -> bool {
    let same_parameter = match (&finding.parameter, &weakness.parameter) {
        // A report says `query q` or `body /price` where the truth says `q` or `price`; of a target
        // as a whole both name the path.
        (Some(reported), Some(is)) => {
            let word = |word: &str| word == is || word.split('/').any(|name| name == is);
            reported == is || reported.split([' ', ',']).any(word)
        }
        _ => true,
    };
    let same_place = weakness.operation.is_none() || finding.operation == weakness.operation;
    let whole = names(finding, weakness);
    finding.check == weakness.check && (whole || (same_place && same_parameter))
}

/// Whether a finding about the target as a whole names the weakness's path in its proof.
fn names(finding: &Finding, weakness: &Weakness) -> bool {
    let path = weakness.operation.as_ref().and_then(|operation| operation.0.split(' ').nth(1));
    let texts = finding.reasons.iter().chain(&finding.parameter).chain([&finding.summary]);
    let told = |path: &str| texts.clone().any(|text| text.contains(path));
    finding.operation.is_none() && path.is_some_and(told)
}

/// Whether the truth has this check at this place. On a twin or a decoy only a weakness of that very
/// operation counts; elsewhere a weakness of the target as a whole counts too.
fn is_true(truth: &Truth, finding: &Finding) -> bool {
    let sound = truth.twins.iter().chain(&truth.decoys);
    let on_sound_ground =
        sound.map(|s| &s.operation).any(|o| Some(o) == finding.operation.as_ref());
    truth.weaknesses.iter().filter(|weakness| weakness.check == finding.check).any(|weakness| {
        weakness.operation == finding.operation
            || names(finding, weakness)
            || (weakness.operation.is_none() && !on_sound_ground)
    })
}

/// Why the scan could not tell, when it said so of this very check and place.
fn excuse<'a>(report: &'a Report, weakness: &Weakness) -> Option<&'a str> {
    let said = report.coverage.not_evaluable.iter().find(|entry| {
        entry.check == weakness.check
            && (entry.operation.is_none() || entry.operation == weakness.operation)
    });
    said.map(|entry| entry.because.as_str())
}

fn subject(check: &str, operation: Option<&OperationId>) -> String {
    match operation {
        Some(operation) => format!("{check} {operation}"),
        None => format!("{check} (whole target)"),
    }
}

fn describe(ending: &Ending) -> String {
    match ending {
        Ending::Complete => COMPLETE.to_owned(),
        Ending::Interrupted => "interrupted".to_owned(),
        Ending::BudgetSpent(why) => format!("budget spent: {why}"),
        Ending::TargetGone(why) => format!("target gone: {why}"),
        Ending::Unreachable(why) => format!("unreachable: {why}"),
        Ending::IdentityLost(why) => format!("identity lost: {why}"),
        Ending::Blocked(why) => format!("blocked: {why}"),
    }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
