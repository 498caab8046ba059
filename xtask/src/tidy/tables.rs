//! A folder of things and its list say the same.
//!
//! Checks, policies, formats and their like share one shape: `<name>.rs` is the thing, `<name>.md`
//! its page, and `mod.rs` lists it. In scope: that the three agree, both ways. Out of scope: what
//! a page says; each folder's own tests run the pages.

use super::{Outcome, Rule};
use crate::tree::Tree;
use std::collections::BTreeSet;

pub(crate) const RULE: Rule = Rule {
    name: "tables",
    says: "in a folder of things each has a source, a page and a line in `mod.rs`",
    look,
};

/// Folders of things. With `*`, every folder in it is one, and the folder itself lists them.
const FOLDERS: [&str; 8] = [
    "crates/avouch-scan/src/checks/*",
    "crates/avouch-catalog/src/formats",
    "crates/avouch-report/src/formats",
    "crates/avouch-guard/src/policies",
    "crates/avouch-respond/src/detections",
    "crates/avouch-respond/src/playbooks",
    "crates/avouch-prove/src/controls",
    "crates/avouch-prove/src/criteria",
];

/// Sources that are no things.
const NO_THINGS: [&str; 2] = ["mod", "tests"];

fn look(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::default();
    for folder in FOLDERS {
        match folder.strip_suffix("/*") {
            Some(above) if tree.has_folder(above) => {
                look_at_families(tree, above, &mut outcome);
            }
            None if tree.has_folder(folder) => look_at(tree, folder, &mut outcome),
            _ => outcome.note(format!("{folder}: not built yet")),
        }
    }
    outcome
}

fn look_at_families(tree: &Tree, above: &str, outcome: &mut Outcome) {
    let listed = listed(tree, above);
    for family in tree.folders_in(above) {
        if !listed.contains(family) {
            outcome.problem(format!("{above}/mod.rs"), format!("no line `mod {family};`"));
        }
        look_at(tree, &format!("{above}/{family}"), outcome);
    }
}

fn look_at(tree: &Tree, folder: &str, outcome: &mut Outcome) {
    let list = format!("{folder}/mod.rs");
    let sources = stems(tree, folder, ".rs");
    let pages = stems(tree, folder, ".md");
    let listed = listed(tree, folder);
    let text = tree.text(&list).unwrap_or_default();
    if tree.text(&list).is_none() {
        outcome.problem(&list, "missing");
    }
    for name in sources.union(&pages) {
        if !sources.contains(name) {
            outcome.problem(format!("{folder}/{name}.md"), format!("no source `{name}.rs`"));
        } else if !pages.contains(name) {
            outcome.problem(format!("{folder}/{name}.rs"), format!("no page `{name}.md`"));
        }
    }
    for name in &sources {
        if !listed.contains(name) {
            outcome.problem(&list, format!("no line `mod {name};`"));
        } else if !text.contains(&format!("{name}::")) {
            outcome.problem(&list, format!("`{name}` is a module, but nothing of it is listed"));
        }
    }
    for name in listed.iter().filter(|name| !NO_THINGS.contains(name)) {
        if !sources.contains(name) && !tree.has_folder(&format!("{folder}/{name}")) {
            outcome.problem(&list, format!("lists `{name}`, but there is no `{name}.rs`"));
        }
    }
}

/// Names of the things with a file of that ending.
fn stems<'a>(tree: &'a Tree, folder: &'a str, ending: &str) -> BTreeSet<&'a str> {
    tree.files_in(folder)
        .filter_map(|file| file.strip_suffix(ending))
        .filter(|stem| !NO_THINGS.contains(stem) && *stem != "README")
        .collect()
}

/// Names with a `mod` line in the folder's list.
fn listed<'a>(tree: &'a Tree, folder: &str) -> BTreeSet<&'a str> {
    let text = tree.text(&format!("{folder}/mod.rs")).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            line.trim_start_matches("pub(crate) ").trim_start_matches("pub ").strip_prefix("mod ")
        })
        .filter_map(|rest| rest.trim_end().strip_suffix(';'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    const CHECKS: &str = "crates/avouch-scan/src/checks";

    fn house(files: &[(&str, &str)]) -> Tree {
        files.iter().fold(Tree::default(), |tree, (path, text)| {
            tree.with(&format!("{CHECKS}/{path}"), text)
        })
    }

    const GOOD: [(&str, &str); 4] = [
        ("mod.rs", "pub mod auth;\n"),
        ("auth/mod.rs", "mod ignored;\npub static CHECKS: &[&Check] = &[&ignored::CHECK];\n"),
        ("auth/ignored.rs", ""),
        ("auth/ignored.md", ""),
    ];

    #[test]
    fn a_folder_that_agrees_with_its_list_is_tidy() {
        assert!(said(&RULE, &house(&GOOD)).is_empty());
    }

    #[test]
    fn whatever_is_left_out_is_a_problem() {
        for left_out in 0..GOOD.len() {
            let mut files = GOOD.to_vec();
            let (path, _) = files.remove(left_out);
            assert!(!said(&RULE, &house(&files)).is_empty(), "without `{path}`");
        }
    }

    #[test]
    fn a_thing_without_its_line_is_a_problem() {
        let tree = house(&GOOD)
            .with(&format!("{CHECKS}/auth/other.rs"), "")
            .with(&format!("{CHECKS}/auth/other.md"), "");
        assert_eq!(said(&RULE, &tree), [format!("{CHECKS}/auth/mod.rs: no line `mod other;`")]);
    }

    #[test]
    fn a_module_that_no_slice_names_is_a_problem() {
        let tree = house(&GOOD).with(&format!("{CHECKS}/auth/mod.rs"), "mod ignored;\n");
        assert_eq!(said(&RULE, &tree).len(), 1);
    }

    #[test]
    fn a_family_without_its_line_is_a_problem() {
        let tree = house(&GOOD).with(&format!("{CHECKS}/mod.rs"), "");
        assert_eq!(said(&RULE, &tree), [format!("{CHECKS}/mod.rs: no line `mod auth;`")]);
    }

    #[test]
    fn folders_that_are_not_built_are_named() {
        assert_eq!(look(&Tree::default()).notes.len(), FOLDERS.len());
    }
}
