//! The program as a person meets it: what is typed, what is printed, what the shell is told.
//!
//! In scope: the real binary against servers of this process on loopback. Out of scope: what each
//! check proves, which is tested where the check is.

mod answers;
mod arguments;
mod descriptions;
mod endings;
mod identities;
mod outputs;
mod program;
mod replays;
mod servers;
mod stopping;
mod targets;
