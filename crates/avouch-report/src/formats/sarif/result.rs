//! Findings as SARIF results.

use super::log::{
    ArtifactContent, ArtifactLocation, Location, LogicalLocation, PhysicalLocation, Region,
    ResultProperties, SarifResult, SarifSuppression, SuppressionProperties, WebRequest,
    WebResponse,
};
use super::message::{self, Message};
use super::rule;
use crate::wording;
use avouch_model::exchange::{Answer, Exchange, Headers, Outcome, SentRequest};
use avouch_model::finding::{Finding, Suppression};
use avouch_model::operation::{OperationId, SourcePlace};
use avouch_model::report::Report;
use avouch_model::severity::Confidence;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The result of a finding.
pub(super) fn result<'a>(report: &Report, finding: &'a Finding) -> SarifResult<'a> {
    let deciding = finding.exchanges.first();
    SarifResult {
        rule_id: &finding.check,
        rule_index: rule::index(report, &finding.check),
        kind: "fail",
        level: rule::level(finding.severity, finding.confidence),
        message: Message::plain(&text(finding)),
        locations: vec![location(report, finding)],
        partial_fingerprints: BTreeMap::from([("avouch/v1", finding.fingerprint.as_str())]),
        suppressions: finding.suppressed.iter().map(suppression).collect(),
        rank: rank(finding.confidence),
        taxa: vec![rule::taxon(finding.cwe)],
        web_request: deciding.map(|exchange| web_request(&exchange.request)),
        web_response: deciding.map(web_response),
        properties: ResultProperties {
            severity: finding.severity,
            security_severity: rule::security_severity(finding.severity),
            confidence: finding.confidence,
            parameter: finding.parameter.as_deref(),
            identities: finding.identities.map(<[_; 2]>::from),
            owasp: finding.owasp.iter().map(ToString::to_string).collect(),
            criteria: finding.criteria.iter().map(ToString::to_string).collect(),
            curl: &finding.curl,
            points_tenths: finding.points_tenths,
            gain_tenths: finding.gain_tenths,
            proven_times: finding.proven_times,
            hits: &finding.hits,
        },
    }
}

/// It was decided outside of the code, by somebody who answers for it.
fn suppression(suppressed: &Suppression) -> SarifSuppression<'_> {
    SarifSuppression {
        kind: "external",
        status: "accepted",
        justification: wording::suppressed(suppressed),
        properties: SuppressionProperties {
            owner: &suppressed.owner,
            expires: suppressed.expires.as_deref(),
        },
    }
}

/// The summary first: dashboards show the first sentence where there is little room.
fn text(finding: &Finding) -> String {
    let mut text = finding.summary.clone();
    if !finding.reasons.is_empty() {
        text.push_str("\n\nProof:");
        for reason in &finding.reasons {
            text.push_str("\n- ");
            text.push_str(reason);
        }
    }
    for (heading, part) in [("Why it matters", &finding.impact), ("Remedy", &finding.remediation)] {
        if !part.is_empty() {
            _ = write!(text, "\n\n{heading}: {part}");
        }
    }
    text
}

/// From 0 to 100, how much a reader should care about this one (section 3.27.25): the confidence.
fn rank(confidence: Confidence) -> f32 {
    match confidence {
        Confidence::Confirmed => 100.0,
        Confidence::Firm => 60.0,
        Confidence::Tentative => 15.0,
    }
}

fn location(report: &Report, finding: &Finding) -> Location {
    let physical = match &finding.described_at {
        Some(place) => physical(place),
        // Dashboards refuse a result without an artifact, so the target itself is it.
        None => Location {
            physical_location: Some(PhysicalLocation {
                artifact_location: ArtifactLocation { uri: message::uri(&report.target) },
                region: None,
            }),
            ..Location::default()
        },
    };
    let operation = finding.operation.as_ref().map(logical).unwrap_or_default();
    Location { logical_locations: operation.logical_locations, ..physical }
}

/// The line in the description.
pub(super) fn physical(place: &SourcePlace) -> Location {
    Location {
        physical_location: Some(PhysicalLocation {
            artifact_location: ArtifactLocation { uri: message::uri(&place.file) },
            // Lines count from 1; a description made by hand may hold a 0.
            region: Some(Region { start_line: place.line.max(1) }),
        }),
        ..Location::default()
    }
}

/// The operation, by its name.
pub(super) fn logical(operation: &OperationId) -> Location {
    Location {
        logical_locations: Some(vec![LogicalLocation {
            fully_qualified_name: message::visible_text(&operation.0),
            kind: "resource",
        }]),
        ..Location::default()
    }
}

fn web_request(request: &SentRequest) -> WebRequest<'_> {
    WebRequest {
        method: &request.method,
        target: &request.url,
        headers: joined(&request.headers),
        body: request.body.as_deref().map(|text| ArtifactContent { text }),
    }
}

fn web_response(exchange: &Exchange) -> WebResponse<'_> {
    match &exchange.outcome {
        Outcome::Answered(answer) => answered(answer),
        Outcome::Failed(failure) => WebResponse {
            no_response_received: true,
            reason_phrase: Some(failure.to_string()),
            ..WebResponse::default()
        },
    }
}

fn answered(answer: &Answer) -> WebResponse<'_> {
    let (protocol, version) = answer.protocol.split_once('/').unwrap_or((&answer.protocol, ""));
    WebResponse {
        protocol: Some(protocol),
        version: Some(version),
        status_code: Some(answer.status),
        reason_phrase: None,
        headers: joined(&answer.headers),
        body: Some(ArtifactContent { text: &answer.body }),
        no_response_received: false,
    }
}

/// Headers of one name joined as RFC 9110, section 5.3 allows.
fn joined(headers: &Headers) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &headers.0 {
        let known = joined.entry(name.clone()).or_default();
        if !known.is_empty() {
            known.push_str(", ");
        }
        known.push_str(value);
    }
    joined
}
