//! The gateway over real sockets.

#![expect(clippy::disallowed_methods, reason = "slow clients and hanging servers are played here")]

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod framing;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod trouble;
