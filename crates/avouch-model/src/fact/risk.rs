//! A risk was found, rated, treated or accepted.

use crate::coding::{Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Risk>();

words! {
    /// What happened to a risk.
    RiskEvent {
        /// It was found.
        1 "identified" Identified,
        /// It was rated.
        2 "assessed" Assessed,
        /// Something was done about it.
        3 "treated" Treated,
        /// Somebody answers for bearing it.
        4 "accepted" Accepted,
        /// It was looked at again.
        5 "reviewed" Reviewed,
        /// It is there no more.
        6 "closed" Closed,
    }
}

words! {
    /// What is done about a risk.
    Treatment {
        /// It is made smaller.
        1 "mitigate" Mitigate,
        /// It is borne.
        2 "accept" Accept,
        /// Others bear it.
        3 "transfer" Transfer,
        /// What causes it is given up.
        4 "avoid" Avoid,
    }
}

fact! {
    /// A risk: that it was found, rated, treated, accepted or closed.
    10 "risk" Risk {
        /// The id of the risk.
        1 id: String => Object,
        /// What happened.
        2 event: RiskEvent,
        /// What may happen.
        3 title: String,
        /// How likely, 1 to 5.
        4 likelihood: Option<u64>,
        /// How bad, 1 to 5.
        5 impact: Option<u64>,
        /// How likely after the treatment, 1 to 5.
        6 residual_likelihood: Option<u64>,
        /// How bad after the treatment, 1 to 5.
        7 residual_impact: Option<u64>,
        /// What is done about it.
        8 treatment: Option<Treatment>,
        /// Who answers for it.
        9 owner: Option<Personal> => Principal,
        /// Who did it.
        10 actor: Option<Personal> => Principal,
        /// Ids of the controls against it.
        11 controls: Vec<String>,
        /// Ids of the criteria it concerns.
        12 criteria: Vec<String>,
        /// What shows it, such as fingerprints of findings.
        13 signals: Vec<String> => Object,
        /// When it is to be looked at again, in milliseconds since 1970.
        14 review_due_ms: Option<u64>,
        /// Why.
        15 because: Option<String>,
        /// When it took effect, in milliseconds since 1970.
        128 effective_ms: Option<u64>,
        /// When it was written down at its source, in milliseconds since 1970.
        129 collected_ms: Option<u64>,
    }
}

impl Example for Risk {
    fn example() -> Self {
        Self {
            id: "R-12".into(),
            event: RiskEvent::Assessed,
            title: "Orders of others can be read".into(),
            likelihood: Some(4),
            impact: Some(5),
            residual_likelihood: Some(2),
            residual_impact: Some(5),
            treatment: Some(Treatment::Mitigate),
            owner: Some("anna".into()),
            actor: Some("otto".into()),
            controls: vec!["IAM-5".into()],
            criteria: vec!["CC3.2".into()],
            signals: vec!["0123456789abcdef".into()],
            review_due_ms: Some(1_803_427_200_000),
            because: Some("a finding".into()),
            effective_ms: Some(1_795_564_800_000),
            collected_ms: Some(1_795_651_200_000),
            later: Later::default(),
        }
    }
}
