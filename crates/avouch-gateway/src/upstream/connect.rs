//! Connections to one instance of the API.

use super::health::Health;
use crate::body::RequestBody;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::ServerName;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Where an instance is.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    /// `host:port`, as it was written.
    pub(crate) authority: String,
    pub(crate) tls: Option<(Arc<rustls::ClientConfig>, ServerName<'static>)>,
    pub(crate) http2: bool,
    /// Whether it is well, for all threads.
    pub(crate) health: Arc<Health>,
}

/// A connection, ready for requests.
#[derive(Debug)]
pub(crate) enum Sender {
    /// One request at a time.
    One(http1::SendRequest<RequestBody>),
    /// Many at a time.
    Many(http2::SendRequest<RequestBody>),
}

/// Connects within a time.
pub(crate) async fn connect(instance: &Instance, within: Duration) -> Option<Sender> {
    tokio::time::timeout(within, opened(instance)).await.ok()?
}

async fn opened(instance: &Instance) -> Option<Sender> {
    let stream = TcpStream::connect(&*instance.authority).await.ok()?;
    stream.set_nodelay(true).ok()?;
    match &instance.tls {
        None => spoken(stream, instance.http2).await,
        Some((config, name)) => {
            let connector = TlsConnector::from(config.clone());
            let stream = connector.connect(name.clone(), stream).await.ok()?;
            spoken(stream, instance.http2).await
        }
    }
}

/// Bytes that an instance may have in its head.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Header lines that an instance may send.
const HEADERS_MAX: usize = 200;

async fn spoken<S>(stream: S, http2: bool) -> Option<Sender>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    if http2 {
        let mut builder = http2::Builder::new(Local);
        builder.timer(TokioTimer::new()).max_header_list_size(32 * 1024);
        let (sender, connection) = builder.handshake(io).await.ok()?;
        tokio::task::spawn_local(connection);
        return Some(Sender::Many(sender));
    }
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    let (sender, connection) = builder.handshake(io).await.ok()?;
    tokio::task::spawn_local(connection.with_upgrades());
    Some(Sender::One(sender))
}

/// Runs what a connection needs on the thread it belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local;

impl<F> hyper::rt::Executor<F> for Local
where
    F: Future + 'static,
    F::Output: 'static,
{
    fn execute(&self, work: F) {
        tokio::task::spawn_local(work);
    }
}
