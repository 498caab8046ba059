//! The policy `route`. Its page stands beside it.

use super::Policy;

/// What people need to know about it.
pub static POLICY: Policy = Policy {
    id: "route",
    title: "Only what the description names can be asked for",
    refusals: &[
        ("operation-unknown", 404, "no operation of the description has this path"),
        ("method-unknown", 405, "the path is described, and not with this method"),
        ("path-malformed", 400, "a value in the path is no text"),
        ("undecided", 503, "the operation could not be told"),
    ],
    references: &["RFC 9110", "OWASP API9:2023", "CWE-1059"],
    criteria: &["CC6.1", "CC6.6", "CC8.1"],
    page: include_str!("route.md"),
};
