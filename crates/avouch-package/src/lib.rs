//! What an auditor gets, and can check alone: populations with the proof that nothing is missing,
//! samples that anyone can draw again, and everything under one seal.
//!
//! In scope: the files of a package, after `docs/package-format.md`, and judging a package that
//! somebody else made. Out of scope: what a control is and whether it works; see
//! `avouch-prove`.
//!
//! - [`engagement`]: what was agreed with the auditor before anybody could know the sample.
//! - [`acts`]: what auditor and management asked and answered since.
//! - [`populations`]: all that happened of one type in a period.
//! - [`sampling`] and [`samples`]: drawing items, and what a clean sample tells.
//! - [`canary`]: marked requests, and what is missing of them.
//! - [`books`]: the ledger, read under one checkpoint.
//! - [`oscal`]: the judgement as documents for programs of others.
//! - [`writing`]: making a package. [`verify`]: judging one.

pub mod acts;
mod assess;
pub mod books;
pub mod canary;
pub mod canonical;
pub mod engagement;
mod envelope;
pub mod oscal;
pub mod populations;
mod report;
pub mod samples;
pub mod sampling;
pub mod schema;
mod seen;
pub mod time;
pub mod verify;
pub mod writing;

pub use envelope::pem;
