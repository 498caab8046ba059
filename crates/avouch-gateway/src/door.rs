//! A listener as its clients see it: bytes to it, and what comes back. For `avouch doctor`, which asks a
//! gateway what a client of HTTP would not say.

use crate::shown::{Origin, ShownCertificate};
use crate::tls::TlsError;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long an answer may take, and how long nothing may come.
const WITHIN: Duration = Duration::from_secs(5);
/// LIMIT: bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Where a listener is, and how it speaks.
#[derive(Clone, Debug)]
pub struct Door {
    address: SocketAddr,
    /// The certificate it must show, where it speaks TLS.
    certificate: Option<CertificateDer<'static>>,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The status of each answer.
    pub statuses: Vec<u16>,
    /// All of it, as text.
    pub text: String,
}

impl Heard {
    /// The status of the first answer.
    pub fn status(&self) -> Option<u16> {
        self.statuses.first().copied()
    }

    /// A header of the first answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (head, _) = self.text.split_once("\r\n\r\n").unwrap_or((&self.text, ""));
        head.split("\r\n").find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Whether the first answer is a refusal of a gateway of ours by that policy.
    pub fn refused_by(&self, policy: &str) -> bool {
        self.header("content-type").is_some_and(|kind| kind == "application/problem+json")
            && self.text.contains(&format!("\"policy\":\"{policy}\""))
    }
}

impl Door {
    /// A listener at an address; by TLS where the file of its certificate is named.
    pub fn new(address: SocketAddr, certificate: Option<&Path>) -> Result<Self, TlsError> {
        let first = |path: &Path| {
            let missing = || TlsError::File { path: path.to_owned(), what: "certificate" };
            crate::tls::chain(path)?.into_iter().next().ok_or_else(missing)
        };
        Ok(Self { address, certificate: certificate.map(first).transpose()? })
    }

    /// Whether anybody takes a connection there.
    pub fn is_open(address: SocketAddr) -> bool {
        TcpStream::connect_timeout(&address, WITHIN).is_ok()
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.address, WITHIN)?;
        stream.set_read_timeout(Some(WITHIN))?;
        stream.set_write_timeout(Some(WITHIN))?;
        Ok(stream)
    }

    /// Sends bytes, and hears what comes until the connection ends or is silent.
    pub fn say(&self, bytes: &[u8]) -> std::io::Result<Heard> {
        let stream = self.connect()?;
        match &self.certificate {
            None => Ok(heard(stream, bytes)),
            Some(_) => Ok(heard(self.secure(stream, rustls::ALL_VERSIONS)?, bytes)),
        }
    }

    /// Sends bytes without TLS, whatever the listener speaks.
    pub fn say_plainly(&self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut stream = self.connect()?;
        stream.write_all(bytes)?;
        let mut first = [0; 64];
        let count = stream.read(&mut first).unwrap_or(0);
        Ok(first.get(..count).unwrap_or_default().to_vec())
    }

    /// Whether a handshake that offers TLS 1.2 and nothing newer comes about.
    pub fn takes_tls12(&self) -> std::io::Result<bool> {
        let mut stream = self.secure(self.connect()?, &[&rustls::version::TLS12])?;
        Ok(stream.conn.complete_io(&mut stream.sock).is_ok())
    }

    /// The certificate that is shown; nothing where it cannot be read.
    pub fn shown(&self) -> std::io::Result<Option<ShownCertificate>> {
        let mut stream = self.secure(self.connect()?, rustls::ALL_VERSIONS)?;
        stream.conn.complete_io(&mut stream.sock)?;
        let chain = stream.conn.peer_certificates();
        Ok(chain.and_then(|chain| ShownCertificate::read(chain, Origin::Files)))
    }

    fn secure(
        &self,
        stream: TcpStream,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let shown = self.certificate.clone().unwrap_or_else(|| CertificateDer::from(Vec::new()));
        let builder = ClientConfig::builder_with_provider(provider.clone());
        let builder = builder.with_protocol_versions(versions).map_err(std::io::Error::other)?;
        let verifier = Arc::new(Shown { certificate: shown, provider });
        let config = builder.dangerous().with_custom_certificate_verifier(verifier);
        let config = Arc::new(config.with_no_client_auth());
        let name = ServerName::IpAddress(self.address.ip().into());
        let connection = ClientConnection::new(config, name).map_err(std::io::Error::other)?;
        Ok(StreamOwned::new(connection, stream))
    }
}

fn heard(mut stream: impl Read + Write, bytes: &[u8]) -> Heard {
    // A gateway may well close before everything was sent.
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
    let mut all = Vec::new();
    let mut piece = [0; 8 * 1024];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        all.extend_from_slice(piece.get(..count).unwrap_or_default());
        if all.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    let text = String::from_utf8_lossy(&all).into_owned();
    let answers = text.split("HTTP/1.1 ").skip(1);
    let statuses = answers.filter_map(|rest| rest.get(..3)?.parse().ok()).collect();
    Heard { statuses, text }
}

/// Believes the one certificate that the configuration names, whatever it says: whether clients trust
/// it is another question.
#[derive(Debug)]
struct Shown {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Shown {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *end_entity == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::General("it shows another certificate".to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
