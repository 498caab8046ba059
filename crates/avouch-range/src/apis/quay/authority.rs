//! The authority that signs the quay's certificates, made afresh at each start.

use super::api::HOST;
use crate::api::On;
use crate::kit::clock;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, Error, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::time::{Duration, UNIX_EPOCH};

/// Days a certificate of the quay lives, unless its life is what is wrong.
const LIFE_DAYS: i64 = 90;

/// An authority, its certificate and its key.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key, as a server shows it.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Authority {
    /// A new authority.
    pub(super) fn new() -> Result<Self, Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "Authority of the range");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        lives(&mut params, -LIFE_DAYS, 10 * LIFE_DAYS);
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// Its certificate, for those who trust it.
    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    /// Its certificate in binary form.
    pub(super) fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// Its key, for a tool that signs what this program would not.
    pub(super) fn key_pem(&self) -> String {
        self.0.key().serialize_pem()
    }
}

/// From when to when, in days from now.
fn lives(params: &mut CertificateParams, from_days: i64, to_days: i64) {
    const DAY: i64 = 86_400;
    let now = i64::try_from(clock::unix_seconds()).unwrap_or_default();
    let at = |days: i64| {
        let seconds = u64::try_from(now + days * DAY).unwrap_or_default();
        (UNIX_EPOCH + Duration::from_secs(seconds)).into()
    };
    params.not_before = at(from_days);
    params.not_after = at(to_days);
}

/// The certificate that the quay shows with these switches.
pub(super) fn identity(authority: &Authority, on: &On) -> Result<Identity, Error> {
    let name = if on.has("certificate-misnamed") { "depot.range.test" } else { HOST };
    let mut params = CertificateParams::new(vec![name.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, name);
    let (from_days, to_days) = match () {
        () if on.has("certificate-expired") => (-LIFE_DAYS - 30, -30),
        () if on.has("certificate-early") => (30, 30 + LIFE_DAYS),
        () if on.has("certificate-ending") => (5 - LIFE_DAYS, 5),
        () => (-1, LIFE_DAYS - 1),
    };
    lives(&mut params, from_days, to_days);
    let key = KeyPair::generate()?;
    let certificate = if on.has("certificate-self-signed") {
        params.self_signed(&key)?
    } else {
        params.signed_by(&key, &authority.0)?
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok(Identity { certificate: certificate.der().clone(), key })
}

/// A certificate that OpenSSL serves to the oldest of clients: of RSA, and its key, in PEM form.
pub(super) fn identity_of_rsa(authority: &Authority) -> Result<(String, String), Error> {
    let mut params = CertificateParams::new(vec![HOST.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, HOST);
    lives(&mut params, -1, LIFE_DAYS - 1);
    let key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256)?;
    let certificate = params.signed_by(&key, &authority.0)?;
    Ok((certificate.pem(), key.serialize_pem()))
}
