//! Something in the life of an incident.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact, words};
use crate::severity::Severity;

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Incident>();

words! {
    /// What happened to an incident.
    IncidentEvent {
        /// Something looks like one.
        1 "suspected" Suspected,
        /// It is one.
        2 "declared" Declared,
        /// Its severity or reach was judged.
        3 "assessed" Assessed,
        /// It does not grow any more.
        4 "contained" Contained,
        /// Its cause is gone.
        5 "eradicated" Eradicated,
        /// All works as before.
        6 "recovered" Recovered,
        /// It is over and was looked back upon.
        7 "closed" Closed,
        /// It was none.
        8 "dismissed" Dismissed,
        /// Something was done about it.
        9 "action" Action,
        /// Somebody was told.
        10 "notified" Notified,
        /// It was decided that somebody need not be told.
        11 "not-notified" NotNotified,
        /// Somebody wrote something down.
        12 "note" Note,
    }
}

words! {
    /// Who may hear of it (Traffic Light Protocol 2.0).
    Sharing {
        /// Only who is named.
        1 "red" Red,
        /// Only the organisation.
        2 "amber-strict" AmberStrict,
        /// The organisation and its clients.
        3 "amber" Amber,
        /// The community.
        4 "green" Green,
        /// Anybody.
        5 "clear" Clear,
    }
}

fact! {
    /// Something in the life of an incident: its states, what was done, who was told.
    12 "incident" Incident {
        /// The id of the incident.
        1 id: String => Object,
        /// What happened.
        2 event: IncidentEvent,
        /// What it is.
        3 title: String,
        /// How bad, as judged now.
        4 severity: Severity,
        /// Who may hear of it.
        5 sharing: Option<Sharing>,
        /// Who did or wrote it.
        6 actor: Option<Personal> => Principal,
        /// Who leads.
        7 commander: Option<Personal> => Principal,
        /// The detection, report or vendor it came from.
        8 detected_by: Option<String>,
        /// Since when it went on, in milliseconds since 1970.
        9 occurred_from_ms: Option<u64>,
        /// Until when it went on, in milliseconds since 1970.
        10 occurred_to_ms: Option<u64>,
        /// Since when it is known, in milliseconds since 1970.
        11 aware_ms: Option<u64>,
        /// Operations that are affected.
        12 operations: Vec<String> => Operation,
        /// Consumers or people that are affected.
        13 subjects: Vec<Personal> => Principal,
        /// The question that gives all who are affected.
        14 subjects_query: Option<String>,
        /// Classes of data that are affected.
        15 classes: Vec<String>,
        /// Whether data got to somebody who must not have it.
        16 is_breach: Option<bool>,
        /// The playbook that is followed.
        17 playbook: Option<String>,
        /// What was done.
        18 action: Option<String>,
        /// What came of it.
        19 result: Option<String>,
        /// Who was told, or need not be.
        20 recipient: Option<String>,
        /// When that is due, in milliseconds since 1970.
        21 due_ms: Option<u64>,
        /// Why.
        22 because: Option<String>,
        /// Fingerprints of findings behind it.
        23 findings: Vec<String> => Object,
        /// Entries of the ledger it rests on.
        24 entries: Vec<u64>,
        /// Digests of what else it rests on.
        25 evidence: Vec<Digest>,
    }
}

impl Example for Incident {
    fn example() -> Self {
        Self {
            id: "INC-7".into(),
            event: IncidentEvent::Notified,
            title: "Orders were read by a stranger".into(),
            severity: Severity::High,
            sharing: Some(Sharing::Amber),
            actor: Some("anna".into()),
            commander: Some("otto".into()),
            detected_by: Some("object-enumeration".into()),
            occurred_from_ms: Some(1_795_564_800_000),
            occurred_to_ms: Some(1_795_568_400_000),
            aware_ms: Some(1_795_651_200_000),
            operations: vec!["GET /orders/{orderId}".into()],
            subjects: vec!["emma@example.com".into()],
            subjects_query: Some("principal=mallory operation=GET /orders/{orderId}".into()),
            classes: vec!["email".into()],
            is_breach: Some(true),
            playbook: Some("stolen-token".into()),
            action: Some("told the authority".into()),
            result: Some("received".into()),
            recipient: Some("authority".into()),
            due_ms: Some(1_795_910_400_000),
            because: Some("72 hours".into()),
            findings: vec!["0123456789abcdef".into()],
            entries: vec![17, 4711],
            evidence: vec![Digest([7; 32])],
            later: Later::default(),
        }
    }
}
