//! The certificate that a listener shows now. Another one may take its place at any handshake.

use crate::tls::{TlsError, sha256};
use arc_swap::ArcSwapOption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, X509Certificate};

/// Where a certificate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The files that the configuration names.
    Files,
    /// The storage of an earlier issuance.
    Stored,
    /// An authority gave it just now.
    Issued,
}

/// What is to be known of a certificate that is shown. There is no secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCertificate {
    /// SHA-256 of the certificate.
    pub digest: [u8; 32],
    /// The names that it is for.
    pub names: BTreeSet<String>,
    /// From when it holds, in milliseconds since 1970.
    pub not_before_ms: u64,
    /// Until when it holds, in milliseconds since 1970.
    pub not_after_ms: u64,
    /// Where it comes from.
    pub origin: Origin,
}

impl ShownCertificate {
    /// Reads the first certificate of a chain.
    pub(crate) fn read(chain: &[CertificateDer<'_>], origin: Origin) -> Option<Self> {
        let first = chain.first()?;
        let (_, parsed) = X509Certificate::from_der(first).ok()?;
        let names = parsed.subject_alternative_name().ok().flatten();
        let names = names.map_or_else(BTreeSet::new, |names| {
            names.value.general_names.iter().filter_map(name).collect()
        });
        let validity = parsed.validity();
        Some(Self {
            digest: sha256(first),
            names,
            not_before_ms: millis(validity.not_before),
            not_after_ms: millis(validity.not_after),
            origin,
        })
    }

    /// How long it holds in all, in milliseconds.
    pub fn lifetime_ms(&self) -> u64 {
        self.not_after_ms.saturating_sub(self.not_before_ms)
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(text) => Some(text.to_ascii_lowercase()),
        GeneralName::IPAddress(bytes) => match <[u8; 4]>::try_from(*bytes) {
            Ok(four) => Some(Ipv4Addr::from(four).to_string()),
            Err(_) => <[u8; 16]>::try_from(*bytes).ok().map(|all| Ipv6Addr::from(all).to_string()),
        },
        _ => None,
    }
}

fn millis(time: ASN1Time) -> u64 {
    u64::try_from(time.timestamp()).unwrap_or(0).saturating_mul(1_000)
}

/// A certificate with its key, and what is to be known of it.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    key: Arc<CertifiedKey>,
    pub(crate) about: Arc<ShownCertificate>,
}

impl Shown {
    /// Of a chain and the key of its first certificate, which must belong together.
    pub(crate) fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        origin: Origin,
    ) -> Result<Self, TlsError> {
        let about = ShownCertificate::read(&chain, origin).ok_or(TlsError::Unreadable)?;
        let key = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())?;
        Ok(Self { key: Arc::new(key), about: Arc::new(about) })
    }
}

/// Where a listener finds what it shows.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    shown: ArcSwapOption<Shown>,
    turned_away: AtomicU64,
}

impl Slot {
    /// Shows this one from the next handshake on.
    pub(crate) fn show(&self, shown: Shown) {
        self.shown.store(Some(Arc::new(shown)));
    }

    /// What is shown now.
    pub(crate) fn about(&self) -> Option<Arc<ShownCertificate>> {
        self.shown.load().as_ref().map(|shown| shown.about.clone())
    }

    /// Clients that were turned away because there was no certificate.
    pub(crate) fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }
}

impl ResolvesServerCert for Slot {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.shown.load();
        if shown.is_none() {
            self.turned_away.fetch_add(1, Ordering::Relaxed);
        }
        shown.as_ref().map(|shown| shown.key.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    #[test]
    fn a_certificate_says_whose_it_is_and_how_long() {
        let mut params = CertificateParams::new(vec!["A.example".into(), "::1".into()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 1, 11);
        let key = KeyPair::generate().unwrap();
        let chain = vec![params.self_signed(&key).unwrap().der().clone()];
        let of = |key: &KeyPair| PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let shown = Shown::new(chain.clone(), of(&key), Origin::Stored).unwrap();
        assert_eq!(shown.about.names, ["::1", "a.example"].map(str::to_owned).into());
        assert_eq!(shown.about.lifetime_ms(), 10 * 24 * 3_600_000);
        let other = KeyPair::generate().unwrap();
        assert!(Shown::new(chain, of(&other), Origin::Stored).is_err());
        let nothing = vec![CertificateDer::from(vec![1, 2, 3])];
        assert!(Shown::new(nothing, of(&other), Origin::Stored).is_err());
    }
}
