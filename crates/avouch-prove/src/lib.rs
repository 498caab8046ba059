//! What a team can prove about its API controls: pure folds over the facts of a ledger.
//!
//! In scope: the closed list of criteria in our own words, the control library, what the facts of a
//! period say about each control, what follows for each criterion, the score, and the state of the
//! registers. Out of scope: reading a ledger, the clock, files, samples and packages. Facts come in
//! with their index and time, conclusions go out with the entries they rest on.
//!
//! Unknown is never good: a control that was not tested is not effective, records that cannot be
//! read leave every control untested, and no criterion is held by machine alone where a person has
//! something to say.

pub mod assess;
pub mod assessment;
pub mod conclude;
pub mod control;
pub mod controls;
pub mod criteria;
pub mod due;
pub mod entry;
#[cfg(test)]
mod examples;
pub mod frequency;
pub mod history;
pub mod logins;
pub mod period;
pub mod population;
pub mod registers;
pub mod requests;
pub mod rules;
pub mod score;
pub mod settings;
