//! The listeners: their sockets on each thread, and the certificates that they show.

use crate::acme::{self, PlainListeners, Store, Want};
use crate::listen::listen;
use crate::server::StartError;
use crate::settings::{AcmeSettings, GatewaySettings, ListenerSettings, Source};
use crate::shown::{Shown, ShownCertificate, Slot};
use crate::tls;
use arc_swap::{ArcSwap, ArcSwapOption};
use rustls::ServerConfig;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// How a listener speaks TLS now; another certificate may stand there at the next handshake.
#[derive(Debug)]
struct Spoken {
    config: Arc<ArcSwap<ServerConfig>>,
    slot: Arc<Slot>,
    /// How its certificate comes from an authority, where it does.
    acme: ArcSwapOption<AcmeSettings>,
}

/// One listener of one thread.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    pub(crate) tls: Option<Arc<ArcSwap<ServerConfig>>>,
}

/// All listeners, apart from their sockets.
#[derive(Debug)]
pub(crate) struct Listeners {
    /// Where each was to listen, and how it speaks.
    held: Vec<(SocketAddr, Option<Spoken>)>,
    /// Where each listens.
    pub(crate) addresses: Vec<SocketAddr>,
}

/// Certificates and rules about them that were read anew, and that listeners can use.
#[derive(Debug)]
pub struct Certificates(Vec<Option<Read>>);

/// What was read for a listener.
#[derive(Debug)]
struct Read {
    config: Arc<ServerConfig>,
    /// What it is to show; nothing where an authority gives it.
    shown: Option<Shown>,
    acme: Option<AcmeSettings>,
}

impl Listeners {
    /// Listens at each address, on each of so many threads; and where authorities ask.
    pub(crate) fn bind(
        settings: &GatewaySettings,
        count: usize,
    ) -> Result<(Vec<Vec<Listener>>, PlainListeners, Self), StartError> {
        let mut by_thread: Vec<Vec<Listener>> =
            std::iter::repeat_with(Vec::new).take(count).collect();
        let mut all = Self { held: Vec::new(), addresses: Vec::new() };
        acme::check(asked(settings))?;
        for listener in &settings.listen {
            let address = listener.address;
            let spoken = spoken(listener)?;
            let tls = spoken.as_ref().map(|spoken| spoken.config.clone());
            let failed = |source| StartError::Listen { address, source };
            let sockets = listen(address, count).map_err(failed)?;
            let bound = sockets.first().map(TcpListener::local_addr).transpose().map_err(failed)?;
            all.addresses.extend(bound);
            for (thread, socket) in by_thread.iter_mut().zip(sockets) {
                thread.push(Listener { socket, tls: tls.clone() });
            }
            all.held.push((address, spoken));
        }
        let plain = PlainListeners::bind(asked(settings).filter_map(|acme| acme.http_01));
        let plain = plain.map_err(|(address, source)| StartError::Listen { address, source })?;
        Ok((by_thread, plain, all))
    }

    /// Reads the certificates of the listeners anew. All of them must be usable; a listener that is not
    /// named any more, or speaks plainly by the new settings, keeps what it has.
    pub(crate) fn certificates(
        &self,
        settings: &GatewaySettings,
    ) -> Result<Certificates, StartError> {
        acme::check(asked(settings))?;
        let again = |(address, held): &(SocketAddr, Option<Spoken>)| {
            let named = settings.listen.iter().find(|listener| listener.address == *address);
            match (held, named) {
                (Some(held), Some(listener)) => read(listener, held.slot.clone()),
                _ => Ok(None),
            }
        };
        self.held.iter().map(again).collect::<Result<_, _>>().map(Certificates)
    }

    /// Shows these from the next handshake on. Connections that are open go on as they are. Where an
    /// authority gives the certificate, the one that is shown stays until there is another.
    pub(crate) fn show(&self, certificates: Certificates) {
        for ((_, held), new) in self.held.iter().zip(certificates.0) {
            if let (Some(held), Some(new)) = (held, new) {
                if let Some(shown) = new.shown {
                    held.slot.show(shown);
                }
                held.config.store(new.config);
                held.acme.store(new.acme.map(Arc::new));
            }
        }
    }

    /// The listeners whose certificates authorities give.
    pub(crate) fn wants(&self) -> Vec<Want> {
        let wants = self.held.iter().enumerate().filter_map(|(place, (address, held))| {
            let held = held.as_ref()?;
            let settings = held.acme.load_full()?.as_ref().clone();
            Some(Want { place, address: *address, slot: held.slot.clone(), settings })
        });
        wants.collect()
    }

    /// What each listener that speaks TLS shows, by where the configuration says that it listens; and
    /// how many clients it turned away because it has nothing to show.
    pub(crate) fn shown(&self) -> Vec<(SocketAddr, Arc<Slot>)> {
        let held = self.held.iter();
        held.filter_map(|(address, held)| Some((*address, held.as_ref()?.slot.clone()))).collect()
    }
}

/// All that authorities are asked for.
fn asked(settings: &GatewaySettings) -> impl Iterator<Item = &AcmeSettings> {
    let tls = settings.listen.iter().filter_map(|listener| listener.tls.as_ref());
    tls.filter_map(|tls| tls.acme.as_ref())
}

/// Reads what a listener needs to speak TLS, or finds that it may speak plainly.
fn read(listener: &ListenerSettings, slot: Arc<Slot>) -> Result<Option<Read>, StartError> {
    let settings = match &listener.tls {
        Some(settings) => settings,
        None if listener.plain || listener.address.ip().is_loopback() => return Ok(None),
        None => return Err(StartError::Plain(listener.address)),
    };
    let (shown, acme) = match settings.source()? {
        Source::Files(certificate, key) => (Some(tls::pair(certificate, key)?), None),
        Source::Acme(acme) => {
            tls::trusting(acme.authorities.as_deref())?;
            (None, Some(acme.clone()))
        }
    };
    Ok(Some(Read { config: tls::server(settings, slot)?, shown, acme }))
}

/// How a listener speaks from its start. What its authority gave earlier is shown at once.
fn spoken(listener: &ListenerSettings) -> Result<Option<Spoken>, StartError> {
    let slot = Arc::<Slot>::default();
    let Some(Read { config, mut shown, acme }) = read(listener, slot.clone())? else {
        return Ok(None);
    };
    if let Some(acme) = &acme {
        shown = Store::of(acme).certificate(acme)?;
    }
    if let Some(shown) = shown {
        slot.show(shown);
    }
    let acme = ArcSwapOption::new(acme.map(Arc::new));
    Ok(Some(Spoken { config: Arc::new(ArcSwap::new(config)), slot, acme }))
}

/// Reads what each listener would need, and the certificate that it would show at its start; nothing of
/// one that has none yet, or speaks plainly.
pub(crate) fn check(
    settings: &GatewaySettings,
) -> Result<Vec<Option<Arc<ShownCertificate>>>, StartError> {
    acme::check(asked(settings))?;
    let listeners = settings.listen.iter();
    listeners.map(|listener| Ok(spoken(listener)?.and_then(|spoken| spoken.slot.about()))).collect()
}
