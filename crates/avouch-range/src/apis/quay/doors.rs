//! Where connections come in: TLS and cleartext on one port, told apart by their first byte.

use super::authority::{Authority, Identity};
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

/// The first byte of a TLS connection: a record of the handshake (RFC 8446, section 5.1).
const HANDSHAKE: u8 = 22;
/// LIMIT: how long a caller may take to agree on TLS.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(5);
/// LIMIT: callers that agreed on TLS and wait to be served.
const WAITING_MAX: usize = 64;
/// How long accepting rests after it failed, for example for want of file descriptors.
const FAILED_WAIT: Duration = Duration::from_millis(50);

/// A stream of bytes to a caller.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// What is known of who calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    /// Whether the connection is encrypted.
    pub(super) secure: bool,
    /// Whether a certificate of the authority's was shown.
    pub(super) certified: bool,
}

impl Connected<IncomingStream<'_, Doors>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Self {
        *stream.remote_addr()
    }
}

/// A caller who may be served.
type Caller = (Box<dyn Stream>, Peer);

/// Where connections come in. Callers agree on TLS beside one another, so that a slow one holds up
/// nobody.
#[derive(Debug)]
pub(super) struct Doors {
    callers: mpsc::Receiver<Caller>,
}

impl Doors {
    /// Doors that speak TLS with that certificate. Certificates of callers are asked for, and not
    /// insisted on: it is the API that insists.
    pub(super) fn open(
        listener: TcpListener,
        identity: Identity,
        authority: &Authority,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(authority.der())?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .allow_unauthenticated()
                .build()?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![identity.certificate, authority.der()], identity.key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self::over(listener, move |stream| {
            let acceptor = acceptor.clone();
            async move {
                // A caller who does not agree is let go: that is the answer it gets.
                tokio::time::timeout(HANDSHAKE_WAIT, welcome(stream, acceptor)).await.ok()?
            }
        }))
    }

    /// Doors behind another server, which speaks TLS for them.
    pub(super) fn behind_tls(listener: TcpListener) -> Self {
        Self::over(listener, |stream| async move {
            let peer = Peer { secure: true, certified: false };
            Some((Box::new(stream) as Box<dyn Stream>, peer))
        })
    }

    fn over<W>(listener: TcpListener, welcome: impl Fn(TcpStream) -> W + Send + 'static) -> Self
    where
        W: Future<Output = Option<Caller>> + Send + 'static,
    {
        let (waiting, callers) = mpsc::channel(WAITING_MAX);
        tokio::spawn(async move {
            while !waiting.is_closed() {
                let Some(stream) = next(&listener, &waiting).await else { continue };
                let (waiting, welcomed) = (waiting.clone(), welcome(stream));
                tokio::spawn(async move {
                    if let Some(caller) = welcomed.await {
                        // Nobody serves any more: the caller is let go.
                        let _ = waiting.send(caller).await;
                    }
                });
            }
        });
        Self { callers }
    }
}

/// The next connection; `None` when there was none to be had, or nobody serves any more.
async fn next(listener: &TcpListener, waiting: &mpsc::Sender<Caller>) -> Option<TcpStream> {
    tokio::select! {
        accepted = listener.accept() => {
            if accepted.is_err() {
                tokio::time::sleep(FAILED_WAIT).await;
            }
            accepted.ok().map(|(stream, _)| stream)
        }
        () = waiting.closed() => None,
    }
}

async fn welcome(stream: TcpStream, acceptor: TlsAcceptor) -> Option<Caller> {
    let mut first = [0];
    if stream.peek(&mut first).await.ok()? == 0 {
        return None;
    }
    if first != [HANDSHAKE] {
        return Some((Box::new(stream), Peer { secure: false, certified: false }));
    }
    let stream = acceptor.accept(stream).await.ok()?;
    let certified = stream.get_ref().1.peer_certificates().is_some();
    Some((Box::new(stream), Peer { secure: true, certified }))
}

impl Listener for Doors {
    type Io = Box<dyn Stream>;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.callers.recv().await {
            Some(caller) => caller,
            // The task that accepts is gone, as when the runtime ends: nobody comes any more.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
