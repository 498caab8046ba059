//! What a gateway counted of the requests it answered.

use crate::coding::{Example, Kind, Later, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Tally>();

words! {
    /// When it was counted.
    TallyEvent {
        /// The gateway begins: nothing is counted yet.
        1 "begun" Begun,
        /// It goes on. Requests may be under way that are recorded and not counted yet.
        2 "running" Running,
        /// It has ended in order: every request is counted.
        3 "ended" Ended,
    }
}

fact! {
    /// What a gateway counted of the requests it answered, since it started: where each answer left it,
    /// and not from what it recorded. So what is recorded can be held against it: of no decision more may
    /// be counted than stand in the ledger before it, and at the end just as many.
    34 "tally" Tally {
        /// The id of the gateway's start: its counters began at 0 there.
        1 run: String => Trace,
        /// When it was counted.
        2 event: TallyEvent,
        /// Requests that were allowed, also those that the API then did not answer.
        3 allowed: u64,
        /// Requests that would have been denied and were only watched.
        4 observed: u64,
        /// Requests that were denied.
        5 denied: u64,
        /// Requests about which nothing could be decided, or that could not be recorded.
        6 failed: u64,
        /// How often a record was not safe when it had to be, whatever became of its request.
        7 unrecorded: u64,
        /// Why requests got no answer of the API: the decision, the policy and the code, such as
        /// `deny identify: credential-missing`.
        8 reasons: Vec<String>,
        /// How many requests there were for each of these reasons, in their order.
        9 counts: Vec<u64>,
    }
}

impl Example for Tally {
    fn example() -> Self {
        Self {
            run: "01JDK3Q0Z0000000000000000A".into(),
            event: TallyEvent::Running,
            allowed: 9001,
            observed: 0,
            denied: 17,
            failed: 2,
            unrecorded: 1,
            reasons: vec![
                "deny identify: credential-missing".into(),
                "error record: record-failed".into(),
            ],
            counts: vec![17, 2],
            later: Later::default(),
        }
    }
}
