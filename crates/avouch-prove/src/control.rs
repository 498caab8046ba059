//! What people need to know about a control.

use crate::assessment::Part;
use crate::criteria::CriterionId;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::Scope;

/// How much of a control a machine can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// All of its operation.
    Auto,
    /// Its operation; a person has to decide or to confirm something as well.
    Hybrid,
    /// Only that a person did it, and when.
    Manual,
}

impl Nature {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Hybrid => "hybrid",
            Self::Manual => "manual",
        }
    }
}

/// What proves that a person did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A statement of a person: a fact `evidence` of the kind `statement`.
    Statement,
    /// A document: a fact `evidence` of another kind.
    Document,
}

/// Something a person has to do for a control.
#[derive(Clone, Copy, Debug)]
pub struct Act {
    /// What has to be done.
    pub what: &'static str,
    /// How often.
    pub every: Frequency,
    /// What proves it.
    pub proof: Proof,
}

/// A test that a team runs where the program has no eyes, and records as a fact `control-run` under
/// this name.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Its name: the id of the control, a dot and a word, such as `EDG-1.direct-origin`.
    pub id: &'static str,
    /// What it does.
    pub what: &'static str,
    /// How often.
    pub every: Frequency,
}

/// What a control is tested with.
#[derive(Clone, Copy, Debug)]
pub struct Sources {
    /// Checks of the scanner, by id, and how often a scan has to ask them.
    pub checks: &'static [&'static str],
    /// Policies of the gateway that put it to work.
    pub policies: &'static [&'static str],
    /// Detections that watch it.
    pub detections: &'static [&'static str],
    /// Tests of the team's own.
    pub probes: &'static [Probe],
    /// Kinds of facts that its fold reads.
    pub facts: &'static [&'static str],
    /// What people do.
    pub acts: &'static [Act],
}

impl Sources {
    /// No source at all, to be filled in.
    pub const NONE: Self =
        Self { checks: &[], policies: &[], detections: &[], probes: &[], facts: &[], acts: &[] };
}

/// A control.
#[derive(Debug)]
pub struct Control {
    /// Its id, such as `IAM-4`.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What it says.
    pub statement: &'static str,
    /// How much of it a machine can show.
    pub nature: Nature,
    /// How often it operates, unless the settings say otherwise.
    pub frequency: Frequency,
    /// The criteria it serves.
    pub criteria: &'static [CriterionId],
    /// The populations that samples are taken from.
    pub populations: &'static [Population],
    /// What is tested by machine, in words.
    pub test: &'static str,
    /// What an auditor is given.
    pub evidence: &'static str,
    /// What stays with people; `None` when nothing does.
    pub manual: Option<&'static str>,
    /// What it is tested with.
    pub sources: Sources,
    /// What the facts say besides what checks, probes and acts say.
    pub fold: fn(&Scope<'_>) -> Part,
    /// Its page.
    pub page: &'static str,
}
