//! A person joined the team, changed roles, or left.

use crate::coding::{Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Person>();

words! {
    /// What happened to a person's place in the team.
    PersonEvent {
        /// The person is in scope from here on.
        1 "joined" Joined,
        /// The person's role or name changed.
        2 "changed" Changed,
        /// The person, or the integration that is listed like one, is gone.
        3 "left" Left,
    }
}

fact! {
    /// A person's place in the team, as a list of people says it: who must be trained, who must know
    /// the policies, and whose access must end.
    19 "person" Person {
        /// Who: by the name that other facts use.
        1 person: Personal => Principal,
        /// What happened.
        2 event: PersonEvent,
        /// The name that people call them by.
        3 name: Option<Personal>,
        /// Roles.
        4 roles: Vec<String>,
        /// From when it holds, in milliseconds since 1970.
        5 effective_ms: Option<u64>,
        /// When it was written down at its source, in milliseconds since 1970.
        6 collected_ms: Option<u64>,
        /// Where this was learnt from.
        7 source: Option<String>,
        /// Who brought it in.
        8 actor: Option<Personal> => Principal,
        /// Why.
        9 because: Option<String>,
    }
}

impl Example for Person {
    fn example() -> Self {
        Self {
            person: "emma@example.com".into(),
            event: PersonEvent::Joined,
            name: Some("Emma".into()),
            roles: vec!["engineer".into()],
            effective_ms: Some(1_795_564_800_000),
            collected_ms: Some(1_795_651_200_000),
            source: Some("people.csv".into()),
            actor: Some("anna".into()),
            because: Some("each month".into()),
            later: Later::default(),
        }
    }
}
