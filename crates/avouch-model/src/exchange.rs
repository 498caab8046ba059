//! A request that was sent and what came of it, as captured: redacted, bounded, timed.

use crate::identity::Who;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Header names and values in the order they travelled; names are lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// The first value of that header; the name is compared without case.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Every value of that header, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// A request as it was sent, with every sensitive value replaced by its placeholder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentRequest {
    /// The method's token.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// Headers as sent, without those that only name the connection.
    pub headers: Headers,
    /// The body, when there was one.
    pub body: Option<String>,
    /// Whose credential it carried.
    pub who: Who,
    /// What was done to the credential, when it was not sent as it is: `garbage`, `alg none` …
    pub credential_note: Option<String>,
}

/// How long the parts of an exchange took, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// Until the connection stood; 0 when an open one was used.
    pub connect_us: u64,
    /// From the last byte sent to the first byte of the answer.
    pub first_byte_us: u64,
    /// The whole exchange.
    pub total_us: u64,
}

/// What the target answered, with every sensitive value replaced by its placeholder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The status code (RFC 9110, section 15).
    pub status: u16,
    /// `HTTP/1.1` or `HTTP/2`.
    pub protocol: String,
    /// Headers as received.
    pub headers: Headers,
    /// The body as text after decompression; bytes that are not UTF-8 are replaced (U+FFFD).
    pub body: String,
    /// Bytes of the body that were received and kept, after decompression.
    pub body_bytes: u64,
    /// Whether the body was longer than the limit and was cut.
    pub truncated: bool,
    /// How long it took.
    pub timing: Timing,
}

impl Answer {
    /// Whether the status is 2xx. A success of the *transport*: an error envelope may still hide in it.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The media type without parameters, lower case; empty when not stated.
    pub fn media_type(&self) -> String {
        let stated = self.headers.first("content-type").unwrap_or_default();
        stated.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The body as JSON, when it is.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&self.body).ok()
    }
}

/// Why there was no answer. Never evidence of anything about the target's defences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The name does not resolve.
    NoSuchHost,
    /// The address is not one the scan may speak to.
    AddressForbidden(String),
    /// Nothing listens there.
    Refused,
    /// No connection or answer in time; the text says which.
    TimedOut(String),
    /// TLS could not be agreed on.
    Tls(String),
    /// The connection broke, or what came was not HTTP.
    Broken(String),
    /// The request could not be written: our own fault or a hostile value.
    Unsendable(String),
    /// The budget or the user ended the scan first.
    Stopped,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchHost => f.write_str("the host name does not resolve"),
            Self::AddressForbidden(why) => write!(f, "the address is not allowed: {why}"),
            Self::Refused => f.write_str("the connection was refused"),
            Self::TimedOut(what) => write!(f, "timed out: {what}"),
            Self::Tls(why) => write!(f, "TLS failed: {why}"),
            Self::Broken(why) => write!(f, "the connection broke: {why}"),
            Self::Unsendable(why) => write!(f, "the request cannot be sent: {why}"),
            Self::Stopped => f.write_str("the scan was stopped"),
        }
    }
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The target answered.
    Answered(Answer),
    /// It did not.
    Failed(Failure),
}

/// A request and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// What was sent.
    pub request: SentRequest,
    /// What came of it.
    pub outcome: Outcome,
    /// When it was sent, in microseconds since the scan began.
    pub sent_at_us: u64,
}

impl Exchange {
    /// The answer, when there was one.
    pub fn answer(&self) -> Option<&Answer> {
        match &self.outcome {
            Outcome::Answered(answer) => Some(answer),
            Outcome::Failed(_) => None,
        }
    }
}

/// What came of a WebSocket handshake and of what was said after it (RFC 6455).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketTalk {
    /// The handshake. When it led to a socket, the body of the request is what was said and the body
    /// of the answer what was heard, one message a line.
    pub exchange: Exchange,
    /// The messages that were heard, redacted.
    pub heard: Vec<String>,
    /// The code with which the target closed (RFC 6455, section 7.4); `None` when it did not.
    pub closed: Option<u16>,
}

/// Someone came to the out-of-band listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The token in the address or name that was asked for.
    pub token: String,
    /// `http` or `dns`.
    pub protocol: String,
    /// The address it came from.
    pub from: String,
    /// The request line and headers, or the name asked for; bounded.
    pub request: String,
    /// When it came, in microseconds since the scan began.
    pub at_us: u64,
}
