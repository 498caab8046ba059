//! Public keys as issuers publish them (RFC 7517), and what may be checked with them.

use super::algorithm::{Algorithm, Family};
use super::json;
use super::text::{base64url, digits, sha256};
use aws_lc_rs::signature::{ParsedPublicKey, RsaPublicKeyComponents};
use serde_json::{Map, Value};

/// LIMIT: bytes of a published key set.
pub const KEY_SET_BYTES_MAX: usize = 1024 * 1024;

/// LIMIT: keys of a set; more are not read.
const KEYS_MAX: usize = 100;

/// LIMIT: bytes of the id of a key.
pub(super) const KID_BYTES_MAX: usize = 256;

/// LIMIT: keys that are tried for one token. A token without `kid` costs no more than this, and is
/// refused where its key is a later one.
const TRIED_MAX: usize = 8;

/// Bits of an RSA modulus: fewer are within reach of the well equipped, more only cost.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// One public key.
#[derive(Clone, Debug)]
pub(super) struct PublicKey {
    kid: Option<String>,
    /// The only algorithm it is for, when it says so.
    algorithm: Option<Algorithm>,
    material: Material,
    /// It in the library's form, for each algorithm it may be used with. Empty for a key that is used
    /// once.
    ready: Vec<(Algorithm, ParsedPublicKey)>,
}

/// What the key is made of, in the one form that is as short as can be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Curve { name: &'static str, x: Vec<u8>, y: Vec<u8> },
    Edwards { x: Vec<u8> },
}

/// Why a published key is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableKey {
    /// Not of a form that RFC 7517 knows.
    #[error("it is not as a key is written")]
    Malformed,
    /// Its `kty` or `crv` is none that is accepted.
    #[error("its kind is not one that is accepted")]
    Kind,
    /// It is for encryption.
    #[error("it is not for signatures")]
    Use,
    /// Its `alg` is none that is accepted, or does not fit it.
    #[error("its algorithm is not one that is accepted")]
    Algorithm,
    /// An RSA key below 2048 or above 8192 bits.
    #[error("its size is not between 2048 and 8192 bits")]
    Size,
    /// The private part stands beside it: anybody can sign with it.
    #[error("its private part is published with it")]
    Private,
}

/// The keys of an issuer.
#[derive(Clone, Debug, Default)]
pub(super) struct KeySet {
    keys: Vec<PublicKey>,
}

/// What came of reading a set.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadSet {
    pub(super) set: KeySet,
    pub(super) unusable: Vec<UnusableKey>,
}

impl KeySet {
    /// Reads a set (RFC 7517, section 5); `None` when it is none. Keys that cannot be used are left
    /// out, as the RFC asks.
    pub(super) fn parse(bytes: &[u8]) -> Option<ReadSet> {
        if bytes.len() > KEY_SET_BYTES_MAX {
            return None;
        }
        let document = json::object(bytes)?;
        let Some(Value::Array(published)) = document.get("keys") else { return None };
        let mut read = ReadSet::default();
        for key in published.iter().take(KEYS_MAX) {
            let parsed = match key {
                Value::Object(members) => PublicKey::parse(members).and_then(PublicKey::ready),
                _ => Err(UnusableKey::Malformed),
            };
            match parsed {
                Ok(key) => read.set.keys.push(key),
                Err(why) => read.unusable.push(why),
            }
        }
        Some(read)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The ids of those that have one.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter_map(|key| key.kid.as_deref())
    }

    /// Whether there is a key of that id; without an id, whether there is any.
    pub(super) fn knows(&self, kid: Option<&str>) -> bool {
        self.keys.iter().any(|key| kid.is_none() || key.kid.as_deref() == kid)
    }

    /// Whether the other set has the same keys, in whatever order.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        let within = |one: &Self, other: &Self| {
            one.keys.iter().all(|key| other.keys.iter().any(|that| key.same_as(that)))
        };
        self.len() == other.len() && within(self, other) && within(other, self)
    }

    /// Whether any key of that id vouches for the message.
    pub(super) fn vouches(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        self.keys
            .iter()
            .filter(|key| kid.is_none() || key.kid.as_deref() == kid)
            .filter(|key| key.takes(algorithm))
            .take(TRIED_MAX)
            .any(|key| key.vouches(algorithm, message, signature))
    }
}

impl PublicKey {
    /// Reads a key; members that could lead elsewhere (`jku`, `x5u`, `x5c`) are not looked at.
    pub(super) fn parse(members: &Map<String, Value>) -> Result<Self, UnusableKey> {
        let word = |name: &str| members.get(name).and_then(Value::as_str);
        if ["d", "p", "q", "dp", "dq", "qi", "k"].iter().any(|name| members.contains_key(*name)) {
            let shared = word("kty") == Some("oct");
            return Err(if shared { UnusableKey::Kind } else { UnusableKey::Private });
        }
        if members.get("use").is_some_and(|purpose| purpose != "sig") {
            return Err(UnusableKey::Use);
        }
        if let Some(operations) = members.get("key_ops") {
            let listed = operations.as_array().ok_or(UnusableKey::Malformed)?;
            if !listed.iter().any(|operation| operation == "verify") {
                return Err(UnusableKey::Use);
            }
        }
        let kid = match members.get("kid") {
            None => None,
            Some(Value::String(kid)) if kid.len() <= KID_BYTES_MAX => Some(kid.clone()),
            Some(_) => return Err(UnusableKey::Malformed),
        };
        let algorithm = match members.get("alg") {
            None => None,
            Some(said) => {
                let known = said.as_str().and_then(Algorithm::parse);
                Some(known.ok_or(UnusableKey::Algorithm)?)
            }
        };
        let key = Self { kid, algorithm, material: Material::parse(members)?, ready: Vec::new() };
        if algorithm.is_some_and(|algorithm| !key.takes(algorithm)) {
            return Err(UnusableKey::Algorithm);
        }
        Ok(key)
    }

    /// It in the library's form, which costs microseconds that are then not spent on each token. A point
    /// that is not on its curve is found here.
    fn ready(mut self) -> Result<Self, UnusableKey> {
        for (algorithm, _) in Algorithm::ALL {
            if self.takes(algorithm) {
                let ready = self.material.prepared(algorithm).ok_or(UnusableKey::Malformed)?;
                self.ready.push((algorithm, ready));
            }
        }
        Ok(self)
    }

    fn same_as(&self, other: &Self) -> bool {
        self.kid == other.kid
            && self.algorithm == other.algorithm
            && self.material == other.material
    }

    /// Whether it may be used with that algorithm.
    fn takes(&self, algorithm: Algorithm) -> bool {
        self.algorithm.is_none_or(|only| only == algorithm) && self.material.takes(algorithm)
    }

    /// Whether the signature is one of this key over the message.
    pub(super) fn vouches(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if let Some((_, key)) = self.ready.iter().find(|(ready, _)| *ready == algorithm) {
            return key.verify_sig(message, signature).is_ok();
        }
        let prepared = if self.takes(algorithm) { self.material.prepared(algorithm) } else { None };
        prepared.is_some_and(|key| key.verify_sig(message, signature).is_ok())
    }

    /// The thumbprint of it (RFC 7638), which `jkt` names (RFC 9449, section 6).
    pub(super) fn thumbprint(&self) -> String {
        let text = |bytes: &[u8]| digits(bytes);
        let canonical = match &self.material {
            Material::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(e), text(n))
            }
            Material::Curve { name, x, y } => {
                format!(r#"{{"crv":"{name}","kty":"EC","x":"{}","y":"{}"}}"#, text(x), text(y))
            }
            Material::Edwards { x } => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x))
            }
        };
        digits(&sha256(canonical.as_bytes()))
    }
}

impl Material {
    fn parse(members: &Map<String, Value>) -> Result<Self, UnusableKey> {
        let word = |name: &str| members.get(name).and_then(Value::as_str);
        let bytes = |name| word(name).and_then(base64url).ok_or(UnusableKey::Malformed);
        let exactly = |name, length| {
            bytes(name).and_then(|read| {
                if read.len() == length { Ok(read) } else { Err(UnusableKey::Malformed) }
            })
        };
        match (word("kty"), word("crv")) {
            (Some("RSA"), _) => Self::rsa(&bytes("n")?, &bytes("e")?),
            (Some("EC"), Some(curve)) => {
                let known =
                    Algorithm::ALL.iter().find_map(|(algorithm, _)| match algorithm.family() {
                        Family::Curve(name, length, _) if name == curve => Some((name, length)),
                        _ => None,
                    });
                let (name, length) = known.ok_or(UnusableKey::Kind)?;
                Ok(Self::Curve { name, x: exactly("x", length)?, y: exactly("y", length)? })
            }
            (Some("OKP"), Some("Ed25519")) => Ok(Self::Edwards { x: exactly("x", 32)? }),
            _ => Err(UnusableKey::Kind),
        }
    }

    fn rsa(n: &[u8], e: &[u8]) -> Result<Self, UnusableKey> {
        // Some issuers write the zero that ASN.1 needs and JSON does not.
        let shortest = |bytes: &[u8]| {
            bytes.iter().skip_while(|byte| **byte == 0).copied().collect::<Vec<u8>>()
        };
        let (n, e) = (shortest(n), shortest(e));
        let first = n.first().ok_or(UnusableKey::Malformed)?;
        let bits = n.len() * 8 - first.leading_zeros() as usize;
        if RSA_BITS.contains(&bits) { Ok(Self::Rsa { n, e }) } else { Err(UnusableKey::Size) }
    }

    fn takes(&self, algorithm: Algorithm) -> bool {
        match (self, algorithm.family()) {
            (Self::Rsa { .. }, Family::Rsa(_)) | (Self::Edwards { .. }, Family::Edwards) => true,
            (Self::Curve { name, .. }, Family::Curve(wanted, _, _)) => *name == wanted,
            _ => false,
        }
    }

    /// It as the library takes it; `None` when the library does not.
    fn prepared(&self, algorithm: Algorithm) -> Option<ParsedPublicKey> {
        let family = algorithm.family();
        match (self, family) {
            (Self::Rsa { n, e }, Family::Rsa(parameters)) => {
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()
            }
            (Self::Curve { x, y, .. }, _) => {
                let point = [&[4], &x[..], &y[..]].concat();
                ParsedPublicKey::new(family.verification(), point).ok()
            }
            (Self::Edwards { x }, _) => ParsedPublicKey::new(family.verification(), x).ok(),
            _ => None,
        }
    }
}
