//! What a ledger keeps, and has vouched for, beyond its own machine.
//!
//! In scope: asking witnesses over HTTP and being one, and the sockets for that. Out of scope: what a
//! witness decides and what an entry means, which is `avouch-ledger`.
//!
//! Everything that comes over a network is bounded in size and time, and is judged by who asked.

pub mod http;
pub mod witness;
