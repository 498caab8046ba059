//! A folder of things and its list say the same.
//!
//! Checks, policies, formats and their like share one shape: `<name>.rs` is the thing, which is a
//! source that exports a descriptor; `<name>.md` is its page; and `mod.rs` lists it. In scope: that
//! the three agree, both ways. Out of scope: what a page says, which each folder's own tests hold,
//! and parts that several things share; these are named, so that a thing whose descriptor was
//! forgotten is seen.

use super::{Outcome, Rule};
use crate::tree::Tree;
use std::collections::BTreeSet;

pub(crate) const RULE: Rule = Rule {
    name: "tables",
    says: "in a folder of things each has a source, a page and a line in `mod.rs`",
    look,
};

/// Folders of things with the type of their descriptors. With `*`, every folder in it is one, and
/// the folder itself lists them.
const FOLDERS: [(&str, &str); 8] = [
    ("crates/avouch-scan/src/checks/*", "Check"),
    ("crates/avouch-catalog/src/formats", "Descriptor"),
    ("crates/avouch-report/src/formats", "Format"),
    ("crates/avouch-guard/src/policies", "Policy"),
    ("crates/avouch-respond/src/detections", "Detection"),
    ("crates/avouch-respond/src/playbooks", "Playbook"),
    ("crates/avouch-prove/src/controls", "Control"),
    ("crates/avouch-prove/src/criteria", "CriteriaSet"),
];

/// Folders of things whose page is made from the code, so that none lies beside them.
const WITHOUT_PAGES: [(&str, &str); 1] = [("crates/avouch-model/src/fact", "Kind")];

/// Sources that are no things.
const NO_THINGS: [&str; 2] = ["mod", "tests"];

fn look(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::default();
    for (folder, descriptor) in FOLDERS {
        match folder.strip_suffix("/*") {
            Some(above) if tree.has_folder(above) => {
                look_at_families(tree, above, descriptor, &mut outcome);
            }
            None if tree.has_folder(folder) => look_at(tree, folder, descriptor, &mut outcome),
            _ => outcome.note(format!("{folder}: not built yet")),
        }
    }
    for (folder, descriptor) in WITHOUT_PAGES {
        if tree.has_folder(folder) {
            look_at_list(tree, folder, descriptor, &mut outcome);
        } else {
            outcome.note(format!("{folder}: not built yet"));
        }
    }
    outcome
}

fn look_at_families(tree: &Tree, above: &str, descriptor: &str, outcome: &mut Outcome) {
    let list = format!("{above}/mod.rs");
    let listed = listed(tree, above);
    let text = tree.text(&list).unwrap_or_default();
    for family in tree.folders_in(above) {
        if !listed.contains(family) || !text.contains(&format!("{family}::")) {
            outcome.problem(&list, format!("`{family}` is not listed"));
        }
        look_at(tree, &format!("{above}/{family}"), descriptor, outcome);
    }
}

fn look_at(tree: &Tree, folder: &str, descriptor: &str, outcome: &mut Outcome) {
    let pages = stems(tree, folder, ".md");
    for name in look_at_list(tree, folder, descriptor, outcome) {
        if !pages.contains(name) {
            outcome.problem(format!("{folder}/{name}.rs"), format!("no page `{name}.md`"));
        }
    }
    for name in pages {
        let source = tree.text(&format!("{folder}/{name}.rs"));
        if !source.is_some_and(|source| exports(source, descriptor)) {
            let message = format!("no source `{name}.rs` with a `{descriptor}`");
            outcome.problem(format!("{folder}/{name}.md"), message);
        }
    }
}

/// Holds sources and list together, and names the things.
fn look_at_list<'a>(
    tree: &'a Tree,
    folder: &'a str,
    descriptor: &str,
    outcome: &mut Outcome,
) -> Vec<&'a str> {
    let list = format!("{folder}/mod.rs");
    if tree.text(&list).is_none() {
        outcome.problem(&list, "missing");
    }
    let text = tree.text(&list).unwrap_or_default();
    let sources = stems(tree, folder, ".rs");
    let listed = listed(tree, folder);
    let mut things = Vec::new();
    for name in &sources {
        let source = tree.text(&format!("{folder}/{name}.rs")).unwrap_or_default();
        if !exports(source, descriptor) {
            outcome.note(format!("{folder}/{name}.rs: a part without a descriptor"));
            continue;
        }
        things.push(*name);
        if !listed.contains(name) {
            outcome.problem(&list, format!("no line `mod {name};`"));
        } else if !text.contains(&format!("{name}::")) {
            outcome.problem(&list, format!("the descriptor of `{name}` is not listed"));
        }
    }
    for name in listed.iter().filter(|name| !NO_THINGS.contains(name)) {
        if !sources.contains(name) && !tree.has(&format!("{folder}/{name}/mod.rs")) {
            outcome.problem(&list, format!("lists `{name}`, but there is no `{name}.rs`"));
        }
    }
    things
}

/// Whether a source gives others a constant of that type, such as `pub const CHECK: Check = …`.
fn exports(source: &str, descriptor: &str) -> bool {
    source.lines().filter(|line| line.starts_with("pub")).any(|line| {
        let (before, _) = line.split_once(" =").unwrap_or((line, ""));
        let is_constant = before.contains(" const ") || before.contains(" static ");
        is_constant && before.rsplit([' ', ':']).next() == Some(descriptor)
    })
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
        ("mod.rs", "const FAMILIES: &[&[Check]] = &[auth::CHECKS];\npub mod auth;\n"),
        ("auth/mod.rs", "mod ignored;\npub const CHECKS: &[Check] = &[ignored::CHECK];\n"),
        ("auth/ignored.rs", "pub(super) const CHECK: Check = Check {\n"),
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
            .with(&format!("{CHECKS}/auth/other.rs"), "pub static OTHER: crate::Check = x;")
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
        for list in ["", "pub mod auth;", "&[auth::CHECKS]"] {
            let tree = house(&GOOD).with(&format!("{CHECKS}/mod.rs"), list);
            assert_eq!(said(&RULE, &tree), [format!("{CHECKS}/mod.rs: `auth` is not listed")]);
        }
    }

    #[test]
    fn a_page_without_a_descriptor_is_a_problem() {
        let tree =
            house(&GOOD).with(&format!("{CHECKS}/auth/ignored.rs"), "const CHECK: Check = x;");
        let expected = format!("{CHECKS}/auth/ignored.md: no source `ignored.rs` with a `Check`");
        assert_eq!(said(&RULE, &tree), [expected]);
    }

    #[test]
    fn a_part_that_things_share_is_named_and_needs_no_page() {
        let part = "pub(super) const SHARE: f64 = 0.9;\npub(super) fn check() -> Check {}\n";
        let tree = house(&GOOD).with(&format!("{CHECKS}/auth/part.rs"), part);
        assert!(said(&RULE, &tree).is_empty());
        assert_eq!(look(&tree).notes.len(), look(&house(&GOOD)).notes.len() + 1);
    }

    #[test]
    fn a_kind_of_facts_needs_its_line_and_no_page() {
        let kinds = "crates/avouch-model/src/fact";
        let kind = "pub const KIND: Kind = Kind::of::<Scan>();";
        let source = format!("{kinds}/scan.rs");
        let tree =
            |list| Tree::default().with(&source, kind).with(&format!("{kinds}/mod.rs"), list);
        assert!(said(&RULE, &tree("pub mod scan;\n    scan::KIND,")).is_empty());
        assert_eq!(said(&RULE, &tree("pub mod scan;\n")).len(), 1);
        assert_eq!(said(&RULE, &tree("scan::KIND,")).len(), 1);
    }

    #[test]
    fn folders_that_are_not_built_are_named() {
        let folders = FOLDERS.len() + WITHOUT_PAGES.len();
        assert_eq!(look(&Tree::default()).notes.len(), folders);
    }
}
