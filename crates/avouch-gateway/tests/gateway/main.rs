//! The gateway over real sockets.

#![expect(clippy::disallowed_methods, reason = "slow clients and hanging servers are played here")]

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod framing;
#[cfg(test)]
mod grpc;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod nginx;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod slow;
#[cfg(test)]
mod trouble;
#[cfg(test)]
mod unread;
#[cfg(test)]
mod versions;
