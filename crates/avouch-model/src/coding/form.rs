//! What fields are, for people and for the page that describes them.

use super::encode::Search;

/// One word of a list, with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordFacts {
    /// The number that stands for it.
    pub number: u8,
    /// The word.
    pub word: &'static str,
    /// What it means.
    pub about: &'static [&'static str],
}

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// UTF-8.
    Text,
    /// A whole number from 0.
    Number,
    /// Yes or no.
    YesNo,
    /// 32 bytes.
    Digest,
    /// A person's: a text, or what a vault put in its place.
    Personal,
    /// One of some words.
    Word(&'static [WordFacts]),
}

/// How often a field stands in a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Exactly once.
    Once,
    /// Once or not at all.
    AtMostOnce,
    /// Any number of times.
    Any,
}

/// A field, as it is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldFacts {
    /// Its tag.
    pub tag: u8,
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub about: &'static [&'static str],
    /// Its form.
    pub form: Form,
    /// How often it stands there.
    pub times: Times,
    /// By what the fact can be found through it.
    pub search: Option<Search>,
}

/// The lines of a documentation comment as one text.
pub(super) fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

impl WordFacts {
    /// What it means, as one text.
    pub fn meaning(&self) -> String {
        joined(self.about)
    }
}

impl FieldFacts {
    /// What it says, as one text.
    pub fn meaning(&self) -> String {
        joined(self.about)
    }

    /// Whether it is a person's.
    pub fn personal(&self) -> bool {
        self.form == Form::Personal
    }
}
