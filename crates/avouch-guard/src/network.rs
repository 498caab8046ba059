//! Addresses and networks (CIDR, RFC 4632).

use serde::Deserialize;
use std::net::IpAddr;
use std::str::FromStr;

/// A network, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    bits: u128,
    length: u32,
}

/// An address as 128 bits; those of version 4 in their mapped form (RFC 4291, section 2.5.5.2), so
/// that both spellings of one address are one.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl Network {
    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        mask(bits(address), self.length) == self.bits
    }
}

fn mask(bits: u128, length: u32) -> u128 {
    bits & u128::MAX.checked_shl(128 - length).unwrap_or(0)
}

/// Why a text is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network: an address such as 192.0.2.7 or a network such as 192.0.2.0/24 is")]
pub struct NotANetwork(String);

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let wrong = || NotANetwork(text.to_owned());
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let (most, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let length = length.map_or(Ok(most), |length| length.parse().map_err(|_| wrong()))?;
        if length > most {
            return Err(wrong());
        }
        let (bits, length) = (bits(address), length + before);
        if mask(bits, length) != bits {
            // `192.0.2.7/24` is a mistake more often than it is `192.0.2.0/24`.
            return Err(wrong());
        }
        Ok(Self { bits, length })
    }
}

impl TryFrom<String> for Network {
    type Error = NotANetwork;

    fn try_from(text: String) -> Result<Self, NotANetwork> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn an_address_is_in_its_networks_only() {
        assert!(holds("192.0.2.0/24", "192.0.2.255"));
        assert!(!holds("192.0.2.0/24", "192.0.3.0"));
        assert!(holds("192.0.2.7", "192.0.2.7"));
        assert!(holds("192.0.2.7", "::ffff:192.0.2.7"));
        assert!(!holds("192.0.2.7", "192.0.2.8"));
        assert!(holds("0.0.0.0/0", "203.0.113.9"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("::/0", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!holds("2001:db8::/32", "2001:db9::1"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "a", "192.0.2.0/33", "192.0.2.7/24", "::/129", "192.0.2.0/", "/24"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
