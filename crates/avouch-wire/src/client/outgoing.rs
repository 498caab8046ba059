//! What is to be sent, and where to.

use avouch_model::identity::Who;
use std::fmt;
use url::{Host, Url};

/// How a target is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// In clear.
    Http,
    /// Through TLS.
    Https,
}

impl Scheme {
    /// The name in an address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Scheme, host and port (RFC 6454): where a request goes, and what a credential is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// A name in lower case or an address; IPv6 without brackets.
    pub host: String,
    /// The port, also when it is the scheme's own.
    pub port: u16,
}

impl Origin {
    /// The origin of an address, when it is one of `http` or `https`.
    pub fn of(url: &Url) -> Option<Self> {
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        let host = match url.host()? {
            Host::Domain(name) => name.to_ascii_lowercase(),
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        Some(Self { scheme, host, port: url.port_or_known_default()? })
    }

    /// Host and port as the `Host` header has them (RFC 9110, section 7.2).
    pub fn authority(&self) -> String {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == self.scheme.default_port() { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.authority())
    }
}

/// Which version of HTTP an exchange must use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// HTTP/2 where the target agrees to it (ALPN), else HTTP/1.1.
    #[default]
    Any,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2: agreed on by ALPN, or without asking on a connection in clear (RFC 9113, section 3.3).
    Http2,
}

/// A request to be sent. Placeholders in the target, the headers and the body are replaced by
/// their true values when it is.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The method's token.
    pub method: String,
    /// Where to.
    pub origin: Origin,
    /// Path and query exactly as they shall travel: nothing is normalised, so `//p`, `/./p`,
    /// `/p;x` and `%2e` stay as they are. Characters that cannot stand in a request line (spaces,
    /// control characters, `"` and the like) make the request unsendable: such lines are for
    /// [`super::Client::send_raw`].
    pub target: String,
    /// Headers in the order they shall travel. `Host` replaces the origin's (over HTTP/1.1 only);
    /// `User-Agent` and `X-Scan-Id` are the client's own and cannot be replaced.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Whose credential it carries.
    pub who: Who,
    /// What was done to the credential, when it is not sent as it is.
    pub credential_note: Option<String>,
    /// Which version of HTTP to use.
    pub protocol: Protocol,
    /// Whether to use a connection nobody has used before, and nobody will after.
    pub fresh_connection: bool,
}

impl Outgoing {
    /// A request without headers, body or credential.
    pub fn new(method: &str, origin: Origin, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            origin,
            target: target.to_owned(),
            headers: Vec::new(),
            body: None,
            who: Who::Nobody,
            credential_note: None,
            protocol: Protocol::Any,
            fresh_connection: false,
        }
    }

    /// A request for an address, whose path the URL standard has normalised already; nothing when
    /// the address is neither `http` nor `https`.
    pub fn to(method: &str, url: &Url) -> Option<Self> {
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Some(Self::new(method, Origin::of(url)?, &target))
    }

    /// Whether sending it twice is as good as sending it once (RFC 9110, section 9.2.2).
    pub fn is_idempotent(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_prints_as_it_is_written() {
        for text in ["https://api.example.com", "http://127.0.0.1:8080", "http://[::1]:81"] {
            let origin = Url::parse(text).ok().as_ref().and_then(Origin::of);
            assert_eq!(origin.expect(text).to_string(), text);
        }
    }
}
