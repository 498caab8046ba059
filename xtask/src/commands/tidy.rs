//! `cargo xtask tidy`: whether the tree keeps its invariants.

use crate::tidy::{RULES, Rule};
use crate::tree::Tree;

/// Asks every rule and prints what each says.
pub(crate) fn run() -> bool {
    match Tree::of_workspace() {
        Ok(tree) => RULES.iter().filter(|rule| !keeps(&tree, rule)).count() == 0,
        Err(error) => {
            println!("the tree could not be read: {error:#}");
            false
        }
    }
}

/// Asks one rule, prints what it says, and answers whether it is kept.
pub(crate) fn keeps(tree: &Tree, rule: &Rule) -> bool {
    let outcome = (rule.look)(tree);
    let kept = outcome.problems.is_empty();
    println!("{} {:<10} {}", if kept { "kept  " } else { "BROKEN" }, rule.name, rule.says);
    for problem in &outcome.problems {
        println!("         {problem}");
    }
    for note in &outcome.notes {
        println!("         ({note})");
    }
    kept
}
