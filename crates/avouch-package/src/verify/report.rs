//! What a judgement says.

use super::kinds::Proven;
use crate::engagement::Engagement;
use crate::time;
use serde_json::{Value, json};

/// LIMIT: findings of one code in one file that are told one by one.
const PER_CODE_MAX: usize = 20;

/// Codes that say that something is missing or cannot be told, and no more.
const INCOMPLETE: [&str; 7] = [
    "act-unsigned",
    "canary-missing",
    "period-not-covered",
    "purged",
    "quorum-missing",
    "table-unknown",
    "terms-unproven",
];

/// How a package was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything holds.
    Intact,
    /// Something is missing, or cannot be told.
    Incomplete,
    /// Something is not as it was.
    Tampered,
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its code.
    pub code: &'static str,
    /// The file.
    pub file: String,
    /// Where in it: `entry 17`, `line 3`, `item 2`, or a member's name.
    pub record: Option<String>,
    /// For a person.
    pub message: String,
}

impl Finding {
    /// Whether it says only that something is missing or cannot be told.
    pub fn is_gap(&self) -> bool {
        INCOMPLETE.contains(&self.code)
    }
}

/// A judgement.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What does not hold.
    pub findings: Vec<Finding>,
    /// What was looked at, for a person.
    pub lines: Vec<String>,
}

impl Report {
    /// Adds a finding, unless there are very many like it.
    pub(crate) fn add(
        &mut self,
        code: &'static str,
        file: &str,
        record: Option<String>,
        message: &str,
    ) {
        let alike = |finding: &&Finding| finding.code == code && finding.file == file;
        if self.findings.iter().filter(alike).count() < PER_CODE_MAX {
            let (file, message) = (file.to_owned(), message.to_owned());
            self.findings.push(Finding { code, file, record, message });
        }
    }

    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        if self.findings.is_empty() {
            Verdict::Intact
        } else if self.findings.iter().all(Finding::is_gap) {
            Verdict::Incomplete
        } else {
            Verdict::Tampered
        }
    }

    /// The verdict in a line.
    pub fn headline(&self) -> String {
        let count = self.findings.len();
        match self.verdict() {
            Verdict::Intact => "INTACT  everything in the package holds".to_owned(),
            Verdict::Incomplete => format!("INCOMPLETE  nothing was altered; {count} gaps"),
            Verdict::Tampered => format!("TAMPERED  {count} findings"),
        }
    }

    /// What to do.
    pub fn advice(&self) -> Option<&'static str> {
        match self.verdict() {
            Verdict::Intact => None,
            Verdict::Incomplete => {
                Some("ask the operator for what is missing; nothing may be concluded from a gap")
            }
            Verdict::Tampered => {
                Some("do not rely on the package: ask for a new one, and compare the named records")
            }
        }
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let verdict = match self.verdict() {
            Verdict::Intact => "intact",
            Verdict::Incomplete => "incomplete",
            Verdict::Tampered => "tampered",
        };
        let one = |finding: &Finding| {
            json!({
                "code": finding.code,
                "file": finding.file,
                "message": finding.message,
                "record": finding.record,
            })
        };
        let findings: Vec<Value> = self.findings.iter().map(one).collect();
        json!({ "findings": findings, "lines": self.lines, "verdict": verdict })
    }

    /// Says what the package is about.
    pub(crate) fn about(&mut self, engagement: &Engagement, proven: &Proven) {
        let (from, to) = (engagement.period.from_ms, engagement.period.to_ms);
        let days = format!("{} to {}", time::day(from), time::day(to.saturating_sub(1)));
        self.lines.push(format!("{}, {days}", engagement.system));
        self.lines.push(format!(
            "{} entries of `{}` are under the signed checkpoint; {} kinds of facts are proven whole",
            proven.size,
            proven.origin,
            proven.kinds.len()
        ));
    }
}
