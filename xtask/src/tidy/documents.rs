//! Documents name only what is there.
//!
//! A path or a test that a document names is there. In scope: Markdown at the root, in `docs` and at the top of each crate. Out of scope: pages of
//! checks and the like, which name paths of the API under test, and links to other hosts, which
//! need a network.

use super::markdown::{anchors, code_spans, link_targets};
use super::{Outcome, Rule};
use crate::tree::Tree;

pub(crate) const LINKS: Rule = Rule {
    name: "links",
    says: "links in documents resolve, with their anchors",
    look: look_at_links,
};

pub(crate) const PATHS: Rule = Rule {
    name: "paths",
    says: "paths and tests of this repository that documents name exist",
    look: look_at_paths,
};

fn documents(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.texts(".md").filter(|(path, _)| {
        let depth = path.matches('/').count();
        depth == 0 || path.starts_with("docs/") || (path.starts_with("crates/") && depth == 2)
    })
}

fn look_at_links(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::default();
    for (path, text) in documents(tree) {
        for (line, target) in link_targets(text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let there = if file.is_empty() { path.to_owned() } else { beside(path, file) };
            if !tree.has(&there) {
                outcome.problem(format!("{path}:{line}"), format!("`{target}` does not exist"));
            } else if !anchor.is_empty()
                && !tree.text(&there).is_some_and(|t| anchors(t).iter().any(|a| a == anchor))
            {
                outcome.problem(format!("{path}:{line}"), format!("no heading `#{anchor}`"));
            }
        }
    }
    outcome
}

/// The path that `target` means in the document at `path`.
fn beside(path: &str, target: &str) -> String {
    let mut names: Vec<&str> = path.split('/').collect();
    names.pop();
    for name in target.split('/') {
        match name {
            "" | "." => (),
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    names.join("/")
}

fn look_at_paths(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::default();
    for (path, text) in documents(tree) {
        for (line, span) in code_spans(text) {
            let is_gone = is_path_of_ours(tree, span) && !exists(tree, span);
            if is_gone || (is_test_name(span) && !is_function(tree, span) && !is_metric(tree, span))
            {
                outcome.problem(format!("{path}:{line}"), format!("`{span}` does not exist"));
            }
        }
    }
    outcome
}

/// Whether a code span is meant as a path of this repository: it begins with one of our top folders,
/// or it is the name of a source file.
fn is_path_of_ours(tree: &Tree, span: &str) -> bool {
    let first = span.split('/').next().unwrap_or_default();
    let in_folder = span.contains('/') && tree.has_folder(first) && !first.is_empty();
    let is_source = span.strip_suffix(".rs").is_some();
    !span.contains(char::is_whitespace) && (in_folder || is_source)
}

/// Whether a path is there. `*` and `<name>` stand for any name, or any part of one. What does not
/// begin with one of our top folders may be anywhere.
fn exists(tree: &Tree, span: &str) -> bool {
    let wanted: Vec<&str> = span.trim_end_matches('/').split('/').collect();
    let from_root = wanted.first().is_some_and(|first| tree.has_folder(first));
    tree.paths().any(|path| {
        let names: Vec<&str> = path.split('/').collect();
        let Some(deeper) = names.len().checked_sub(wanted.len()) else {
            return false;
        };
        let names = names.iter().skip(if from_root { 0 } else { deeper });
        wanted.iter().zip(names).all(|(pattern, name)| matches(pattern, name))
    })
}

/// Whether a code span is meant as a test: tests are sentences, and other names have fewer words.
fn is_test_name(span: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
    span.split('_').count() >= 4 && span.split('_').all(is_word)
}

fn is_function(tree: &Tree, name: &str) -> bool {
    let start = format!("fn {name}(");
    tree.texts(".rs").any(|(_, text)| text.contains(&start))
}

/// Whether it is the name of a metric, which the source has as a text.
fn is_metric(tree: &Tree, name: &str) -> bool {
    let text_of = format!("\"{name}\"");
    name.starts_with("avouch_")
        && tree.texts(".rs").any(|(path, text)| path.contains("/src/") && text.contains(&text_of))
}

/// Whether a name fits a pattern in which one `*` or `<…>` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let open = pattern.split_once('*').or_else(|| {
        let (before, rest) = pattern.split_once('<')?;
        Some((before, rest.split_once('>')?.1))
    });
    match open {
        Some((before, after)) => {
            name.len() >= before.len() + after.len()
                && name.starts_with(before)
                && name.ends_with(after)
        }
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    fn house(readme: &str) -> Tree {
        Tree::default()
            .with("README.md", readme)
            .with("docs/exit-codes.md", "# Exit codes\n\nSee [home](../README.md).\n")
            .with("crates/avouch-scan/src/checks/auth/ignored.rs", "")
    }

    #[test]
    fn links_and_paths_that_exist_are_tidy() {
        let tree = house(
            "[a](docs/exit-codes.md#exit-codes) [b](https://example.org/x) `crates/avouch-scan` \
             `ignored.rs` `auth/<name>.rs` `crates/avouch-scan/src/checks/<family>/<name>.rs` `/orders/{id}` `a/b` `it_is_a_test`",
        )
        .with("xtask/src/main.rs", "fn it_is_a_test() {}");
        assert!(said(&LINKS, &tree).is_empty() && said(&PATHS, &tree).is_empty());
    }

    #[test]
    fn a_link_to_nothing_is_a_problem() {
        let expected = "README.md:2: `docs/no.md` does not exist";
        assert_eq!(said(&LINKS, &house("\n[a](docs/no.md)")), [expected]);
    }

    #[test]
    fn a_link_to_no_heading_is_a_problem() {
        let tree = house("[a](docs/exit-codes.md#codes)");
        assert_eq!(said(&LINKS, &tree), ["README.md:1: no heading `#codes`"]);
    }

    #[test]
    fn a_path_or_a_test_of_nothing_is_a_problem() {
        for span in [
            "crates/avouch-ledger",
            "docs/no.md",
            "no.rs",
            "checks/no.rs",
            "crates/*/src/no.rs",
            "what_no_test_says",
        ] {
            let expected = format!("README.md:1: `{span}` does not exist");
            assert_eq!(said(&PATHS, &house(&format!("`{span}`"))), [expected]);
        }
    }

    #[test]
    fn a_metric_that_is_counted_is_tidy_and_another_is_a_problem() {
        let tree = house("`avouch_some_things_total` `avouch_no_things_total`")
            .with("crates/avouch-gateway/src/text.rs", "(\"avouch_some_things_total\")");
        let expected = "README.md:1: `avouch_no_things_total` does not exist";
        assert_eq!(said(&PATHS, &tree), [expected]);
    }

    #[test]
    fn a_document_of_a_crate_is_read_and_a_page_is_not() {
        let tree = house("")
            .with("crates/avouch-scan/README.md", "[a](no.md)")
            .with("crates/avouch-scan/src/checks/auth/ignored.md", "[a](no.md)");
        assert_eq!(said(&LINKS, &tree).len(), 1);
    }
}
