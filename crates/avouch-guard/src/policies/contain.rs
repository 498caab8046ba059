//! The policy `contain`. Its page stands beside it.

use super::Policy;

/// What people need to know about it.
pub static POLICY: Policy = Policy {
    id: "contain",
    title: "Who is shut out is out from the next request on",
    refusals: &[
        ("shut-out", 403, "the address, the principal, the key or the token is shut out"),
        ("operation-closed", 403, "nobody gets the operation for now"),
    ],
    references: &["CWE-284", "NIST SP 800-61"],
    criteria: &["CC6.3", "CC7.4"],
    page: include_str!("contain.md"),
};
