//! Somebody proved who they are, or failed to.

use crate::coding::{Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Authentication>();

words! {
    /// What was attempted.
    AuthenticationEvent {
        /// To come in.
        1 "login" Login,
        /// To leave.
        2 "logout" Logout,
        /// To stay longer.
        3 "refresh" Refresh,
        /// To prove it once more, for something that needs it.
        4 "step-up" StepUp,
    }
}

words! {
    /// How it was proven.
    Means {
        /// A password.
        1 "password" Password,
        /// A provider of identities.
        2 "single-sign-on" SingleSignOn,
        /// A key of ours.
        3 "api-key" ApiKey,
        /// A certificate of the client.
        4 "certificate" Certificate,
        /// A token.
        5 "token" Token,
        /// A passkey.
        6 "passkey" Passkey,
        /// Something else.
        7 "other" Other,
    }
}

words! {
    /// How it ended.
    Outcome {
        /// It was proven.
        1 "success" Success,
        /// It was not.
        2 "failure" Failure,
    }
}

fact! {
    /// Somebody proved, or failed to prove, who they are.
    5 "authentication" Authentication {
        /// Who, as claimed.
        1 principal: Option<Personal> => Principal,
        /// What was attempted.
        2 event: AuthenticationEvent,
        /// How it ended.
        3 outcome: Outcome => Decision,
        /// How it was to be proven.
        4 means: Means,
        /// Whether a second factor was shown.
        5 second_factor: Option<bool>,
        /// What it was for, such as `console`.
        6 service: String => Object,
        /// Who vouched for it.
        7 issuer: Option<String>,
        /// The address it came from.
        8 address: Option<Personal> => Address,
        /// The session that began, went on or ended.
        9 session: Option<String> => Session,
        /// The program that was used.
        10 client: Option<String>,
        /// Why it failed.
        11 because: Option<String>,
        /// The request it came with.
        12 request: Option<String> => Trace,
    }
}

impl Example for Authentication {
    fn example() -> Self {
        Self {
            principal: Some("anna@example.com".into()),
            event: AuthenticationEvent::Login,
            outcome: Outcome::Failure,
            means: Means::SingleSignOn,
            second_factor: Some(true),
            service: "console".into(),
            issuer: Some("https://id.example.com".into()),
            address: Some("192.0.2.7".into()),
            session: Some("session-9".into()),
            client: Some("Firefox".into()),
            because: Some("the token has expired".into()),
            request: Some("01JDK3Q0Z0000000000000000A".into()),
            later: Later::default(),
        }
    }
}
