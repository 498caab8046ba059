//! Checks as SARIF rules, and the taxonomy they refer to.

use super::log::{
    Configuration, Descriptor, MultiformatMessage, Relationship, RuleProperties, TaxonReference,
    Taxonomy, ToolReference,
};
use super::message;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::report::{CheckFacts, Report};
use avouch_model::severity::{Confidence, Severity};
use std::collections::BTreeSet;

/// The rule of a check.
pub(super) fn descriptor(check: &CheckFacts) -> Descriptor<'_> {
    Descriptor {
        name: Some(&check.name),
        full_description: Some(MultiformatMessage::plain(first_paragraph(check))),
        help: Some(MultiformatMessage::markdown(&check.page)),
        default_configuration: Some(Configuration {
            level: level(check.severity, check.confidence),
        }),
        relationships: Some(vec![Relationship { target: taxon(check.cwe), kinds: ["superset"] }]),
        properties: Some(RuleProperties {
            security_severity: security_severity(check.severity),
            precision: precision(check.confidence),
            problem_severity: level(check.severity, check.confidence),
            tags: tags(check),
        }),
        ..Descriptor::bare(&check.id, &check.title)
    }
}

/// The place of a check among the rules.
pub(super) fn index(report: &Report, check: &str) -> Option<usize> {
    report.checks.iter().position(|facts| facts.id == check)
}

/// The first paragraph of the page that is no heading; the title when there is none.
fn first_paragraph(check: &CheckFacts) -> &str {
    let mut paragraphs = check.page.split("\n\n").map(str::trim);
    paragraphs.find(|text| !text.is_empty() && !text.starts_with('#')).unwrap_or(&check.title)
}

/// How a dashboard should show it. What is only tentative is never more than a note.
pub(super) fn level(severity: Severity, confidence: Confidence) -> &'static str {
    match (severity, confidence) {
        (_, Confidence::Tentative) | (Severity::Low | Severity::Info, _) => "note",
        (Severity::Medium, _) => "warning",
        (Severity::High | Severity::Critical, _) => "error",
    }
}

/// The number dashboards sort by: above 9 is critical, from 7 high, from 4 medium, above 0 low.
pub(super) fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Info => "0.0",
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Confirmed => "very-high",
        Confidence::Firm => "high",
        Confidence::Tentative => "low",
    }
}

fn tags(check: &CheckFacts) -> Vec<String> {
    let owasp = check.owasp.iter().map(|risk| match risk {
        Owasp::Api(number) => format!("owasp-api{number}-2023"),
        Owasp::Llm(number) => format!("owasp-llm{number:02}-2025"),
    });
    let criteria = check.criteria.iter().map(|id| format!("soc2-{}", id.0.to_lowercase()));
    let own = ["security".to_owned(), format!("external/cwe/cwe-{}", check.cwe.0)];
    // The standard wants the tags of one rule to differ.
    let mut seen = BTreeSet::new();
    own.into_iter().chain(owasp).chain(criteria).filter(|tag| seen.insert(tag.clone())).collect()
}

/// The reference to a CWE in the taxonomy of the run.
pub(super) fn taxon(cwe: Cwe) -> TaxonReference {
    TaxonReference { id: cwe.to_string(), tool_component: ToolReference { name: "CWE", index: 0 } }
}

/// The CWEs that rules or results refer to.
pub(super) fn cwe_taxonomy(report: &Report) -> Taxonomy {
    let checks = report.checks.iter().map(|check| check.cwe);
    let used: BTreeSet<Cwe> = checks.chain(report.findings.iter().map(|f| f.cwe)).collect();
    Taxonomy {
        name: "CWE",
        organization: "MITRE",
        short_description: message::Message::plain("Common Weakness Enumeration"),
        information_uri: "https://cwe.mitre.org/",
        is_comprehensive: false,
        taxa: used.into_iter().map(super::log::Taxon::of).collect(),
    }
}
