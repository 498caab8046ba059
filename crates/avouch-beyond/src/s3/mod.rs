//! Objects in S3-compatible storage, with Object Lock.
//!
//! In scope: the five requests that an archive needs, signed, conditional, and with the time until which
//! nobody can remove what is put there. Out of scope: finding credentials; they are arguments.

mod dates;
mod objects;
mod signing;

pub use objects::{Lock, S3, S3Address, S3Options};
pub use signing::Credentials;
