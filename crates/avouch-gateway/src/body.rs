//! Bodies on their way: of a request to the API, and of its answer back.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::{Instant, Sleep};

/// Why a body does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// It is longer than allowed.
    #[error("the body is longer than allowed")]
    TooLong,
    /// Nothing arrived for too long, or it took too long as a whole.
    #[error("the body took too long")]
    TooSlow,
    /// The other side broke off, or framed it wrongly.
    #[error("the body broke off")]
    Broken,
    /// The client did not wait for what was under way.
    #[error("the client did not wait for the answer")]
    Left,
    /// It could not be recorded.
    #[error("the exchange could not be recorded")]
    Unrecorded,
}

/// A body that arrives within limits.
#[derive(Debug)]
pub(crate) struct Limited {
    body: Incoming,
    left: u64,
    idle: Duration,
    /// When it must be whole.
    deadline: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    progress: Rc<Progress>,
    /// What was taken out of the body before.
    first: Option<Frame<Bytes>>,
}

/// What of a body is here without waiting.
pub(crate) enum Here {
    /// All of it.
    Whole(Bytes),
    /// Its first piece, if any.
    Part(Option<Frame<Bytes>>),
}

/// Looks what of a body is here. A short one most often came with its head.
pub(crate) async fn here(body: &mut Incoming) -> Result<Here, BodyError> {
    let piece = std::future::poll_fn(|context| {
        Poll::Ready(match Pin::new(&mut *body).poll_frame(context) {
            Poll::Ready(piece) => Some(piece),
            Poll::Pending => None,
        })
    });
    match piece.await {
        None => Ok(Here::Part(None)),
        Some(None) => Ok(Here::Whole(Bytes::new())),
        Some(Some(Err(_))) => Err(BodyError::Broken),
        Some(Some(Ok(frame))) if frame.is_data() && body.is_end_stream() => {
            Ok(Here::Whole(frame.into_data().unwrap_or_default()))
        }
        Some(Some(Ok(frame))) => Ok(Here::Part(Some(frame))),
    }
}

/// How far a body came, for whoever waits for what comes of it.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    bytes: Cell<u64>,
    failed: Cell<Option<BodyError>>,
    whole: Cell<Option<Instant>>,
}

impl Progress {
    /// Bytes that arrived.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    /// Why it did not go on.
    pub(crate) fn failed(&self) -> Option<BodyError> {
        self.failed.get()
    }

    /// When it was whole.
    pub(crate) fn whole(&self) -> Option<Instant> {
        self.whole.get()
    }
}

impl Limited {
    /// At most so many bytes, so long between two pieces, and so long in all.
    pub(crate) fn new(body: Incoming, bytes: u64, idle: Duration, whole: Option<Duration>) -> Self {
        let now = Instant::now();
        let deadline = whole.map(|whole| now + whole);
        Self {
            body,
            left: bytes,
            idle,
            deadline,
            timer: Box::pin(tokio::time::sleep_until(now + idle)),
            progress: Rc::default(),
            first: None,
        }
    }

    /// With what was taken out of the body before.
    pub(crate) fn after(mut self, first: Option<Frame<Bytes>>) -> Self {
        self.first = first;
        self
    }

    /// Where it stands how far it came.
    pub(crate) fn progress(&self) -> Rc<Progress> {
        self.progress.clone()
    }

    pub(crate) fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let next = match self.first.take() {
            Some(first) => Poll::Ready(Some(Ok(first))),
            None => Pin::new(&mut self.body).poll_frame(context),
        };
        let piece = match next {
            Poll::Ready(Some(Ok(frame))) => Some(self.seen(frame)),
            Poll::Ready(Some(Err(_))) => Some(Err(BodyError::Broken)),
            Poll::Ready(None) => None,
            Poll::Pending => {
                ready!(self.timer.as_mut().poll(context));
                Some(Err(BodyError::TooSlow))
            }
        };
        if let Some(Err(error)) = &piece {
            self.progress.failed.set(Some(*error));
        }
        // Whoever sees that it is at its end does not ask again.
        if self.progress.whole().is_none() && (piece.is_none() || self.body.is_end_stream()) {
            self.progress.whole.set(Some(Instant::now()));
        }
        Poll::Ready(piece)
    }

    fn seen(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, BodyError> {
        if let Some(data) = frame.data_ref() {
            let length = data.len() as u64;
            self.left = self.left.checked_sub(length).ok_or(BodyError::TooLong)?;
            self.progress.bytes.set(self.progress.bytes() + length);
        }
        let next = Instant::now() + self.idle;
        self.timer.as_mut().reset(self.deadline.map_or(next, |deadline| deadline.min(next)));
        Ok(frame)
    }

    /// The whole of it.
    pub(crate) async fn collect(mut self) -> Result<Bytes, BodyError> {
        let mut whole: Option<Bytes> = None;
        let mut joined: Vec<u8> = Vec::new();
        while let Some(frame) = std::future::poll_fn(|context| self.poll_piece(context)).await {
            let Ok(data) = frame?.into_data() else { continue };
            match whole.take() {
                None if joined.is_empty() => whole = Some(data),
                first => {
                    joined.extend_from_slice(&first.unwrap_or_default());
                    joined.extend_from_slice(&data);
                }
            }
        }
        Ok(whole.unwrap_or_else(|| joined.into()))
    }

    pub(crate) fn hint(&self) -> SizeHint {
        let hint = self.body.size_hint();
        let first = self.first.as_ref().and_then(Frame::data_ref).map_or(0, Bytes::len) as u64;
        match hint.exact() {
            Some(left) => SizeHint::with_exact(left + first),
            None => SizeHint::default(),
        }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.first.is_none() && self.body.is_end_stream()
    }
}

/// The body of a request as it goes to the API.
#[derive(Debug)]
pub(crate) enum RequestBody {
    /// All of it is here.
    Whole(Option<Bytes>),
    /// It passes through.
    Passing(Box<Limited>),
}

impl RequestBody {
    pub(crate) fn empty() -> Self {
        Self::Whole(None)
    }

    /// Where it stands how far a body came that passes through.
    pub(crate) fn progress(&self) -> Option<Rc<Progress>> {
        match self {
            Self::Whole(_) => None,
            Self::Passing(body) => Some(body.progress()),
        }
    }

    /// Whether it can be sent a second time.
    pub(crate) fn again(&self) -> Option<Self> {
        match self {
            Self::Whole(bytes) => Some(Self::Whole(bytes.clone())),
            Self::Passing(_) => None,
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Passing(body) => body.poll_piece(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Passing(body) => body.is_at_end(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Passing(body) => body.hint(),
        }
    }
}

/// What must be done before the last piece of an answer leaves, with the bytes that the answer had:
/// the exchange is recorded and safe.
pub(crate) type Ending = Pin<Box<dyn Future<Output = Result<(), BodyError>>>>;

/// What makes the ending, from the bytes of the answer and whether it broke off.
pub(crate) type End = Box<dyn FnOnce(u64, Option<BodyError>) -> Ending>;

/// The body of an answer as it goes to the client. What makes it whole is held back until the exchange
/// is recorded: who saw an answer whole is in the ledger.
pub(crate) enum AnswerBody {
    /// All of it is here, and recorded.
    Whole(Option<Bytes>),
    /// It passes through.
    Passing(Box<Passing>),
    /// It passes through beside others on the connection, and is given up when nobody takes it.
    Beside(Beside),
}

/// An answer beside others, and who watches whether it is taken.
pub(crate) struct Beside {
    passing: Rc<RefCell<Passing>>,
    watch: AbortHandle,
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

/// An answer that passes through.
pub(crate) struct Passing {
    /// None after it was given up.
    body: Option<Limited>,
    /// Bytes of it that are still to come, where its length was said.
    left: Option<u64>,
    held: Option<Frame<Bytes>>,
    end: Option<End>,
    ending: Option<Ending>,
    /// How often it was asked for more, and whether it had nothing to give then.
    polls: u64,
    is_waiting: bool,
}

impl AnswerBody {
    /// An answer that is the only one on its way: a client that does not take it stops the connection,
    /// and that ends it.
    pub(crate) fn passing(body: Limited, end: End) -> Self {
        Self::Passing(Box::new(Passing::new(body, end)))
    }

    /// An answer beside others. A client can hold back one of them for ever and take the rest: nothing
    /// is asked for then, so that no clock in here would be looked at.
    pub(crate) fn beside(body: Limited, end: End, idle: Duration) -> Self {
        let passing = Rc::new(RefCell::new(Passing::new(body, end)));
        let watched = Rc::downgrade(&passing);
        let watch = tokio::task::spawn_local(async move {
            let mut polls = 0;
            loop {
                tokio::time::sleep(idle).await;
                let Some(passing) = watched.upgrade() else { return };
                let mut passing = passing.borrow_mut();
                if passing.polls == polls && !passing.is_waiting {
                    passing.give_up();
                    return;
                }
                polls = passing.polls;
            }
        });
        Self::Beside(Beside { passing, watch: watch.abort_handle() })
    }
}

impl Passing {
    fn new(body: Limited, end: End) -> Self {
        let left = body.hint().exact();
        Self {
            body: Some(body),
            left,
            held: None,
            end: Some(end),
            ending: None,
            polls: 0,
            is_waiting: false,
        }
    }

    fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let piece = self.poll_next(context);
        self.polls = self.polls.wrapping_add(1);
        self.is_waiting = piece.is_pending();
        piece
    }

    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            if let Some(ending) = &mut self.ending {
                let recorded = ready!(ending.as_mut().poll(context));
                self.ending = None;
                return Poll::Ready(match recorded {
                    Ok(()) => self.held.take().map(Ok),
                    Err(error) => Some(Err(error)),
                });
            }
            let Some(body) = &mut self.body else {
                return Poll::Ready(Some(Err(BodyError::Left)));
            };
            if self.end.is_none() {
                return Poll::Ready(self.held.take().map(Ok));
            }
            match ready!(body.poll_piece(context)) {
                Some(Ok(frame)) if self.is_last(&frame) => {
                    if let Some(before) = self.held.replace(frame) {
                        return Poll::Ready(Some(Ok(before)));
                    }
                }
                Some(Ok(frame)) => return Poll::Ready(Some(Ok(frame))),
                Some(Err(error)) => {
                    self.finish(Some(error));
                    self.ending = None;
                    return Poll::Ready(Some(Err(error)));
                }
                None => self.ending = self.finish(None),
            }
        }
    }

    /// Whether the client has the whole answer with this: by the length that was said, or since trailers
    /// come last. Without a length only the end itself says so, and nothing that comes before it has to
    /// wait: who talks in turns waits for it.
    fn is_last(&mut self, frame: &Frame<Bytes>) -> bool {
        let Some(data) = frame.data_ref() else { return true };
        let Some(left) = &mut self.left else { return false };
        *left = left.saturating_sub(data.len() as u64);
        *left == 0
    }

    fn finish(&mut self, error: Option<BodyError>) -> Option<Ending> {
        let count = self.body.as_ref().map_or(0, |body| body.progress.bytes());
        self.end.take().map(|end| end(count, error))
    }

    /// What it got is recorded, and the API's connection is free.
    fn give_up(&mut self) {
        drop(self.finish(Some(BodyError::Left)));
        self.held = None;
        self.body = None;
    }

    fn is_at_end(&self) -> bool {
        self.end.is_none() && self.held.is_none() && self.body.is_some()
    }

    fn hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Limited::hint)
    }
}

impl Drop for Passing {
    /// The client went away: what it got is recorded, and nobody waits.
    fn drop(&mut self) {
        drop(self.finish(Some(BodyError::Left)));
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Passing(passing) => passing.poll_piece(context),
            Self::Beside(beside) => beside.passing.borrow_mut().poll_piece(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Passing(passing) => passing.is_at_end(),
            Self::Beside(beside) => beside.passing.borrow().is_at_end(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Passing(passing) => passing.hint(),
            Self::Beside(beside) => beside.passing.borrow().hint(),
        }
    }
}
