//! Measures the gateway against nginx and other proxies, all in one run and interleaved.
//!
//! Each proxy has one worker on one core; the API behind it and who asks share another. What counts is
//! the CPU time of a request, as a multiple of what nginx takes to pass the same request on.
//!
//! In scope: starting proxies, load, CPU, memory, ratios. Out of scope: whether the gateway decides
//! rightly, but for one look that each control bites before it is measured.

mod doors;
mod load;
mod material;
mod memory;
mod ours;
mod peers;
mod plan;
mod rounds;
mod servers;
mod show;
mod tally;

pub(crate) use plan::Plan;
pub(crate) use rounds::measure;
pub(in crate::bench) use servers::pause;
pub(crate) use show::{page, show};
