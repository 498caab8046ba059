//! Who asks, as far as it was proven.

use avouch_model::fact::request::ProvenBy;
use serde_json::{Map, Value};

/// Who asks, and how that was proven. Holds no credential: what is in it may be logged, recorded and
/// given to policies.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// Who: `sub` of a token, the owner of a key, the subject of a certificate. Empty for anybody.
    pub id: String,
    /// Who vouches for it: the issuer's name in the settings.
    pub issuer: Option<String>,
    /// How it was proven.
    pub proven_by: ProvenBy,
    /// Roles, from the claim or the key that names them.
    pub roles: Vec<String>,
    /// Scopes (RFC 6749, section 3.3), from `scope` or `scp` or the key.
    pub scopes: Vec<String>,
    /// The claims of the token, as policies may read them. Empty for keys and certificates.
    pub claims: Map<String, Value>,
    /// The id of the token (`jti`), or the first 16 hexadecimal digits of the token's SHA-256 where it
    /// has none. By it a token is shut out.
    pub token: Option<String>,
    /// The id of the API key, which is no secret.
    pub key: Option<String>,
    /// Until when the credential holds, in milliseconds since 1970.
    pub expires_ms: Option<u64>,
}

impl Principal {
    /// Anybody: a request to a public operation that proves nothing.
    pub fn anybody() -> Self {
        Self {
            id: String::new(),
            issuer: None,
            proven_by: ProvenBy::Nothing,
            roles: Vec::new(),
            scopes: Vec::new(),
            claims: Map::new(),
            token: None,
            key: None,
            expires_ms: None,
        }
    }

    /// Whether nothing was proven.
    pub fn is_anybody(&self) -> bool {
        self.proven_by == ProvenBy::Nothing
    }
}
