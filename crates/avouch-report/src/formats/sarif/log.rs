//! The parts of SARIF 2.1.0 that are written here, section by section of the standard.

use super::message::{self, Message};
use avouch_model::exchange::Hit;
use avouch_model::identity::Who;
use avouch_model::reference::Cwe;
use avouch_model::report::{FamilyCoverage, Traffic};
use avouch_model::score::Score;
use avouch_model::severity::{Confidence, Severity};
use serde::Serialize;
use std::collections::BTreeMap;

/// The address of the schema, for editors.
pub(super) const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Section 3.13.
#[derive(Debug, Serialize)]
pub(super) struct Log<'a> {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) runs: Vec<Run<'a>>,
}

/// Section 3.14.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'a> {
    pub(super) tool: Tool<'a>,
    pub(super) automation_details: AutomationDetails,
    pub(super) invocations: Vec<Invocation>,
    pub(super) artifacts: Vec<Artifact>,
    pub(super) taxonomies: Vec<Taxonomy>,
    pub(super) results: Vec<SarifResult<'a>>,
    pub(super) column_kind: &'static str,
    pub(super) properties: RunProperties<'a>,
}

/// What the standard has no place for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunProperties<'a> {
    pub(super) target: &'a str,
    pub(super) scan_id: &'a str,
    pub(super) score: &'a Score,
    pub(super) coverage: &'a [FamilyCoverage],
    pub(super) traffic: &'a Traffic,
}

/// Section 3.17.
#[derive(Debug, Serialize)]
pub(super) struct AutomationDetails {
    pub(super) id: String,
}

/// Section 3.18.
#[derive(Debug, Serialize)]
pub(super) struct Tool<'a> {
    pub(super) driver: Driver<'a>,
}

/// Section 3.19.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Driver<'a> {
    pub(super) name: &'static str,
    pub(super) semantic_version: &'a str,
    pub(super) rules: Vec<Descriptor<'a>>,
    pub(super) notifications: Vec<Descriptor<'a>>,
    pub(super) supported_taxonomies: Vec<ToolReference>,
}

/// Section 3.54.
#[derive(Debug, Serialize)]
pub(super) struct ToolReference {
    pub(super) name: &'static str,
    pub(super) index: usize,
}

/// Section 3.49.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor<'a> {
    pub(super) id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    pub(super) short_description: MultiformatMessage,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) full_description: Option<MultiformatMessage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help: Option<MultiformatMessage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default_configuration: Option<Configuration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relationships: Option<Vec<Relationship>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) properties: Option<RuleProperties>,
}

impl<'a> Descriptor<'a> {
    /// A descriptor with no more than its meaning.
    pub(super) fn bare(id: &'a str, text: &str) -> Self {
        Self {
            id,
            name: None,
            short_description: MultiformatMessage::plain(text),
            full_description: None,
            help: None,
            default_configuration: None,
            relationships: None,
            properties: None,
        }
    }
}

/// Section 3.12.
#[derive(Debug, Serialize)]
pub(super) struct MultiformatMessage {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

impl MultiformatMessage {
    /// Text only.
    pub(super) fn plain(text: &str) -> Self {
        Self { text: message::visible_text(text), markdown: None }
    }

    /// Markdown of our own, which is readable as text too.
    pub(super) fn markdown(page: &str) -> Self {
        Self { text: message::visible_text(page), markdown: Some(message::visible_text(page)) }
    }
}

/// Section 3.50.
#[derive(Debug, Serialize)]
pub(super) struct Configuration {
    pub(super) level: &'static str,
}

/// Section 3.53.
#[derive(Debug, Serialize)]
pub(super) struct Relationship {
    pub(super) target: TaxonReference,
    pub(super) kinds: [&'static str; 1],
}

/// Section 3.52.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaxonReference {
    pub(super) id: String,
    pub(super) tool_component: ToolReference,
}

/// What code scanning dashboards read beyond the standard.
#[derive(Debug, Serialize)]
pub(super) struct RuleProperties {
    #[serde(rename = "security-severity")]
    pub(super) security_severity: &'static str,
    pub(super) precision: &'static str,
    #[serde(rename = "problem.severity")]
    pub(super) problem_severity: &'static str,
    pub(super) tags: Vec<String>,
}

/// Section 3.19, as a taxonomy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Taxonomy {
    pub(super) name: &'static str,
    pub(super) organization: &'static str,
    pub(super) short_description: Message,
    pub(super) information_uri: &'static str,
    pub(super) is_comprehensive: bool,
    pub(super) taxa: Vec<Taxon>,
}

/// Section 3.49, as a taxon.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Taxon {
    id: String,
    help_uri: String,
}

impl Taxon {
    /// A CWE with its page.
    pub(super) fn of(cwe: Cwe) -> Self {
        let help_uri = format!("https://cwe.mitre.org/data/definitions/{}.html", cwe.0);
        Self { id: cwe.to_string(), help_uri }
    }
}

/// Section 3.20.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    pub(super) execution_successful: bool,
    pub(super) exit_code_description: String,
    pub(super) start_time_utc: String,
    pub(super) end_time_utc: String,
    pub(super) tool_execution_notifications: Vec<Notification>,
    pub(super) tool_configuration_notifications: Vec<Notification>,
}

/// Section 3.58.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notification {
    descriptor: DescriptorReference,
    level: &'static str,
    message: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) associated_rule: Option<RuleReference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
}

impl Notification {
    /// A notification about the run as a whole.
    pub(super) fn new(kind: &'static str, level: &'static str, message: Message) -> Self {
        let descriptor = DescriptorReference { id: kind };
        Self { descriptor, level, message, associated_rule: None, locations: Vec::new() }
    }

    /// Places it.
    pub(super) fn at(mut self, location: Location) -> Self {
        self.locations.push(location);
        self
    }
}

/// Section 3.52, to a notification.
#[derive(Debug, Serialize)]
struct DescriptorReference {
    id: &'static str,
}

/// Section 3.52, to a rule.
#[derive(Debug, Serialize)]
pub(super) struct RuleReference {
    pub(super) id: String,
    pub(super) index: usize,
}

/// Section 3.24.
#[derive(Debug, Serialize)]
pub(super) struct Artifact {
    location: ArtifactLocation,
}

impl Artifact {
    /// The artifact at that address.
    pub(super) fn at(uri: String) -> Self {
        Self { location: ArtifactLocation { uri } }
    }
}

/// Section 3.4.
#[derive(Debug, Serialize)]
pub(super) struct ArtifactLocation {
    pub(super) uri: String,
}

/// Section 3.28.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) physical_location: Option<PhysicalLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) logical_locations: Option<Vec<LogicalLocation>>,
}

/// Section 3.29.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<Region>,
}

/// Section 3.30.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    pub(super) start_line: u32,
}

/// Section 3.33.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogicalLocation {
    pub(super) fully_qualified_name: String,
    pub(super) kind: &'static str,
}

/// Section 3.27.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SarifResult<'a> {
    pub(super) rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule_index: Option<usize>,
    pub(super) kind: &'static str,
    pub(super) level: &'static str,
    pub(super) message: Message,
    pub(super) locations: Vec<Location>,
    pub(super) partial_fingerprints: BTreeMap<&'static str, &'a str>,
    /// Empty says that none was suppressed, which a missing list does not (section 3.27.23).
    pub(super) suppressions: Vec<SarifSuppression<'a>>,
    pub(super) rank: f32,
    pub(super) taxa: Vec<TaxonReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) web_request: Option<WebRequest<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) web_response: Option<WebResponse<'a>>,
    pub(super) properties: ResultProperties<'a>,
}

/// Section 3.35.
#[derive(Debug, Serialize)]
pub(super) struct SarifSuppression<'a> {
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) justification: String,
    pub(super) properties: SuppressionProperties<'a>,
}

/// What the standard has no place for.
#[derive(Debug, Serialize)]
pub(super) struct SuppressionProperties<'a> {
    pub(super) owner: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<&'a str>,
}

/// What the standard has no place for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultProperties<'a> {
    pub(super) severity: Severity,
    #[serde(rename = "security-severity")]
    pub(super) security_severity: &'static str,
    pub(super) confidence: Confidence,
    pub(super) parameter: Option<&'a str>,
    pub(super) identities: Option<[Who; 2]>,
    pub(super) owasp: Vec<String>,
    pub(super) criteria: Vec<String>,
    pub(super) curl: &'a str,
    pub(super) points_tenths: u32,
    pub(super) gain_tenths: u32,
    pub(super) proven_times: u8,
    pub(super) hits: &'a [Hit],
}

/// Section 3.46.
#[derive(Debug, Serialize)]
pub(super) struct WebRequest<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<ArtifactContent<'a>>,
}

/// Section 3.47.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebResponse<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) protocol: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason_phrase: Option<String>,
    pub(super) headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<ArtifactContent<'a>>,
    pub(super) no_response_received: bool,
}

/// Section 3.3.
#[derive(Debug, Serialize)]
pub(super) struct ArtifactContent<'a> {
    pub(super) text: &'a str,
}
