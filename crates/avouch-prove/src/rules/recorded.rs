//! Whether requests are recorded with all that their record must say.

use super::Scope;
use crate::assessment::{GapKind, Part, Procedure};

/// Each request that a gateway decided about says what was decided and what came of it.
pub fn each_request_is_whole(scope: &Scope<'_>) -> Part {
    let requests = &scope.history.requests;
    if requests.decided == 0 {
        return Part::gap(
            GapKind::NotRecorded,
            "no request through a gateway in the ledger within the period: put one in front of the API with `avouch gateway`",
        );
    }
    let mut part = Part {
        procedures: vec![Procedure {
            what: "requests decided about, each with its decision and outcome".to_owned(),
            expected: None,
            actual: requests.decided,
            failed: requests.unclear.count,
            last_ms: requests.last_ms,
            due_ms: None,
        }],
        ..Part::default()
    };
    part.rest_on(requests.range.into_iter().flat_map(|(first, last)| [first, last]));
    let unclear = &requests.unclear;
    if unclear.count > 0 {
        let count = unclear.count;
        part.fail(
            unclear.entries.iter().copied(),
            format!("{count} records do not say what was decided, or what came of it"),
        );
    }
    part
}
