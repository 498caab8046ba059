//! What the facts say about a control.

use crate::control::Control;

/// What is known of a control over a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assessment {
    /// It did what it should, as often as it should, and people did their part.
    Effective,
    /// It did not, here.
    Exceptions(Vec<Exception>),
    /// Nothing may be concluded, for these reasons. Never a pass.
    NotTested(Vec<Gap>),
}

impl Assessment {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Effective => "effective",
            Self::Exceptions(_) => "exceptions",
            Self::NotTested(_) => "not-tested",
        }
    }
}

/// A case in which a control did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exception {
    /// The entries of the ledger that show it, ascending. None when what is missing is the case.
    pub entries: Vec<u64>,
    /// Why it is one.
    pub because: String,
}

/// Why nothing may be concluded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What kind of gap.
    pub kind: GapKind,
    /// What is missing, in a sentence that says what to do.
    pub because: String,
}

/// A kind of gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapKind {
    /// The program has nothing that could record it yet.
    Unmeasured,
    /// Nothing of the kind is in the ledger.
    NotRecorded,
    /// It is recorded, but nothing happened within the period.
    NoOccurrence,
    /// There was nothing for it to act on: the population is empty, and somebody says that there were
    /// none.
    NoEvent,
    /// Some of the runs that were due are not there.
    MissingRuns,
    /// A run did not look at everything.
    Partial,
    /// What there is speaks of another time.
    OutsidePeriod,
    /// What people have to do or to say is not there.
    ManualMissing,
    /// Records of the period cannot be read, and may hold anything.
    Unreadable,
}

impl GapKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unmeasured => "unmeasured",
            Self::NotRecorded => "not-recorded",
            Self::NoOccurrence => "no-occurrence",
            Self::NoEvent => "no-event",
            Self::MissingRuns => "missing-runs",
            Self::Partial => "partial",
            Self::OutsidePeriod => "outside-period",
            Self::ManualMissing => "manual-missing",
            Self::Unreadable => "unreadable",
        }
    }
}

/// One way in which a control was tested, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// What was looked at.
    pub what: String,
    /// How often it had to happen; `None` when only what happened can say.
    pub expected: Option<u64>,
    /// How often it happened, or how many there were.
    pub actual: u64,
    /// In how many of them the control did not do what it should.
    pub failed: u64,
    /// The newest of them, in milliseconds since 1970.
    pub last_ms: Option<u64>,
    /// When the next one is due; `None` when nothing is due by itself.
    pub due_ms: Option<u64>,
}

/// LIMIT: entries that are named for one procedure; how many there were is counted in full.
pub const ENTRIES_MAX: usize = 10_000;

/// What a part of the facts says about a control.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// How it was tested.
    pub procedures: Vec<Procedure>,
    /// Where it did not do what it should.
    pub exceptions: Vec<Exception>,
    /// What is not known.
    pub gaps: Vec<Gap>,
    /// Entries it rests on, ascending, each once.
    pub rests_on: Vec<u64>,
}

impl Part {
    /// A gap and nothing else.
    pub fn gap(kind: GapKind, because: impl Into<String>) -> Self {
        Self { gaps: vec![Gap { kind, because: because.into() }], ..Self::default() }
    }

    /// This part and another one.
    pub fn and(mut self, other: Self) -> Self {
        self.procedures.extend(other.procedures);
        self.exceptions.extend(other.exceptions);
        for gap in other.gaps {
            if !self.gaps.contains(&gap) {
                self.gaps.push(gap);
            }
        }
        self.rest_on(other.rests_on);
        self
    }

    /// Adds entries it rests on.
    pub fn rest_on(&mut self, entries: impl IntoIterator<Item = u64>) {
        self.rests_on.extend(entries);
        self.rests_on.sort_unstable();
        self.rests_on.dedup();
        self.rests_on.truncate(ENTRIES_MAX);
    }

    /// Adds a case in which the control did not do what it should.
    pub fn fail(&mut self, entries: impl IntoIterator<Item = u64>, because: impl Into<String>) {
        let mut entries: Vec<u64> = entries.into_iter().collect();
        entries.sort_unstable();
        entries.dedup();
        entries.truncate(ENTRIES_MAX);
        self.exceptions.push(Exception { entries, because: because.into() });
    }

    /// Adds a gap.
    pub fn miss(&mut self, kind: GapKind, because: impl Into<String>) {
        self.gaps.push(Gap { kind, because: because.into() });
    }
}

/// A control, and what the facts say about it.
#[derive(Clone, Debug)]
pub struct Assessed {
    /// The control.
    pub control: &'static Control,
    /// Who answers for it, as the settings say.
    pub owner: Option<String>,
    /// Why management left it out; it is neither tested nor credited then.
    pub excluded: Option<String>,
    /// What may be concluded.
    pub assessment: Assessment,
    /// What is not known besides: there when there are exceptions, too.
    pub gaps: Vec<Gap>,
    /// How it was tested.
    pub procedures: Vec<Procedure>,
    /// Entries it rests on, ascending.
    pub rests_on: Vec<u64>,
}

impl Assessed {
    /// How often its procedures had to run; `None` when nothing had to by itself.
    pub fn expected(&self) -> Option<u64> {
        self.procedures
            .iter()
            .filter_map(|procedure| procedure.expected)
            .reduce(u64::saturating_add)
    }

    /// How often those procedures ran.
    pub fn actual(&self) -> u64 {
        self.procedures.iter().map(|procedure| procedure.actual).sum()
    }

    /// The newest occurrence, in milliseconds since 1970.
    pub fn last_ms(&self) -> Option<u64> {
        self.procedures.iter().filter_map(|procedure| procedure.last_ms).max()
    }

    /// Whether there was provably nothing for it to act on, and nothing else is open.
    pub fn had_no_event(&self) -> bool {
        let open = matches!(self.assessment, Assessment::NotTested(_)) && self.excluded.is_none();
        open && self.gaps.iter().all(|gap| gap.kind == GapKind::NoEvent)
    }

    /// Whether something may be concluded.
    pub fn is_tested(&self) -> bool {
        self.excluded.is_none() && !matches!(self.assessment, Assessment::NotTested(_))
    }
}
