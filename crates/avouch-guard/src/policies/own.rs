//! The policy `own`. Its page stands beside it.

use super::Policy;

/// What people need to know about it.
pub static POLICY: Policy = Policy {
    id: "own",
    title: "Only its owner reaches an object",
    refusals: &[
        ("object-unknown", 404, "it does not belong to whoever asks, or is not there"),
        ("owner-missing", 403, "nobody was identified, and the object is its owner's"),
        ("owner-unknown", 503, "the API did not say whose it is"),
    ],
    references: &["OWASP API1:2023", "CWE-639", "CWE-284"],
    criteria: &["CC6.1", "CC6.3"],
    page: include_str!("own.md"),
};
