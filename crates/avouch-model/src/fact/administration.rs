//! Somebody with power over the system used it.

use crate::coding::{Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Administration>();

words! {
    /// How it ended.
    AdministrationOutcome {
        /// It was done.
        1 "done" Done,
        /// It was not allowed.
        2 "refused" Refused,
        /// It did not work.
        3 "failed" Failed,
    }
}

fact! {
    /// Somebody who administers the system did something, or tried to.
    16 "administration" Administration {
        /// What was done, such as `user.create`.
        1 action: String => Operation,
        /// How it ended.
        2 outcome: AdministrationOutcome => Decision,
        /// Who.
        3 actor: Option<Personal> => Principal,
        /// To what.
        4 objects: Vec<String> => Object,
        /// To whom.
        5 subject: Option<Personal> => Principal,
        /// The address it came from.
        6 address: Option<Personal> => Address,
        /// The session.
        7 session: Option<String> => Session,
        /// Whether a second factor was shown.
        8 second_factor: Option<bool>,
        /// Who approved it.
        9 approved_by: Vec<Personal> => Principal,
        /// Whether it went around the usual way, in an emergency.
        10 break_glass: Option<bool>,
        /// Where it was talked over.
        11 ticket: Option<String> => Trace,
        /// Why, or why not.
        12 because: Option<String>,
    }
}

impl Example for Administration {
    fn example() -> Self {
        Self {
            action: "user.create".into(),
            outcome: AdministrationOutcome::Refused,
            actor: Some("anna".into()),
            objects: vec!["console".into()],
            subject: Some("emma@example.com".into()),
            address: Some("192.0.2.7".into()),
            session: Some("session-9".into()),
            second_factor: Some(true),
            approved_by: vec!["otto".into()],
            break_glass: Some(false),
            ticket: Some("OPS-14".into()),
            because: Some("one approval is missing".into()),
            later: Later::default(),
        }
    }
}
