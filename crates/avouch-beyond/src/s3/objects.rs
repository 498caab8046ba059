//! The requests of an archive.

use super::dates::{extended, parse_ms};
use super::signing::{Credentials, Unsigned, sign};
use crate::http::{Answer, Call, Client};
use avouch_ledger::archive::{Objects, Stored};
use avouch_ledger::storage::Clock;
use bytes::Bytes;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How long one request may take: a pack may have hundreds of megabytes.
const TIME: Duration = Duration::from_mins(10);

/// LIMIT: bytes of an object.
const OBJECT_BYTES_MAX: usize = 640 << 20;

/// Times that reading is tried.
const TRIES: usize = 3;

/// Characters of an error that are kept.
const ERROR_CHARS_MAX: usize = 200;

/// How objects that are to be kept are locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Nobody can remove them, also not the owner of the account.
    Compliance,
    /// Only who has a special permission can.
    Governance,
}

impl Lock {
    fn word(self) -> &'static str {
        match self {
            Self::Compliance => "COMPLIANCE",
            Self::Governance => "GOVERNANCE",
        }
    }
}

/// Where objects are: `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Address {
    bucket: String,
    prefix: String,
}

impl S3Address {
    /// Reads an address.
    pub fn parse(text: &str) -> Option<Self> {
        let (bucket, prefix) = {
            let rest = text.strip_prefix("s3://")?;
            rest.split_once('/').unwrap_or((rest, ""))
        };
        let plain = |text: &str, more: &[u8]| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        let prefix = prefix.trim_matches('/');
        let fits = (3..=63).contains(&bucket.len()) && plain(bucket, b".-");
        let fits = fits && prefix.len() <= 512 && plain(prefix, b"._~-/") && !prefix.contains("//");
        fits.then(|| Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }

    fn key(&self, key: &str) -> String {
        if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) }
    }
}

/// How a place for objects is used.
#[derive(Clone, Debug)]
pub struct S3Options {
    /// Where its service is; the vendor's own when there is none.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// Who asks.
    pub credentials: Credentials,
    /// How objects that are to be kept are locked; not at all when there is none.
    pub lock: Option<Lock>,
}

/// Objects in S3-compatible storage.
#[derive(Debug)]
pub struct S3 {
    client: Client,
    address: S3Address,
    options: S3Options,
    clock: Arc<dyn Clock>,
}

impl S3 {
    /// Uses a place.
    pub fn new(address: S3Address, options: S3Options, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let endpoint = options
            .endpoint
            .clone()
            .unwrap_or_else(|| format!("https://s3.{}.amazonaws.com", options.region));
        let client = Client::new(&endpoint, TIME, OBJECT_BYTES_MAX)?;
        Ok(Self { client, address, options, clock })
    }

    fn send(
        &self,
        (method, key, query): (http::Method, &str, &str),
        headers: &[(String, String)],
        body: Bytes,
    ) -> io::Result<Answer> {
        // Names of buckets and keys have nothing that would have to be encoded.
        let path =
            format!("{}/{}/{}", self.client.path(), self.address.bucket, self.address.key(key));
        let host = self.client.authority();
        let request = Unsigned {
            method: method.as_str(),
            path: &path,
            query,
            host: &host,
            headers,
            body: &body,
        };
        let who = (&self.options.credentials, self.options.region.as_str());
        let headers = sign(&request, who, self.clock.now_ms() / 1000);
        let target = if query.is_empty() { path } else { format!("{path}?{query}") };
        self.client.call(Call { method, target, headers, body })
    }

    fn read(&self, method: &http::Method, key: &str) -> io::Result<Option<Answer>> {
        let mut last = io::Error::from(io::ErrorKind::Other);
        for _ in 0..TRIES {
            match self.send((method.clone(), key, ""), &[], Bytes::new()) {
                Ok(answer) if answer.status == 200 => return Ok(Some(answer)),
                Ok(answer) if answer.status == 404 => return absent(&answer),
                Ok(answer) if answer.status < 500 => return Err(refused(&answer)),
                Ok(answer) => last = refused(&answer),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn locked_until(&self, key: &str) -> io::Result<Option<u64>> {
        let answer = self.read(&http::Method::HEAD, key)?;
        Ok(answer.map(|answer| stored(&answer).retain_until_ms))
    }
}

/// That there is no such object, which is not the same as no such bucket.
fn absent(answer: &Answer) -> io::Result<Option<Answer>> {
    if code(answer).is_some_and(|code| code == "NoSuchBucket") {
        Err(refused(answer))
    } else {
        Ok(None)
    }
}

fn code(answer: &Answer) -> Option<String> {
    let text = String::from_utf8_lossy(&answer.body);
    let (_, rest) = text.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code.chars().take(ERROR_CHARS_MAX).collect())
}

fn refused(answer: &Answer) -> io::Error {
    let mut text = format!("the storage answered with status {}", answer.status);
    if let Some(code) = code(answer) {
        let _ = write!(text, ": {}", code.replace(char::is_control, " "));
    }
    let kind = match answer.status {
        403 => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, text)
}

fn stored(answer: &Answer) -> Stored {
    let text = |name| answer.header(name).unwrap_or_default().to_owned();
    let version = text("x-amz-version-id");
    Stored {
        version: if version == "null" { String::new() } else { version },
        tag: text("etag"),
        retain_until_ms: parse_ms(&text("x-amz-object-lock-retain-until-date")).unwrap_or(0),
    }
}

fn header(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// The digest that the storage compares, so that no byte changes on the way.
fn checksum(bytes: &[u8]) -> [(String, String); 2] {
    let digest = avouch_ledger::merkle::Hash::of(bytes);
    [
        header("x-amz-checksum-sha256", digest.to_string()),
        header("x-amz-sdk-checksum-algorithm", "SHA256"),
    ]
}

impl Objects for S3 {
    fn locator(&self, key: &str) -> String {
        format!("s3://{}/{}", self.address.bucket, self.address.key(key))
    }

    fn get(&self, key: &str) -> io::Result<Option<(Vec<u8>, Stored)>> {
        let answer = self.read(&http::Method::GET, key)?;
        Ok(answer.map(|answer| (answer.body.to_vec(), stored(&answer))))
    }

    fn create(&self, key: &str, bytes: &[u8], retain_until_ms: u64) -> io::Result<bool> {
        let mut headers = checksum(bytes).to_vec();
        headers.push(header("if-none-match", "*"));
        if let Some(lock) = self.options.lock.filter(|_| retain_until_ms > 0) {
            headers.push(header("x-amz-object-lock-mode", lock.word()));
            let until = extended(retain_until_ms.div_ceil(1000));
            headers.push(header("x-amz-object-lock-retain-until-date", until));
        }
        let body = Bytes::copy_from_slice(bytes);
        let answer = self.send((http::Method::PUT, key, ""), &headers, body)?;
        match answer.status {
            200 | 201 => Ok(true),
            412 => Ok(false),
            _ => Err(refused(&answer)),
        }
    }

    fn swap(&self, key: &str, tag: Option<&str>, bytes: &[u8]) -> io::Result<bool> {
        let mut headers = checksum(bytes).to_vec();
        headers.push(match tag {
            Some(tag) => header("if-match", tag),
            None => header("if-none-match", "*"),
        });
        let body = Bytes::copy_from_slice(bytes);
        let answer = self.send((http::Method::PUT, key, ""), &headers, body)?;
        match answer.status {
            200 | 201 => Ok(true),
            404 | 409 | 412 => Ok(false),
            _ => Err(refused(&answer)),
        }
    }

    fn retain(&self, key: &str, retain_until_ms: u64) -> io::Result<()> {
        let Some(lock) = self.options.lock else { return Ok(()) };
        let until_s = retain_until_ms.div_ceil(1000);
        let now = self.locked_until(key)?.ok_or(io::ErrorKind::NotFound)?;
        // Some services let the time be shortened, against their own rules.
        if until_s * 1000 < now {
            let text = "the time for which an object is kept is never shortened";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
        if until_s * 1000 == now {
            return Ok(());
        }
        let (mode, until) = (lock.word(), extended(until_s));
        let body = format!(
            "<Retention xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Mode>{mode}</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>"
        );
        let headers = checksum(body.as_bytes());
        let put = (http::Method::PUT, key, "retention=");
        let answer = self.send(put, &headers, Bytes::from(body))?;
        let after = self.locked_until(key)?;
        match (answer.status, after) {
            (200 | 204, Some(after)) if after >= until_s * 1000 => Ok(()),
            _ => Err(refused(&answer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_nothing_that_would_have_to_be_encoded() {
        let address = S3Address::parse("s3://audit-logs/prod/a/").unwrap();
        assert_eq!(address.key("x"), "prod/a/x");
        for bad in ["s3://", "s3://a", "http://abc", "s3://abc/a b", "s3://abc/a//b", "s3://ab_c/x"]
        {
            assert_eq!(S3Address::parse(bad), None, "{bad}");
        }
    }
}
