//! SARIF 2.1.0 for code scanning dashboards.
//!
//! The structure is in `log`, what the words mean is here and in the modules beside it. Checked
//! against the schema of the standard.

mod log;
mod message;
mod result;
mod rule;

use crate::format::{Format, Options, WriteError};
use crate::wording;
use avouch_model::report::{Ending, NotEvaluable, Report};
use log::{
    Artifact, AutomationDetails, Descriptor, Driver, Invocation, Log, Notification, RuleReference,
    Run, RunProperties, Tool, ToolReference,
};
use message::Message;

/// SARIF 2.1.0.
pub const FORMAT: Format = Format {
    name: "sarif",
    media_type: "application/sarif+json",
    extension: "sarif",
    title: "SARIF 2.1.0 for code scanning dashboards",
    page: include_str!("sarif.md"),
    write,
};

fn write(report: &Report, _: &Options) -> Result<String, WriteError> {
    let mut text = serde_json::to_string_pretty(&log(report))
        .map_err(|source| WriteError::NotJson { source })?;
    text.push('\n');
    Ok(text)
}

fn log(report: &Report) -> Log<'_> {
    Log { schema: log::SCHEMA, version: "2.1.0", runs: vec![run(report)] }
}

fn run(report: &Report) -> Run<'_> {
    Run {
        tool: Tool {
            driver: Driver {
                name: "Avouch",
                semantic_version: &report.version,
                rules: report.checks.iter().map(rule::descriptor).collect(),
                notifications: notification_kinds(),
                supported_taxonomies: vec![ToolReference { name: "CWE", index: 0 }],
            },
        },
        automation_details: AutomationDetails { id: format!("avouch/{}", report.scan_id) },
        invocations: vec![invocation(report)],
        artifacts: artifacts(report),
        taxonomies: vec![rule::cwe_taxonomy(report)],
        results: report.findings.iter().map(|finding| result::result(report, finding)).collect(),
        column_kind: "unicodeCodePoints",
        properties: RunProperties {
            target: &report.target,
            scan_id: &report.scan_id,
            score: &report.score,
            coverage: &report.coverage.families,
            traffic: &report.traffic,
        },
    }
}

/// The files of the description that anything is placed in.
fn artifacts(report: &Report) -> Vec<Artifact> {
    let operations = report.operations.iter().filter_map(|o| o.described_at.as_ref());
    let findings = report.findings.iter().filter_map(|f| f.described_at.as_ref());
    let mut uris: Vec<String> =
        operations.chain(findings).map(|place| message::uri(&place.file)).collect();
    uris.sort();
    uris.dedup();
    uris.into_iter().map(Artifact::at).collect()
}

const ENDED: &str = "ended";
const NOT_EVALUABLE: &str = "not-evaluable";
const LEFT_ALONE: &str = "left-alone";
const NOT_CLEANED: &str = "not-cleaned-up";
const IDENTITY: &str = "identity-refused";
const WARNING: &str = "warning";

fn notification_kinds() -> Vec<Descriptor<'static>> {
    [
        (ENDED, "The scan ended before everything was asked"),
        (NOT_EVALUABLE, "A check could not be evaluated: neither good nor bad news"),
        (LEFT_ALONE, "An operation was left alone on purpose"),
        (NOT_CLEANED, "An object the scan created is still there"),
        (IDENTITY, "An identity was not accepted by the target"),
        (WARNING, "Something a person should know"),
    ]
    .map(|(id, text)| Descriptor::bare(id, text))
    .into()
}

fn invocation(report: &Report) -> Invocation {
    let (ending, detail) = wording::ending(&report.ending);
    let description =
        detail.map_or_else(|| ending.to_owned(), |detail| format!("{ending}: {detail}"));
    let complete = report.ending == Ending::Complete;
    let mut execution = Vec::new();
    if !complete {
        execution.push(Notification::new(ENDED, "error", Message::plain(&description)));
    }
    if let Some(because) = &report.score.absent_because {
        let text = format!("There is no score: {because}");
        execution.push(Notification::new(ENDED, "error", Message::plain(&text)));
    }
    execution.extend(report.coverage.not_evaluable.iter().map(|open| not_evaluable(report, open)));
    execution.extend(report.left_alone.iter().map(|left| {
        let text = format!("{} was left alone: {}", left.operation, left.because);
        Notification::new(LEFT_ALONE, "note", Message::plain(&text))
            .at(result::logical(&left.operation))
    }));
    execution.extend(report.cleanup.iter().filter(|object| !object.gone).map(|object| {
        let text = format!("Still there: {} ({})", object.remove, object.note);
        Notification::new(NOT_CLEANED, "warning", Message::plain(&text))
    }));
    Invocation {
        execution_successful: complete && report.score.value.is_some(),
        exit_code_description: message::visible_text(&description),
        start_time_utc: report.started_at.to_string(),
        end_time_utc: end(report).to_string(),
        tool_execution_notifications: execution,
        tool_configuration_notifications: configuration(report),
    }
}

fn end(report: &Report) -> jiff::Timestamp {
    let took = jiff::SignedDuration::from_millis(i64::try_from(report.took_ms).unwrap_or(i64::MAX));
    report.started_at.checked_add(took).unwrap_or(report.started_at)
}

fn not_evaluable(report: &Report, open: &NotEvaluable) -> Notification {
    let place = open.operation.as_ref().map_or("the target as a whole", |operation| &operation.0);
    let text = format!("{} could not be evaluated on {place}: {}", open.check, open.because);
    let mut notification = Notification::new(NOT_EVALUABLE, "warning", Message::plain(&text));
    notification.associated_rule = rule::index(report, &open.check)
        .map(|index| RuleReference { id: open.check.clone(), index });
    match &open.operation {
        Some(operation) => notification.at(result::logical(operation)),
        None => notification,
    }
}

fn configuration(report: &Report) -> Vec<Notification> {
    let refused = report.identities.iter().filter(|identity| !identity.accepted).map(|identity| {
        let text = format!("{} ({}): {}", identity.who, identity.label, identity.note);
        Notification::new(IDENTITY, "error", Message::plain(&text))
    });
    let warnings = report.warnings.iter().map(|warning| {
        let notification = Notification::new(WARNING, "warning", Message::plain(&warning.message));
        match &warning.place {
            Some(place) => notification.at(result::physical(place)),
            None => notification,
        }
    });
    refused.chain(warnings).collect()
}

#[cfg(test)]
mod tests;
