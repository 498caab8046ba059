//! The policy `identify`. Its page stands beside it.

use super::Policy;
use crate::identify::faults;

/// What people need to know about it.
pub static POLICY: Policy = Policy {
    id: faults::POLICY,
    title: "says who asks, by a token, an API key or a certificate",
    refusals: faults::FAULTS,
    references: &[
        "RFC 6750",
        "RFC 7519",
        "RFC 7662",
        "RFC 8705",
        "RFC 8725",
        "RFC 9068",
        "RFC 9449",
        "OWASP API2:2023",
        "CWE-287",
        "CWE-294",
        "CWE-347",
        "CWE-613",
    ],
    criteria: &["CC6.1", "CC6.2", "CC6.6"],
    page: include_str!("identify.md"),
};
