//! From what was run to the report.

use super::identities::Logins;
use super::options::ScanOptions;
use super::sender::Sender;
use super::tasks::Ran;
use super::world::World;
use crate::check::{Family, Tier};
use crate::checks;
use crate::findings;
use crate::score;
use avouch_model::exchange::Exchange;
use avouch_model::finding::Finding;
use avouch_model::identity::Who;
use avouch_model::operation::Origin;
use avouch_model::report::{
    Coverage, Ending, FamilyCoverage, LeftAlone, NotEvaluable, OperationOutcome, REPORT_SCHEMA,
    Report, Traffic, Warning,
};
use avouch_model::verdict::Verdict;
use avouch_wire::clock::Clock;
use std::collections::{BTreeMap, BTreeSet};

/// What every report says of the scan itself.
#[derive(Clone, Debug)]
pub struct Base {
    /// The scan's id.
    pub scan_id: String,
    /// The target's address.
    pub target: String,
    /// The scan's clock.
    pub clock: Clock,
    /// When it began.
    pub started_at: jiff::Timestamp,
}

/// The report of a scan that could ask nothing.
pub fn nothing(base: &Base, sender: &Sender) -> Report {
    let ending = sender.ended().unwrap_or(Ending::Complete);
    let coverage = Coverage::default();
    let score = score::score(&coverage, &ending, None, &mut []);
    Report {
        schema: REPORT_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scan_id: base.scan_id.clone(),
        target: base.target.clone(),
        started_at: base.started_at,
        took_ms: base.clock.micros() / 1000,
        ending,
        score,
        findings: Vec::new(),
        coverage,
        checks: Vec::new(),
        identities: Vec::new(),
        operations: Vec::new(),
        left_alone: Vec::new(),
        traffic: traffic(sender),
        costs: sender.costs().told(),
        tls: None,
        cleanup: Vec::new(),
        warnings: Vec::new(),
    }
}

/// The report of a scan.
pub fn report(
    base: &Base,
    sender: &Sender,
    world: &World,
    logins: &Logins,
    ran: &[Ran],
    left_alone: Vec<LeftAlone>,
    warnings: Vec<Warning>,
) -> Report {
    let ending = sender.ended().unwrap_or(Ending::Complete);
    let coverage = coverage(ran);
    let mut found = found(ran, world);
    let score = score::score(&coverage, &ending, world.target.tls.as_ref(), &mut found);
    let used: BTreeSet<&str> = ran.iter().map(|ran| ran.task.check.id).collect();
    Report {
        ending,
        score,
        findings: found,
        coverage,
        checks: checks::all()
            .filter(|c| used.contains(c.id))
            .map(crate::check::Check::facts)
            .collect(),
        identities: logins.outcomes(),
        operations: operations(world, ran),
        left_alone,
        tls: world.target.tls.clone(),
        cleanup: sender.cleanup().outcomes(),
        warnings: warnings.into_iter().collect::<BTreeSet<_>>().into_iter().collect(),
        ..nothing(base, sender)
    }
}

/// What a person should know of the scan beside its findings.
pub fn warnings(mut warnings: Vec<Warning>, options: &ScanOptions) -> Vec<Warning> {
    let held_back = checks::all().filter(|check| check.tier == Tier::Active).count();
    if options.tier < Tier::Active && held_back > 0 && options.only_checks.is_empty() {
        let message = format!(
            "{held_back} active checks were not run: they send payloads and write to objects of \
             their own; allow them with `--active` on a target you own"
        );
        warnings.push(Warning { place: None, message });
    }
    for (host, address) in &options.resolved {
        let message =
            format!("`{host}` was not looked up: it was taken to be at {address}, as told");
        warnings.push(Warning { place: None, message });
    }
    warnings
}

/// Findings, worst first; each place once.
fn found(all: &[Ran], world: &World) -> Vec<Finding> {
    let mut by_fingerprint: BTreeMap<String, Finding> = BTreeMap::new();
    for ran in all.iter().filter(|ran| ran.round == 0) {
        let Verdict::Fail(proof) = &ran.verdict else { continue };
        let samples: Vec<Exchange> = match &ran.task.subject.operation {
            Some(operation) => {
                let good = world.corpus.all_of(operation).filter(|s| s.success().is_some());
                good.take(2).map(|sample| sample.exchange.clone()).collect()
            }
            None => Vec::new(),
        };
        let check = ran.task.check;
        let (catalog, identities) = (&world.catalog, &world.identities);
        let mut finding = findings::finding(
            check,
            &ran.task.subject,
            proof,
            &ran.seen,
            catalog,
            identities,
            &samples,
        );
        finding.proven_times = proven_times(ran, all);
        by_fingerprint.entry(finding.fingerprint.clone()).or_insert(finding);
    }
    let mut found: Vec<Finding> = by_fingerprint.into_values().collect();
    found.sort_by(|a, b| {
        let weight = |f: &Finding| std::cmp::Reverse((f.severity, f.confidence));
        (weight(a), &a.check, &a.operation, &a.parameter).cmp(&(
            weight(b),
            &b.check,
            &b.operation,
            &b.parameter,
        ))
    });
    found
}

/// In how many rounds the same check failed on the same subject.
fn proven_times(ran: &Ran, all: &[Ran]) -> u8 {
    let same = all.iter().filter(|other| {
        other.task.check.id == ran.task.check.id
            && other.task.subject == ran.task.subject
            && matches!(other.verdict, Verdict::Fail(_))
    });
    u8::try_from(same.count()).unwrap_or(u8::MAX)
}

fn coverage(ran: &[Ran]) -> Coverage {
    let mut families: BTreeMap<Family, FamilyCoverage> = BTreeMap::new();
    let mut not_evaluable = BTreeSet::new();
    for ran in ran.iter().filter(|ran| ran.round == 0) {
        let family = ran.task.check.family;
        let row = families.entry(family).or_insert_with(|| FamilyCoverage {
            family: family.name().to_owned(),
            title: family.title().to_owned(),
            ..FamilyCoverage::default()
        });
        match &ran.verdict {
            Verdict::Pass => row.passed += 1,
            Verdict::Fail(_) => row.failed += 1,
            Verdict::NotApplicable => row.not_applicable += 1,
            Verdict::Inconclusive { because } => {
                row.not_evaluable += 1;
                not_evaluable.insert(NotEvaluable {
                    check: ran.task.check.id.to_owned(),
                    operation: ran.task.subject.operation.clone(),
                    because: because.clone(),
                });
            }
        }
    }
    Coverage {
        families: families.into_values().collect(),
        not_evaluable: not_evaluable.into_iter().collect(),
    }
}

fn operations(world: &World, ran: &[Ran]) -> Vec<OperationOutcome> {
    let mut asked: BTreeMap<&avouch_model::operation::OperationId, usize> = BTreeMap::new();
    for ran in ran {
        if let Some(operation) = &ran.task.subject.operation {
            *asked.entry(operation).or_default() += findings::exchanges(&ran.seen).len();
        }
    }
    let mut outcomes: Vec<OperationOutcome> = world
        .catalog
        .operations
        .iter()
        .map(|operation| {
            let baseline = Who::ALL.into_iter().filter_map(|who| {
                let answer =
                    world.corpus.of(&operation.id, who).find_map(|sample| sample.answer())?;
                Some((who, answer.status))
            });
            let read = world.corpus.all_of(&operation.id).count();
            let asked = asked.get(&operation.id).copied().unwrap_or(0);
            OperationOutcome {
                operation: operation.id.clone(),
                described_at: operation.described_at.clone(),
                discovered: operation.origin == Origin::Discovered,
                baseline: baseline.collect(),
                requests: u32::try_from(read + asked).unwrap_or(u32::MAX),
            }
        })
        .collect();
    outcomes.sort_by(|a, b| a.operation.cmp(&b.operation));
    outcomes
}

fn traffic(sender: &Sender) -> Traffic {
    let seen = sender.client().traffic();
    Traffic {
        requests: seen.requests,
        failures: seen.failures,
        bytes_received: seen.bytes_received,
        in_flight_max: sender.pace().in_flight_most(),
        throttled: sender.pace().throttled(),
    }
}
