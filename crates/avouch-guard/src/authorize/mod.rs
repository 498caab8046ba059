//! Who may do what.
//!
//! In scope: the scopes and roles that the description names for an operation, or the settings in
//! their place ([`Needs`]); policies in Cedar ([`Policies`]), held against the words that the
//! description gives them, with decisions remembered by exactly what they rest on; policies to begin
//! with.
//!
//! Out of scope: who asks (`identify`); whether anybody was identified at all for an operation that
//! is not public is asked here once more, in case nobody asked before.

mod engine;
mod loading;
mod needs;
mod reads;
mod starter;
#[cfg(test)]
mod tests;
mod vocabulary;

pub use engine::{Decided, Policies};
pub use loading::{PolicyProblem, Source};
pub use needs::{Needs, of_all};
pub use starter::starter_policies;
