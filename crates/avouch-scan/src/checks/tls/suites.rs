//! Which cipher suites of TLS 1.2 should not be agreed on any more, as data.
//!
//! In scope: IANA numbers and names by what is wrong with them (RFC 7465, RFC 9325, section 4.2).
//! Suites with forward secrecy and authenticated encryption are not listed: they are fine.

use avouch_model::severity::Severity;

/// Suites with one thing wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// What is wrong, for a person.
    pub(super) flaw: &'static str,
    /// How bad it is.
    pub(super) severity: Severity,
    /// Number and name.
    pub(super) suites: &'static [(u16, &'static str)],
}

/// All of them, worst first.
pub(super) const GROUPS: &[Group] = &[
    Group {
        flaw: "no encryption, no authentication, or keys made weak on purpose",
        severity: Severity::Medium,
        suites: &[
            (0x0001, "RSA_WITH_NULL_MD5"),
            (0x0002, "RSA_WITH_NULL_SHA"),
            (0x003b, "RSA_WITH_NULL_SHA256"),
            (0xc010, "ECDHE_RSA_WITH_NULL_SHA"),
            (0xc006, "ECDHE_ECDSA_WITH_NULL_SHA"),
            (0x0018, "DH_anon_WITH_RC4_128_MD5"),
            (0x001b, "DH_anon_WITH_3DES_EDE_CBC_SHA"),
            (0x0034, "DH_anon_WITH_AES_128_CBC_SHA"),
            (0x003a, "DH_anon_WITH_AES_256_CBC_SHA"),
            (0xc018, "ECDH_anon_WITH_AES_128_CBC_SHA"),
            (0x0003, "RSA_EXPORT_WITH_RC4_40_MD5"),
            (0x0006, "RSA_EXPORT_WITH_RC2_CBC_40_MD5"),
            (0x0008, "RSA_EXPORT_WITH_DES40_CBC_SHA"),
            (0x0014, "DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"),
        ],
    },
    Group {
        flaw: "a broken or too short cipher (RC4, DES, 3DES)",
        severity: Severity::Medium,
        suites: &[
            (0x0004, "RSA_WITH_RC4_128_MD5"),
            (0x0005, "RSA_WITH_RC4_128_SHA"),
            (0xc011, "ECDHE_RSA_WITH_RC4_128_SHA"),
            (0xc007, "ECDHE_ECDSA_WITH_RC4_128_SHA"),
            (0x0009, "RSA_WITH_DES_CBC_SHA"),
            (0x0015, "DHE_RSA_WITH_DES_CBC_SHA"),
            (0x000a, "RSA_WITH_3DES_EDE_CBC_SHA"),
            (0x0016, "DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
            (0xc012, "ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
            (0xc008, "ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
        ],
    },
    Group {
        flaw: "no forward secrecy: whoever gets the key later reads what was recorded",
        severity: Severity::Low,
        suites: &[
            (0x002f, "RSA_WITH_AES_128_CBC_SHA"),
            (0x0035, "RSA_WITH_AES_256_CBC_SHA"),
            (0x003c, "RSA_WITH_AES_128_CBC_SHA256"),
            (0x003d, "RSA_WITH_AES_256_CBC_SHA256"),
            (0x009c, "RSA_WITH_AES_128_GCM_SHA256"),
            (0x009d, "RSA_WITH_AES_256_GCM_SHA384"),
            (0x0041, "RSA_WITH_CAMELLIA_128_CBC_SHA"),
        ],
    },
    Group {
        flaw: "no authenticated encryption (CBC)",
        severity: Severity::Info,
        suites: &[
            (0xc013, "ECDHE_RSA_WITH_AES_128_CBC_SHA"),
            (0xc014, "ECDHE_RSA_WITH_AES_256_CBC_SHA"),
            (0xc027, "ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
            (0xc028, "ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
            (0xc009, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
            (0xc00a, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
            (0xc023, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
            (0x0033, "DHE_RSA_WITH_AES_128_CBC_SHA"),
            (0x0039, "DHE_RSA_WITH_AES_256_CBC_SHA"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_suite_is_listed_once() {
        let all: Vec<u16> = GROUPS.iter().flat_map(|group| group.suites).map(|(n, _)| *n).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }
}
