//! The life of a key, a token or a certificate.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Key>();

words! {
    /// What happened to a key.
    KeyEvent {
        /// It was made and given out.
        1 "issued" Issued,
        /// Another one takes its place.
        2 "rotated" Rotated,
        /// It may not be used any more.
        3 "revoked" Revoked,
        /// Its time is over.
        4 "expired" Expired,
        /// It does not exist any more.
        5 "destroyed" Destroyed,
        /// It was found in use, such as a certificate of a listener.
        6 "seen" Seen,
        /// It was used where or when it must not be.
        7 "misused" Misused,
    }
}

words! {
    /// What kind of key.
    KeyKind {
        /// A key of a consumer.
        1 "api-key" ApiKey,
        /// A token.
        2 "token" Token,
        /// A key that signs.
        3 "signing-key" SigningKey,
        /// A key that seals.
        4 "encryption-key" EncryptionKey,
        /// A certificate.
        5 "certificate" Certificate,
    }
}

fact! {
    /// Something in the life of a key, a token or a certificate. The key itself is never in it.
    7 "key" Key {
        /// The id of the key, which is no secret.
        1 id: String => Object,
        /// What happened.
        2 event: KeyEvent,
        /// What kind of key.
        3 key_kind: KeyKind,
        /// Whose it is.
        4 owner: Option<Personal> => Principal,
        /// Who did it.
        5 actor: Option<Personal> => Principal,
        /// Who approved it.
        6 approved_by: Vec<Personal> => Principal,
        /// The request for it.
        7 request: Option<String> => Trace,
        /// What it is good for.
        8 scopes: Vec<String>,
        /// SHA-256 of the public part.
        9 print: Option<Digest>,
        /// The id of the key before.
        10 replaces: Option<String>,
        /// From when it holds, in milliseconds since 1970.
        11 not_before_ms: Option<u64>,
        /// Until when it holds, in milliseconds since 1970.
        12 expires_ms: Option<u64>,
        /// Why.
        13 because: Option<String>,
    }
}

impl Example for Key {
    fn example() -> Self {
        Self {
            id: "key-3".into(),
            event: KeyEvent::Rotated,
            key_kind: KeyKind::ApiKey,
            owner: Some("shop".into()),
            actor: Some("anna".into()),
            approved_by: vec!["otto".into()],
            request: Some("OPS-12".into()),
            scopes: vec!["orders:read".into()],
            print: Some(Digest([7; 32])),
            replaces: Some("key-2".into()),
            not_before_ms: Some(1_795_651_200_000),
            expires_ms: Some(1_803_427_200_000),
            because: Some("90 days old".into()),
            later: Later::default(),
        }
    }
}
