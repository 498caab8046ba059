//! The policy `limit`. Its page stands beside it.

use super::Policy;

/// What people need to know about it.
pub static POLICY: Policy = Policy {
    id: "limit",
    title: "Nobody asks for more than their share",
    refusals: &[("limit-reached", 429, "more was asked for than is allowed in this time")],
    references: &["RFC 6585", "OWASP API4:2023", "OWASP API6:2023", "CWE-770", "CWE-307"],
    criteria: &["A1.1", "CC6.6", "CC7.2"],
    page: include_str!("limit.md"),
};
