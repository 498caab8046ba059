//! What a ledger keeps, and has vouched for, beyond its own machine.
//!
//! In scope: asking witnesses over HTTP and being one, objects in S3-compatible storage, the sockets
//! for that, and being asked to end. Out of scope: what a witness decides and what an entry means,
//! which is `avouch-ledger`.
//!
//! Everything that comes over a network is bounded in size and time, and is judged by who asked.

pub mod ending;
pub mod http;
pub mod s3;
pub mod witness;
