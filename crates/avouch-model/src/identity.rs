//! Who is asking.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A handle for one of the scan's identities. A check holds the handle, never the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// No credential at all.
    Nobody,
    /// The first identity.
    A,
    /// The second identity, of the same role as the first.
    B,
    /// An identity of a higher role.
    High,
}

impl Who {
    /// Every handle, the anonymous one first.
    pub const ALL: [Self; 4] = [Self::Nobody, Self::A, Self::B, Self::High];

    /// The name used in reports and configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::A => "a",
            Self::B => "b",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "nobody",
            Self::A => "A",
            Self::B => "B",
            Self::High => "high",
        })
    }
}

/// Where a credential travels in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// A header, with the text before the credential: `Authorization` and `Bearer `.
    Header {
        /// The header's name.
        name: String,
        /// What stands before the credential, with its space; may be empty.
        prefix: String,
    },
    /// A query parameter of that name.
    Query(String),
    /// A cookie of that name.
    Cookie(String),
}

/// What may be known of an identity without its credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityFacts {
    /// Which identity.
    pub who: Who,
    /// How the user calls it.
    pub label: String,
    /// Where its credential travels.
    pub carrier: Carrier,
    /// What its token says, when it is a JSON Web Token.
    pub token: Option<TokenFacts>,
    /// Its own personal data, as placeholders and plain values: what it may see of itself.
    pub own_values: Vec<String>,
    /// What its credential is good for, as its token or its issuer says; `None` when neither does.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// What a token of its own says that has expired, when the user gave one.
    #[serde(default)]
    pub expired: Option<TokenFacts>,
    /// What a token says that was issued for another service, when the user gave one.
    #[serde(default)]
    pub other_audience: Option<TokenFacts>,
}

/// What a JSON Web Token says without its signature (RFC 7519).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenFacts {
    /// The `alg` of its header, such as `RS256`.
    pub algorithm: String,
    /// Other header names that are present: `kid`, `jku` …
    pub header_names: Vec<String>,
    /// Names of its claims, sorted.
    pub claims: Vec<String>,
    /// Claims whose value is sensitive: the claim's name and the placeholder of its value.
    pub sensitive_claims: Vec<(String, String)>,
    /// The `kid` of its header, which is often a name and never a secret.
    pub key_id: Option<String>,
    /// `iss`.
    pub issuer: Option<String>,
    /// `aud`.
    pub audiences: Vec<String>,
    /// What it is good for: `scope` (RFC 8693) or what takes its place. `None` when it does not say,
    /// which is not the same as for nothing.
    pub scopes: Option<Vec<String>>,
    /// `iat`, seconds since 1970.
    pub issued_at: Option<i64>,
    /// `exp`, seconds since 1970.
    pub expires_at: Option<i64>,
    /// Whether the secret that signs it was found in a list of known secrets: the place in the list
    /// and the secret's length. `None` when not found or not an HMAC algorithm.
    pub weak_secret: Option<WeakSecret>,
}

/// A signing secret that is in a public list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeakSecret {
    /// How many secrets were tried before it was found.
    pub tried: u32,
    /// Length of the secret in bytes.
    pub length: u32,
    /// Placeholder of the secret.
    pub shown: String,
}
