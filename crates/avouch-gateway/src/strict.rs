//! A connection whose bytes the guard reads before the HTTP library does.
//!
//! In HTTP/1 nothing of a head reaches the library before the whole head was found to have one
//! reading. A head that is refused is replaced by a plain one, so that the answer comes in its turn,
//! after those to the requests before it; whoever handles it learns from [`Watch`] that it stands for
//! a refused one. HTTP/2 frames its messages by itself and passes through.

use avouch_guard::Refusal;
use avouch_guard::admit::framing::{Framing, Limits, Seen};
use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// The first bytes of a connection of HTTP/2 (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Stands for a head that was refused.
const REPLACEMENT: &[u8] = b"GET / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";
/// Bytes of memory that a connection keeps while it holds nothing.
const HELD_BYTES_KEPT: usize = 1024;
/// Bytes read at once.
const READ_BYTES: usize = 8 * 1024;

/// How long it is read on after an answer to something that was not read.
const LINGER: Duration = Duration::from_millis(500);

/// What the reading of a connection found, for whoever handles its requests.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    found: Mutex<Found>,
    written: AtomicU64,
}

#[derive(Debug, Default)]
struct Found {
    /// Heads that were passed on.
    heads: u64,
    /// The head of this number is a replacement, and why.
    refused: Option<(u64, Refusal)>,
    /// The body that is being read is not framed as it says.
    body: Option<Refusal>,
    /// Whether a head that asked for another protocol got it.
    switched: Option<bool>,
}

impl Watch {
    fn found(&self) -> std::sync::MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the head of a number, counted from 1, was refused.
    pub(crate) fn refused(&self, number: u64) -> Option<Refusal> {
        self.found().refused.as_ref().filter(|(at, _)| *at == number).map(|(_, why)| why.clone())
    }

    /// Why the body that is being read cannot be read.
    pub(crate) fn body(&self) -> Option<Refusal> {
        self.found().body.clone()
    }

    /// Says how it goes on after a head that asked for another protocol.
    pub(crate) fn switched(&self, to_another: bool) {
        self.found().switched = Some(to_another);
    }

    /// Bytes that left so far.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Whether nothing can come after the request of a number, counted from 1.
    pub(crate) fn ends_at(&self, number: u64) -> bool {
        let found = self.found();
        found.body.is_some() || found.refused.as_ref().is_some_and(|(at, _)| *at == number)
    }
}

/// The connection.
#[derive(Debug)]
pub(crate) struct Strict<S> {
    stream: S,
    watch: Arc<Watch>,
    /// `None` where nothing is looked at: HTTP/2.
    framing: Option<Framing>,
    /// What arrived and was not passed on.
    held: Vec<u8>,
    /// So many of its first bytes may be passed on.
    cleared: usize,
    /// Everything that arrives from now on is thrown away.
    over: bool,
    /// How long a write may make no progress.
    write_idle: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    /// How long it is read on after the end.
    lingering: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Strict<S> {
    pub(crate) fn new(stream: S, limits: Limits, write_idle: Duration) -> Self {
        Self {
            stream,
            watch: Arc::new(Watch::default()),
            framing: Some(Framing::new(limits)),
            held: Vec::new(),
            cleared: 0,
            over: false,
            write_idle,
            stalled: None,
            lingering: None,
        }
    }

    pub(crate) fn watch(&self) -> Arc<Watch> {
        self.watch.clone()
    }

    /// Whether the client speaks HTTP/2, by its first bytes; or, where the handshake said it, by that.
    pub(crate) async fn is_http2(&mut self, agreed: Option<bool>) -> io::Result<bool> {
        let is = match agreed {
            Some(is) => is,
            None => loop {
                let known = self.held.len().min(PREFACE.len());
                if self.held.get(..known) != PREFACE.get(..known) {
                    break false;
                }
                if known == PREFACE.len() {
                    break true;
                }
                self.held.reserve(READ_BYTES);
                if self.stream.read_buf(&mut self.held).await? == 0 {
                    break false;
                }
            },
        };
        if is {
            self.framing = None;
        }
        Ok(is)
    }

    /// Finds out how much of what is held may be passed on.
    fn clear(&mut self) -> io::Result<()> {
        let Some(framing) = &mut self.framing else {
            self.cleared = self.held.len();
            return Ok(());
        };
        if framing.is_switching() {
            match self.watch.found().switched.take() {
                Some(to_another) => framing.switched(to_another),
                None => return Ok(()),
            }
        }
        let between = framing.is_between();
        match framing.look(&self.held) {
            Seen::Pass(count) => {
                self.cleared = count;
                self.watch.found().heads += u64::from(between);
            }
            Seen::More => (),
            Seen::RefusedHead(refusal) => {
                let mut found = self.watch.found();
                found.heads += 1;
                found.refused = Some((found.heads, refusal));
                self.held.clear();
                self.held.extend_from_slice(REPLACEMENT);
                self.cleared = REPLACEMENT.len();
                self.over = true;
            }
            Seen::RefusedBody(refusal) => {
                self.watch.found().body = Some(refusal);
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
        }
        Ok(())
    }

    fn deliver(&mut self, into: &mut ReadBuf<'_>) {
        let count = self.cleared.min(into.remaining());
        into.put_slice(self.held.get(..count).unwrap_or_default());
        self.held.drain(..count);
        self.cleared -= count;
        if self.held.is_empty() && self.held.capacity() > HELD_BYTES_KEPT {
            self.held = Vec::new();
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Strict<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.held.is_empty() && this.framing.is_none() {
            return Pin::new(&mut this.stream).poll_read(context, into);
        }
        loop {
            if this.cleared == 0 && !this.over {
                this.clear()?;
            }
            if this.cleared > 0 {
                this.deliver(into);
                return Poll::Ready(Ok(()));
            }
            if this.over {
                // The answer to the replacement ends the connection.
                return Poll::Pending;
            }
            if ready!(read_more(&mut this.stream, context, &mut this.held))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

thread_local! {
    /// Where a thread reads to first: most connections rest, and need no memory of their own.
    static PIECE: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// Reads, and keeps what arrived behind what is held.
fn read_more<S: AsyncRead + Unpin>(
    stream: &mut S,
    context: &mut Context<'_>,
    held: &mut Vec<u8>,
) -> Poll<io::Result<usize>> {
    PIECE.with_borrow_mut(|piece| {
        let mut buffer = ReadBuf::new(piece);
        ready!(Pin::new(stream).poll_read(context, &mut buffer))?;
        held.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    })
}

impl<S: AsyncRead + AsyncWrite + Unpin> Strict<S> {
    /// Reads on for a little when something of a request was not read: to close at once would take
    /// from the client the answer that is on its way.
    fn linger(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let unread =
            self.over || self.framing.as_ref().is_some_and(|framing| !framing.is_between());
        if !unread {
            return Poll::Ready(Ok(()));
        }
        let until = Instant::now() + LINGER;
        let lingering =
            self.lingering.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if lingering.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        loop {
            self.held.clear();
            match ready!(read_more(&mut self.stream, context, &mut self.held)) {
                Ok(1..) => (),
                _ => return Poll::Ready(Ok(())),
            }
        }
    }

    fn count(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(count)) = written {
            self.watch.written.fetch_add(*count as u64, Ordering::Relaxed);
        }
    }

    /// A client that does not take its answer holds a connection for ever, unless that ends it.
    fn timed<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let until = Instant::now() + self.write_idle;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Strict<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.count(&written);
        self.timed(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.count(&written);
        self.timed(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.timed(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = Pin::new(&mut self.stream).poll_shutdown(context);
        ready!(self.timed(context, ended))?;
        self.linger(context)
    }
}
