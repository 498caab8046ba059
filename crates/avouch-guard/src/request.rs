//! A request as the policies see it.

use http::{HeaderMap, Version};
use std::net::IpAddr;

/// The head of a request that was admitted: exactly what would be forwarded.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method as it came.
    pub method: &'a str,
    /// The host it is for, in lower case, with its port when one was given.
    pub host: &'a str,
    /// The canonical path, without query. What is authorized is what is forwarded.
    pub path: &'a str,
    /// The query without its question mark.
    pub query: Option<&'a str>,
    /// The headers, hop-by-hop ones and those of our own names already taken out.
    pub headers: &'a HeaderMap,
    /// The version the client speaks.
    pub version: Version,
    /// Who is at the other end of the connection.
    pub peer: Peer<'a>,
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// Its address; behind a proxy that is trusted, the one that the proxy names.
    pub address: IpAddr,
    /// What the handshake showed; `None` without TLS.
    pub tls: Option<&'a Handshake>,
}

/// What a TLS handshake showed of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handshake {
    /// Such as `TLS 1.3`.
    pub version: String,
    /// The cipher suite's IANA name.
    pub cipher: String,
    /// The certificate that the client proved to own, already verified against the listener's
    /// authorities.
    pub client: Option<ClientCertificate>,
}

/// A client's certificate that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// SHA-256 over its DER form, which `x5t#S256` of RFC 8705 names.
    pub digest: [u8; 32],
    /// Its subject (RFC 4514).
    pub subject: String,
    /// Its DNS, URI and e-mail names.
    pub names: Vec<String>,
}
