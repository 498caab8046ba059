//! Runs a scan: within scope, pace and budget, with heartbeats, confirmation and clean-up, so that
//! no check can forget them.
//!
//! - `options` is what is asked for, `progress` what is said meanwhile, `run` the phases in order;
//! - `recon` connects, calibrates and finds the description; `identities` logs in and tests;
//!   `survey` reads everything once; `graphs` finds graphs, `graph_guess` what one does not tell, and
//!   `graph_reads` reads them;
//! - `tasks` runs the checks; `summary` makes the report; `heartbeat` notices when a session or the target dies;
//! - `cost` says what each check cost;
//! - `sender` is the one way out; `pace` decides when; `cleanup` remembers what to remove.

pub mod cleanup;
mod confirm;
pub mod cost;
mod graph_guess;
mod graph_reads;
pub(crate) mod graphs;
pub mod heartbeat;
pub mod identities;
mod keeper;
mod open;
pub mod options;
pub mod pace;
pub mod progress;
pub mod recon;
pub mod recording;
mod registering;
mod removal;
pub mod run;
pub mod sender;
pub mod shared;
pub mod summary;
pub mod survey;
pub mod tasks;
pub mod world;
