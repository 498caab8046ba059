//! Key pairs of the scan's own, for tokens whose header says which key verifies them.
//!
//! They are made when first needed, live in memory, and open nothing unless the target believes
//! whatever key a token brings along.

use crate::der::{bits, integer, sequence, tagged};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaEncoding,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::ops::Range;
use std::sync::OnceLock;

/// The `kid` under which the scan's keys go.
const KEY_ID: &str = "avouch";
/// `sha256WithRSAEncryption` (RFC 4055) and its empty parameters.
const RSA_SHA256: [u8; 13] =
    [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00];
/// `commonName` (RFC 5280).
const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];
/// Where the modulus stands in the `RSAPublicKey` (RFC 8017) of a pair of 2,048 bits: behind the
/// heads of the sequence and of the number, and a zero. The exponent is 65537 by making.
const RSA_MODULUS: Range<usize> = 9..265;
/// DER tags: a set, a printable text, a time, the first field of a certificate.
const SET: u8 = 0x31;
const PRINTABLE: u8 = 0x13;
const TIME: u8 = 0x17;
const VERSION: u8 = 0xa0;

/// The pairs, each made when first asked for; `None` inside when it could not be made.
#[derive(Debug, Default)]
pub struct OwnKeys {
    rsa: OnceLock<Option<rsa::KeyPair>>,
    curve: OnceLock<Option<EcdsaKeyPair>>,
    edwards: OnceLock<Option<Ed25519KeyPair>>,
}

/// Signs, and shows its public half.
#[derive(Debug)]
pub struct Signer<'k> {
    /// The `alg` it signs with.
    pub algorithm: &'static str,
    pair: Pair<'k>,
}

#[derive(Debug)]
enum Pair<'k> {
    Rsa(&'k rsa::KeyPair, &'static dyn RsaEncoding),
    Curve(&'k EcdsaKeyPair),
    Edwards(&'k Ed25519KeyPair),
}

impl OwnKeys {
    /// A signer of the family that a token with that algorithm is signed with; RSA for those signed
    /// with a shared secret.
    pub fn signer(&self, algorithm: &str) -> Option<Signer<'_>> {
        if algorithm.starts_with("ES") {
            let made = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok();
            let pair = Pair::Curve(self.curve.get_or_init(made).as_ref()?);
            return Some(Signer { algorithm: "ES256", pair });
        }
        if algorithm == "EdDSA" || algorithm == "Ed25519" {
            let made = || Ed25519KeyPair::generate().ok();
            let pair = Pair::Edwards(self.edwards.get_or_init(made).as_ref()?);
            return Some(Signer { algorithm: "EdDSA", pair });
        }
        let (algorithm, padding): (_, &'static dyn RsaEncoding) = match algorithm {
            "RS384" => ("RS384", &RSA_PKCS1_SHA384),
            "RS512" => ("RS512", &RSA_PKCS1_SHA512),
            "PS256" => ("PS256", &RSA_PSS_SHA256),
            "PS384" => ("PS384", &RSA_PSS_SHA384),
            "PS512" => ("PS512", &RSA_PSS_SHA512),
            _ => ("RS256", &RSA_PKCS1_SHA256),
        };
        Some(Signer { algorithm, pair: Pair::Rsa(self.rsa()?, padding) })
    }

    fn rsa(&self) -> Option<&rsa::KeyPair> {
        let made = || rsa::KeyPair::generate(rsa::KeySize::Rsa2048).ok();
        self.rsa.get_or_init(made).as_ref()
    }
}

impl Signer<'_> {
    /// Signs.
    pub fn sign(&self, input: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self.pair {
            Pair::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, input, &mut signature).ok()?;
                Some(signature)
            }
            Pair::Curve(pair) => Some(pair.sign(&random, input).ok()?.as_ref().to_vec()),
            Pair::Edwards(pair) => Some(pair.sign(input).as_ref().to_vec()),
        }
    }

    /// The public half as a JSON Web Key (RFC 7517).
    pub fn key(&self) -> Option<Value> {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut key = match self.pair {
            Pair::Rsa(pair, _) => {
                let modulus = pair.public_key().as_ref().get(RSA_MODULUS)?;
                json!({"kty": "RSA", "n": text(modulus), "e": "AQAB"})
            }
            Pair::Curve(pair) => {
                // An uncompressed point: a byte that says so, then both coordinates.
                let (x, y) = pair.public_key().as_ref().get(1..)?.split_at_checked(32)?;
                json!({"kty": "EC", "crv": "P-256", "x": text(x), "y": text(y)})
            }
            Pair::Edwards(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref())})
            }
        };
        let members = key.as_object_mut()?;
        members.insert("kid".to_owned(), KEY_ID.into());
        members.insert("use".to_owned(), "sig".into());
        members.insert("alg".to_owned(), self.algorithm.into());
        Some(key)
    }

    /// The public half in a set, as issuers publish theirs.
    pub fn key_set(&self) -> Option<Value> {
        Some(json!({"keys": [self.key()?]}))
    }

    /// A certificate of an RSA key, signed by itself (RFC 5280), as `x5c` wants it: base64 of DER.
    pub fn certificate(&self) -> Option<String> {
        let Pair::Rsa(pair, _) = self.pair else { return None };
        let name = sequence(&[tagged(
            SET,
            &sequence(&[COMMON_NAME.to_vec(), tagged(PRINTABLE, KEY_ID.as_bytes())]),
        )]);
        let algorithm = sequence(&[RSA_SHA256.to_vec()]);
        let years = sequence(&[tagged(TIME, b"200101000000Z"), tagged(TIME, b"491231235959Z")]);
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        let to_be_signed = sequence(&[
            tagged(VERSION, &integer(&[2])),
            integer(&[1]),
            algorithm.clone(),
            name.clone(),
            years,
            name,
            public.as_ref().to_vec(),
        ]);
        let mut signature = vec![0; pair.public_modulus_len()];
        let random = SystemRandom::new();
        pair.sign(&RSA_PKCS1_SHA256, &random, &to_be_signed, &mut signature).ok()?;
        Some(STANDARD.encode(sequence(&[to_be_signed, algorithm, bits(&signature)])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    #[test]
    fn each_family_has_a_signer_and_a_public_key() {
        let keys = OwnKeys::default();
        for (wanted, kind) in
            [("ES384", "EC"), ("EdDSA", "OKP"), ("PS256", "RSA"), ("HS256", "RSA")]
        {
            let signer = keys.signer(wanted).unwrap();
            assert!(!signer.sign(b"input").unwrap().is_empty());
            assert_eq!(signer.key().unwrap()["kty"], kind);
        }
    }

    #[test]
    fn the_certificate_is_signed_by_its_own_key() {
        let keys = OwnKeys::default();
        let signer = keys.signer("RS256").unwrap();
        let der = STANDARD.decode(signer.certificate().unwrap()).unwrap();
        // A certificate's outer header is four bytes long here, and so is that of what is signed.
        let length = usize::from(der[6]) * 256 + usize::from(der[7]);
        let content = &der[4..8 + length];
        let signature = &der[der.len() - 256..];
        let public = signer_public(&keys);
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
            .verify(content, signature)
            .unwrap();
    }

    fn signer_public(keys: &OwnKeys) -> Vec<u8> {
        keys.rsa().unwrap().public_key().as_ref().to_vec()
    }
}
