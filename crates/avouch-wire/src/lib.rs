//! The sockets of the scanner: what is sent to a target, and what is kept of its answer.
//!
//! In scope: the HTTP client with its limits, the guard over target addresses, raw TLS hellos, the
//! out-of-band listener, and the redaction of everything captured. Only this crate opens sockets
//! for scanning, so scope, limits and redaction cannot be forgotten elsewhere.
//!
//! Out of scope: deciding what to send, how fast, and what an answer means.

pub mod address;
pub mod client;
pub mod clock;
pub mod limits;
pub mod oast;
pub mod redact;
pub mod tls;
