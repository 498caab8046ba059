//! A file is short enough to be proofread.

use super::{Outcome, Rule};
use crate::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "sizes",
    says: "no source file is longer than 500 lines; those over 400 are named",
    look,
};

/// LIMIT: lines no source file exceeds.
const LINES_MAX: usize = 500;

/// LIMIT: lines from which a file is named, so that it is split before it must be.
const LINES_NOTED: usize = 400;

fn look(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::default();
    for (path, text) in tree.texts(".rs") {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            outcome.problem(path, format!("{lines} lines, at most {LINES_MAX}"));
        } else if lines > LINES_NOTED {
            outcome.note(format!("{path}: {lines} lines"));
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    fn file_of(lines: usize) -> Tree {
        Tree::default().with("crates/a/src/lib.rs", &"x\n".repeat(lines))
    }

    #[test]
    fn the_limit_itself_is_allowed_and_one_more_is_not() {
        assert!(said(&RULE, &file_of(LINES_MAX)).is_empty());
        assert_eq!(
            said(&RULE, &file_of(LINES_MAX + 1)),
            ["crates/a/src/lib.rs: 501 lines, at most 500"]
        );
    }

    #[test]
    fn a_long_file_is_named_before_it_is_too_long() {
        assert!(look(&file_of(LINES_NOTED)).notes.is_empty());
        assert_eq!(look(&file_of(LINES_NOTED + 1)).notes, ["crates/a/src/lib.rs: 401 lines"]);
    }
}
