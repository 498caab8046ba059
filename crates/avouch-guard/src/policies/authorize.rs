//! The policy `authorize`. Its page stands beside it.

use super::Policy;

/// What people need to know about it.
pub static POLICY: Policy = Policy {
    id: "authorize",
    title: "Only who may do this, to this, does it",
    refusals: &[
        ("scope-missing", 403, "the credential lacks a scope that the operation needs"),
        ("role-missing", 403, "the caller has none of the roles that the operation needs"),
        ("policy-denies", 403, "no policy permits it, or one forbids it"),
        ("policy-errs", 503, "a policy could not be evaluated, so that nobody knows what it says"),
        ("undecided", 503, "the policies could not be asked"),
        ("principal-missing", 403, "nobody was identified, and the operation is not public"),
    ],
    references: &["OWASP API1:2023", "OWASP API5:2023", "CWE-285", "CWE-639"],
    criteria: &["CC6.1", "CC6.3"],
    page: include_str!("authorize.md"),
};
