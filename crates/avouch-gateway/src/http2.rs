//! HTTP/2 (RFC 9113): its limits, and when a connection has nothing more to do.
//!
//! A connection carries many requests at once, so that the clocks of HTTP/1 do not fit: a client can hold
//! back one answer and take the rest, or do nothing at all and still answer each ping.

use crate::exchange::Connection;
use crate::upstream::Local;
use hyper::server::conn::http2;
use hyper_util::rt::TokioTimer;
use std::rc::Rc;
use std::time::Duration;

/// LIMIT: requests at once on a connection (RFC 9113, section 5.1.2). Browsers ask for no more.
const STREAMS: u32 = 100;
/// LIMIT: streams that a client reset before anybody looked at them; more are an attack
/// (CVE-2023-44487).
const PENDING_RESETS: usize = 20;
/// LIMIT: streams that a client made us reset, over a connection's life (CVE-2025-8671).
const LOCAL_RESETS: usize = 100;
/// LIMIT: bytes of a body that a client may send ahead, on a stream and on the connection: what all
/// streams together can make us hold.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// LIMIT: bytes of an answer that wait on a stream for a client that does not take them.
const SEND_BYTES: usize = 64 * 1024;
/// LIMIT: bytes of a frame, the least there is (RFC 9113, section 4.2): a larger one is held whole.
const FRAME_BYTES: u32 = 16 * 1024;
/// A connection is asked for a sign of life so often, and ends when none comes: a client that is gone
/// without a word holds nothing for long.
const PING_EVERY: Duration = Duration::from_secs(20);
const PONG_WITHIN: Duration = Duration::from_secs(10);

/// Limits of HTTP/2. None is left to what a library happens to have.
pub(crate) fn builder(head_bytes: usize) -> http2::Builder<Local> {
    let mut builder = http2::Builder::new(Local);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(head_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(PENDING_RESETS)
        .max_local_error_reset_streams(LOCAL_RESETS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BYTES)
        .max_frame_size(FRAME_BYTES)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PONG_WITHIN);
    builder
}

/// References to a connection while no request on it is under way: of whoever serves it and of its
/// service.
const REFERENCES_AT_REST: usize = 2;
/// A connection that is to end and lets less than this out is stuck; answers to pings alone are less.
const PROGRESS_BYTES: u64 = 1024;

/// Ends when nothing was asked for so long, and nothing is under way. HTTP/1 has a clock of its own.
pub(crate) async fn at_rest(connection: &Rc<Connection>, within: Duration) {
    let mut before = None;
    loop {
        tokio::time::sleep(within).await;
        let is_idle = Rc::strong_count(connection) <= REFERENCES_AT_REST;
        let now = is_idle.then(|| connection.count.get());
        if now.is_some() && (now == before || now == Some(0)) {
            return;
        }
        before = now;
    }
}

/// Ends when nothing is under way any more, and next to nothing leaves for so long.
pub(crate) async fn stuck(connection: &Rc<Connection>, within: Duration) {
    loop {
        let before = connection.watch.written();
        tokio::time::sleep(within).await;
        let is_idle = Rc::strong_count(connection) <= REFERENCES_AT_REST;
        if is_idle && connection.watch.written() < before.saturating_add(PROGRESS_BYTES) {
            return;
        }
    }
}
