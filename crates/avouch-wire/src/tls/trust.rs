//! Handshakes that go on with a certificate nobody should trust, and say why it is not trusted.

use super::certificate;
use crate::clock::Clock;
use avouch_model::exchange::Failure;
use avouch_model::tls::{CertificateFacts, TlsFacts};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, RootCertStore,
    SignatureScheme,
};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Certificates of a presented chain that are kept. // LIMIT: certificates
const CHAIN_MAX: usize = 10;

/// Characters kept of a reason, which may quote the target. // LIMIT: characters
const REASON_CHARS_MAX: usize = 300;

/// Why trust could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// An extra root is not a certificate in PEM form.
    #[error("an extra root certificate is not readable PEM")]
    ExtraRoot(#[source] rustls::pki_types::pem::Error),
    /// An extra root is PEM, but not a certificate that can be a root.
    #[error("an extra root certificate cannot be used as a root")]
    NotRoot(#[source] Error),
    /// The verifier refused its roots.
    #[error("no trust can be built from the root certificates")]
    Verifier(#[source] rustls::client::VerifierBuilderError),
}

/// Who is trusted, and whether to go on with those who are not.
pub(crate) struct Trust {
    provider: Arc<CryptoProvider>,
    verifier: Arc<WebPkiServerVerifier>,
    danger_accept_untrusted: bool,
    clock: Clock,
}

/// A TLS stream that stands, and its facts.
pub(crate) struct Handshake {
    pub stream: TlsStream<TcpStream>,
    pub facts: TlsFacts,
}

impl Trust {
    /// Trusts Mozilla's roots, the machine's own, and those given as PEM texts.
    pub(crate) fn new(
        extra_roots: &[String],
        danger_accept_untrusted: bool,
        clock: Clock,
    ) -> Result<Self, TrustError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for pem in extra_roots {
            for root in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                roots.add(root.map_err(TrustError::ExtraRoot)?).map_err(TrustError::NotRoot)?;
            }
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .map_err(TrustError::Verifier)?;
        Ok(Self { provider, verifier, danger_accept_untrusted, clock })
    }

    /// Agrees on TLS over a connection.
    pub(crate) async fn handshake(
        &self,
        tcp: TcpStream,
        host: &str,
        alpn: &[&[u8]],
    ) -> Result<Handshake, Failure> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Failure::Tls(format!("`{host}` cannot be a server's name")))?;
        let witness = Arc::new(Witness {
            inner: Arc::clone(&self.verifier),
            danger_accept_untrusted: self.danger_accept_untrusted,
            doubts: Mutex::default(),
        });
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| Failure::Tls(e.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&witness) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, tcp)
            .await
            .map_err(|e| Failure::Tls(e.to_string().chars().take(REASON_CHARS_MAX).collect()))?;
        let facts = self.facts(&stream, host, &witness);
        Ok(Handshake { stream, facts })
    }

    fn facts(&self, stream: &TlsStream<TcpStream>, host: &str, witness: &Witness) -> TlsFacts {
        let (_, connection) = stream.get_ref();
        let chain = connection.peer_certificates().unwrap_or_default();
        let certificates: Vec<CertificateFacts> =
            chain.iter().take(CHAIN_MAX).filter_map(|der| certificate::facts(der)).collect();
        let mut doubts = witness.doubts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !doubts.is_empty() {
            self.add_plain_doubts(&mut doubts, chain, certificates.first(), host);
        }
        let version = connection.protocol_version().map_or("unknown", |version| match version {
            ProtocolVersion::TLSv1_2 => "TLSv1.2",
            ProtocolVersion::TLSv1_3 => "TLSv1.3",
            _ => "unknown",
        });
        let suite = connection
            .negotiated_cipher_suite()
            .map(|suite| format!("{:?}", suite.suite()).replacen("TLS13_", "TLS_", 1));
        TlsFacts {
            version: version.to_owned(),
            cipher_suite: suite.unwrap_or_default(),
            alpn: connection.alpn_protocol().map(|n| String::from_utf8_lossy(n).into_owned()),
            certificates,
            distrusted_because: (!doubts.is_empty()).then(|| doubts.join("; ")),
        }
    }

    /// The verifier stops at its first doubt; dates and names can be doubted besides.
    fn add_plain_doubts(
        &self,
        doubts: &mut Vec<String>,
        chain: &[CertificateDer<'_>],
        leaf: Option<&CertificateFacts>,
        host: &str,
    ) {
        let now = self.clock.now().as_second();
        let (expired, early) =
            leaf.map_or((false, false), |leaf| (leaf.not_after < now, leaf.not_before > now));
        let parsed =
            chain.first().and_then(|d| rustls::server::ParsedCertificate::try_from(d).ok());
        let misnamed = match (parsed, ServerName::try_from(host)) {
            (Some(parsed), Ok(name)) => rustls::client::verify_server_name(&parsed, &name).is_err(),
            _ => false,
        };
        for (doubted, reason) in [(expired, EXPIRED), (early, NOT_YET_VALID), (misnamed, MISNAMED)]
        {
            if doubted && !doubts.iter().any(|doubt| doubt == reason) {
                doubts.push(reason.to_owned());
            }
        }
    }
}

const EXPIRED: &str = "expired";
const NOT_YET_VALID: &str = "not yet valid";
const MISNAMED: &str = "name mismatch";

/// Verifies as usual, and notes instead of failing where that is asked for.
#[derive(Debug)]
struct Witness {
    inner: Arc<WebPkiServerVerifier>,
    danger_accept_untrusted: bool,
    doubts: Mutex<Vec<String>>,
}

impl Witness {
    /// Notes a doubt about the certificate and goes on, where that is asked for.
    fn note<T>(&self, error: Error, go_on: T) -> Result<T, Error> {
        if self.danger_accept_untrusted {
            let reason = reason(&error);
            let mut doubts = self.doubts.lock().unwrap_or_else(PoisonError::into_inner);
            if !doubts.contains(&reason) {
                doubts.push(reason);
            }
            return Ok(go_on);
        }
        Err(error)
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.inner
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .or_else(|error| self.note(error, ServerCertVerified::assertion()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls12_signature(message, cert, dss)
            .or_else(|error| self.note(error, HandshakeSignatureValid::assertion()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls13_signature(message, cert, dss)
            .or_else(|error| self.note(error, HandshakeSignatureValid::assertion()))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// The verifier's complaint in a reader's words.
fn reason(error: &Error) -> String {
    let Error::InvalidCertificate(error) = error else { return error.to_string() };
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => EXPIRED,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            NOT_YET_VALID
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            MISNAMED
        }
        CertificateError::UnknownIssuer => "unknown issuer",
        CertificateError::Revoked => "revoked",
        CertificateError::BadSignature => "bad signature",
        CertificateError::BadEncoding => "unreadable certificate",
        other => return other.to_string().chars().take(REASON_CHARS_MAX).collect(),
    }
    .to_owned()
}
