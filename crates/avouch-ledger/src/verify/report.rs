//! What a verifier says in the end.

use super::code::Code;

/// LIMIT: findings that are kept; more are counted.
const FINDINGS_MAX: usize = 1000;

/// LIMIT: notes that are kept.
const NOTES_MAX: usize = 1000;

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// In words.
    pub message: String,
    /// The entry it is about.
    pub index: Option<u64>,
    /// The file, and the byte in it.
    pub place: Option<(String, u64)>,
    /// Two signed texts that contradict each other.
    pub evidence: Option<(String, String)>,
}

/// The verdict on a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Intact,
    /// Tampering is proven.
    Tampered,
    /// Something is incomplete, or a tail is not proven.
    Incomplete,
    /// It cannot be checked.
    Unchecked,
}

impl Verdict {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Tampered => "tampered",
            Self::Incomplete => "incomplete",
            Self::Unchecked => "unchecked",
        }
    }
}

/// All that a verifier says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The log.
    pub origin: String,
    /// Entries that were read.
    pub size: u64,
    /// Entries that a signed checkpoint covers, and that are those that were signed.
    pub proven_size: u64,
    /// Entries that a checkpoint covers which enough witnesses cosigned; `None` when no witness
    /// was asked for, or never enough of them signed.
    pub quorum_size: Option<u64>,
    /// Records that were opened with the keys at hand.
    pub opened: u64,
    /// What was found, in the order of reading.
    pub findings: Vec<Finding>,
    /// Findings that were not kept.
    pub more_findings: u64,
    /// What every reader should know, though nothing is wrong with it.
    pub notes: Vec<String>,
}

impl Report {
    /// The verdict: tampering outweighs what cannot be checked, and that outweighs a gap.
    pub fn verdict(&self) -> Verdict {
        let has = |class| self.findings.iter().any(|finding| finding.code.class() == class);
        match (has(1), has(3), has(2)) {
            (true, ..) => Verdict::Tampered,
            (_, true, _) => Verdict::Unchecked,
            (.., true) => Verdict::Incomplete,
            _ => Verdict::Intact,
        }
    }

    pub(super) fn note(&mut self, note: String) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(note);
        }
    }

    /// Keeps a finding. The first of each class is always kept.
    pub(super) fn find(&mut self, finding: Finding) {
        let known = self.findings.iter().any(|other| other.code.class() == finding.code.class());
        if self.findings.len() < FINDINGS_MAX || !known {
            self.findings.push(finding);
        } else {
            self.more_findings += 1;
        }
    }

    /// Keeps a finding about an entry.
    pub(super) fn at(&mut self, code: Code, index: u64, message: impl Into<String>) {
        let message = message.into();
        self.find(Finding { code, message, index: Some(index), place: None, evidence: None });
    }

    /// Keeps a finding about a file.
    pub(super) fn file(
        &mut self,
        code: Code,
        (file, offset): (&str, u64),
        message: impl Into<String>,
    ) {
        let place = Some((file.to_owned(), offset));
        self.find(Finding { code, message: message.into(), index: None, place, evidence: None });
    }
}
