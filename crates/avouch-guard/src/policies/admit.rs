//! The policy `admit`. Its page stands beside it.

use super::Policy;

/// What people need to know about it.
pub static POLICY: Policy = Policy {
    id: "admit",
    title: "Nothing passes that two parsers may read in two ways",
    refusals: &[
        ("request-line-malformed", 400, "the first line is not method, target and version"),
        ("version-unknown", 505, "the version is none that is spoken"),
        ("target-malformed", 400, "the target is no path that can be read in one way"),
        ("target-too-long", 414, "the target is longer than taken"),
        ("header-malformed", 400, "a header is folded, or no name, colon and value"),
        ("line-end-bare", 400, "a line does not end with CR LF"),
        ("control-byte", 400, "a control byte stands in the head"),
        ("head-too-large", 431, "the head is larger than taken"),
        ("too-many-headers", 431, "there are more headers than taken"),
        ("length-twice", 400, "the length of the body is said twice"),
        ("length-malformed", 400, "the length of the body is no plain number"),
        ("transfer-coding-unknown", 501, "the transfer coding is not chunked, once"),
        ("framing-ambiguous", 400, "a transfer coding stands beside a length, or in HTTP/1.0"),
        ("expectation-unknown", 417, "something else than 100-continue is expected"),
        ("host-count", 400, "there is not exactly one Host"),
        ("host-malformed", 400, "the Host is no host"),
        ("host-differs", 400, "Host and target name different hosts"),
        ("host-unknown", 421, "the host is none of `hosts`"),
        ("method-refused", 405, "TRACE, TRACK and CONNECT are never taken"),
        ("path-ambiguous", 400, "the path may be read in two ways"),
        ("query-malformed", 400, "the query may be read in two ways"),
        ("connection-option", 400, "the Connection header lists a header that decisions rest on"),
        ("forwarded-malformed", 400, "a trusted proxy names an address that is none"),
        ("chunk-malformed", 400, "a chunk is not framed as it must be"),
        ("trailer-malformed", 400, "a trailer is not as it must be"),
        ("body-too-large", 413, "the body is larger than allowed"),
        ("body-too-slow", 408, "the body took too long"),
        ("body-broken", 400, "the body broke off"),
        ("method-malformed", 400, "the method is not written in capital letters"),
    ],
    references: &["RFC 9112", "RFC 9110", "RFC 3986", "CWE-444", "CWE-22", "CWE-400"],
    criteria: &["CC6.1", "CC6.6", "PI1.2"],
    page: include_str!("admit.md"),
};
