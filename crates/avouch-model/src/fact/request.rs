//! One request to an API, and what was decided about it.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Request>();

words! {
    /// Who saw a request.
    SeenBy {
        /// Our own gateway, which decided about it.
        1 "gateway" Gateway,
        /// Another gateway, which asked ours to decide.
        2 "adapter" Adapter,
        /// A log that was read afterwards.
        3 "import" Import,
        /// Our scanner, which sent it.
        4 "scanner" Scanner,
    }
}

words! {
    /// How it was proven who asks.
    ProvenBy {
        /// It was not: anybody.
        1 "nothing" Nothing,
        /// A signed token.
        2 "token" Token,
        /// A token whose issuer was asked.
        3 "introspection" Introspection,
        /// A key of ours.
        4 "api-key" ApiKey,
        /// A certificate of the client.
        5 "certificate" Certificate,
        /// A token that only its owner can use.
        6 "bound-token" BoundToken,
        /// A session of a browser.
        7 "session" Session,
        /// The credential of an identity of a scan.
        8 "credential" Credential,
    }
}

words! {
    /// What was decided.
    Answer {
        /// It may pass.
        1 "allow" Allow,
        /// It may not.
        2 "deny" Deny,
        /// Nothing could be decided, so it may not.
        3 "error" Error,
        /// It would have been denied; it was only watched.
        4 "observe" Observe,
    }
}

fact! {
    /// One request to an API: who, from where, what, to what, what was decided, and what came of it.
    /// Bodies and secrets are never in it.
    4 "request" Request {
        /// The id of the request.
        1 id: String => Trace,
        /// Who saw it.
        2 seen_by: SeenBy,
        /// The scan or trace it belongs to.
        3 within: Option<String> => Trace,
        /// The session it belongs to.
        4 session: Option<String> => Session,
        /// Who asked.
        5 principal: Option<Personal> => Principal,
        /// How that was proven.
        6 proven_by: Option<ProvenBy>,
        /// The address it came from.
        7 address: Option<Personal> => Address,
        /// The method.
        8 method: String,
        /// The host it was for.
        9 host: String,
        /// The operation: method and path template.
        10 operation: Option<String> => Operation,
        /// Ids of the objects it was about.
        11 objects: Vec<Personal> => Object,
        /// What was decided.
        12 answer: Option<Answer> => Decision,
        /// The policies that decided.
        13 policies: Vec<String>,
        /// SHA-256 of all policies that were in force.
        14 bundle: Option<Digest>,
        /// Why it was decided so, or why there was no answer.
        15 because: Option<String>,
        /// The status of the answer; not there when there was none.
        16 status: Option<u64>,
        /// The protocol, such as `HTTP/2`.
        17 protocol: Option<String>,
        /// Bytes of the body of the request.
        18 request_bytes: Option<u64>,
        /// Bytes of the body of the answer.
        19 answer_bytes: Option<u64>,
        /// The whole exchange, in microseconds.
        20 took_us: Option<u64>,
        /// Of that, waiting for the API, in microseconds.
        21 upstream_us: Option<u64>,
        /// Classes of data that the answer held.
        22 classes: Vec<String>,
        /// The version of TLS, such as `TLS 1.3`.
        23 tls: Option<String>,
        /// The cipher suite.
        24 cipher: Option<String>,
        /// What the handshake tells of the client, such as a JA4 fingerprint.
        25 client_print: Option<String>,
        /// HMAC-SHA256 over the exchange as it was recorded, secrets left out.
        26 digest: Option<Digest>,
        /// The path as it came, without its query, secrets left out.
        27 path: Option<Personal>,
    }
}

impl Example for Request {
    fn example() -> Self {
        Self {
            id: "01JDK3Q0Z0000000000000000A".into(),
            seen_by: SeenBy::Gateway,
            within: Some("trace-1".into()),
            session: Some("session-9".into()),
            principal: Some("anna@example.com".into()),
            proven_by: Some(ProvenBy::Token),
            address: Some("192.0.2.7".into()),
            method: "GET".into(),
            host: "api.example.com".into(),
            operation: Some("GET /orders/{orderId}".into()),
            objects: vec!["7".into()],
            answer: Some(Answer::Allow),
            policies: vec!["orders-read".into()],
            bundle: Some(Digest([8; 32])),
            because: Some("owner".into()),
            status: Some(200),
            protocol: Some("HTTP/2".into()),
            request_bytes: Some(0),
            answer_bytes: Some(1024),
            took_us: Some(1834),
            upstream_us: Some(1500),
            classes: vec!["email".into(), "payment-card".into()],
            tls: Some("TLS 1.3".into()),
            cipher: Some("TLS_AES_128_GCM_SHA256".into()),
            client_print: Some("t13d1516h2_8daaf6152771_02713d6af862".into()),
            digest: Some(Digest([9; 32])),
            path: Some("/orders/7".into()),
            later: Later::default(),
        }
    }
}
