//! What a check concludes.

use crate::identity::Who;
use crate::operation::OperationId;
use crate::severity::{Confidence, Severity};
use serde::{Deserialize, Serialize};

/// What a check concludes about one subject. "Not tested" cannot be mistaken for "fine".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The weakness was looked for with a working control and is not there.
    Pass,
    /// The weakness is there; here is the proof.
    Fail(Box<Proof>),
    /// It could not be evaluated. Never evidence of anything.
    Inconclusive {
        /// What stood in the way, for a person.
        because: String,
    },
    /// The question makes no sense here.
    NotApplicable,
}

impl Verdict {
    /// An inconclusive verdict with its reason.
    pub fn inconclusive(because: impl Into<String>) -> Self {
        Self::Inconclusive { because: because.into() }
    }

    /// A failed verdict with its proof.
    pub fn fail(proof: Proof) -> Self {
        Self::Fail(Box::new(proof))
    }
}

/// What was proven and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// How bad it is here: at most what the check declares.
    pub severity: Severity,
    /// How sure we are: at most what the check declares.
    pub confidence: Confidence,
    /// One sentence: who did what and got what.
    pub summary: String,
    /// The steps of the proof, controls included, one sentence each.
    pub reasons: Vec<String>,
    /// The parameter or property it is about. Part of the fingerprint.
    pub parameter: Option<String>,
    /// Whose object and who reached it. Part of the fingerprint.
    pub identities: Option<(Who, Who)>,
    /// What ties repeats of one cause together for scoring, such as a middleware or a host setting;
    /// `None` when each operation is its own cause.
    pub root_cause: Option<String>,
    /// The operation where it was proven, for a check that is about the target as a whole; `None`
    /// otherwise.
    #[serde(default)]
    pub operation: Option<OperationId>,
    /// Which of the check's exchanges decide, by their order; the first is the one to reproduce.
    pub decisive: Vec<usize>,
}

impl Proof {
    /// A proof of that weight; add the steps with [`Proof::because`].
    pub fn new(severity: Severity, confidence: Confidence, summary: impl Into<String>) -> Self {
        Self {
            severity,
            confidence,
            summary: summary.into(),
            reasons: Vec::new(),
            parameter: None,
            identities: None,
            root_cause: None,
            operation: None,
            decisive: Vec::new(),
        }
    }

    /// Adds a step of the proof.
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reasons.push(reason.into());
        self
    }

    /// Names the parameter or property.
    pub fn about(mut self, parameter: impl Into<String>) -> Self {
        self.parameter = Some(parameter.into());
        self
    }

    /// Names whose object it is and who reached it.
    pub fn between(mut self, owner: Who, reader: Who) -> Self {
        self.identities = Some((owner, reader));
        self
    }

    /// Ties repeats together.
    pub fn caused_by(mut self, root_cause: impl Into<String>) -> Self {
        self.root_cause = Some(root_cause.into());
        self
    }

    /// Names the operation where it was proven.
    pub fn at(mut self, operation: OperationId) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Names the exchanges that decide.
    pub fn shown_by(mut self, decisive: impl IntoIterator<Item = usize>) -> Self {
        self.decisive = decisive.into_iter().collect();
        self
    }
}
