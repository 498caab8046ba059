//! What proves to an authority that a name is ours: while it asks, and to nobody else.

use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

/// The protocol in which an authority asks (RFC 8737, section 6.2).
const ALPN: &[u8] = b"acme-tls/1";

/// The answers that authorities wait for. Shared by all threads.
#[derive(Debug, Default)]
pub(crate) struct Challenges {
    waiting: AtomicUsize,
    by_name: Mutex<BTreeMap<String, Arc<ServerConfig>>>,
    by_token: Mutex<BTreeMap<String, String>>,
}

/// An answer, ready as long as this is held.
#[derive(Debug)]
pub(super) struct Ready {
    challenges: Arc<Challenges>,
    key: Key,
}

#[derive(Debug)]
enum Key {
    Name(String),
    Token(String),
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Challenges {
    /// Answers `tls-alpn-01` for a name.
    pub(super) fn by_tls(self: &Arc<Self>, name: &str, digest: &[u8]) -> Result<Ready, Failed> {
        let config = Arc::new(answer(name, digest)?);
        lock(&self.by_name).insert(name.to_owned(), config);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Ok(Ready { challenges: self.clone(), key: Key::Name(name.to_owned()) })
    }

    /// Answers `http-01` for a token.
    pub(super) fn by_http(self: &Arc<Self>, token: &str, authorization: &str) -> Ready {
        lock(&self.by_token).insert(token.to_owned(), authorization.to_owned());
        Ready { challenges: self.clone(), key: Key::Token(token.to_owned()) }
    }

    /// What is answered to a token of `http-01`.
    pub(super) fn authorization(&self, token: &str) -> Option<String> {
        lock(&self.by_token).get(token).cloned()
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        match &self.key {
            Key::Name(name) => {
                lock(&self.challenges.by_name).remove(name);
                self.challenges.waiting.fetch_sub(1, Ordering::SeqCst);
            }
            Key::Token(token) => {
                lock(&self.challenges.by_token).remove(token);
            }
        }
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// How an authority is answered (RFC 8737, section 3).
fn answer(name: &str, digest: &[u8]) -> Result<ServerConfig, Failed> {
    let (certificate, key) = certificate(name, digest)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let provider = aws_lc_rs::default_provider();
    let key = provider.key_provider.load_private_key(key)?;
    // Not as other certificates are: whoever verifies them refuses the extension, which is critical.
    let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key));
    let builder = ServerConfig::builder_with_provider(Arc::new(provider));
    let builder = builder.with_safe_default_protocol_versions()?;
    // No certificate is asked of the authority, whatever the listener asks of clients.
    let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(shown));
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// The certificate that only answers a challenge, with its key.
fn certificate(name: &str, digest: &[u8]) -> Result<(CertificateDer<'static>, KeyPair), Failed> {
    // The library takes nothing else for a digest.
    let digest: [u8; 32] = digest.try_into()?;
    let mut params = CertificateParams::new(vec![name.to_owned()])?;
    params.distinguished_name = DistinguishedName::new();
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(&digest)];
    let key = KeyPair::generate()?;
    Ok((params.self_signed(&key)?.der().clone(), key))
}

/// Shakes hands. Nothing where it was an authority that asked: it got its answer, and no request of it is
/// read.
pub(crate) async fn handshake(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    challenges: &Challenges,
) -> io::Result<Option<TlsStream<TcpStream>>> {
    if challenges.waiting.load(Ordering::SeqCst) == 0 {
        return TlsAcceptor::from(config).accept(stream).await.map(Some);
    }
    let start = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await?;
    let answer = {
        let hello = start.client_hello();
        let asks = hello.alpn().is_some_and(|offered| offered.eq([ALPN]));
        let name = hello.server_name().filter(|_| asks);
        name.and_then(|name| lock(&challenges.by_name).get(&name.to_ascii_lowercase()).cloned())
    };
    match answer {
        None => start.into_stream(config).await.map(Some),
        Some(answer) => {
            let mut stream = start.into_stream(answer).await?;
            tokio::io::AsyncWriteExt::shutdown(&mut stream).await?;
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509_parser::prelude::{FromDer, X509Certificate};

    #[test]
    fn an_answer_is_there_as_long_as_it_is_held() {
        let challenges = Arc::<Challenges>::default();
        let ready = challenges.by_tls("a.example", &[7; 32]).unwrap();
        let token = challenges.by_http("token", "token.print");
        assert_eq!(challenges.authorization("token").as_deref(), Some("token.print"));
        assert_eq!(challenges.authorization("other"), None);
        assert!(lock(&challenges.by_name).contains_key("a.example"));
        drop((ready, token));
        assert_eq!(challenges.authorization("token"), None);
        assert!(lock(&challenges.by_name).is_empty());
        assert_eq!(challenges.waiting.load(Ordering::SeqCst), 0);
        assert!(challenges.by_tls("a.example", &[7; 31]).is_err());
    }

    #[test]
    fn the_answer_says_the_name_and_the_digest_and_nothing_else() {
        assert_eq!(answer("a.example", &[7; 32]).unwrap().alpn_protocols, [ALPN.to_vec()]);
        let (shown, _) = certificate("a.example", &[7; 32]).unwrap();
        let (_, parsed) = X509Certificate::from_der(&shown).unwrap();
        // Critical, and an octet string of 32 bytes.
        let is_ours = |oid: String| oid == "1.3.6.1.5.5.7.1.31";
        let extension = parsed.extensions().iter().find(|one| is_ours(one.oid.to_id_string()));
        let extension = extension.unwrap();
        assert!(extension.critical);
        assert_eq!(extension.value, [[4, 32].as_slice(), &[7; 32]].concat());
        let names = parsed.subject_alternative_name().unwrap().unwrap();
        assert_eq!(names.value.general_names.len(), 1);
    }
}
