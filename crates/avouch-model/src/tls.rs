//! What was seen of a connection's protection.

use serde::{Deserialize, Serialize};

/// The TLS facts of one connection (RFC 8446).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsFacts {
    /// Such as `TLSv1.3`.
    pub version: String,
    /// The suite, by its IANA name.
    pub cipher_suite: String,
    /// What ALPN agreed on, such as `h2`.
    pub alpn: Option<String>,
    /// The chain that was presented, leaf first.
    pub certificates: Vec<CertificateFacts>,
    /// Why the chain is not trusted for this name; `None` when it is.
    pub distrusted_because: Option<String>,
}

/// What one certificate says (RFC 5280).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFacts {
    /// The subject's distinguished name.
    pub subject: String,
    /// The issuer's distinguished name.
    pub issuer: String,
    /// DNS names and addresses it is for.
    pub names: Vec<String>,
    /// Seconds since 1970.
    pub not_before: i64,
    /// Seconds since 1970.
    pub not_after: i64,
    /// Such as `RSA` or `EC`.
    pub key_algorithm: String,
    /// Bits of the key.
    pub key_bits: u32,
    /// Such as `sha256WithRSAEncryption`.
    pub signature_algorithm: String,
    /// SHA-256 of the certificate, hexadecimal.
    pub fingerprint_sha256: String,
}

/// A protocol version a raw `ClientHello` can offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TlsVersion {
    /// SSL 3.0 (RFC 6101, forbidden by RFC 7568).
    Ssl3,
    /// TLS 1.0 (deprecated by RFC 8996).
    Tls10,
    /// TLS 1.1 (deprecated by RFC 8996).
    Tls11,
    /// TLS 1.2 (RFC 5246).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

/// What a server answered to a raw `ClientHello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HelloAnswer {
    /// It chose this version and suite.
    Accepted {
        /// The version in its `ServerHello`.
        version: TlsVersion,
        /// The suite's number in the IANA registry.
        cipher_suite: u16,
    },
    /// It answered with an alert or closed: this is not offered.
    Refused {
        /// The alert's number, when there was one.
        alert: Option<u8>,
    },
    /// Nothing could be learnt: time ran out or the answer was not TLS.
    Unclear {
        /// What happened instead.
        because: String,
    },
}

/// A known flaw of TLS endpoints that can be probed for before any key is agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsFault {
    /// A `ChangeCipherSpec` is taken before there are keys (CVE-2014-0224).
    EarlyChangeCipher,
    /// A heartbeat that claims to be longer than it is gets memory back (CVE-2014-0160).
    Heartbeat,
    /// Compression is agreed on.
    Compression,
    /// Renegotiation is not bound to the connection (RFC 5746).
    Renegotiation,
}

/// What came of probing for a flaw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultAnswer {
    /// The endpoint has it.
    Shown {
        /// What it did.
        how: String,
    },
    /// The endpoint has it not.
    Absent {
        /// What it did instead.
        how: String,
    },
    /// Nothing could be learnt.
    Unclear {
        /// What stood in the way.
        because: String,
    },
}
