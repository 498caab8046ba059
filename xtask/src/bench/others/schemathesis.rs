//! Schemathesis: property-based tests from an OpenAPI document.

use super::{Claim, Installed, Other, Target};
use anyhow::{Context, Result};
use avouch_model::operation::OperationId;
use serde_json::Value;

/// Schemathesis.
pub(super) const OTHER: Other =
    Other { name: "schemathesis", packages: &["schemathesis>=4,<5"], run };

/// Test cases for each operation: its own default.
const EXAMPLES: &str = "100";

fn run(installed: &Installed, target: &Target<'_>) -> Result<Vec<Claim>> {
    let report = target.folder.join("schemathesis.ndjson");
    // What an earlier run left must not be taken for this one's.
    drop(std::fs::remove_file(&report));
    let mut program = installed.program("schemathesis");
    program.arg("run").arg(target.description).args(["--url", target.base_url]);
    program.args(["--header", target.header, "--max-examples", EXAMPLES]);
    program.args(["--continue-on-failure", "--report", "ndjson", "--report-ndjson-path"]);
    program.arg(&report).status()?;
    let text = std::fs::read_to_string(&report).context("schemathesis left no report")?;
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(lines.flat_map(|line| claims(&line)).collect())
}

/// What one event says failed.
fn claims(event: &Value) -> Vec<Claim> {
    let checks = event.pointer("/ScenarioFinished/recorder/checks").and_then(Value::as_object);
    let each = checks.into_iter().flat_map(|cases| cases.values()).filter_map(Value::as_array);
    let failed = each.flatten().filter(|check| check["status"] == "failure");
    let claim = |check: &Value| {
        let what = check["name"].as_str()?.to_owned();
        let operation = check.pointer("/failure_info/failure/operation")?.as_str()?;
        let means = means(&what);
        Some(Claim { what, operation: OperationId(operation.to_owned()), means })
    };
    failed.filter_map(claim).collect()
}

fn means(name: &str) -> &'static [&'static str] {
    match name {
        "ignored_auth" => {
            &["AUTH-01", "AUTH-02", "AUTH-03", "JWT-01", "JWT-02", "JWT-03", "LLM-01"]
        }
        "object_level_authorization" => &["BOLA-01", "BOLA-02", "BOLA-05", "BOLA-12"],
        "use_after_free" => &["BOLA-15"],
        "not_a_server_error" => &["DATA-03", "INJ-01", "INJ-02", "INJ-18"],
        "unsupported_method" => &["CFG-01", "BFLA-07"],
        "response_schema_conformance" => &["PROP-01", "PROP-02", "INV-06", "DATA-05"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn failures_are_read_and_successes_are_not() {
        let failed = |name: &str| {
            json!({"name": name, "status": "failure",
                   "failure_info": {"failure": {"operation": "GET /a"}}})
        };
        let checks = json!({
            "c1": [failed("ignored_auth"), {"name": "use_after_free", "status": "success"}],
            "c2": [failed("status_code_conformance")],
        });
        let event = json!({"ScenarioFinished": {"recorder": {"checks": checks}}});
        let names: Vec<_> =
            claims(&event).into_iter().map(|c| (c.what, c.means.is_empty())).collect();
        let expected =
            [("ignored_auth".to_owned(), false), ("status_code_conformance".to_owned(), true)];
        assert_eq!(names, expected);
        assert!(claims(&json!({"Initialize": {}})).is_empty());
    }
}
