//! Words that say that something is not done.
//!
//! What is not done is not there: a plan belongs in an issue, not in code that is shipped.

use super::{Outcome, Rule};
use crate::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "words",
    says: "no source file holds a word that says it is unfinished or unread",
    look,
};

/// The words. Each is written in two parts so that this file does not break its own rule.
const FORBIDDEN: [&str; 8] = [
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("allow(", "dead_code"),
    concat!("expect(", "dead_code"),
    concat!("allow(", "unused"),
    concat!("#[ig", "nore]"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
];

/// How a test that is left out begins to say why.
const LEFT_OUT: &str = concat!("#[ig", "nore = ");
/// What it has to name: the command that runs it.
const COMMAND: &str = "`cargo xtask test --";

fn look(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::default();
    for (path, text) in tree.texts(".rs") {
        for (index, line) in text.lines().enumerate() {
            if let Some(word) = FORBIDDEN.iter().find(|word| line.contains(**word)) {
                outcome.problem(format!("{path}:{}", index + 1), format!("holds `{word}`"));
            }
            if line.contains(LEFT_OUT) && !line.contains(COMMAND) {
                let why = "a test is left out and no command is named that runs it";
                outcome.problem(format!("{path}:{}", index + 1), why.to_owned());
            }
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    #[test]
    fn each_word_is_a_problem() {
        for word in FORBIDDEN {
            let tree =
                Tree::default().with("crates/a/src/lib.rs", &format!("fn a() {{\n{word}\n}}"));
            assert_eq!(said(&RULE, &tree), [format!("crates/a/src/lib.rs:2: holds `{word}`")]);
        }
    }

    #[test]
    fn a_test_that_is_left_out_for_a_reason_is_none() {
        let left_out = |why: &str| {
            let text = format!("{LEFT_OUT}\"{why}\"]");
            said(&RULE, &Tree::default().with("crates/a/src/lib.rs", &text))
        };
        assert!(left_out("takes minutes; run with `cargo xtask test --long`").is_empty());
        assert_eq!(left_out("takes minutes: run with --long").len(), 1);
    }
}
