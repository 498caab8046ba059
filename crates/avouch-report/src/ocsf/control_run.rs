//! Runs of controls as compliance findings.

use super::Mapping;
use super::event::{CREATE, Class, Entry, Event};
use avouch_model::coding::{Fact, JsonError, Word};
use avouch_model::fact::control_run::{ControlRun, RunResult};
use serde_json::{Value, json};

pub(super) const MAPPING: Mapping = Mapping {
    kind: ControlRun::NAME,
    class: "Compliance Finding (2003); what was not tested has the status unknown",
    event,
};

const CLASS: Class = Class { number: 2003, name: "Compliance Finding" };

fn event(fact: &Value, entry: &Entry<'_>) -> Result<Option<Value>, JsonError> {
    let run = ControlRun::of_json(fact)?;
    // Status: 0 unknown, 1 pass, 3 fail, 99 other. What was not tested is unknown, never a pass.
    let status = match run.result {
        RunResult::Pass => 1,
        RunResult::Fail => 3,
        RunResult::NotTested => 0,
        RunResult::NotApplicable => 99,
    };
    let mut compliance = json!({
        "control": run.test,
        "status_id": status,
        "status": run.result.word(),
        "standards": ["SOC 2"],
        "requirements": run.criteria,
    });
    if let (false, Some(members)) = (run.because.is_empty(), compliance.as_object_mut()) {
        members.insert("status_details".to_owned(), json!(run.because));
    }
    let title = format!(
        "{}: {} ({} held, {} failed, {} not tested)",
        run.test,
        run.result.word(),
        run.passed,
        run.failed,
        run.not_tested
    );
    let mut event = Event::new(CLASS, CREATE, ControlRun::NAME, fact, entry);
    if matches!(run.result, RunResult::Fail | RunResult::NotTested) {
        // How bad that is, the run does not say.
        event.put("severity_id", 0);
    }
    event
        .put("compliance", compliance)
        .put("finding_info", json!({ "uid": format!("{}/{}", run.run, run.test), "title": title }))
        .maybe("resources", run.target.map(|target| json!([{ "name": target }])))
        .maybe("start_time", run.from_ms)
        .maybe("end_time", run.to_ms);
    Ok(Some(event.done()))
}
