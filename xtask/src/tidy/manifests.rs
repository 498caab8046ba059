//! Every crate takes its lints from the workspace and is not published by accident.
//!
//! In scope: the crates of this workspace. Out of scope: a package that is a workspace of its own, such
//! as a program that tests ours.

use super::{Outcome, Rule};
use crate::tree::Tree;
use toml::{Table, Value};

pub(crate) const RULE: Rule = Rule {
    name: "manifests",
    says: "every crate inherits lints, edition, licence and `publish` from the workspace",
    look,
};

/// What a package inherits.
const INHERITED: [&str; 4] = ["edition", "license", "publish", "rust-version"];

fn look(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::default();
    for (path, text) in tree.texts("/Cargo.toml") {
        let Ok(manifest) = text.parse::<Table>() else {
            outcome.problem(path, "not a TOML document");
            continue;
        };
        let apart = manifest.contains_key("workspace") && !path.starts_with("crates/");
        if apart {
            continue;
        }
        if !inherits(manifest.get("lints")) {
            outcome.problem(path, "`lints.workspace` is not true");
        }
        for key in INHERITED {
            if !inherits(manifest.get("package").and_then(|package| package.get(key))) {
                outcome.problem(path, format!("`package.{key}.workspace` is not true"));
            }
        }
    }
    outcome
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")?.as_bool()) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    const GOOD: &str = "lints.workspace = true\n[package]\nedition.workspace = true\n\
                        license.workspace = true\npublish.workspace = true\n\
                        rust-version.workspace = true\n";

    #[test]
    fn a_crate_that_inherits_is_tidy() {
        assert!(said(&RULE, &Tree::default().with("crates/a/Cargo.toml", GOOD)).is_empty());
    }

    #[test]
    fn a_crate_with_lints_of_its_own_is_a_problem() {
        let tree = Tree::default()
            .with("crates/a/Cargo.toml", &GOOD.replace("lints.workspace = true", ""));
        assert_eq!(said(&RULE, &tree), ["crates/a/Cargo.toml: `lints.workspace` is not true"]);
    }

    #[test]
    fn a_workspace_of_its_own_is_none_of_ours_but_not_among_the_crates() {
        let text = "[package]\nedition = '2024'\n[workspace]\n";
        assert!(said(&RULE, &Tree::default().with("verify/a/Cargo.toml", text)).is_empty());
        assert!(!said(&RULE, &Tree::default().with("crates/a/Cargo.toml", text)).is_empty());
    }

    #[test]
    fn a_crate_with_an_edition_of_its_own_is_a_problem() {
        let tree = Tree::default()
            .with("crates/a/Cargo.toml", &GOOD.replace("edition.workspace = true", ""));
        assert_eq!(said(&RULE, &tree).len(), 1);
    }
}
