//! The exit codes in the program and in its documentation are the same.

use super::{Outcome, Rule};
use crate::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "exits",
    says: "the exit codes of the program are those of docs/exit-codes.md, each documented",
    look,
};

const SOURCE: &str = "crates/avouch/src/exit.rs";
const TABLE: &str = "docs/exit-codes.md";

/// A code and its name.
type Code = (u8, String);

fn look(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(table) = tree.text(TABLE) else {
        outcome.problem(TABLE, "missing");
        return outcome;
    };
    let promised = promised(table);
    if promised.is_empty() {
        outcome.problem(TABLE, "no row such as `| 0 | Clean | … |`");
    }
    let Some(source) = tree.text(SOURCE) else {
        outcome.note(format!("{SOURCE}: not built yet"));
        return outcome;
    };
    let (given, bare) = given(source);
    if given.is_empty() {
        outcome.problem(SOURCE, "no variant such as `Clean = 0,`");
    }
    for name in bare {
        outcome.problem(SOURCE, format!("`{name}` has no doc comment"));
    }
    for (code, name) in given.iter().filter(|code| !promised.contains(code)) {
        outcome.problem(TABLE, format!("no row for `{name} = {code}`"));
    }
    for (code, name) in promised.iter().filter(|code| !given.contains(code)) {
        outcome.problem(SOURCE, format!("no variant for `{name} = {code}`"));
    }
    outcome
}

/// Codes of the rows `| 0 | Clean | … |`.
fn promised(table: &str) -> Vec<Code> {
    let rows = table.lines().filter_map(|line| {
        let mut cells =
            line.strip_prefix('|')?.split('|').map(|cell| cell.trim().trim_matches('`'));
        Some((cells.next()?.parse().ok()?, cells.next()?.to_owned()))
    });
    rows.collect()
}

/// Codes of the lines `Clean = 0,` and names of those without a doc comment above.
fn given(source: &str) -> (Vec<Code>, Vec<String>) {
    let (mut codes, mut bare, mut documented) = (Vec::new(), Vec::new(), false);
    for line in source.lines().map(str::trim) {
        if line.starts_with("///") {
            documented = true;
        } else if let Some((name, code)) = variant(line) {
            if !documented {
                bare.push(name.to_owned());
            }
            codes.push((code, name.to_owned()));
            documented = false;
        } else if !line.starts_with("#[") {
            documented = false;
        }
    }
    (codes, bare)
}

fn variant(line: &str) -> Option<(&str, u8)> {
    let (name, code) = line.strip_suffix(',')?.split_once(" = ")?;
    let is_name = name.chars().all(|letter| letter.is_ascii_alphanumeric());
    is_name.then_some((name, code.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    const ROWS: &str =
        "| Code | Name |\n|---|---|\n| 0 | `Clean` | good |\n| 70 | `Broken` | bad |\n";
    const ENUM: &str =
        "enum Exit {\n    /// Good.\n    Clean = 0,\n    /// Bad.\n    Broken = 70,\n}\n";

    fn house(table: &str, source: &str) -> Tree {
        Tree::default().with(TABLE, table).with(SOURCE, source)
    }

    #[test]
    fn the_same_codes_on_both_sides_are_tidy() {
        assert!(said(&RULE, &house(ROWS, ENUM)).is_empty());
    }

    #[test]
    fn a_code_on_one_side_only_is_a_problem() {
        let without_row = ROWS.replace("| 70 | `Broken` | bad |\n", "");
        let expected = "docs/exit-codes.md: no row for `Broken = 70`";
        assert_eq!(said(&RULE, &house(&without_row, ENUM)), [expected]);
        let without_variant = ENUM.replace("Broken = 70,", "");
        assert_eq!(said(&RULE, &house(ROWS, &without_variant)).len(), 1);
    }

    #[test]
    fn another_number_is_a_problem_on_both_sides() {
        assert_eq!(said(&RULE, &house(ROWS, &ENUM.replace("70", "71"))).len(), 2);
    }

    #[test]
    fn a_code_without_a_doc_comment_is_a_problem() {
        let source = ENUM.replace("    /// Bad.\n", "");
        let expected = "crates/avouch/src/exit.rs: `Broken` has no doc comment";
        assert_eq!(said(&RULE, &house(ROWS, &source)), [expected]);
    }

    #[test]
    fn an_enum_or_a_table_that_cannot_be_read_does_not_pass() {
        assert!(!said(&RULE, &house(ROWS, "")).is_empty());
        assert!(!said(&RULE, &house("", ENUM)).is_empty());
        assert_eq!(said(&RULE, &Tree::default()), ["docs/exit-codes.md: missing"]);
    }
}
