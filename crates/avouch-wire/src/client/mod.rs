//! Sends what a check wants sent and hands back what was captured, redacted.
//!
//! In scope: connections over TCP and TLS, HTTP/1.1 and HTTP/2, a small pool, limits, timings,
//! decompression, redaction. Every target is hostile: whatever it does, an exchange ends within
//! its limits, and ends as an answer or as a named failure.
//!
//! Out of scope: redirects (never followed), cookies (never kept), caching, retries other than of a
//! stale pooled connection, pacing.
//!
//! - [`Outgoing`] is what is to be sent, [`Origin`] where to;
//! - [`Client`] sends it;
//! - `connect` resolves, judges and pins addresses and opens connections;
//! - `pool` keeps connections that can be used again;
//! - `message` puts true values in on the way out and takes them out on the way in;
//! - `body` reads and decompresses within limits;
//! - `raw` sends bytes that an HTTP library would refuse;
//! - `socket` opens a WebSocket, `frame` is what travels on it;
//! - `probe` asks about TLS outside of HTTP, `fault` for its known flaws.

mod body;
mod connect;
mod exchange;
mod fault;
mod frame;
mod message;
mod outgoing;
mod pool;
mod probe;
mod raw;
mod socket;
mod watched;

pub use exchange::{Client, ClientOptions, Traffic};
pub use outgoing::{Origin, Outgoing, Protocol, Scheme};

#[cfg(test)]
mod encrypted;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
