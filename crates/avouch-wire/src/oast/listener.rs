//! Binds the listeners and answers for what came.

use super::visits::Visits;
use super::{dns, http};
use crate::clock::Clock;
use crate::redact::Redactor;
use avouch_model::exchange::Hit;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Where to listen and under which names.
#[derive(Clone, Debug)]
pub struct OastOptions {
    /// Where to listen for HTTP; port 0 takes a free one.
    pub http: SocketAddr,
    /// Where to listen for DNS over UDP, if at all.
    pub dns: Option<SocketAddr>,
    /// The domain whose names lead to the DNS listener, such as `oast.example.com`.
    pub domain: Option<String>,
    /// What targets are told, such as `http://203.0.113.5:8080`; the HTTP listener's own address
    /// when absent.
    pub base_url: Option<String>,
    /// The address that names under the domain resolve to.
    pub answer_with: Ipv4Addr,
    /// The scan's clock.
    pub clock: Clock,
    /// Redacts what visitors send.
    pub redactor: Arc<Redactor>,
}

/// What both listeners share.
pub(super) struct House {
    pub visits: Visits,
    pub domain: Option<String>,
    pub base_url: String,
    pub answer_with: Ipv4Addr,
    pub clock: Clock,
    pub redactor: Arc<Redactor>,
    /// Pages that were put under a token, instead of the usual one.
    pub served: Mutex<BTreeMap<String, String>>,
}

impl House {
    /// Keeps a visit, its request redacted already.
    pub(super) fn record(&self, token: String, protocol: &str, from: SocketAddr, request: String) {
        self.visits.keep(Hit {
            token,
            protocol: protocol.to_owned(),
            from: from.ip().to_string(),
            request,
            at_us: self.clock.micros(),
        });
    }

    /// What stands before the domain in a name, as labels; nothing for a name outside of it.
    pub(super) fn labels_under_domain<'n>(&self, name: &'n str) -> Option<Vec<&'n str>> {
        let domain: Vec<&str> = self.domain.as_deref()?.split('.').collect();
        let mut labels: Vec<&str> = name.trim_end_matches('.').split('.').collect();
        let own = labels.split_off(labels.len().checked_sub(domain.len())?);
        own.iter().zip(&domain).all(|(a, b)| a.eq_ignore_ascii_case(b)).then_some(labels)
    }

    /// The text a visitor with that token is given: it follows from the token only for those who
    /// know the scan's key, so that its appearance elsewhere proves the fetch.
    pub(super) fn page(&self, token: &str) -> String {
        let token = token.to_ascii_lowercase();
        let served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = served.get(&token) {
            return page.clone();
        }
        format!("avouch-page-{}", self.redactor.digest(&format!("oast page {token}")))
    }
}

/// The out-of-band listener; it stops when dropped.
pub struct Listener {
    house: Arc<House>,
    http: SocketAddr,
    dns: Option<SocketAddr>,
    tasks: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener")
            .field("http", &self.http)
            .field("dns", &self.dns)
            .finish_non_exhaustive()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Listener {
    /// Listens. Fails when an address cannot be bound.
    pub async fn bind(options: OastOptions) -> io::Result<Self> {
        let http_socket = TcpListener::bind(options.http).await?;
        let http = http_socket.local_addr()?;
        let dns_socket = match options.dns {
            Some(address) => Some(UdpSocket::bind(address).await?),
            None => None,
        };
        let dns = dns_socket.as_ref().map(UdpSocket::local_addr).transpose()?;
        let own_url = || {
            let ip = match http.ip() {
                ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
                ip => ip,
            };
            format!("http://{}", SocketAddr::new(ip, http.port()))
        };
        let base_url = options.base_url.unwrap_or_else(own_url);
        let house = Arc::new(House {
            visits: Visits::default(),
            domain: options.domain,
            base_url: base_url.trim_end_matches('/').to_owned(),
            answer_with: options.answer_with,
            clock: options.clock,
            redactor: options.redactor,
            served: Mutex::default(),
        });
        let mut tasks = vec![tokio::spawn(http::listen(http_socket, Arc::clone(&house)))];
        if let Some(socket) = dns_socket {
            tasks.push(tokio::spawn(dns::listen(socket, Arc::clone(&house))));
        }
        Ok(Self { house, http, dns, tasks })
    }

    /// Where HTTP is listened for.
    pub fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// Where DNS is listened for.
    pub fn dns_address(&self) -> Option<SocketAddr> {
        self.dns
    }

    /// Puts a page under a token: who comes with it is given that.
    pub fn serve(&self, token: &str, page: String) {
        let mut served = self.house.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.insert(token.to_ascii_lowercase(), page);
    }

    /// An address to give to a target; visits with its token are kept from now on. A token is made
    /// of letters, digits and `-` and has at most 63 characters, so that it can be a DNS label.
    pub fn url_for(&self, token: &str) -> String {
        self.house.visits.expect(token);
        format!("{}/{token}", self.house.base_url)
    }

    /// An address that redirects to the address of another token; both are expected.
    pub fn redirect_for(&self, token: &str, then: &str) -> String {
        self.house.visits.expect(then);
        format!("{}/then/{then}", self.url_for(token))
    }

    /// A name to give to a target; `None` when there is no DNS listener or no domain.
    pub fn name_for(&self, token: &str) -> Option<String> {
        let domain = self.house.domain.as_ref().filter(|_| self.dns.is_some())?;
        self.house.visits.expect(token);
        Some(format!("{token}.{domain}"))
    }

    /// The text a visitor of the token's address is given. Nobody can know it who was not there.
    pub fn page_for(&self, token: &str) -> String {
        self.house.page(token)
    }

    /// The visits with that token so far.
    pub fn hits(&self, token: &str) -> Vec<Hit> {
        self.house.visits.of(token)
    }

    /// Waits for a first visit with that token; empty when none came in time.
    pub async fn wait(&self, token: &str, up_to: Duration) -> Vec<Hit> {
        timeout(up_to, self.house.visits.first_of(token)).await.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    async fn listener() -> Listener {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let options = OastOptions {
            http: loopback,
            dns: Some(loopback),
            domain: Some("oast.test".into()),
            base_url: None,
            answer_with: Ipv4Addr::new(192, 0, 2, 7),
            clock: Clock::start(),
            redactor: Arc::new(Redactor::new([3; 32])),
        };
        Listener::bind(options).await.expect("free ports")
    }

    async fn visit(listener: &Listener, request: &str) -> String {
        let mut stream = TcpStream::connect(listener.http_address()).await.expect("a listener");
        stream.write_all(request.as_bytes()).await.expect("a listener that reads");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn ask(listener: &Listener, query: &[u8]) -> Vec<u8> {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.dns_address().expect("a dns listener");
        socket.send_to(query, address).await.expect("a listener");
        let mut answer = vec![0; 600];
        let length = socket.recv(&mut answer).await.expect("an answer");
        answer.truncate(length);
        answer
    }

    #[tokio::test]
    async fn a_visit_is_known_by_its_token_and_redacted() {
        let listener = listener().await;
        let url = listener.url_for("tok-1");
        assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/tok-1"), "{url}");
        assert!(listener.hits("tok-1").is_empty());
        let request = "GET /tok-1?x=1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer abcdefghijkl1234567\r\n\r\n";
        let answer = visit(&listener, request).await;
        assert!(
            answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with(&listener.page_for("tok-1"))
        );
        let hits = listener.wait("tok-1", Duration::from_secs(5)).await;
        let hit = hits.first().expect("a visit");
        assert_eq!((hit.protocol.as_str(), hit.from.as_str()), ("http", "127.0.0.1"));
        assert!(hit.request.starts_with("GET /tok-1?x=1 HTTP/1.1\n"), "{}", hit.request);
        assert!(!hit.request.contains("abcdefghijkl"), "{}", hit.request);
    }

    #[tokio::test]
    async fn the_token_may_be_a_label_of_the_host() {
        let listener = listener().await;
        listener.url_for("tok-2");
        visit(&listener, "GET / HTTP/1.1\r\nHost: TOK-2.oast.test:80\r\n\r\n").await;
        assert_eq!(listener.wait("tok-2", Duration::from_secs(5)).await.len(), 1);
    }

    #[tokio::test]
    async fn strangers_are_turned_away_and_not_kept() {
        let listener = listener().await;
        for request in ["GET /unknown HTTP/1.1\r\n\r\n", "\x16\x03\x01 noise\r\n\r\n", "\r\n\r\n"] {
            assert!(visit(&listener, request).await.starts_with("HTTP/1.1 404"), "{request}");
        }
        let long = format!("GET /{} HTTP/1.1\r\n", "x".repeat(100_000));
        let _ = visit(&listener, &long).await;
        assert!(listener.hits("unknown").is_empty());
        assert!(listener.wait("unknown", Duration::from_millis(20)).await.is_empty());
    }

    #[tokio::test]
    async fn a_redirect_leads_to_the_second_token() {
        let listener = listener().await;
        let url = listener.redirect_for("one", "two");
        assert!(url.ends_with("/one/then/two"), "{url}");
        let answer = visit(&listener, "GET /one/then/two HTTP/1.1\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 302"), "{answer}");
        assert!(answer.contains(&format!("Location: {}\r\n", listener.url_for("two"))), "{answer}");
        assert_eq!((listener.hits("one").len(), listener.hits("two").len()), (1, 0));
    }

    #[tokio::test]
    async fn an_address_may_spell_what_is_answered() {
        let listener = listener().await;
        listener.url_for("tok-4");
        let answer = visit(&listener, "GET /tok-4/say/6176 HTTP/1.1\r\n\r\n").await;
        assert!(answer.ends_with("\r\n\r\nav"), "{answer}");
        for odd in ["3c62", "617", "zz", "c3a9"] {
            let answer = visit(&listener, &format!("GET /tok-4/say/{odd} HTTP/1.1\r\n\r\n")).await;
            assert!(answer.ends_with(&listener.page_for("tok-4")), "{odd}: {answer}");
        }
    }

    #[tokio::test]
    async fn whoever_takes_it_for_a_directory_is_heard() {
        let listener = listener().await;
        listener.url_for("tok5");
        let mut stream = TcpStream::connect(listener.http_address()).await.expect("a listener");
        let bind = [0x30, 12, 2, 1, 7, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0];
        stream.write_all(&bind).await.expect("a listener that reads");
        let mut welcome = [0; 14];
        stream.read_exact(&mut welcome).await.expect("a welcome");
        assert_eq!(welcome.get(..6), Some([0x30, 12, 2, 1, 7, 0x61].as_slice()));
        stream
            .write_all(b"\x30\x0d\x02\x01\x02\x63\x08\x04\x04tok5\n\x01")
            .await
            .expect("a listener");
        let hits = listener.wait("tok5", Duration::from_secs(5)).await;
        assert_eq!(hits.first().map(|hit| hit.protocol.as_str()), Some("ldap"));
    }

    #[tokio::test]
    async fn visits_of_one_token_are_bounded() {
        let listener = listener().await;
        listener.url_for("tok");
        for _ in 0..40 {
            visit(&listener, "GET /tok HTTP/1.1\r\n\r\n").await;
        }
        assert_eq!(listener.hits("tok").len(), 32);
    }

    #[tokio::test]
    async fn a_name_that_is_asked_for_is_a_visit_and_resolves() {
        let listener = listener().await;
        assert_eq!(listener.name_for("tok-3").as_deref(), Some("tok-3.oast.test"));
        let query = dns::tests::query("ToK-3.OAST.test", 1);
        let answer = ask(&listener, &query).await;
        assert_eq!(answer.get(..2), query.get(..2));
        assert!(answer.ends_with(&[192, 0, 2, 7]), "{answer:?}");
        let hits = listener.wait("tok-3", Duration::from_secs(5)).await;
        assert_eq!(hits.first().map(|hit| hit.protocol.as_str()), Some("dns"));
        let other = ask(&listener, &dns::tests::query("example.com", 1)).await;
        assert_eq!(other.get(3).map(|flags| flags & 15), Some(5), "refused");
    }
}
