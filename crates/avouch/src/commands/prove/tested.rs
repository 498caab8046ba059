//! `avouch test …`: tests by others, and what became of their findings.

use super::args::{IdArgs, ListArgs};
use super::book::{Acted, Book, actor, day, person, shown_day, table};
use super::register_args::{FindingArgs, ReportArgs, Severe};
use super::{Failed, answer, files};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_model::coding::Later;
use avouch_model::fact::evidence::{Evidence, EvidenceEvent, EvidenceKind};
use avouch_model::fact::finding::{Finding, FindingEvent};
use avouch_model::severity::{Confidence, Severity};
use avouch_prove::history::History;
use avouch_prove::period::{Period, date};
use avouch_prove::rules::attest::standing;
use avouch_prove::rules::findings::{Open, REPORTED, opened};
use serde_json::json;

/// Records the report of a test.
pub(super) fn report(args: &ReportArgs) -> Result<Exit, Failed> {
    let act = &args.act;
    let period = Period::of_days(&args.from, &args.to)
        .map_err(|error| Failed::usage(error).advice("days are written as `2026-12-31`"))?;
    let tester = person(&args.tester)?;
    let (digest, bytes) = files::document(&args.document)?;
    let book = Book::of(&act.source)?;
    if let Some(known) = standing(&book.now()?).find(|entry| entry.fact.digest == digest) {
        return Err(Failed::usage(anyhow!(
            "this report is in the ledger: `{}`, entry {}",
            known.fact.id,
            known.index
        )));
    }
    let prefix: String = digest.to_string().chars().take(12).collect();
    let fact = Evidence {
        id: format!("T-{prefix}"),
        event: EvidenceEvent::Received,
        evidence_kind: EvidenceKind::Report,
        title: format!("Penetration test by {}", tester.shown()),
        digest,
        media_type: None,
        bytes: Some(bytes),
        source: Some(tester.shown()),
        query: None,
        rows: None,
        inputs: Vec::new(),
        controls: vec!["TST-3".to_owned()],
        criteria: vec!["CC4.1".to_owned()],
        effective_from_ms: Some(period.from_ms),
        effective_to_ms: Some(period.to_ms - 1),
        collected_ms: day(act.collected.as_deref())?,
        actor: Some(actor(act)?),
        because: act.because.clone(),
        later: Later::default(),
    };
    let says =
        format!("{}: the report of {} about {period}, SHA-256 {digest}", fact.id, tester.shown());
    book.record(act, vec![Acted::new(says, &fact)?])?;
    Ok(Exit::Clean)
}

fn severity(severe: Severe) -> Severity {
    match severe {
        Severe::Critical => Severity::Critical,
        Severe::High => Severity::High,
        Severe::Medium => Severity::Medium,
        Severe::Low => Severity::Low,
        Severe::Info => Severity::Info,
    }
}

/// What tells findings of reports apart, in the form of the scanner's: 16 hexadecimal digits.
fn fingerprint(id: &str) -> String {
    files::digest(&format!("reported\n{id}")).to_string().chars().take(16).collect()
}

/// Records a finding of a report.
pub(super) fn finding(args: &FindingArgs) -> Result<Exit, Failed> {
    let act = &args.act;
    let book = Book::of(&act.source)?;
    let history = book.now()?;
    let print = fingerprint(&args.id);
    let is_open = opened(&history)
        .iter()
        .any(|open| open.opened.fact.fingerprint == print && open.fixed.is_none());
    let event = match (is_open, &args.accept_until) {
        (_, Some(_)) => FindingEvent::Accepted,
        (false, None) => FindingEvent::Proven,
        (true, None) => {
            return Err(Failed::usage(anyhow!("`{}` is open already", args.id.escape_default()))
                .advice("`avouch test list` shows it"));
        }
    };
    day(args.accept_until.as_deref())?;
    let who = actor(act)?;
    let accepted = args.accept_until.is_some();
    let fact = Finding {
        fingerprint: print,
        event,
        scan: None,
        target: args.target.clone(),
        check: REPORTED.to_owned(),
        name: args.id.clone(),
        title: args.title.clone(),
        severity: severity(args.severity),
        confidence: Confidence::Firm,
        operation: None,
        parameter: None,
        owner: None,
        reader: None,
        summary: args.title.clone(),
        reasons: Vec::new(),
        impact: String::new(),
        remediation: args.remediation.clone(),
        cwe: args.cwe,
        owasp: Vec::new(),
        criteria: vec!["CC4.1".to_owned()],
        root_cause: None,
        proven_times: 1,
        reproduce: None,
        exchanges: Vec::new(),
        accepted_by: accepted.then_some(who),
        accepted_because: act.because.clone().filter(|_| accepted),
        accepted_until: args.accept_until.clone(),
        later: Later::default(),
    };
    let says = format!("finding `{}` ({}): {}", args.id, fact.severity, args.title);
    book.record(act, vec![Acted::new(says, &fact)?])?;
    Ok(Exit::Clean)
}

fn reported(history: &History) -> Vec<Open<'_>> {
    opened(history).into_iter().filter(|open| open.opened.fact.check == REPORTED).collect()
}

/// Records that a finding was tested again and holds.
pub(super) fn close(args: &IdArgs) -> Result<Exit, Failed> {
    let act = &args.act;
    let book = Book::of(&act.source)?;
    let history = book.now()?;
    let all = reported(&history);
    let Some(open) =
        all.iter().find(|open| open.opened.fact.name == args.id && open.fixed.is_none())
    else {
        return Err(Failed::usage(anyhow!("no finding `{}` is open", args.id.escape_default()))
            .advice("`avouch test list` names them"));
    };
    let Some(because) = act.because.clone() else {
        return Err(Failed::usage(anyhow!("nobody says what shows that it is gone"))
            .advice("say who tested it again, and how, with `--because`"));
    };
    let fact = Finding {
        event: FindingEvent::Fixed,
        reasons: vec![format!("{}: {because}", actor(act)?.shown())],
        ..open.opened.fact.clone()
    };
    book.record(
        act,
        vec![Acted::new(format!("finding `{}` is gone: {because}", args.id), &fact)?],
    )?;
    Ok(Exit::Clean)
}

/// Lists reports and findings.
pub(super) fn list(args: &ListArgs) -> Result<Exit, Failed> {
    let book = Book::of(&args.source)?;
    let history = book.now()?;
    let reports: Vec<_> = standing(&history)
        .filter(|entry| {
            entry.fact.controls.iter().any(|id| id == "TST-3")
                && entry.fact.evidence_kind == EvidenceKind::Report
        })
        .collect();
    let findings = reported(&history);
    let accepted = |open: &Open<'_>| open.accepted.map(|(until, _)| date(until.saturating_sub(1)));
    if args.json {
        let reports: Vec<_> = reports.iter().map(|entry| json!({ "id": entry.fact.id, "title": entry.fact.title, "digest": entry.fact.digest.to_string(), "entry": entry.index, "from_ms": entry.fact.effective_from_ms, "to_ms": entry.fact.effective_to_ms })).collect();
        let findings: Vec<_> = findings
            .iter()
            .map(|open| json!({ "id": open.opened.fact.name, "title": open.opened.fact.title, "severity": open.severity.to_string(), "entry": open.opened.index, "fixed": open.fixed.map(|fixed| fixed.index), "accepted_until": accepted(open) }))
            .collect();
        answer(&format!("{:#}\n", json!({ "reports": reports, "findings": findings })))?;
        return Ok(Exit::Clean);
    }
    let rows: Vec<Vec<String>> = reports
        .iter()
        .map(|entry| {
            vec![
                entry.fact.id.clone(),
                shown_day(entry.fact.effective_from_ms),
                shown_day(entry.fact.effective_to_ms),
                entry.index.to_string(),
                entry.fact.title.clone(),
            ]
        })
        .collect();
    answer(&table(&["report", "from", "to", "entry", "what"], &rows))?;
    let rows: Vec<Vec<String>> = findings
        .iter()
        .map(|open| {
            let state = match (open.fixed, accepted(open)) {
                (Some(fixed), _) => format!("gone since {}", date(fixed.time_ms)),
                (None, Some(until)) => format!("answered for until {until}"),
                (None, None) => format!("open since {}", date(open.opened.time_ms)),
            };
            vec![
                open.opened.fact.name.clone(),
                open.severity.to_string(),
                state,
                open.opened.fact.title.clone(),
            ]
        })
        .collect();
    answer(&format!("\n{}", table(&["finding", "severity", "state", "what"], &rows)))?;
    Ok(Exit::Clean)
}
