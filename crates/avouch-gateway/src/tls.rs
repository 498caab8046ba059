//! TLS of listeners and towards the API (RFC 8446, RFC 5246). Only versions 1.2 and 1.3 are spoken.

use crate::settings::{ClientCertificateRule, TlsSettings, TlsVersion, UpstreamSettings};
use crate::shown::{Origin, Shown, Slot};
use avouch_guard::request::{ClientCertificate, Handshake};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// Why TLS cannot be spoken as the settings say.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds nothing of what it should.
    #[error("`{path}` holds no {what} that can be read")]
    File {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// What should be a certificate with its key is none.
    #[error("it is no certificate with its key")]
    Unreadable,
    /// Neither files nor an authority are named, or both, or half of the files.
    #[error(
        "`tls` names either `certificate` and `key`, or `acme`, by which an authority gives both"
    )]
    Source,
    /// The key does not belong to the certificate, or an algorithm is not spoken.
    #[error("certificate and key cannot be used together")]
    Pair(#[from] rustls::Error),
    /// Clients' certificates cannot be verified.
    #[error("the authorities of clients cannot be used: {0}")]
    Clients(String),
    /// Clients must show a certificate, and nothing says whose are good.
    #[error(
        "`client_certificate` asks for certificates, and `client_authorities` names no file of \
         authorities that vouch for them"
    )]
    NoAuthorities,
}

pub(crate) fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = || TlsError::File { path: path.to_owned(), what: "certificate" };
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|_| failed())?;
    if certificates.is_empty() { Err(failed()) } else { Ok(certificates) }
}

fn roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(path)? {
        roots.add(certificate)?;
    }
    Ok(roots)
}

/// The certificate and the key that files hold.
pub(crate) fn pair(certificate: &Path, key: &Path) -> Result<Shown, TlsError> {
    let failed = |_| TlsError::File { path: key.to_owned(), what: "private key" };
    let parsed = PrivateKeyDer::from_pem_file(key).map_err(failed)?;
    Shown::new(chain(certificate)?, parsed, Origin::Files).map_err(|error| match error {
        TlsError::Unreadable => {
            TlsError::File { path: certificate.to_owned(), what: "certificate" }
        }
        other => other,
    })
}

/// How a listener speaks. What it shows it finds in the slot at each handshake.
pub(crate) fn server(
    settings: &TlsSettings,
    slot: Arc<Slot>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let versions: &[&rustls::SupportedProtocolVersion] = match settings.min_version {
        TlsVersion::Tls12 => &[&rustls::version::TLS13, &rustls::version::TLS12],
        TlsVersion::Tls13 => &[&rustls::version::TLS13],
    };
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_protocol_versions(versions)?;
    let builder = match (settings.client_certificate, &settings.client_authorities) {
        (ClientCertificateRule::None, _) => builder.with_no_client_auth(),
        (_, None) => return Err(TlsError::NoAuthorities),
        (rule, Some(path)) => {
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots(path)?), provider);
            let verifier = match rule {
                ClientCertificateRule::Required => verifier,
                _ => verifier.allow_unauthenticated(),
            };
            let verifier = verifier.build().map_err(|why| TlsError::Clients(why.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_cert_resolver(slot);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// How the API is spoken to.
pub(crate) fn client(settings: &UpstreamSettings) -> Result<Arc<ClientConfig>, TlsError> {
    let mut config = believing(settings.authorities.as_deref())?;
    let spoken: &[u8] = if settings.http2 { b"h2" } else { b"http/1.1" };
    config.alpn_protocols = vec![spoken.to_vec()];
    Ok(Arc::new(config))
}

/// A client that believes these authorities, or those of the machine.
pub(crate) fn trusting(authorities: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    believing(authorities).map(Arc::new)
}

fn believing(authorities: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let roots = if let Some(path) = authorities {
        roots(path)?
    } else {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// What a handshake showed.
pub(crate) fn facts(connection: &ServerConnection) -> Handshake {
    let version = match connection.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        _ => String::new(),
    };
    let cipher = connection.negotiated_cipher_suite();
    let cipher = cipher.and_then(|suite| suite.suite().as_str()).unwrap_or_default();
    let client = connection.peer_certificates().and_then(<[_]>::first).and_then(shown);
    Handshake { version, cipher: cipher.to_owned(), client }
}

fn shown(certificate: &CertificateDer<'_>) -> Option<ClientCertificate> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let digest = sha256(certificate);
    let names = parsed.subject_alternative_name().ok().flatten();
    let names = names.map_or_else(Vec::new, |names| {
        let names = names.value.general_names.iter();
        let text = |name: &GeneralName<'_>| match name {
            GeneralName::DNSName(text) | GeneralName::URI(text) | GeneralName::RFC822Name(text) => {
                Some((*text).to_owned())
            }
            _ => None,
        };
        names.filter_map(text).collect()
    });
    Some(ClientCertificate { digest, subject: parsed.subject().to_string(), names })
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = ::aws_lc_rs::digest::digest(&::aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().try_into().unwrap_or_default()
}
