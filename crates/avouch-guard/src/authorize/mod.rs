//! Who may do what.
//!
//! In scope: the scopes and roles that the description names for an operation, or the settings in
//! their place ([`needs::Needs`]).
//!
//! Out of scope: who asks (`identify`); whether anybody was identified at all for an operation that
//! is not public is asked here once more, in case nobody asked before.

mod needs;

pub use needs::{Needs, of_all};
