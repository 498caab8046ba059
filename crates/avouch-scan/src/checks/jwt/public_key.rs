//! Public keys as published, in the forms in which programs keep them.
//!
//! In scope: JSON Web Key sets (RFC 7517) with RSA and P-256, P-384, P-521 keys, and PEM texts as they
//! stand. Out of scope: certificates, Edwards curves (no verifier of theirs takes a shared secret).

use crate::der::{bits, integer, sequence};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// LIMIT: keys taken from one set.
const KEYS_MAX: usize = 2;
/// LIMIT: bytes of a modulus or coordinate; RSA with 16,384 bits.
const NUMBER_BYTES_MAX: usize = 2_048;
/// Characters in a line of PEM (RFC 7468, section 2).
const PEM_LINE: usize = 64;

/// `rsaEncryption` (RFC 8017) and its empty parameters.
const RSA: [u8; 13] =
    [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// `id-ecPublicKey` (RFC 5480).
const EC: [u8; 9] = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// `secp256r1`, `secp384r1`, `secp521r1` (RFC 5480) with the bytes of a coordinate.
const CURVES: [(&str, &[u8], usize); 3] = [
    ("P-256", &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07], 32),
    ("P-384", &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22], 48),
    ("P-521", &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23], 66),
];

/// A public key's text, as a program might hold it, and what form it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyText {
    /// The bytes that a confused verifier would take for a secret.
    pub(super) bytes: Vec<u8>,
    /// For the record: `spki-pem`, `pkcs1-pem-no-newline` …
    pub(super) form: String,
}

/// Every form of the keys of a set, likely ones first; empty when the value is no key set.
pub(super) fn texts_of_set(json: &Value) -> Vec<KeyText> {
    let keys = json.get("keys").and_then(Value::as_array).into_iter().flatten();
    let usable = keys.filter(|key| key.get("use").is_none_or(|usage| usage == "sig"));
    let forms: Vec<(Vec<u8>, Option<Vec<u8>>)> = usable.filter_map(der).take(KEYS_MAX).collect();
    let mut texts = Vec::new();
    for (spki, _) in &forms {
        texts.extend(with_and_without_newline(&pem("PUBLIC KEY", spki), "spki-pem"));
    }
    for pkcs1 in forms.iter().filter_map(|(_, pkcs1)| pkcs1.as_ref()) {
        texts.extend(with_and_without_newline(&pem("RSA PUBLIC KEY", pkcs1), "pkcs1-pem"));
    }
    texts
}

/// The forms of a public key that is published as PEM; empty when the text is none.
pub(super) fn texts_of_pem(text: &str) -> Vec<KeyText> {
    let plain = text.replace("\r\n", "\n");
    let Some((_, from)) = plain.split_once("-----BEGIN ") else { return Vec::new() };
    let Some((label, from)) = from.split_once("-----\n") else { return Vec::new() };
    let end = format!("\n-----END {label}-----");
    let Some((body, _)) = from.split_once(end.as_str()) else { return Vec::new() };
    if !matches!(label, "PUBLIC KEY" | "RSA PUBLIC KEY") {
        return Vec::new();
    }
    let whole = format!("-----BEGIN {label}-----\n{body}{end}\n");
    with_and_without_newline(&whole, "published-pem").to_vec()
}

fn with_and_without_newline(text: &str, form: &str) -> [KeyText; 2] {
    let bare = KeyText { bytes: text.trim_end().into(), form: format!("{form}-no-newline") };
    [KeyText { bytes: text.into(), form: form.to_owned() }, bare]
}

/// The key as `SubjectPublicKeyInfo` (RFC 5280) and, for RSA, as `RSAPublicKey` (RFC 8017).
fn der(key: &Value) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    match key.get("kty")?.as_str()? {
        "RSA" => {
            let (modulus, exponent) = (number(key, "n")?, number(key, "e")?);
            let pkcs1 = sequence(&[integer(&modulus), integer(&exponent)]);
            Some((spki(&RSA, &pkcs1), Some(pkcs1)))
        }
        "EC" => {
            let name = key.get("crv")?.as_str()?;
            let (_, curve, bytes) = CURVES.iter().find(|(known, _, _)| *known == name)?;
            let (x, y) = (number(key, "x")?, number(key, "y")?);
            let whole = x.len() == *bytes && y.len() == *bytes;
            let point = [vec![4], x, y].concat();
            whole.then(|| (spki(&[&EC, *curve].concat(), &point), None))
        }
        _ => None,
    }
}

fn number(key: &Value, name: &str) -> Option<Vec<u8>> {
    let text = key.get(name)?.as_str()?.trim_end_matches('=');
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    (!bytes.is_empty() && bytes.len() <= NUMBER_BYTES_MAX).then_some(bytes)
}

fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    sequence(&[sequence(&[algorithm.to_vec()]), bits(key)])
}

fn pem(label: &str, der: &[u8]) -> String {
    let base64: Vec<char> = STANDARD.encode(der).chars().collect();
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in base64.chunks(PEM_LINE) {
        text.extend(line);
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use proptest::prelude::*;
    use serde_json::json;

    fn spki_of(set: &Value) -> Vec<u8> {
        let text = String::from_utf8(texts_of_set(set).remove(0).bytes).unwrap();
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        STANDARD.decode(body).unwrap()
    }

    #[test]
    fn a_curve_key_is_written_as_a_library_writes_it() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref();
        let coordinate = |from: usize| URL_SAFE_NO_PAD.encode(&point[from..from + 32]);
        let set = json!({"keys": [
            {"kty": "EC", "crv": "P-256", "x": coordinate(1), "y": coordinate(33)}
        ]});
        let theirs: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        assert_eq!(spki_of(&set), theirs.as_ref());
    }

    #[test]
    fn an_rsa_key_is_written_as_a_library_writes_it() {
        let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        // SEQUENCE (4 bytes), INTEGER (4 bytes), a zero, the modulus, then the exponent 65537.
        let pkcs1 = pair.public_key().as_ref();
        let modulus = URL_SAFE_NO_PAD.encode(&pkcs1[9..265]);
        let set = json!({"keys": [{"kty": "RSA", "use": "sig", "n": modulus, "e": "AQAB"}]});
        let theirs: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        assert_eq!(spki_of(&set), theirs.as_ref());
        let (_, ours) = der(&set["keys"][0]).unwrap();
        assert_eq!(ours.unwrap(), pkcs1);
        let forms: Vec<String> = texts_of_set(&set).into_iter().map(|text| text.form).collect();
        let wanted = ["spki-pem", "spki-pem-no-newline", "pkcs1-pem", "pkcs1-pem-no-newline"];
        assert_eq!(forms, wanted);
    }

    #[test]
    fn what_is_no_key_set_gives_nothing() {
        for set in [
            json!({"keys": [{"kty": "RSA", "n": "!", "e": "AQAB"}]}),
            json!({"keys": [{"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"}]}),
            json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"}]}),
            json!({"keys": {}}),
            json!([1]),
        ] {
            assert_eq!(texts_of_set(&set), [], "{set}");
        }
    }

    #[test]
    fn a_published_pem_keeps_its_lines() {
        let text = "key:\r\n-----BEGIN PUBLIC KEY-----\r\nAAAA\r\n-----END PUBLIC KEY-----";
        let texts = texts_of_pem(text);
        let whole = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
        assert_eq!(texts[0].bytes, format!("{whole}\n").into_bytes());
        assert_eq!(texts[1].bytes, whole.as_bytes());
        assert_eq!(texts_of_pem("-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----"), []);
    }

    proptest! {
        #[test]
        fn no_key_set_panics(n in ".{0,40}", e in ".{0,8}", pem in ".{0,80}") {
            let _ = texts_of_set(&json!({"keys": [{"kty": "RSA", "n": n, "e": e}]}));
            let _ = texts_of_pem(&pem);
        }
    }
}
