//! The lock file has a budget, and raising it is a decision in writing.

use super::{Outcome, Rule};
use crate::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "lock-file",
    says: "Cargo.lock holds no more packages than the newest decision allows",
    look,
};

/// How a decision names the budget, at the start of a line.
const BUDGET: &str = "Lock-file budget: ";

fn look(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(lock) = tree.text("Cargo.lock") else {
        outcome.problem("Cargo.lock", "missing");
        return outcome;
    };
    let Some(budget) = budget(tree) else {
        outcome.problem("docs/decisions", format!("no line `{BUDGET}N packages`"));
        return outcome;
    };
    let packages = lock.lines().filter(|line| *line == "[[package]]").count();
    if packages > budget {
        outcome.problem(
            "Cargo.lock",
            format!("{packages} packages, the budget is {budget}: drop one, or decide in writing"),
        );
    } else {
        outcome.note(format!("{packages} of {budget} packages"));
    }
    outcome
}

/// The budget of the decision with the highest number that names one.
fn budget(tree: &Tree) -> Option<usize> {
    tree.texts(".md")
        .filter(|(path, _)| path.starts_with("docs/decisions/"))
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| line.strip_prefix(BUDGET)?.split(' ').next()?.parse().ok())
        .last()
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    const LOCK: &str = "version = 4\n[[package]]\nname = \"a\"\n[[package]]\nname = \"b\"\n";

    fn house(budget: usize) -> Tree {
        Tree::default()
            .with("Cargo.lock", LOCK)
            .with("docs/decisions/0001-a.md", &format!("# A\n\n{BUDGET}{budget} packages.\n"))
    }

    #[test]
    fn the_budget_itself_is_allowed_and_one_more_is_not() {
        assert!(said(&RULE, &house(2)).is_empty());
        assert_eq!(said(&RULE, &house(1)).len(), 1);
    }

    #[test]
    fn a_later_decision_counts() {
        let tree = house(1).with("docs/decisions/0002-b.md", &format!("{BUDGET}2 packages."));
        assert!(said(&RULE, &tree).is_empty());
    }

    #[test]
    fn neither_a_missing_lock_file_nor_a_missing_budget_passes() {
        assert_eq!(said(&RULE, &Tree::default()), ["Cargo.lock: missing"]);
        assert_eq!(said(&RULE, &Tree::default().with("Cargo.lock", LOCK)).len(), 1);
    }
}
