//! What is wrong with a ledger as a detection. An intact one is no event of OCSF.

use super::Mapping;
use super::event::{CREATE, DETECTION, Entry, Event, resources};
use avouch_model::coding::{Fact, JsonError, Word};
use avouch_model::fact::ledger::{Ledger, LedgerEvent, LedgerVerdict};
use avouch_model::severity::Severity;
use serde_json::{Value, json};

pub(super) const MAPPING: Mapping = Mapping {
    kind: Ledger::NAME,
    class: "what is wrong with a ledger as Detection Finding (2004)",
    event,
};

fn event(fact: &Value, entry: &Entry<'_>) -> Result<Option<Value>, JsonError> {
    let ledger = Ledger::of_json(fact)?;
    let severity = match (ledger.event, ledger.verdict) {
        (_, Some(LedgerVerdict::Tampered)) => Severity::Critical,
        (LedgerEvent::Gap, _) => Severity::High,
        (_, Some(LedgerVerdict::Incomplete | LedgerVerdict::Unchecked)) => Severity::Medium,
        _ => return Ok(None),
    };
    let how = ledger.verdict.map_or(ledger.event.word(), Word::word);
    let title = format!("the ledger `{}`: {how}", ledger.origin);
    let mut event = Event::new(DETECTION, CREATE, Ledger::NAME, fact, entry);
    event
        .severity(severity)
        .put(
            "finding_info",
            json!({ "uid": format!("{}/{how}", ledger.origin), "title": title, "types": ledger.findings }),
        )
        .put("is_alert", true)
        .maybe("status_detail", ledger.because)
        .maybe("resources", resources([ledger.origin]));
    Ok(Some(event.done()))
}
