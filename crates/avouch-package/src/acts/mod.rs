//! What auditor and management say to each other: requests, answers, comments, tests done again.
//!
//! Each is a fact in the ledger. An answer is no claim: it refers to rows of a population, or to a piece
//! of evidence, that whoever reads it finds and counts again. Only the auditor closes a request.
//!
//! - [`signing`]: acts that the auditor's key signed.
//! - [`reference`](mod@reference): the rows that an answer refers to.
//! - [`fold`](mod@fold): how each request stands.
//! - [`transcript`]: tests that the auditor did again, as a file that the auditor signed.
//! - [`standard`](mod@standard): the requests that auditors begin with.

mod fold;
mod reference;
pub mod signing;
mod standard;
pub mod transcript;

pub use fold::{Asked, Holds, Spoken, Standing, fold};
pub use reference::{Condition, Reference, ReferenceError, Selection, refer};
pub use standard::{Standard, standard};

/// LIMIT: acts of one engagement.
pub const ACTS_MAX: usize = 10_000;
