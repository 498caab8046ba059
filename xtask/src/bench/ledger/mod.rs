//! Measures the ledger against what limits it and against its peers, all in one run and interleaved.
//!
//! In scope: starting the peers, repeating, medians, ratios. Out of scope: the measurements inside a
//! process of ours, which are `avouch-bench`'s.

mod large;
mod plan;
mod postgres;
mod program;
mod rounds;
mod samples;
mod show;
mod tally;

pub(crate) use plan::Plan;
pub(crate) use rounds::measure;
pub(in crate::bench) use samples::median;
pub(in crate::bench) use show::whole;
pub(crate) use show::{page, show};
