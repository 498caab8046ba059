//! What of an answer may leave.
//!
//! In scope: properties that the description names, and no others; classes of data by the caller's
//! role; headers that tell of software, and those that make browsers careful; what the API says when it
//! fails. A body is read once and copied only where something is taken out of it.
//!
//! Out of scope: gathering the body; answers in other forms than JSON, which pass.

mod headers;
mod plan;
mod run;
mod sieve;
#[cfg(test)]
mod tests;

pub use plan::{AnswerBody, AnswerPlan, Asker, Filter};
pub use run::{Filtered, Rule};
