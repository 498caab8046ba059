//! The body of a request until somebody reads it, and what of it is left when the answer is made.
//!
//! On HTTP/1 the next request stands behind the body. What arrived already is read and thrown away; where
//! more is to come, the connection ends after the answer, and the answer says so: a client that was not
//! told asks again on a connection that is gone, and gets nothing.

use crate::body::{Limited, Progress};
use http::Version;
use http::header::EXPECT;
use http::request::Parts;
use hyper::body::{Body, Incoming};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// LIMIT: bytes that are thrown away to keep a connection.
const THROWN_AWAY_BYTES_MAX: u64 = 64 * 1024;
/// How often the connection gets its turn to hand over a piece that has arrived.
const TURNS: usize = 4;

/// The body of a request.
#[derive(Debug)]
pub(crate) struct Unread {
    body: Option<Incoming>,
    /// How far whoever reads it came.
    read: Option<Rc<Progress>>,
    /// Whether the next request stands behind it.
    is_in_turn: bool,
    /// Whether the client sends it only when it is told to (RFC 9110, section 10.1.1).
    is_withheld: bool,
}

impl Unread {
    pub(crate) fn new(parts: &Parts, body: Incoming) -> Self {
        Self {
            body: Some(body).filter(|body| !body.is_end_stream()),
            read: None,
            is_in_turn: parts.version < Version::HTTP_2,
            is_withheld: parts.headers.contains_key(EXPECT),
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.body.is_none() && self.read.is_none()
    }

    /// Lets somebody read it: at most so many bytes, so long between two pieces, and so long in all.
    pub(crate) fn read(&mut self, bytes: u64, idle: Duration, whole: Duration) -> Option<Limited> {
        let limited = Limited::new(self.body.take()?, bytes, idle, Some(whole));
        self.read = Some(limited.progress());
        Some(limited)
    }

    /// Whether something of it is left on the connection that nobody will read.
    pub(crate) fn is_left(&self) -> bool {
        let unread = self.body.is_some();
        let begun = self.read.as_ref().is_some_and(|read| read.whole().is_none());
        self.is_in_turn && (unread || begun)
    }

    /// Throws away what nobody read and has arrived.
    pub(crate) async fn throw_away(&mut self) {
        if !self.is_in_turn || self.is_withheld {
            return;
        }
        let (mut turns, mut left) = (TURNS, THROWN_AWAY_BYTES_MAX);
        while let Some(body) = &mut self.body {
            let piece = std::future::poll_fn(|context| {
                Poll::Ready(match Pin::new(&mut *body).poll_frame(context) {
                    Poll::Ready(piece) => Some(piece),
                    Poll::Pending => None,
                })
            });
            match piece.await {
                Some(None) => self.body = None,
                Some(Some(Ok(frame))) => {
                    let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
                    match left.checked_sub(bytes) {
                        Some(rest) => left = rest,
                        None => return,
                    }
                }
                Some(Some(Err(_))) => return,
                None if turns == 0 => return,
                None => {
                    turns -= 1;
                    tokio::task::yield_now().await;
                }
            }
        }
    }
}
