//! Sets of criteria: what controls are there for. One file and one page each.

mod id;
#[cfg(test)]
mod tests;
pub mod tsc;

pub use id::{CriterionId, UnknownCriterion};

/// A set of criteria.
#[derive(Debug)]
pub struct CriteriaSet {
    /// Its id.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Its criteria, in the order of their ids.
    pub criteria: &'static [Criterion],
    /// Its page.
    pub page: &'static str,
}

/// The sets.
pub static SETS: &[&CriteriaSet] = &[&tsc::SET];

/// A criterion, in our own words.
#[derive(Debug)]
pub struct Criterion {
    /// Its id.
    pub id: CriterionId,
    /// The category it belongs to.
    pub category: Category,
    /// How much of it a machine can show.
    pub level: Level,
    /// What it asks for.
    pub meaning: &'static str,
    /// The controls that serve it.
    pub controls: &'static [&'static str],
    /// What is tested by machine.
    pub test: &'static str,
    /// What an auditor is given.
    pub evidence: &'static str,
    /// What stays with people; `None` when nothing does.
    pub manual: Option<&'static str>,
}

/// How much of a criterion a machine can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Most of it.
    Auto,
    /// Some of it; something people do is needed as well.
    Hybrid,
    /// Next to nothing: it can keep and chase what people do.
    Manual,
}

impl Level {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Hybrid => "hybrid",
            Self::Manual => "manual",
        }
    }
}

/// A category of criteria.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// CC: always part of an examination.
    Security,
    /// A
    Availability,
    /// C
    Confidentiality,
    /// PI
    ProcessingIntegrity,
    /// P
    Privacy,
}

impl Category {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Security,
        Self::Availability,
        Self::Confidentiality,
        Self::ProcessingIntegrity,
        Self::Privacy,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Availability => "availability",
            Self::Confidentiality => "confidentiality",
            Self::ProcessingIntegrity => "processing-integrity",
            Self::Privacy => "privacy",
        }
    }

    /// The category of that name.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|category| category.word() == word)
    }

    /// The category of an id, by what it begins with.
    const fn of(id: &str) -> Self {
        match id.as_bytes() {
            [b'C', b'C', ..] => Self::Security,
            [b'A', ..] => Self::Availability,
            [b'C', ..] => Self::Confidentiality,
            [b'P', b'I', ..] => Self::ProcessingIntegrity,
            _ => Self::Privacy,
        }
    }
}

/// Every criterion of every set.
pub fn all() -> impl Iterator<Item = &'static Criterion> {
    SETS.iter().flat_map(|set| set.criteria)
}

/// The criterion of an id.
pub fn find(id: CriterionId) -> Option<&'static Criterion> {
    all().find(|criterion| criterion.id == id)
}
