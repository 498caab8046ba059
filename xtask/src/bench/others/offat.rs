//! OFFAT: OWASP's automated tests from an OpenAPI document.

use super::{Claim, Installed, Other, Target};
use anyhow::{Context, Result};
use avouch_model::operation::OperationId;
use serde_json::Value;

/// OFFAT.
pub(super) const OTHER: Other = Other { name: "offat", packages: &["offat==0.19.4"], run };

fn run(installed: &Installed, target: &Target<'_>) -> Result<Vec<Claim>> {
    let report = target.folder.join("offat.json");
    // What an earlier run left must not be taken for this one's.
    drop(std::fs::remove_file(&report));
    let mut program = installed.program("offat");
    program.arg("-f").arg(target.description).args(["--server", target.base_url]);
    program.args(["-H", target.header, "-rl", "200", "-of", "json", "-o"]).arg(&report).status()?;
    let text = std::fs::read_to_string(&report).context("offat left no report")?;
    Ok(claims(&serde_json::from_str(&text)?))
}

fn claims(report: &Value) -> Vec<Claim> {
    let results = report.get("results").unwrap_or(report).as_array();
    let bad = results.into_iter().flatten().filter(|result| result["vulnerable"] == true);
    let claim = |result: &Value| {
        let what = result["test_name"].as_str()?.to_owned();
        let (method, path) = (result["method"].as_str()?, result["endpoint"].as_str()?);
        let means = means(&what);
        Some(Claim { what, operation: OperationId(format!("{method} {path}")), means })
    };
    bad.filter_map(claim).collect()
}

fn means(name: &str) -> &'static [&'static str] {
    let named = |word: &str| name.contains(word);
    if named("Missing Authentication") {
        &["AUTH-01", "AUTH-02", "AUTH-03", "LLM-01"]
    } else if named("BOPLA") {
        &["PROP-06", "PROP-07", "PROP-08"]
    } else if named("BOLA") {
        &["BOLA-01", "BOLA-02", "BOLA-12", "AUTH-04"]
    } else if named("SQLi") {
        &["INJ-01", "INJ-02", "INJ-03"]
    } else if named("XSS") {
        &["INJ-10", "INJ-11"]
    } else if named("SSTI") {
        &["INJ-07"]
    } else if named("Command") {
        &["INJ-06"]
    } else if named("HTTP Method") {
        &["BFLA-07", "CFG-01"]
    } else {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_vulnerable_is_a_claim() {
        let result = |name: &str, vulnerable: bool| json!({"test_name": name, "method": "GET", "endpoint": "/a", "vulnerable": vulnerable});
        let report = json!({"results": [result("BOPLA Test", true), result("SQLi Test", false)]});
        let claims = claims(&report);
        assert_eq!(claims.len(), 1);
        assert_eq!(claims[0].operation.0, "GET /a");
        assert!(claims[0].means.contains(&"PROP-06"));
    }
}
