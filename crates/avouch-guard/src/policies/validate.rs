//! The policy `validate`. Its page stands beside it.

use super::Policy;

/// What people need to know about it.
pub static POLICY: Policy = Policy {
    id: "validate",
    title: "Only what is described comes in",
    refusals: &[
        ("parameter-invalid", 400, "a parameter is missing or not as described"),
        ("parameter-unknown", 400, "the query holds a parameter that is not described"),
        ("body-missing", 400, "the operation needs a body"),
        ("body-unexpected", 400, "the operation takes no body"),
        ("body-malformed", 400, "the body is not JSON, or can be read in two ways"),
        ("body-beyond-bounds", 400, "the body is nested too deep, or a part of it is too long"),
        ("body-too-large", 413, "the body has too many bytes"),
        ("media-type-unknown", 415, "no body of this media type is described"),
        ("content-encoding-unknown", 415, "the body is compressed and cannot be judged"),
        ("body-invalid", 422, "the body is not as its schema says"),
        ("too-complex", 503, "judging the request would take too long"),
        ("undecided", 503, "the request could not be judged"),
    ],
    references: &[
        "RFC 8259",
        "RFC 9110",
        "OWASP API3:2023",
        "OWASP API4:2023",
        "CWE-20",
        "CWE-915",
    ],
    criteria: &["CC6.6", "PI1.2", "PI1.3"],
    page: include_str!("validate.md"),
};
