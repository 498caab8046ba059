//! A control or a check was tested, and what that showed.

use crate::coding::{Digest, Example, Kind, Later, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<ControlRun>();

words! {
    /// What a test showed.
    RunResult {
        /// It holds: looked for the opposite, and it is not there.
        1 "pass" Pass,
        /// It does not hold.
        2 "fail" Fail,
        /// It could not be tested: evidence of nothing.
        3 "not-tested" NotTested,
        /// The question makes no sense here.
        4 "not-applicable" NotApplicable,
    }
}

fact! {
    /// One test of a control, or of a check within a scan, and what it showed. What was not tested is
    /// never a pass.
    13 "control-run" ControlRun {
        /// The run it belongs to: the id of a scan, or of a run of controls.
        1 run: String => Trace,
        /// The id of the control or check.
        2 test: String => Object,
        /// What it showed.
        3 result: RunResult => Decision,
        /// What was tested.
        4 target: Option<String>,
        /// The version of the test.
        5 version: Option<String>,
        /// Ids of the criteria it is evidence about.
        6 criteria: Vec<String>,
        /// Subjects where it holds.
        7 passed: u64,
        /// Subjects where it does not.
        8 failed: u64,
        /// Subjects where it could not be tested.
        9 not_tested: u64,
        /// Subjects where it makes no sense.
        10 not_applicable: u64,
        /// How often it should have run in the period.
        11 expected: Option<u64>,
        /// The beginning of the period, in milliseconds since 1970.
        12 from_ms: Option<u64>,
        /// The end of the period, in milliseconds since 1970.
        13 to_ms: Option<u64>,
        /// What stood in the way, each reason once.
        14 because: Vec<String>,
        /// Where it does not hold: operations, or ids of entries.
        15 exceptions: Vec<String>,
        /// Digests of what it rests on.
        16 evidence: Vec<Digest>,
    }
}

impl Example for ControlRun {
    fn example() -> Self {
        Self {
            run: "4f1c2a6e-0000-4000-8000-000000000001".into(),
            test: "BOLA-01".into(),
            result: RunResult::Fail,
            target: Some("https://api.example.com/".into()),
            version: Some("0.1.0".into()),
            criteria: vec!["CC6.1".into()],
            passed: 12,
            failed: 1,
            not_tested: 300,
            not_applicable: 0,
            expected: Some(31),
            from_ms: Some(1_793_491_200_000),
            to_ms: Some(1_796_083_200_000),
            because: vec!["the login expired".into()],
            exceptions: vec!["GET /orders/{orderId}".into()],
            evidence: vec![Digest([7; 32])],
            later: Later::default(),
        }
    }
}
