//! Scans as scan activity.

use super::Mapping;
use super::event::{Class, Entry, Event, FAILURE, SUCCESS};
use avouch_model::coding::{Fact, JsonError, Word};
use avouch_model::fact::scan::{Scan, ScanEnding, ScanEvent};
use serde_json::{Value, json};

pub(super) const MAPPING: Mapping =
    Mapping { kind: Scan::NAME, class: "Scan Activity (6007)", event };

const CLASS: Class = Class { number: 6007, name: "Scan Activity" };

fn event(fact: &Value, entry: &Entry<'_>) -> Result<Option<Value>, JsonError> {
    let scan = Scan::of_json(fact)?;
    // Activity: 1 started, 2 completed, 3 cancelled, 4 duration violation, 6 error.
    let activity = match (scan.event, scan.ending) {
        (ScanEvent::Begun, _) => 1,
        (ScanEvent::Ended, Some(ScanEnding::Complete)) => 2,
        (ScanEvent::Ended, Some(ScanEnding::Interrupted)) => 3,
        (ScanEvent::Ended, Some(ScanEnding::BudgetSpent)) => 4,
        (ScanEvent::Ended, _) => 6,
    };
    let is_whole = scan.ending == Some(ScanEnding::Complete);
    let status = scan.ending.map(|_| if is_whole { SUCCESS } else { FAILURE });
    let mut event = Event::new(CLASS, activity, Scan::NAME, fact, entry);
    event
        .put("scan", json!({ "uid": scan.id, "name": scan.target, "type_id": 99, "type": "API" }))
        .maybe("status_id", status)
        .maybe("status", scan.ending.map(Word::word))
        .maybe("status_detail", scan.because)
        .maybe("num_detections", scan.findings)
        .maybe("num_skipped_items", scan.not_evaluable)
        .maybe("duration", scan.took_ms);
    Ok(Some(event.done()))
}
