//! Signatures of requests (AWS Signature Version 4).

use super::dates::basic;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use std::fmt;

/// Who asks.
#[derive(Clone)]
pub struct Credentials {
    /// The id of the key.
    pub key: String,
    /// The secret.
    pub secret: String,
    /// The token of a session.
    pub token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}, …)", self.key)
    }
}

/// A request to be signed.
#[derive(Debug)]
pub(super) struct Unsigned<'a> {
    pub(super) method: &'a str,
    /// The path, encoded as it is sent.
    pub(super) path: &'a str,
    /// The query, encoded and sorted.
    pub(super) query: &'a str,
    pub(super) host: &'a str,
    /// Further headers, with names in lower case.
    pub(super) headers: &'a [(String, String)],
    pub(super) body: &'a [u8],
}

pub(super) fn hex(bytes: &[u8]) -> String {
    avouch_ledger::format::canonical::to_hex(bytes)
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

/// The headers to send: those that were given, and those that sign them.
pub(super) fn sign(
    request: &Unsigned<'_>,
    (credentials, region): (&Credentials, &str),
    time_s: u64,
) -> Vec<(String, String)> {
    let time = basic(time_s);
    let day = time.get(..8).unwrap_or_default();
    let body = hex(digest(&SHA256, request.body).as_ref());
    let mut headers = request.headers.to_vec();
    headers.push(("x-amz-content-sha256".to_owned(), body.clone()));
    headers.push(("x-amz-date".to_owned(), time.clone()));
    if let Some(token) = &credentials.token {
        headers.push(("x-amz-security-token".to_owned(), token.clone()));
    }
    let mut signed = headers.clone();
    signed.push(("host".to_owned(), request.host.to_owned()));
    signed.sort_unstable();
    let names: Vec<&str> = signed.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let lines = signed.iter().map(|(name, value)| format!("{name}:{}\n", value.trim()));
    let lines: String = lines.collect();
    let Unsigned { method, path, query, .. } = request;
    let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{body}");
    let scope = format!("{day}/{region}/s3/aws4_request");
    let canonical = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical}");
    let mut key = mac(format!("AWS4{}", credentials.secret).as_bytes(), day);
    for part in [region, "s3", "aws4_request"] {
        key = mac(&key, part);
    }
    let signature = hex(&mac(&key, &text));
    let value = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        credentials.key
    );
    headers.push(("authorization".to_owned(), value));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example "GET Object" in the vendor's documentation of the signature.
    #[test]
    fn the_example_of_the_documentation_is_signed() {
        let credentials = Credentials {
            key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            token: None,
        };
        let range = [("range".to_owned(), "bytes=0-9".to_owned())];
        let request = Unsigned {
            method: "GET",
            path: "/test.txt",
            query: "",
            host: "examplebucket.s3.amazonaws.com",
            headers: &range,
            body: b"",
        };
        let headers = sign(&request, (&credentials, "us-east-1"), 1_369_353_600);
        let authorization = &headers.last().unwrap().1;
        let expected = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        assert!(authorization.ends_with(expected), "{authorization}");
    }
}
