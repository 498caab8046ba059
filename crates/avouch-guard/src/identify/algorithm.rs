//! The algorithms of signatures that are accepted. All have a public key: with a shared secret whoever
//! can check a token can make one.

use aws_lc_rs::signature::{
    self, EcdsaVerificationAlgorithm, RsaParameters, VerificationAlgorithm,
};
use serde::Deserialize;

/// An algorithm of JSON Web Signatures (RFC 7518, section 3.1; RFC 8037; RFC 9864).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Algorithm {
    /// RSA with PKCS #1 v1.5 and SHA-256.
    Rs256,
    /// RSA with PKCS #1 v1.5 and SHA-384.
    Rs384,
    /// RSA with PKCS #1 v1.5 and SHA-512.
    Rs512,
    /// RSA with PSS and SHA-256.
    Ps256,
    /// RSA with PSS and SHA-384.
    Ps384,
    /// RSA with PSS and SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519, which RFC 8037 calls `EdDSA` and RFC 9864 by its name.
    Ed25519,
}

/// What kind of key an algorithm takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// RSA, and how it signs.
    Rsa(&'static RsaParameters),
    /// A curve of NIST: its name in a key, the bytes of a coordinate, and how it signs.
    Curve(&'static str, usize, &'static EcdsaVerificationAlgorithm),
    /// Ed25519.
    Edwards,
}

impl Algorithm {
    /// Every algorithm, with the word that tokens and settings have for it.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Rs256, "RS256"),
        (Self::Rs384, "RS384"),
        (Self::Rs512, "RS512"),
        (Self::Ps256, "PS256"),
        (Self::Ps384, "PS384"),
        (Self::Ps512, "PS512"),
        (Self::Es256, "ES256"),
        (Self::Es384, "ES384"),
        (Self::Es512, "ES512"),
        (Self::Ed25519, "EdDSA"),
    ];

    /// Reads its word.
    pub fn parse(text: &str) -> Option<Self> {
        let word = if text == "Ed25519" { "EdDSA" } else { text };
        Self::ALL.iter().find(|(_, named)| *named == word).map(|(algorithm, _)| *algorithm)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(algorithm, _)| *algorithm == self).map_or("", |(_, word)| word)
    }

    /// The kind of key it takes.
    pub(super) fn family(self) -> Family {
        match self {
            Self::Rs256 => Family::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            Self::Rs384 => Family::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
            Self::Rs512 => Family::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
            Self::Ps256 => Family::Rsa(&signature::RSA_PSS_2048_8192_SHA256),
            Self::Ps384 => Family::Rsa(&signature::RSA_PSS_2048_8192_SHA384),
            Self::Ps512 => Family::Rsa(&signature::RSA_PSS_2048_8192_SHA512),
            Self::Es256 => Family::Curve("P-256", 32, &signature::ECDSA_P256_SHA256_FIXED),
            Self::Es384 => Family::Curve("P-384", 48, &signature::ECDSA_P384_SHA384_FIXED),
            Self::Es512 => Family::Curve("P-521", 66, &signature::ECDSA_P521_SHA512_FIXED),
            Self::Ed25519 => Family::Edwards,
        }
    }
}

impl Family {
    /// How signatures of this kind are checked.
    pub(super) fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Rsa(parameters) => parameters,
            Self::Curve(_, _, curve) => curve,
            Self::Edwards => &signature::ED25519,
        }
    }
}

impl TryFrom<String> for Algorithm {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|(_, word)| *word).collect();
            format!(
                "`{text}` is no algorithm that is accepted: only those with a public key are, {}",
                words.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_read_and_no_other() {
        for (algorithm, word) in Algorithm::ALL {
            assert_eq!(Algorithm::parse(word), Some(algorithm));
            assert_eq!(algorithm.word(), word);
        }
        for word in ["none", "None", "HS256", "HS512", "rs256", "RS1", "ES256K", "RSA-OAEP", ""] {
            assert_eq!(Algorithm::parse(word), None, "{word}");
        }
    }
}
