//! What a head must be after it was read, in HTTP/1 and HTTP/2 alike.

use super::path::{self, Allowed};
use crate::network::Network;
use crate::refusal::Refusal;
use http::header::{self, HeaderMap, HeaderName};
use http::request::Parts;
use std::borrow::Cow;
use std::net::IpAddr;

/// The policy's name.
pub(crate) const POLICY: &str = "admit";

/// What begins the names of our own headers. Nobody else may send one.
pub const OWN_PREFIX: &str = "x-avouch-";

/// A head that was admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted<'a> {
    /// The host it is for, in lower case.
    pub host: Cow<'a, str>,
    /// The canonical path.
    pub path: Cow<'a, str>,
    /// The query.
    pub query: Option<&'a str>,
}

/// Headers that are about one connection and never forwarded (RFC 9110, section 7.6.1), with
/// `Transfer-Encoding`, which whoever forwards sets itself.
const HOP_BY_HOP: [HeaderName; 6] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::PROXY_AUTHORIZATION,
];

/// Admits a head, or says why not. `hosts` are the hosts this gateway answers for; none is any.
pub fn admit<'a>(
    parts: &'a Parts,
    hosts: &[String],
    allowed: Allowed,
) -> Result<Admitted<'a>, Refusal> {
    match parts.method.as_str() {
        "TRACE" | "TRACK" | "CONNECT" => {
            let detail = "This method is never taken.";
            return Err(Refusal::new(POLICY, "method-refused", 405, detail));
        }
        // Methods are told apart by case (RFC 9110, section 9.1), and not by everybody: `gET`, or what is
        // left of a body before the next method, is read in one way here and in another behind us.
        method if !method.bytes().all(is_of_method) => {
            let detail = "A method is written in capital letters.";
            return Err(Refusal::new(POLICY, "method-malformed", 400, detail));
        }
        _ => (),
    }
    let host = host(parts)?;
    if !hosts.is_empty() && !hosts.iter().any(|known| is_same_host(known, &host)) {
        let detail = "This gateway does not answer for that host.";
        return Err(Refusal::new(POLICY, "host-unknown", 421, detail));
    }
    let path = match parts.uri.path() {
        // What an absolute target without a path, or `OPTIONS *`, becomes.
        "" | "*" => Cow::Borrowed("/"),
        path => path::canonical(path, allowed)?,
    };
    let query = parts.uri.query();
    query.map_or(Ok(()), path::query)?;
    Ok(Admitted { host, path, query })
}

fn is_of_method(byte: u8) -> bool {
    byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_')
}

/// Hosts are compared with their port, or without one where the setting has none.
fn is_same_host(known: &str, host: &str) -> bool {
    known.eq_ignore_ascii_case(host)
        || host.rsplit_once(':').is_some_and(|(name, port)| {
            !port.is_empty()
                && port.bytes().all(|byte| byte.is_ascii_digit())
                && known.eq_ignore_ascii_case(name)
        })
}

fn host(parts: &Parts) -> Result<Cow<'_, str>, Refusal> {
    let refuse = |code, detail| Err(Refusal::new(POLICY, code, 400, detail));
    let mut named = parts.headers.get_all(header::HOST).iter();
    let (first, second) = (named.next(), named.next());
    if second.is_some() {
        return refuse("host-count", "A request has exactly one Host.");
    }
    let first = match first.map(|value| value.to_str()) {
        Some(Err(_)) => return refuse("host-malformed", "The Host is no host."),
        Some(Ok(host)) => Some(host),
        None => None,
    };
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    let host = match (first, authority) {
        (Some(host), Some(authority)) if !host.eq_ignore_ascii_case(authority) => {
            return refuse("host-differs", "The Host and the target name different hosts.");
        }
        (Some(host), _) | (None, Some(host)) => host,
        (None, None) => return refuse("host-count", "A request has exactly one Host."),
    };
    if !is_host(host) {
        return refuse("host-malformed", "The Host is no host.");
    }
    Ok(if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    })
}

/// Bytes of a host with its port: 253 for a name (RFC 1035), and a port.
const HOST_BYTES_MAX: usize = 260;

/// A name or an address, with a port or without: no user, no path, no escape.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let is_port = |port: &str| {
        (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit())
    };
    let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let is_name = match inner {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        }
    };
    host.len() <= HOST_BYTES_MAX && is_name && port.is_none_or(is_port)
}

/// Takes out of a head what must not be forwarded: what is about the connection, what the connection
/// header lists, and every spelling of our own names. Says which of the listed names were of headers
/// that no client may have taken out, which is an attack.
pub fn strip(headers: &mut HeaderMap) -> Result<(), Refusal> {
    let listed: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|option| option.trim().to_ascii_lowercase())
        .filter(|option| !matches!(&**option, "" | "close" | "keep-alive" | "upgrade"))
        .collect();
    for name in listed {
        if is_needed(&name) {
            let detail = "The Connection header lists a header that belongs to the whole way.";
            return Err(Refusal::new(POLICY, "connection-option", 400, detail));
        }
        headers.remove(&*name);
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    for name in ["keep-alive", "proxy-connection", "http2-settings"] {
        headers.remove(name);
    }
    let own: Vec<HeaderName> =
        headers.keys().filter(|name| is_own(name.as_str())).cloned().collect();
    for name in own {
        headers.remove(name);
    }
    Ok(())
}

/// The address that asks: that of the connection, or the one that a trusted proxy names in
/// `X-Forwarded-For`: the last that is none of the trusted ones, as all before it may be made up.
pub fn client_address(
    peer: IpAddr,
    headers: &HeaderMap,
    trusted: &[Network],
) -> Result<IpAddr, Refusal> {
    let is_trusted = |address| trusted.iter().any(|network| network.contains(address));
    let mut client = peer;
    if !is_trusted(peer) {
        return Ok(client);
    }
    let values = headers.get_all("x-forwarded-for").iter().rev();
    for value in values {
        for named in value.to_str().unwrap_or_default().rsplit(',') {
            client = named.trim().parse().map_err(|_| {
                let detail = "A proxy names an address in X-Forwarded-For that is none.";
                Refusal::new(POLICY, "forwarded-malformed", 400, detail)
            })?;
            if !is_trusted(client) {
                return Ok(client);
            }
        }
    }
    Ok(client)
}

/// Headers that a decision may rest on: to have them taken out on the way is to change the question.
fn is_needed(name: &str) -> bool {
    ["host", "authorization", "cookie", "content-length", "content-type", "forwarded", "dpop"]
        .contains(&name)
        || name.starts_with("x-forwarded-")
        || is_own(name)
}

/// Whether a name is one of ours in any spelling that an application may take for it: CGI and its
/// children read `-` and `_` alike.
fn is_own(name: &str) -> bool {
    name.len() >= OWN_PREFIX.len()
        && name.bytes().zip(OWN_PREFIX.bytes()).all(|(have, own)| {
            have.eq_ignore_ascii_case(&own) || (own == b'-' && matches!(have, b'_' | b'.'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().method("GET").uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn code(target: &str, headers: &[(&str, &str)]) -> &'static str {
        admit(&parts(target, headers), &[], Allowed::default()).map_or_else(|no| no.code, |_| "")
    }

    #[test]
    fn a_host_is_one_host() {
        assert_eq!(code("/", &[("host", "api.example.com")]), "");
        assert_eq!(code("/", &[("host", "api.example.com:8443")]), "");
        assert_eq!(code("/", &[("host", "[::1]:8443")]), "");
        assert_eq!(code("/", &[]), "host-count");
        assert_eq!(code("/", &[("host", "a"), ("host", "a")]), "host-count");
        for host in ["", "a/b", "a b", "u@a", "a:b", "a:", "a%2e", "[::1", "::1", "a,b", "a:123456"]
        {
            assert_eq!(code("/", &[("host", host)]), "host-malformed", "{host}");
        }
        assert_eq!(code("http://a/", &[("host", "a")]), "");
        assert_eq!(code("http://a/", &[("host", "b")]), "host-differs");
        assert_eq!(code("https://a/", &[]), "");
    }

    #[test]
    fn only_known_hosts_are_answered_for() {
        let known = ["api.example.com".to_owned()];
        let asked = |host: &str| {
            let parts = parts("/", &[("host", host)]);
            admit(&parts, &known, Allowed::default()).map_or_else(|no| no.status, |_| 200)
        };
        assert_eq!(asked("API.example.com"), 200);
        assert_eq!(asked("api.example.com:8443"), 200);
        assert_eq!(asked("example.com"), 421);
    }

    #[test]
    fn only_trusted_proxies_say_who_asks() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let address = |peer: &str, named: &[&str]| {
            let named: Vec<_> = named.iter().map(|named| ("x-forwarded-for", *named)).collect();
            let parts = parts("/", &named);
            let client = client_address(peer.parse().unwrap(), &parts.headers, &trusted);
            client.map_or_else(|no| no.code.to_owned(), |client| client.to_string())
        };
        assert_eq!(address("192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
        assert_eq!(address("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(address("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(address("10.0.0.1", &["1.1.1.1, 203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(address("10.0.0.1", &["1.1.1.1", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(address("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
        assert_eq!(address("10.0.0.1", &["unknown"]), "forwarded-malformed");
        assert_eq!(address("10.0.0.1", &[""]), "forwarded-malformed");
    }

    #[test]
    fn what_is_about_the_connection_is_not_forwarded() {
        let mut parts = parts(
            "/",
            &[
                ("connection", "close, X-Secret-Hop"),
                ("x-secret-hop", "1"),
                ("te", "trailers"),
                ("keep-alive", "1"),
                ("x-avouch-subject", "root"),
                ("x_avouch_subject", "root"),
                ("x-kept", "1"),
            ],
        );
        strip(&mut parts.headers).unwrap();
        assert_eq!(parts.headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-kept"]);
        for listed in ["authorization", "X-Avouch-Subject", "Host", "x-forwarded-for"] {
            let mut parts = super::tests::parts("/", &[("connection", listed)]);
            assert!(strip(&mut parts.headers).is_err(), "{listed}");
        }
    }
}
