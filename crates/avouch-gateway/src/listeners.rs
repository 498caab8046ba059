//! The listeners: their sockets on each thread, and the certificates that they show.

use crate::listen::listen;
use crate::server::StartError;
use crate::settings::{GatewaySettings, ListenerSettings};
use crate::tls;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// How a listener speaks TLS now; another certificate may stand there at the next handshake.
type Speaks = Option<Arc<ArcSwap<ServerConfig>>>;

/// One listener of one thread.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    pub(crate) tls: Speaks,
}

/// All listeners, apart from their sockets.
#[derive(Debug)]
pub(crate) struct Listeners {
    /// Where each was to listen, and how it speaks.
    held: Vec<(SocketAddr, Speaks)>,
    /// Where each listens.
    pub(crate) addresses: Vec<SocketAddr>,
}

/// Certificates and rules about them that were read anew, and that listeners can use.
#[derive(Debug)]
pub struct Certificates(Vec<Option<Arc<ServerConfig>>>);

impl Listeners {
    /// Listens at each address, on each of so many threads.
    pub(crate) fn bind(
        settings: &GatewaySettings,
        count: usize,
    ) -> Result<(Vec<Vec<Listener>>, Self), StartError> {
        let mut by_thread: Vec<Vec<Listener>> =
            std::iter::repeat_with(Vec::new).take(count).collect();
        let mut all = Self { held: Vec::new(), addresses: Vec::new() };
        for listener in &settings.listen {
            let address = listener.address;
            let tls = speaks(listener)?.map(|config| Arc::new(ArcSwap::new(config)));
            let failed = |source| StartError::Listen { address, source };
            let sockets = listen(address, count).map_err(failed)?;
            let bound = sockets.first().map(TcpListener::local_addr).transpose().map_err(failed)?;
            all.addresses.extend(bound);
            for (thread, socket) in by_thread.iter_mut().zip(sockets) {
                thread.push(Listener { socket, tls: tls.clone() });
            }
            all.held.push((address, tls));
        }
        Ok((by_thread, all))
    }

    /// Reads the certificates of the listeners anew. All of them must be usable; a listener that is not
    /// named any more, or speaks plainly by the new settings, keeps what it has.
    pub(crate) fn certificates(
        &self,
        settings: &GatewaySettings,
    ) -> Result<Certificates, StartError> {
        let read = |(address, held): &(SocketAddr, Speaks)| {
            let named = settings.listen.iter().find(|listener| listener.address == *address);
            match (held, named) {
                (Some(_), Some(listener)) => speaks(listener),
                _ => Ok(None),
            }
        };
        self.held.iter().map(read).collect::<Result<_, _>>().map(Certificates)
    }

    /// Shows these from the next handshake on. Connections that are open go on as they are.
    pub(crate) fn show(&self, certificates: Certificates) {
        for ((_, held), new) in self.held.iter().zip(certificates.0) {
            if let (Some(held), Some(new)) = (held, new) {
                held.store(new);
            }
        }
    }
}

/// How a listener speaks TLS, or that it speaks plainly where it may.
pub(crate) fn speaks(listener: &ListenerSettings) -> Result<Option<Arc<ServerConfig>>, StartError> {
    match &listener.tls {
        Some(settings) => Ok(Some(tls::server(settings)?)),
        None if listener.plain || listener.address.ip().is_loopback() => Ok(None),
        None => Err(StartError::Plain(listener.address)),
    }
}
