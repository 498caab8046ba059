//! What a scan says, as facts. Nothing of it is in clear that a report would not show.

use super::recorded::{ExchangeKey, of_json, sha256};
use super::words::{cut, ending, first, tier};
use super::{Digests, key_of};
use avouch_model::coding::{Later, Personal};
use avouch_model::exchange::{Exchange, Outcome};
use avouch_model::fact::control_run::{ControlRun, RunResult};
use avouch_model::fact::finding::{Finding, FindingEvent};
use avouch_model::fact::request::{ProvenBy, Request, SeenBy};
use avouch_model::fact::scan::{Scan, ScanEnding, ScanEvent};
use avouch_model::finding;
use avouch_model::identity::Who;
use avouch_model::report::{CheckFacts, Ending, Report};
use avouch_model::verdict::Verdict;
use avouch_scan::engine::options::ScanOptions;
use avouch_scan::engine::recording::Run;
use avouch_scan::engine::run::Scanned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use url::Url;

/// LIMIT: texts of one list in a fact.
const LIST_MAX: usize = 16;

/// That a scan is about to begin.
pub(super) fn begun(options: &ScanOptions, key: &ExchangeKey) -> Result<Scan, serde_json::Error> {
    let identities = options.identities.iter().map(|spec| spec.who.name().to_owned());
    Ok(Scan {
        id: options.scan_id(),
        event: ScanEvent::Begun,
        target: without_credentials(&options.target),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        configuration: of_json(&configuration(options))?,
        tier: tier(options.tier),
        checks: options.only_checks.iter().cloned().collect(),
        identities: identities.collect(),
        key_digest: Some(key.digest()),
        ending: None,
        because: None,
        requests: None,
        failures: None,
        recorded: None,
        findings: None,
        score: None,
        grade: None,
        coverage_percent: None,
        not_evaluable: None,
        took_ms: None,
        report: None,
        recording: None,
        later: Later::default(),
    })
}

fn without_credentials(target: &Url) -> String {
    let mut target = target.clone();
    // Addresses that cannot have them have none.
    let _ = target.set_username("");
    let _ = target.set_password(None);
    target.to_string()
}

/// All that a scan is asked to do, without secrets. Its digest tells one from another.
fn configuration(options: &ScanOptions) -> Value {
    let document = |document: &avouch_catalog::Document| {
        json!([document.name, sha256(&document.bytes).to_string()])
    };
    let description = |description: &avouch_catalog::Description| {
        std::iter::once(&description.main)
            .chain(&description.others)
            .map(document)
            .collect::<Value>()
    };
    let identities =
        options.identities.iter().map(|spec| json!([spec.who.name(), spec.label, spec.carrier]));
    json!({
        "target": without_credentials(&options.target),
        "descriptions": options.descriptions.iter().map(description).collect::<Value>(),
        "discover": options.discover,
        "identities": identities.collect::<Value>(),
        "register": options.register,
        "told": options.told,
        "tier": options.tier.letter().to_string(),
        "disruptive": options.disruptive,
        "only_checks": options.only_checks,
        "skip_checks": options.skip_checks,
        "only_operation": options.only_operation,
        "requests_max": options.requests_max,
        "seconds_max": options.seconds_max,
        "in_flight_max": options.in_flight_max,
        "per_second_max": options.per_second_max,
        "answer_ms": options.limits.answer_ms,
        "extra_roots": options.extra_roots.iter().map(|pem| sha256(pem.as_bytes()).to_string()).collect::<Value>(),
    })
}

/// The path of an address as it was captured: placeholders stay what they are.
pub(super) fn path_of(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (before, _) = rest.split_at_checked(end)?;
    before.find('/').and_then(|begin| before.get(begin..))
}

/// An exchange.
pub(super) fn request(
    scan: &str,
    number: u64,
    exchange: &Exchange,
    key: &ExchangeKey,
) -> Result<Request, serde_json::Error> {
    let sent = &exchange.request;
    let url = Url::parse(&sent.url).ok();
    let answer = exchange.answer();
    let failure = match &exchange.outcome {
        Outcome::Answered(_) => None,
        Outcome::Failed(failure) => Some(cut(&failure.to_string())),
    };
    let path = path_of(&sent.url).map(|path| Personal::Clear(cut(path)));
    Ok(Request {
        id: format!("{scan}/{number}"),
        seen_by: SeenBy::Scanner,
        within: Some(scan.to_owned()),
        session: None,
        principal: Some(sent.who.name().into()),
        proven_by: Some(if sent.who == Who::Nobody {
            ProvenBy::Nothing
        } else {
            ProvenBy::Credential
        }),
        address: None,
        method: cut(&sent.method),
        host: url.as_ref().and_then(Url::host_str).map(cut).unwrap_or_default(),
        operation: None,
        objects: Vec::new(),
        answer: None,
        policies: Vec::new(),
        bundle: None,
        because: failure,
        status: answer.map(|answer| u64::from(answer.status)),
        protocol: answer.map(|answer| answer.protocol.clone()),
        request_bytes: Some(sent.body.as_ref().map_or(0, |body| body.len() as u64)),
        answer_bytes: answer.map(|answer| answer.body_bytes),
        took_us: answer.map(|answer| answer.timing.total_us),
        upstream_us: None,
        classes: Vec::new(),
        tls: None,
        cipher: None,
        client_print: None,
        digest: Some(key.of(exchange)?),
        path,
        later: Later::default(),
    })
}

/// A finding.
pub(super) fn finding(found: &finding::Finding, report: &Report, digests: &Digests) -> Finding {
    // A report shortens bodies; the digest is that of the whole exchange.
    let exchanges = found.exchanges.iter().filter_map(|exchange| digests.get(&key_of(exchange)));
    let suppressed = found.suppressed.as_ref();
    let names = found.identities.map(|(owner, reader)| (owner.name(), reader.name()));
    Finding {
        fingerprint: found.fingerprint.clone(),
        event: FindingEvent::Proven,
        scan: Some(report.scan_id.clone()),
        target: cut(&report.target),
        check: found.check.clone(),
        name: found.name.clone(),
        title: cut(&found.title),
        severity: found.severity,
        confidence: found.confidence,
        operation: found.operation.as_ref().map(|operation| cut(&operation.0)),
        parameter: found.parameter.as_deref().map(cut),
        owner: names.map(|(owner, _)| owner.to_owned()),
        reader: names.map(|(_, reader)| reader.to_owned()),
        summary: cut(&found.summary),
        reasons: first(found.reasons.iter().cloned(), LIST_MAX),
        impact: cut(&found.impact),
        remediation: cut(&found.remediation),
        cwe: u64::from(found.cwe.0),
        owasp: found.owasp.iter().map(ToString::to_string).collect(),
        criteria: found.criteria.iter().map(ToString::to_string).collect(),
        root_cause: Some(cut(&found.root_cause)),
        proven_times: u64::from(found.proven_times),
        reproduce: Some(cut(&found.curl)),
        exchanges: exchanges.take(LIST_MAX).copied().collect(),
        accepted_by: suppressed.map(|by| Personal::Clear(cut(&by.owner))),
        accepted_because: suppressed.map(|by| cut(&by.reason)),
        accepted_until: suppressed.and_then(|by| by.expires.clone()),
        later: Later::default(),
    }
}

/// What each check showed. A check of which a part could not be tested has not passed.
pub(super) fn runs(scanned: &Scanned) -> Vec<ControlRun> {
    let runs = scanned.recording.as_ref().map_or(&[][..], |recording| &recording.runs);
    let report = &scanned.report;
    report.checks.iter().map(|check| run(check, runs, report)).collect()
}

fn run(check: &CheckFacts, runs: &[Run], report: &Report) -> ControlRun {
    let first_round = || runs.iter().filter(|run| run.check == check.id && run.round == 0);
    let count = |wanted: fn(&Verdict) -> bool| {
        first_round().filter(|run| wanted(&run.verdict)).count() as u64
    };
    let because: BTreeSet<&String> = first_round()
        .filter_map(|run| match &run.verdict {
            Verdict::Inconclusive { because } => Some(because),
            _ => None,
        })
        .collect();
    let found = report.findings.iter().filter(|finding| finding.check == check.id);
    let place = |finding: &finding::Finding| {
        finding.operation.as_ref().map_or_else(|| "target".to_owned(), |id| id.0.clone())
    };
    let places: BTreeSet<String> = found.map(place).collect();
    let (passed, failed) =
        (count(|v| *v == Verdict::Pass), count(|v| matches!(v, Verdict::Fail(_))));
    let not_tested = count(|verdict| matches!(verdict, Verdict::Inconclusive { .. }));
    let result = match (failed, not_tested, passed) {
        (1.., ..) => RunResult::Fail,
        (0, 0, 1..) if report.ending == Ending::Complete => RunResult::Pass,
        (0, 0, 0) if report.ending == Ending::Complete => RunResult::NotApplicable,
        // A part could not be tested, or it was cut short and what else there was is not known.
        _ => RunResult::NotTested,
    };
    ControlRun {
        run: report.scan_id.clone(),
        test: check.id.clone(),
        result,
        target: Some(cut(&report.target)),
        version: Some(report.version.clone()),
        criteria: check.criteria.iter().map(ToString::to_string).collect(),
        passed,
        failed,
        not_tested,
        not_applicable: count(|verdict| *verdict == Verdict::NotApplicable),
        expected: None,
        from_ms: None,
        to_ms: None,
        because: first(because.into_iter().cloned(), LIST_MAX),
        exceptions: first(places, LIST_MAX),
        evidence: Vec::new(),
        later: Later::default(),
    }
}

/// How a scan ended.
pub(super) fn ended(
    begun: &Scan,
    scanned: &Scanned,
    recorded: u64,
    failed: Option<&str>,
) -> Result<Scan, serde_json::Error> {
    let report = &scanned.report;
    let (mut how, mut because) = ending(&report.ending);
    if let Some(failed) = failed {
        how = ScanEnding::Interrupted;
        because = Some(cut(&format!("an exchange could not be recorded: {failed}")));
    }
    let recording = scanned.recording.as_ref().map(of_json).transpose()?;
    Ok(Scan {
        event: ScanEvent::Ended,
        ending: Some(how),
        because,
        requests: Some(report.traffic.requests),
        failures: Some(report.traffic.failures),
        recorded: Some(recorded),
        findings: Some(report.findings.len() as u64),
        score: report.score.value.map(u64::from),
        grade: report.score.grade.map(|grade| grade.to_string()),
        coverage_percent: report.coverage.per_cent().map(u64::from),
        not_evaluable: Some(report.coverage.not_evaluable.len() as u64),
        took_ms: Some(report.took_ms),
        report: Some(of_json(report)?),
        recording,
        ..begun.clone()
    })
}
