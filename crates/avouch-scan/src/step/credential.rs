//! What stands for a credential in a request, as data: whose it is, and what was done to it.

use avouch_model::identity::Who;
use serde::{Deserialize, Serialize};

/// What stands for a credential in a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    /// Nothing.
    None,
    /// That identity's own.
    Of(Who),
    /// Something of the same form and length as that identity's, and of no value. The salt makes
    /// several different ones.
    Garbage {
        /// Whose form it has.
        like: Who,
        /// Tells several apart.
        salt: u32,
    },
    /// A webhook's signature over the body, by the secret the user told. Equal bodies are signed
    /// alike, at the same moment: sending one again is a true replay.
    Signed {
        /// By the true secret; else by another one.
        rightly: bool,
    },
    /// That identity's token, forged.
    Forged {
        /// Whose token is the model.
        from: Who,
        /// What is done to it.
        forgery: Forgery,
    },
    /// A genuine token that the user gave along with that identity, and that must not open anything.
    Kept {
        /// Whose it is.
        of: Who,
        /// Why it must not.
        why: Misfit,
    },
}

/// Why a genuine token must not be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Misfit {
    /// Its time is over.
    Expired,
    /// It was issued for another service.
    OtherAudience,
}

impl Misfit {
    /// How it is called in records and configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::OtherAudience => "other-audience",
        }
    }
}

impl Credential {
    /// Who speaks, or claims to.
    pub fn who(&self) -> Who {
        match self {
            Self::None | Self::Signed { .. } => Who::Nobody,
            Self::Of(who) => *who,
            Self::Garbage { like, .. } => *like,
            Self::Forged { from, .. } => *from,
            Self::Kept { of, .. } => *of,
        }
    }

    /// What was done to the credential, for the record; `None` when nothing.
    pub fn note(&self) -> Option<String> {
        match self {
            Self::None | Self::Of(_) => None,
            Self::Garbage { .. } => Some("garbage".to_owned()),
            Self::Signed { rightly: true } => Some("signed".to_owned()),
            Self::Signed { rightly: false } => Some("signed-wrongly".to_owned()),
            Self::Forged { forgery, .. } => Some(forgery.note()),
            Self::Kept { why, .. } => Some(why.name().to_owned()),
        }
    }
}

/// What is done to a JSON Web Token (RFC 7515). The header and claims stay, unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forgery {
    /// One bit in the middle of the signature is flipped.
    SignatureFlipped,
    /// The signature is replaced by random bytes of the same length.
    SignatureRandom,
    /// The `alg` is replaced by this spelling of "none" and the signature is empty.
    Unsigned {
        /// Such as `none` or `nOnE`.
        alg: String,
    },
    /// The signature is all zeros, which satisfies the equation of ECDSA where nobody looks whether
    /// its numbers are in range.
    SignatureZero,
    /// The token is signed with this key, which is no secret: empty, a zero byte, or the issuer's
    /// public key. The `alg` is HS256, unless the token has another of its family already.
    HmacSigned {
        /// The key's bytes.
        key: Vec<u8>,
        /// What the key is, for the record.
        key_name: String,
    },
    /// As [`Forgery::HmacSigned`], and the header's `kid` leads to that key if it is used as a path
    /// or in a query.
    KeyNamed {
        /// The `kid`.
        kid: String,
        /// What the `kid` does, for the record.
        kid_name: String,
        /// The key's bytes.
        key: Vec<u8>,
        /// What the key is, for the record.
        key_name: String,
    },
    /// The token is signed with a key pair of the scan's own, and the header says which key that is.
    OwnKey {
        /// How the header says it.
        told: KeyTold,
        /// Whether that key really signs; else the signature is random bytes.
        signs: bool,
    },
}

/// How a token's header says which public key verifies it (RFC 7515, section 4.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyTold {
    /// `jwk`: the key itself.
    Key,
    /// `x5c`: a certificate of the key, signed by itself.
    Certificate,
    /// `jku`: an address where the key is.
    KeyAddress(String),
    /// `x5u`: an address where the certificate is.
    CertificateAddress(String),
}

impl KeyTold {
    /// The header it stands in.
    pub fn header(&self) -> &'static str {
        match self {
            Self::Key => "jwk",
            Self::Certificate => "x5c",
            Self::KeyAddress(_) => "jku",
            Self::CertificateAddress(_) => "x5u",
        }
    }
}

impl Forgery {
    /// What was done, for the record.
    pub fn note(&self) -> String {
        match self {
            Self::SignatureFlipped => "signature-flipped".to_owned(),
            Self::SignatureRandom => "signature-random".to_owned(),
            Self::Unsigned { alg } => format!("alg-{alg}"),
            Self::SignatureZero => "signature-zero".to_owned(),
            Self::HmacSigned { key_name, .. } => format!("hmac-{key_name}"),
            Self::KeyNamed { kid_name, key_name, .. } => format!("kid-{kid_name}-{key_name}"),
            Self::OwnKey { told, signs: true } => format!("{}-own-key", told.header()),
            Self::OwnKey { told, signs: false } => format!("{}-unsigned", told.header()),
        }
    }
}
