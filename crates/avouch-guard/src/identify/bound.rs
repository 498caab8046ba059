//! Tokens that only their owner can use: what they are bound to, and whether the request shows it.

use super::faults::Fault;
use super::text::base64url;
use crate::request::Request;
use crate::settings::identify::Bound;
use serde_json::{Map, Value};

/// What a token is bound to (`cnf`, RFC 7800).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Binding {
    /// The thumbprint of the client's key (RFC 9449, section 6.1).
    pub(super) key: Option<String>,
    /// SHA-256 of the client's certificate (RFC 8705, section 3.1).
    certificate: Option<[u8; 32]>,
}

impl Binding {
    /// Reads it; `None` when the token is bound to nothing. What it is bound to in a way that is not
    /// known here cannot be shown, so such a token is refused.
    pub(super) fn of(claims: &Map<String, Value>) -> Result<Option<Self>, Fault> {
        let Some(confirmation) = claims.get("cnf") else { return Ok(None) };
        let members = confirmation.as_object().ok_or(Fault::TokenBinding)?;
        let mut binding = Self::default();
        for (name, value) in members {
            let text = value.as_str().filter(|text| !text.is_empty()).ok_or(Fault::TokenBinding)?;
            match name.as_str() {
                "jkt" => binding.key = Some(text.to_owned()),
                "x5t#S256" => {
                    let digest = base64url(text).and_then(|bytes| bytes.try_into().ok());
                    binding.certificate = Some(digest.ok_or(Fault::TokenBinding)?);
                }
                _ => return Err(Fault::TokenBinding),
            }
        }
        if binding == Self::default() { Err(Fault::TokenBinding) } else { Ok(Some(binding)) }
    }

    /// Whether the connection has the certificate, if one is needed.
    pub(super) fn certificate_shown(&self, request: &Request<'_>) -> bool {
        let Some(wanted) = &self.certificate else { return true };
        let shown = request.peer.tls.and_then(|tls| tls.client.as_ref());
        shown.is_some_and(|certificate| certificate.digest == *wanted)
    }

    /// Whether it is bound in the way that the issuer's tokens must be.
    pub(super) fn satisfies(binding: Option<&Self>, required: Option<Bound>) -> bool {
        match required {
            None => true,
            Some(Bound::Dpop) => binding.is_some_and(|binding| binding.key.is_some()),
            Some(Bound::Mtls) => binding.is_some_and(|binding| binding.certificate.is_some()),
        }
    }
}
