//! The policy `filter`. Its page stands beside it.

use super::Policy;

/// What people need to know about it.
pub static POLICY: Policy = Policy {
    id: "filter",
    title: "Only what is meant for the caller goes out",
    refusals: &[
        ("answer-hidden", 403, "the answer is one value, of a class that the caller may not see"),
        (
            "answer-undescribed",
            502,
            "the answer holds what is not described, and the settings refuse it",
        ),
        ("answer-malformed", 502, "the answer says that it is JSON and is not"),
        ("answer-encoded", 502, "the answer is compressed and cannot be looked at"),
        ("answer-too-large", 502, "the answer is too large to be looked at"),
    ],
    references: &[
        "RFC 9457",
        "OWASP API3:2023",
        "OWASP API8:2023",
        "CWE-200",
        "CWE-209",
        "CWE-213",
    ],
    criteria: &["CC6.1", "CC6.7", "C1.1", "P4.1"],
    page: include_str!("filter.md"),
};
