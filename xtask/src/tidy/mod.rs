//! The invariants of the tree, each as a rule that can fail.
//!
//! A rule is a pure function from a [`Tree`] to what is wrong with it, so that each is tested on a
//! tree that breaks it. The rules run as `cargo xtask tidy` and, over the real tree, as a test.

mod documents;
mod exits;
mod layers;
mod lock_file;
mod manifests;
mod markdown;
mod reach;
mod sizes;
mod sockets;
mod tables;
mod words;

use crate::tree::Tree;
use std::fmt;

/// One invariant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// A short name, as printed.
    pub(crate) name: &'static str,
    /// What holds when the rule is kept.
    pub(crate) says: &'static str,
    /// Looks at a tree.
    pub(crate) look: fn(&Tree) -> Outcome,
}

/// All rules, in the order in which they are printed.
pub(crate) const RULES: [&Rule; 11] = [
    &layers::RULE,
    &manifests::RULE,
    &sizes::RULE,
    &tables::RULE,
    &sockets::RULE,
    &reach::RULE,
    &words::RULE,
    &exits::RULE,
    &lock_file::RULE,
    &documents::LINKS,
    &documents::PATHS,
];

/// The rule about links, which the documentation step runs by itself as well.
pub(crate) const LINKS: &Rule = &documents::LINKS;

/// What a rule saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// What breaks the rule.
    pub(crate) problems: Vec<Problem>,
    /// What a person should know and breaks nothing: what was not there to be looked at, too.
    pub(crate) notes: Vec<String>,
}

impl Outcome {
    /// Adds something that breaks the rule.
    fn problem(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem { place: place.into(), message: message.into() });
    }

    /// Adds something a person should know.
    fn note(&mut self, message: impl Into<String>) {
        self.notes.push(message.into());
    }
}

/// One breach of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// A path, with a line where there is one.
    place: String,
    /// What is wrong and what would be right.
    message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// What a rule says of an example, for the tests of the rules.
#[cfg(test)]
fn said(rule: &Rule, tree: &Tree) -> Vec<String> {
    (rule.look)(tree).problems.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_keeps_every_rule() {
        let tree = Tree::of_workspace().unwrap();
        let broken: Vec<String> = RULES
            .iter()
            .flat_map(|rule| {
                let problems = (rule.look)(&tree).problems;
                problems.into_iter().map(|problem| format!("{}: {problem}", rule.name))
            })
            .collect();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }

    #[test]
    fn rules_have_names_of_their_own() {
        let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }
}
