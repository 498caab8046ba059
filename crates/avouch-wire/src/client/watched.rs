//! A connection that notes when the last byte went out and the first came back.

use crate::clock::Clock;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that travelled, headers and framing included, TLS records excluded.
#[derive(Debug, Default)]
pub(super) struct Meter {
    pub sent: AtomicU64,
    pub received: AtomicU64,
}

/// When things happened on a connection, in microseconds of the scan's clock.
#[derive(Debug, Default)]
pub(super) struct Marks {
    wrote_at: AtomicU64,
    read_at: AtomicU64,
}

impl Marks {
    /// Begins a new exchange.
    pub(super) fn reset(&self) {
        self.read_at.store(0, Relaxed);
    }

    /// From the last byte written before the answer to the answer's first byte; `None` when no
    /// byte has come yet.
    pub(super) fn first_byte_us(&self) -> Option<u64> {
        let read_at = self.read_at.load(Relaxed);
        (read_at > 0).then(|| read_at.saturating_sub(self.wrote_at.load(Relaxed)))
    }
}

/// The watched connection.
pub(super) struct Watched<S> {
    pub stream: S,
    pub clock: Clock,
    pub marks: Arc<Marks>,
    pub meter: Arc<Meter>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let read = buf.filled().len().saturating_sub(before);
        if read > 0 {
            self.meter.received.fetch_add(read as u64, Relaxed);
            if self.marks.read_at.load(Relaxed) == 0 {
                self.marks.read_at.store(self.clock.micros().max(1), Relaxed);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.meter.sent.fetch_add(written as u64, Relaxed);
        if self.marks.read_at.load(Relaxed) == 0 {
            self.marks.wrote_at.store(self.clock.micros(), Relaxed);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
