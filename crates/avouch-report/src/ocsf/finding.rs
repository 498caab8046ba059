//! Findings as vulnerability findings.

use super::Mapping;
use super::event::{CLOSE, CREATE, Class, Entry, Event, UPDATE};
use avouch_model::coding::{Fact, JsonError, Word};
use avouch_model::fact::finding::{Finding, FindingEvent};
use serde_json::{Value, json};

pub(super) const MAPPING: Mapping =
    Mapping { kind: Finding::NAME, class: "Vulnerability Finding (2002)", event };

const CLASS: Class = Class { number: 2002, name: "Vulnerability Finding" };

fn event(fact: &Value, entry: &Entry<'_>) -> Result<Option<Value>, JsonError> {
    let finding = Finding::of_json(fact)?;
    // Status: 1 new, 2 in progress, 3 suppressed, 4 resolved.
    let (activity, status) = match finding.event {
        FindingEvent::Proven if finding.accepted_by.is_some() => (CREATE, 3),
        FindingEvent::Proven => (CREATE, 1),
        FindingEvent::Fixed => (CLOSE, 4),
        FindingEvent::Accepted => (UPDATE, 3),
        FindingEvent::Reopened => (UPDATE, 2),
    };
    let place = finding.operation.clone().unwrap_or_else(|| finding.target.clone());
    let mut event = Event::new(CLASS, activity, Finding::NAME, fact, entry);
    event
        .severity(finding.severity)
        .confidence(finding.confidence)
        .put("status_id", status)
        .put("status", finding.event.word())
        .maybe("status_detail", finding.accepted_because)
        .put("message", finding.summary.clone())
        .put(
            "finding_info",
            json!({
                "uid": finding.fingerprint,
                "title": finding.title,
                "desc": finding.summary,
                "types": [finding.check],
            }),
        )
        .put(
            "vulnerabilities",
            json!([{
                "title": finding.title,
                "desc": finding.impact,
                "severity": finding.severity.name(),
                "cwe": { "uid": format!("CWE-{}", finding.cwe) },
                "references": finding.owasp,
                "remediation": { "desc": finding.remediation },
            }]),
        )
        .put("resources", json!([{ "name": place, "namespace": finding.target }]));
    Ok(Some(event.done()))
}
