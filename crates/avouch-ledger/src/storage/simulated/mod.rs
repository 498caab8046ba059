//! A disk that forgets.
//!
//! In scope: a disk in memory that behaves as badly as real ones may. What was not flushed is kept,
//! dropped or garbled by sectors when the power goes; any operation may fail, with or without
//! effect; a flush may lie; a write may land elsewhere; bits may rot. All of it follows from a seed.
//! Out of scope: timing.

mod inode;
mod random;
mod world;

pub(crate) use random::{Random, SimulatedClock};
pub(crate) use world::{Fault, SimulatedDisk};
