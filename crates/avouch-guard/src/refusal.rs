//! A request that may not pass, and what its sender is told.

use std::borrow::Cow;

/// Why a request is refused. It is answered as `application/problem+json` (RFC 9457) and recorded.
/// Nothing in it comes from the request or from a library's error text: what an attacker sent is not
/// echoed, and no secret can be in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The policy that refused, such as `identify`.
    pub policy: &'static str,
    /// What was wrong, as a word of ours that scripts may compare, such as `token-expired`.
    pub code: &'static str,
    /// The status to answer with (RFC 9110, section 15).
    pub status: u16,
    /// A sentence for whoever reads the answer.
    pub detail: Cow<'static, str>,
    /// The value of `WWW-Authenticate`, where the status is 401 (RFC 9110, section 11.6.1).
    pub challenge: Option<String>,
    /// The value of `Allow`, where the status is 405 (RFC 9110, section 10.2.1).
    pub allow: Option<String>,
    /// When it is worth trying again, in seconds.
    pub retry_after_s: Option<u32>,
    /// The places that were wrong, as JSON pointers (RFC 6901) or `query:name`, `header:name`,
    /// `path:name`, each with a sentence. Names of the description only, never values.
    pub places: Vec<Wrong>,
}

/// One place of a request that is not as described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where.
    pub place: String,
    /// What is wrong there.
    pub because: Cow<'static, str>,
}

impl Refusal {
    /// A refusal that says only this.
    pub fn new(
        policy: &'static str,
        code: &'static str,
        status: u16,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            policy,
            code,
            status,
            detail: detail.into(),
            challenge: None,
            allow: None,
            retry_after_s: None,
            places: Vec::new(),
        }
    }

    /// The policy could not decide. Unknown is never good: it is refused, and the status says that it
    /// is our failure.
    pub fn undecided(policy: &'static str, code: &'static str, detail: &'static str) -> Self {
        Self::new(policy, code, 503, detail)
    }

    /// With the value of `WWW-Authenticate`.
    #[must_use]
    pub fn challenge(mut self, challenge: impl Into<String>) -> Self {
        self.challenge = Some(challenge.into());
        self
    }

    /// With the value of `Allow`.
    #[must_use]
    pub fn allow(mut self, methods: impl Into<String>) -> Self {
        self.allow = Some(methods.into());
        self
    }

    /// With the places that were wrong.
    #[must_use]
    pub fn places(mut self, places: Vec<Wrong>) -> Self {
        self.places = places;
        self
    }

    /// With the time after which it is worth trying again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Whether the guard could not decide, rather than decided against.
    pub fn is_undecided(&self) -> bool {
        self.status == 503
    }
}
