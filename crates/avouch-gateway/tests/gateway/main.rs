//! The gateway over real sockets.

mod corpus;
mod framing;
mod harness;
mod headers;
mod trouble;
