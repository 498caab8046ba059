//! A witness: it cosigns what continues what it cosigned before, and nothing else (C2SP
//! `tlog-witness`).
//!
//! In scope: what it remembers of each log, so that neither a crash nor two requests at once make it
//! cosign two histories; what it answers to a request. Out of scope: the network, and whom it serves.

mod local;
mod memory;
mod service;

pub use local::LocalWitness;
pub use memory::{Known, WitnessError, all as known};
pub use service::{Answer, Witness};

/// LIMIT: bytes of a request.
pub const REQUEST_BYTES_MAX: usize = 256 * 1024;
