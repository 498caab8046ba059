//! What a credential can be refused for, and how that is said.

use crate::Refusal;

/// The name of the policy, as in settings and records.
pub(crate) const POLICY: &str = "identify";

/// Declares each reason once: its variant, code, status, and the sentence for who asked.
macro_rules! faults {
    ($($variant:ident $code:literal $status:literal $detail:literal;)*) => {
        /// Why a credential is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Fault {
            $(#[doc = $detail] $variant,)*
        }

        impl Fault {
            /// Code, status and sentence.
            pub(super) fn row(self) -> (&'static str, u16, &'static str) {
                match self {
                    $(Self::$variant => ($code, $status, $detail),)*
                }
            }
        }

        /// Every reason: code, status and sentence.
        pub(crate) const FAULTS: &[(&str, u16, &str)] = &[$(($code, $status, $detail),)*];
    };
}

faults! {
    CredentialMissing "credential-missing" 401 "this needs a credential, and none was sent";
    CredentialsSeveral "credentials-several" 400 "more than one credential was sent";
    CredentialInQuery "credential-in-query" 400 "a credential stands in the address, where it is logged; send it in a header";
    SchemeUnknown "scheme-unknown" 401 "the scheme of the credential is not accepted here";
    TokenMalformed "token-malformed" 401 "the token is not of a form that is accepted";
    TokenTooLong "token-too-long" 401 "the token is longer than is accepted";
    TokenType "token-type" 401 "the token is not an access token";
    TokenAlgorithm "token-algorithm" 401 "the token is not signed in a way that is accepted";
    TokenCritical "token-critical" 401 "the token has critical extensions, and none is understood";
    IssuerUnknown "issuer-unknown" 401 "the token is of an issuer that is not trusted here";
    KeyUnknown "key-unknown" 401 "the token is signed with a key that its issuer does not have";
    TokenSignature "token-signature" 401 "the signature of the token is not of its issuer";
    TokenIncomplete "token-incomplete" 401 "the token lacks a claim that it must have, or has it in a wrong form";
    TokenAudience "token-audience" 401 "the token is not for this API";
    TokenExpired "token-expired" 401 "the token has expired";
    TokenEarly "token-early" 401 "the token is not valid yet";
    TokenInactive "token-inactive" 401 "the token is not active";
    TokenUnbound "token-unbound" 401 "the token is not bound to its owner, and must be";
    TokenBinding "token-binding" 401 "the token is bound to an owner that this request does not show";
    ProofMissing "proof-missing" 401 "the token is bound to a key, and the request has no proof of it";
    ProofInvalid "proof-invalid" 401 "the proof of the key is not valid for this request";
    ProofReplayed "proof-replayed" 401 "the proof of the key was used before";
    ApiKeyMalformed "api-key-malformed" 401 "the API key is mistyped or none of this API's";
    ApiKeyUnknown "api-key-unknown" 401 "the API key is not known here";
    ApiKeyEarly "api-key-early" 401 "the API key is not valid yet";
    ApiKeyExpired "api-key-expired" 401 "the API key has expired";
    ApiKeyRevoked "api-key-revoked" 401 "the API key was revoked";
    CertificateNameless "certificate-nameless" 401 "the certificate does not say whose it is";
    KeysUnavailable "keys-unavailable" 503 "the keys of the token's issuer cannot be had; try again";
    KeyUndecided "key-undecided" 503 "whether the token's key is its issuer's cannot be told yet; try again";
    IntrospectionUnavailable "introspection-unavailable" 503 "the token's issuer cannot be asked; try again";
    ProofsFull "proofs-full" 503 "too many proofs are remembered to tell whether this one is new; try again";
}

/// How a credential was sent, which is how its refusal is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// `Authorization: Bearer` (RFC 6750).
    Bearer,
    /// `Authorization: DPoP` (RFC 9449).
    Dpop,
    /// An API key.
    ApiKey,
}

impl Fault {
    /// The refusal, said in the way of the scheme. RFC 6750, section 3.1 and RFC 9449, section 7.1 name
    /// the errors.
    pub(super) fn refusal(self, scheme: Scheme) -> Refusal {
        let (code, status, detail) = self.row();
        let refusal = Refusal::new(POLICY, code, status, detail);
        if status != 401 {
            return refusal;
        }
        let (name, error) = match (self, scheme) {
            (Self::ProofMissing | Self::ProofInvalid | Self::ProofReplayed, _) => {
                ("DPoP", "invalid_dpop_proof")
            }
            (_, Scheme::Bearer) => ("Bearer", "invalid_token"),
            (_, Scheme::Dpop) => ("DPoP", "invalid_token"),
            // RFC 6750's errors are not those of a scheme that no RFC has.
            (_, Scheme::ApiKey) => return refusal.challenge("ApiKey"),
        };
        refusal.challenge(format!("{name} error=\"{error}\", error_description=\"{detail}\""))
    }

    /// The refusal of what could not be decided, and when to try again.
    pub(super) fn undecided(self, retry_after_s: u32) -> Refusal {
        let (code, _, detail) = self.row();
        Refusal::undecided(POLICY, code, detail).retry_after(retry_after_s)
    }
}
