//! Another protocol on the connection of a request, from its beginning to its end.

use crate::coding::{Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Tunnel>();

words! {
    /// Who ended it.
    EndedBy {
        /// The client.
        1 "client" Client,
        /// The API.
        2 "api" Api,
        /// Nobody said anything for too long.
        3 "silence" Silence,
        /// The gateway ended.
        4 "gateway" Gateway,
        /// Whoever asked, or the operation, was shut out meanwhile.
        5 "containment" Containment,
    }
}

fact! {
    /// A connection that had switched to another protocol, such as WebSocket, came to its end. The request
    /// that switched is a fact of its own. What was said is never in it.
    32 "tunnel" Tunnel {
        /// The id of the request that switched.
        1 request: String => Trace,
        /// The protocol.
        2 protocol: String,
        /// Who asked for it.
        3 principal: Option<Personal> => Principal,
        /// The address it came from.
        4 address: Option<Personal> => Address,
        /// The operation: method and path template.
        5 operation: Option<String> => Operation,
        /// Bytes that the client said.
        6 client_bytes: u64,
        /// Bytes that the API said.
        7 api_bytes: u64,
        /// From the switch to the end, in microseconds.
        8 took_us: u64,
        /// Who ended it.
        9 ended_by: EndedBy,
        /// What happened, where it did not end in order.
        10 because: Option<String>,
    }
}

impl Example for Tunnel {
    fn example() -> Self {
        Self {
            request: "01JDK3Q0Z0000000000000000A".into(),
            protocol: "websocket".into(),
            principal: Some("anna@example.com".into()),
            address: Some("192.0.2.7".into()),
            operation: Some("GET /live".into()),
            client_bytes: 120,
            api_bytes: 4096,
            took_us: 61_000_000,
            ended_by: EndedBy::Client,
            because: Some("the connection broke off".into()),
            later: Later::default(),
        }
    }
}
