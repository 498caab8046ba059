//! What a package of evidence costs: a made-up year is written into a ledger, its package is built by the
//! program that people use, and judged by it and by `verify.py`.
//!
//! In scope: time and memory of each of them, as a process of its own. Out of scope: writing the year,
//! which is `avouch-bench`'s; what the verifiers say, which `verify/tests/test_packages.py` holds.

mod process;
mod rounds;
mod show;
mod tally;

pub(crate) use rounds::{Plan, measure};
pub(crate) use show::{page, show};
