//! What a target may cost us: time, bytes, connections.
//!
//! In scope: the limits a user may set and their defaults. Limits that are not for setting stand as
//! constants beside the code that keeps them.

use std::time::Duration;

/// Milliseconds until a connection, TLS included, must stand. // LIMIT: ms
pub const CONNECT_MS: u64 = 5_000;
/// Milliseconds a whole exchange may take, the connection included. // LIMIT: ms
pub const ANSWER_MS: u64 = 20_000;
/// Bytes of a body that are kept, after decompression. // LIMIT: bytes
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of an answer's head. // LIMIT: bytes
pub const HEADER_BYTES_MAX: usize = 64 * 1024;
/// Header lines of an answer. // LIMIT: lines
pub const HEADERS_MAX: usize = 200;
/// Connections that are kept open for one origin while nobody uses them. // LIMIT: connections
pub const IDLE_CONNECTIONS_MAX: usize = 8;
/// Connections open to one origin at the same time. // LIMIT: connections
pub const CONNECTIONS_MAX: usize = 32;

/// What a target may cost us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Milliseconds until a connection, TLS included, must stand.
    pub connect_ms: u64,
    /// Milliseconds a whole exchange may take, the connection included.
    pub answer_ms: u64,
    /// Bytes of a body that are kept, after decompression; what is longer is cut and marked.
    pub body_bytes_max: usize,
    /// Bytes of an answer's head; hyper keeps at least 8 KiB.
    pub header_bytes_max: usize,
    /// Header lines of an answer.
    pub headers_max: usize,
    /// Connections that are kept open for one origin while nobody uses them.
    pub idle_connections_max: usize,
    /// Connections open to one origin at the same time; further requests wait their turn.
    pub connections_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_ms: CONNECT_MS,
            answer_ms: ANSWER_MS,
            body_bytes_max: BODY_BYTES_MAX,
            header_bytes_max: HEADER_BYTES_MAX,
            headers_max: HEADERS_MAX,
            idle_connections_max: IDLE_CONNECTIONS_MAX,
            connections_max: CONNECTIONS_MAX,
        }
    }
}

impl Limits {
    /// [`Limits::connect_ms`] as a duration.
    pub fn connect(&self) -> Duration {
        Duration::from_millis(self.connect_ms)
    }

    /// [`Limits::answer_ms`] as a duration.
    pub fn answer(&self) -> Duration {
        Duration::from_millis(self.answer_ms)
    }
}
