//! Other scanners, measured on the same APIs by the same ground truth: one file each, one line here.
//!
//! In scope: scanners that install from `PyPI` and read an OpenAPI document. Each says which of its
//! findings can mean which of our checks; what means none of them is counted apart, neither found nor
//! false. Where a finding can mean several weaknesses it gets the benefit of the doubt.

mod install;
mod judge;
mod offat;
mod schemathesis;

use anyhow::Result;
use avouch_model::operation::OperationId;
pub(super) use install::Installed;
pub(crate) use judge::Row;
pub(super) use judge::judge;
use std::path::Path;

/// Every other scanner.
pub(super) const ALL: &[Other] = &[schemathesis::OTHER, offat::OTHER];

/// Another scanner.
#[derive(Clone, Copy, Debug)]
pub(super) struct Other {
    /// What it is called.
    pub(super) name: &'static str,
    /// What pip installs.
    pub(super) packages: &'static [&'static str],
    /// Runs it and reads what it says.
    pub(super) run: fn(&Installed, &Target<'_>) -> Result<Vec<Claim>>,
}

/// What a scanner is pointed at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'t> {
    /// Where the API listens.
    pub(super) base_url: &'t str,
    /// Its OpenAPI document.
    pub(super) description: &'t Path,
    /// The header that a signed-in customer sends, whole.
    pub(super) header: &'t str,
    /// Where to write.
    pub(super) folder: &'t Path,
}

/// Something a scanner says is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    /// In its own words.
    pub(super) what: String,
    /// Where.
    pub(super) operation: OperationId,
    /// Which of our checks it can mean; none when it is no weakness of ours.
    pub(super) means: &'static [&'static str],
}
