//! What a certificate says (RFC 5280).

use avouch_model::placeholder::{CLOSE, OPEN};
use avouch_model::tls::CertificateFacts;
use aws_lc_rs::digest;
use std::fmt::Write as _;
use std::net::IpAddr;
use x509_parser::der_parser::oid::Oid;
use x509_parser::extensions::GeneralName;
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// Names of one certificate that are kept. // LIMIT: names
const NAMES_MAX: usize = 200;

/// Characters kept of one name in a certificate. // LIMIT: characters
const NAME_CHARS_MAX: usize = 512;

/// A text from a certificate, bounded, and without the characters of a placeholder.
fn plain(text: &str) -> String {
    text.replace(OPEN, "<").replace(CLOSE, ">").chars().take(NAME_CHARS_MAX).collect()
}

/// The facts of a certificate; `None` when it cannot be read.
pub(super) fn facts(der: &[u8]) -> Option<CertificateFacts> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let (key_algorithm, key_bits) = key(&certificate);
    Some(CertificateFacts {
        subject: plain(&certificate.subject().to_string()),
        issuer: plain(&certificate.issuer().to_string()),
        names: names(&certificate),
        not_before: certificate.validity().not_before.timestamp(),
        not_after: certificate.validity().not_after.timestamp(),
        key_algorithm,
        key_bits,
        signature_algorithm: short_name(&certificate.signature_algorithm.algorithm),
        fingerprint_sha256: fingerprint(der),
    })
}

fn fingerprint(der: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, der);
    digest.as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn short_name(oid: &Oid<'_>) -> String {
    oid2sn(oid, oid_registry()).map_or_else(|_| oid.to_id_string(), str::to_owned)
}

fn key(certificate: &X509Certificate<'_>) -> (String, u32) {
    let subject = certificate.public_key();
    let (name, bits) = match subject.parsed() {
        Ok(PublicKey::RSA(rsa)) => ("RSA".to_owned(), rsa.key_size()),
        Ok(PublicKey::EC(point)) => ("EC".to_owned(), point.key_size()),
        _ => match subject.algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => ("Ed25519".to_owned(), 256),
            "1.3.101.113" => ("Ed448".to_owned(), 456),
            _ => (short_name(&subject.algorithm.algorithm), 0),
        },
    };
    (name, u32::try_from(bits).unwrap_or_default())
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(alternatives)) = certificate.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(dns) => Some(plain(dns)),
        GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
            .map(IpAddr::from)
            .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from))
            .ok()
            .map(|ip| ip.to_string()),
        _ => None,
    };
    alternatives.value.general_names.iter().filter_map(name).take(NAMES_MAX).collect()
}
