//! What a client is told when a body or the API fails.

use crate::body::BodyError;
use crate::upstream::UpstreamError;
use avouch_guard::Refusal;

/// The name in refusals that are about the API rather than the request.
pub(crate) const UPSTREAM: &str = "upstream";

/// What is told when nobody says who asks.
pub(crate) fn undecided() -> Refusal {
    Refusal::undecided("identify", "issuer-silent", "It could not be found out who asks.")
}

/// What is told when the ledger takes nothing.
pub(crate) fn unrecorded() -> Refusal {
    let detail = "The request cannot be recorded, so it is not answered.";
    Refusal::undecided("record", "record-failed", detail)
}

/// What is told when the API gives no answer.
pub(crate) fn no_answer(error: UpstreamError) -> Refusal {
    match error {
        UpstreamError::Unreachable => {
            Refusal::new(UPSTREAM, "upstream-unreachable", 502, "The API takes no connections.")
        }
        UpstreamError::Broken => {
            Refusal::new(UPSTREAM, "upstream-broken", 502, "The API gave no proper answer.")
        }
        UpstreamError::TooSlow => {
            Refusal::new(UPSTREAM, "upstream-slow", 504, "The API gave no answer in time.")
        }
    }
}

/// What is told about a body that does not go on.
pub(crate) fn body_refusal(error: BodyError) -> Refusal {
    match error {
        BodyError::TooLong => {
            Refusal::new("admit", "body-too-large", 413, "The body is larger than allowed here.")
        }
        BodyError::TooSlow => {
            Refusal::new("admit", "body-too-slow", 408, "The body took too long.")
        }
        BodyError::Broken | BodyError::Left | BodyError::Unrecorded => {
            Refusal::new("admit", "body-broken", 400, "The body broke off.")
        }
    }
}
