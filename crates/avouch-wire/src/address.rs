//! Which targets the scanner may speak to.
//!
//! A target's address is hostile input when it comes from anyone but the person at the terminal.
//! In scope: reading it strictly, and saying what kind of address a name led to. Pure.
//!
//! Out of scope: resolving names, which the client does once per origin.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// Characters a target's address may have. // LIMIT: characters
pub const TARGET_CHARS_MAX: usize = 2048;

/// Why a text is not accepted as a target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is longer than [`TARGET_CHARS_MAX`].
    #[error("the address is longer than {TARGET_CHARS_MAX} characters")]
    TooLong,
    /// It holds a space, a control character or a backslash.
    #[error("`{0}` holds a space, a control character or a backslash")]
    OddCharacter(String),
    /// It does not begin with a scheme.
    #[error("`{0}` has no scheme: write `https://` before it")]
    NoScheme(String),
    /// Its scheme is neither `http` nor `https`.
    #[error("the scheme `{0}` is not spoken: use `https` or `http`")]
    Scheme(String),
    /// It carries a user name or password (CWE-522).
    #[error("the address carries a user name or password: give credentials as an identity")]
    Userinfo,
    /// An IPv4 address is not written as four plain decimal numbers (CWE-1389).
    #[error("`{0}` is an unusual spelling of an IPv4 address: write four decimal numbers")]
    ExoticAddress(String),
    /// It has no host, or the host is not one.
    #[error("`{0}` does not name a host")]
    Host(String),
    /// It is not a URL.
    #[error("`{text}` is not an address")]
    NotUrl {
        /// What was given.
        text: String,
        /// What the parser says.
        source: url::ParseError,
    },
}

/// Reads a target's address strictly: what looks like one host to a person is that host.
pub fn parse_target(text: &str) -> Result<Url, TargetError> {
    let text = text.trim();
    if text.chars().count() > TARGET_CHARS_MAX {
        return Err(TargetError::TooLong);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(TargetError::OddCharacter(text.to_owned()));
    }
    let (scheme, rest) =
        text.split_once("://").ok_or_else(|| TargetError::NoScheme(text.to_owned()))?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(TargetError::Scheme(scheme.to_owned()));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(TargetError::Userinfo);
    }
    let host = written_host(authority);
    if host.is_empty() || host.contains('%') {
        return Err(TargetError::Host(authority.to_owned()));
    }
    // The URL standard reads any host whose last label is a number as IPv4, in any base.
    if ends_in_number(host) && host.parse::<Ipv4Addr>().is_err() {
        return Err(TargetError::ExoticAddress(host.to_owned()));
    }
    let url =
        Url::parse(text).map_err(|source| TargetError::NotUrl { text: text.to_owned(), source })?;
    match url.host() {
        None => Err(TargetError::Host(authority.to_owned())),
        // Full-width digits and the like only become an address inside the parser.
        Some(Host::Ipv4(ip)) if ip.to_string() != host => {
            Err(TargetError::ExoticAddress(host.to_owned()))
        }
        Some(_) => Ok(url),
    }
}

/// The host as written in an authority without userinfo.
fn written_host(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

fn ends_in_number(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    match hex {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        None => !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// What kind of place an address is (RFC 6890 and successors).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// Reachable by anyone.
    Public,
    /// This machine: 127.0.0.0/8, `::1`.
    Loopback,
    /// 10/8, 172.16/12, 192.168/16 (RFC 1918), `fc00::/7` (RFC 4193), site-local `fec0::/10`.
    Private,
    /// 100.64.0.0/10, shared behind a carrier's translator (RFC 6598).
    Shared,
    /// 169.254.0.0/16 (RFC 3927), `fe80::/10`.
    LinkLocal,
    /// Where a cloud tells a machine its credentials (CWE-918).
    Metadata,
    /// 0.0.0.0/8, `::`: this machine by another name.
    Unspecified,
    /// 224.0.0.0/4, `ff00::/8`.
    Multicast,
    /// Documentation, benchmarking, future use, tunnels whose end is unknown.
    Reserved,
}

impl fmt::Display for AddressKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::Shared => "shared (100.64.0.0/10)",
            Self::LinkLocal => "link-local",
            Self::Metadata => "a cloud metadata service",
            Self::Unspecified => "unspecified (0.0.0.0/8)",
            Self::Multicast => "multicast",
            Self::Reserved => "reserved",
        })
    }
}

/// What kind of place an address is; IPv4 inside IPv6 is looked at as IPv4.
pub fn classify(ip: IpAddr) -> AddressKind {
    match ip {
        IpAddr::V4(v4) => classify_v4(v4),
        IpAddr::V6(v6) => classify_v6(v6),
    }
}

fn classify_v4(ip: Ipv4Addr) -> AddressKind {
    let [a, b, c, d] = ip.octets();
    match (a, b, c, d) {
        // AWS, Azure, Google and Oracle share the first, the second is of AWS containers; then
        // Alibaba's and Oracle's older one.
        (169, 254, 169, 254) | (169, 254, 170, 2) | (100, 100, 100, 200) | (192, 0, 0, 192) => {
            AddressKind::Metadata
        }
        (0, ..) => AddressKind::Unspecified,
        (127, ..) => AddressKind::Loopback,
        (10, ..) | (172, 16..=31, ..) | (192, 168, ..) => AddressKind::Private,
        (100, 64..=127, ..) => AddressKind::Shared,
        (169, 254, ..) => AddressKind::LinkLocal,
        (224..=239, ..) => AddressKind::Multicast,
        (240..=255, ..)
        | (192, 0, 0 | 2, _)
        | (192, 88, 99, _)
        | (198, 18 | 19, ..)
        | (198, 51, 100, _)
        | (203, 0, 113, _) => AddressKind::Reserved,
        _ => AddressKind::Public,
    }
}

fn classify_v6(ip: Ipv6Addr) -> AddressKind {
    if ip == Ipv6Addr::UNSPECIFIED {
        return AddressKind::Unspecified;
    }
    if ip == Ipv6Addr::LOCALHOST {
        return AddressKind::Loopback;
    }
    let segments = ip.segments();
    let [first, second, third, .., seventh, eighth] = segments;
    // v4-compatible, v4-mapped and v4-translated (RFC 4291, RFC 2765), NAT64 (RFC 6052).
    if let [0, 0, 0, 0, 0, 0 | 0xffff, ..]
    | [0, 0, 0, 0, 0xffff, 0, ..]
    | [0x64, 0xff9b, 0, 0, 0, 0, ..] = segments
    {
        return classify_v4(v4_of(seventh, eighth));
    }
    let tunnelled = match (first, second, third) {
        // Local NAT64 (RFC 8215) and 6to4 (RFC 3056).
        (0x64, 0xff9b, 1) => Some(v4_of(seventh, eighth)),
        (0x2002, ..) => Some(v4_of(second, third)),
        _ => None,
    };
    if let Some(inner) = tunnelled {
        return match classify_v4(inner) {
            AddressKind::Public => AddressKind::Reserved,
            special => special,
        };
    }
    match (first, second) {
        (0xfd00, 0x0ec2) => AddressKind::Metadata,
        (0xfc00..=0xfdff | 0xfec0..=0xfeff, _) => AddressKind::Private,
        (0xfe80..=0xfebf, _) => AddressKind::LinkLocal,
        (0xff00..=0xffff, _) => AddressKind::Multicast,
        // Teredo, ORCHID and documentation lie inside what is handed out.
        (0x2001, 0..=0x01ff | 0x0db8) | (0x3fff, 0..=0x0fff) => AddressKind::Reserved,
        // Only 2000::/3 is handed out.
        (0x2000..=0x3fff, _) => AddressKind::Public,
        _ => AddressKind::Reserved,
    }
}

fn v4_of(high: u16, low: u16) -> Ipv4Addr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

/// Which kinds of address may be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressPolicy {
    /// Whether loopback, private, shared and link-local addresses are allowed: yes at the terminal,
    /// no where someone else names the target. Metadata services, multicast, reserved and
    /// unspecified addresses are never allowed.
    pub allow_private: bool,
}

impl AddressPolicy {
    /// Nothing when the address may be spoken to, else why not.
    pub fn judge(&self, ip: IpAddr) -> Result<(), String> {
        let kind = classify(ip);
        let allowed = match kind {
            AddressKind::Public => true,
            AddressKind::Loopback
            | AddressKind::Private
            | AddressKind::Shared
            | AddressKind::LinkLocal => self.allow_private,
            AddressKind::Metadata
            | AddressKind::Unspecified
            | AddressKind::Multicast
            | AddressKind::Reserved => false,
        };
        if allowed { Ok(()) } else { Err(format!("{ip} is {kind}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_targets_are_accepted() {
        for text in ["https://api.example.com/v1?x=1", "http://127.0.0.1:8080", "https://[::1]/a"] {
            assert!(parse_target(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn odd_targets_are_refused_with_a_reason() {
        for (text, part) in [
            ("https://user:pw@example.com", "credentials"),
            ("ftp://example.com", "`ftp`"),
            ("file:///etc/passwd", "`file`"),
            ("example.com", "no scheme"),
            ("http://2130706433/", "unusual spelling"),
            ("http://0x7f000001/", "unusual spelling"),
            ("http://0x7f.1/", "unusual spelling"),
            ("http://0177.0.0.1/", "unusual spelling"),
            ("http://127.1/", "unusual spelling"),
            ("http://127.0.0.1./", "unusual spelling"),
            ("http://１２７.0.0.1/", "unusual spelling"),
            ("http://127%2e0.0.1/", "host"),
            ("http:///path", "host"),
            ("http://a\\@b/", "backslash"),
            ("http://a b/", "space"),
        ] {
            let why = parse_target(text).expect_err(text).to_string();
            assert!(why.contains(part), "{text}: {why}");
        }
    }

    #[test]
    fn every_special_range_is_known() {
        use AddressKind as K;
        for (text, kind) in [
            ("8.8.8.8", K::Public),
            ("127.9.9.9", K::Loopback),
            ("10.1.1.1", K::Private),
            ("172.31.0.1", K::Private),
            ("172.32.0.1", K::Public),
            ("192.168.1.1", K::Private),
            ("100.64.0.1", K::Shared),
            ("100.128.0.1", K::Public),
            ("169.254.1.1", K::LinkLocal),
            ("169.254.169.254", K::Metadata),
            ("0.1.2.3", K::Unspecified),
            ("239.0.0.1", K::Multicast),
            ("255.255.255.255", K::Reserved),
            ("198.18.0.1", K::Reserved),
            ("::", K::Unspecified),
            ("::1", K::Loopback),
            ("::ffff:127.0.0.1", K::Loopback),
            ("::ffff:8.8.8.8", K::Public),
            ("::10.0.0.1", K::Private),
            ("64:ff9b::a9fe:a9fe", K::Metadata),
            ("64:ff9b::808:808", K::Public),
            ("2002:7f00:1::", K::Loopback),
            ("2001::1", K::Reserved),
            ("fd12::1", K::Private),
            ("fd00:ec2::254", K::Metadata),
            ("fe80::1", K::LinkLocal),
            ("ff02::1", K::Multicast),
            ("2606:4700::1111", K::Public),
            ("4000::1", K::Reserved),
        ] {
            assert_eq!(classify(text.parse().expect(text)), kind, "{text}");
        }
    }

    #[test]
    fn the_terminal_may_go_where_a_server_may_not() {
        let server = AddressPolicy { allow_private: false };
        let terminal = AddressPolicy { allow_private: true };
        let loopback = "127.0.0.1".parse().expect("an address");
        let metadata = "169.254.169.254".parse().expect("an address");
        assert!(server.judge(loopback).is_err() && terminal.judge(loopback).is_ok());
        assert!(server.judge(metadata).is_err() && terminal.judge(metadata).is_err());
    }
}
