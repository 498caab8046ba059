//! What a check can ask for, as data.
//!
//! A check never opens a socket, reads a clock or holds a secret: it names what it wants and the
//! engine does it, within scope, pace and budget. Everything here can be recorded and compared.

mod credential;

pub use credential::{Credential, Forgery, KeyTold, Misfit};

use avouch_model::exchange::{Exchange, Hit, SocketTalk};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, OperationId};
use avouch_model::tls::{FaultAnswer, HelloAnswer, TlsFault, TlsVersion};
use avouch_model::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// What a check wants next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// One request; its exchange is appended to what has been seen.
    Send(Box<Request>),
    /// Requests sent at once, for races and rate limits.
    SendTogether(Vec<Request>),
    /// A request head that an HTTP library refuses to write, byte for byte.
    SendRaw(RawRequest),
    /// A raw `ClientHello` offering one version and these suites (IANA numbers).
    Hello {
        /// The only version offered.
        version: TlsVersion,
        /// The suites offered.
        suites: Vec<u16>,
    },
    /// A probe for a known flaw of the TLS endpoint.
    TlsFault(TlsFault),
    /// A WebSocket handshake, and texts once the socket stands.
    WebSocket(Box<SocketCall>),
    /// Some time, in milliseconds. Never proof by itself.
    Pause {
        /// Milliseconds.
        ms: u32,
    },
    /// Until the out-of-band listener is asked for this token, or the time is up.
    AwaitHit {
        /// The token that was planted.
        token: String,
        /// Milliseconds.
        at_most_ms: u32,
    },
    /// Nothing more: this is the verdict.
    Done(Verdict),
}

impl Step {
    /// Ends as inconclusive, with the reason.
    pub fn inconclusive(because: impl Into<String>) -> Self {
        Self::Done(Verdict::inconclusive(because))
    }
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// Of [`Step::Send`] and [`Step::SendRaw`].
    Exchange(Box<Exchange>),
    /// Of [`Step::SendTogether`], in the order asked for.
    Together(Vec<Exchange>),
    /// Of [`Step::Hello`].
    Hello(HelloAnswer),
    /// Of [`Step::TlsFault`].
    TlsFault(FaultAnswer),
    /// Of [`Step::WebSocket`].
    WebSocket(Box<SocketTalk>),
    /// Of [`Step::Pause`].
    Paused,
    /// Of [`Step::AwaitHit`]; empty when nobody came.
    Hits(Vec<Hit>),
}

/// A request a check wants sent. May hold placeholders that capture put into earlier answers: the
/// engine puts the true values back at the last moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query exactly as they are to travel, such as `/v1/orders/7?full=1`. Never normalised.
    /// A whole address goes to another host that the user told of, and never with a credential.
    pub target: String,
    /// Headers besides those the engine adds; names are compared without case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
    /// What stands for a credential.
    pub credential: Credential,
    /// How it travels.
    pub route: Route,
    /// What is to be removed afterwards, when the request creates something.
    pub creates: Option<Creation>,
    /// Whether the answer that another check got to the very same question, in the same round, is as
    /// good as one of its own.
    #[serde(default)]
    pub shared: bool,
}

/// How a request travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// As all others.
    #[default]
    Usual,
    /// On a connection of its own.
    Fresh,
    /// Over HTTP/2 on a connection of its own, also in clear: what gRPC needs.
    Http2,
    /// Over cleartext HTTP to the same host, port 80 or the same port when the target has its own.
    /// The engine refuses to send a true credential this way.
    Cleartext,
}

/// A WebSocket a check wants opened (RFC 6455).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketCall {
    /// Target, headers and credential of the handshake; the headers of the protocol itself are added.
    pub request: Request,
    /// Texts to be sent in order: the first at once, each other after something was heard or after a
    /// second of silence.
    pub texts: Vec<String>,
    /// Messages after which the socket is closed.
    pub messages_max: u16,
    /// Milliseconds after which it is closed, from when it stands.
    pub at_most_ms: u32,
}

/// A request head of our own making. Only to the target itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawRequest {
    /// Everything up to and with the empty line, and a body if any.
    pub text: String,
}

/// An object a request creates, so that it can be removed even after a crash.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Creation {
    /// The operation that creates it.
    pub by: OperationId,
    /// The template that removes it, such as `/orders/{orderId}`.
    pub remove: Option<String>,
    /// The object's id, where the request itself chooses it.
    #[serde(default)]
    pub named: Option<String>,
    /// The marker the object carries, by which it can be told from others.
    pub marker: String,
}

impl Request {
    /// A request without body, headers or credential.
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            headers: Vec::new(),
            body: None,
            credential: Credential::None,
            route: Route::Usual,
            creates: None,
            shared: false,
        }
    }

    /// Reads that target.
    pub fn read(target: impl Into<String>) -> Self {
        Self::new(Method::Get, target)
    }

    /// With that credential.
    pub fn with(mut self, credential: Credential) -> Self {
        self.credential = credential;
        self
    }

    /// As that identity, or as nobody.
    pub fn by(self, who: Who) -> Self {
        self.with(if who == Who::Nobody { Credential::None } else { Credential::Of(who) })
    }

    /// With that header; an earlier one of the same name is replaced.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With that JSON body.
    pub fn json(self, body: &serde_json::Value) -> Self {
        let mut with_type = self.header("content-type", "application/json");
        with_type.body = Some(body.to_string());
        with_type
    }

    /// By another method.
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// On that path and query.
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    /// Travelling that way.
    pub fn route(mut self, route: Route) -> Self {
        self.route = route;
        self
    }

    /// With an answer that may have been given to another check.
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// With a query parameter appended (the value is percent-encoded).
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let joint = if self.target.contains('?') { '&' } else { '?' };
        let encoded =
            percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
        self.target = format!("{}{joint}{name}={encoded}", self.target);
        self
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.target.split(['?', '#']).next().unwrap_or_default()
    }

    /// The query, without its question mark.
    pub fn query_text(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }
}
