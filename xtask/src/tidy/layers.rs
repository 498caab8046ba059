//! A crate depends only on crates of lower layers.
//!
//! In scope: `[dependencies]` and `[build-dependencies]`, for every target. Out of scope:
//! `[dev-dependencies]`, since a test may look at the whole house.

use super::{Outcome, Rule};
use crate::tree::Tree;
use std::collections::BTreeMap;
use toml::{Table, Value};

pub(crate) const RULE: Rule = Rule {
    name: "layers",
    says: "a crate depends only on lower layers, and every crate has a layer",
    look,
};

fn look(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::default();
    let layers = match layers(tree) {
        Ok(layers) => layers,
        Err(message) => {
            outcome.problem("Cargo.toml", message);
            return outcome;
        }
    };
    let mut seen = Vec::new();
    for (path, text) in tree.texts("/Cargo.toml").filter(|(path, _)| path.starts_with("crates/")) {
        let Ok(manifest) = text.parse::<Table>() else {
            outcome.problem(path, "not a TOML document");
            continue;
        };
        let name = package_name(&manifest);
        let Some(own) = layers.get(name) else {
            outcome.problem(path, format!("`{name}` has no layer in the root manifest"));
            continue;
        };
        seen.push(name.to_owned());
        for dependency in dependencies(&manifest) {
            match layers.get(&dependency) {
                Some(other) if other >= own => outcome.problem(
                    path,
                    format!("`{name}` (layer {own}) depends on `{dependency}` (layer {other})"),
                ),
                None if dependency.starts_with("avouch") || dependency == "xtask" => {
                    outcome.problem(path, format!("`{dependency}` has no layer"));
                }
                _ => (),
            }
        }
    }
    for name in layers.keys().filter(|name| !seen.contains(name)) {
        outcome.problem("Cargo.toml", format!("layer of `{name}`, but there is no such crate"));
    }
    outcome
}

fn layers(tree: &Tree) -> Result<BTreeMap<String, i64>, &'static str> {
    let manifest: Table = tree
        .text("Cargo.toml")
        .ok_or("missing")?
        .parse()
        .map_err(|_: toml::de::Error| "not a TOML document")?;
    manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("metadata")?.get("layers")?.as_table())
        .ok_or("no table `workspace.metadata.layers`")?
        .iter()
        .map(|(name, layer)| Some((name.clone(), layer.as_integer()?)))
        .collect::<Option<_>>()
        .ok_or("a layer that is not a number")
}

fn package_name(manifest: &Table) -> &str {
    manifest
        .get("package")
        .and_then(|package| package.get("name")?.as_str())
        .unwrap_or("(a crate without a name)")
}

/// Names of the packages a crate is built from, renamed ones by their true name.
fn dependencies(manifest: &Table) -> Vec<String> {
    let for_targets = manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(Table::values)
        .filter_map(Value::as_table);
    std::iter::once(manifest)
        .chain(for_targets)
        .flat_map(|table| ["dependencies", "build-dependencies"].map(|kind| table.get(kind)))
        .flatten()
        .filter_map(Value::as_table)
        .flatten()
        .map(|(name, needs)| {
            let renamed = needs.get("package").and_then(Value::as_str);
            renamed.unwrap_or(name).to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    const ROOT: &str = "[workspace.metadata.layers]\navouch-model = 0\navouch-scan = 2\n";

    fn house(scan: &str, model: &str) -> Tree {
        Tree::default()
            .with("Cargo.toml", ROOT)
            .with("crates/avouch-scan/Cargo.toml", &format!("package.name='avouch-scan'\n{scan}"))
            .with(
                "crates/avouch-model/Cargo.toml",
                &format!("package.name='avouch-model'\n{model}"),
            )
    }

    #[test]
    fn a_crate_may_depend_on_a_lower_layer() {
        let tree = house("dependencies.avouch-model.workspace = true", "");
        assert!(said(&RULE, &tree).is_empty());
    }

    #[test]
    fn a_crate_may_not_depend_on_a_higher_layer() {
        let tree = house("", "dependencies.avouch-scan.workspace = true");
        let expected = "crates/avouch-model/Cargo.toml: `avouch-model` (layer 0) depends on \
                        `avouch-scan` (layer 2)";
        assert_eq!(said(&RULE, &tree), [expected]);
    }

    #[test]
    fn neither_a_target_nor_a_rename_hides_a_dependency() {
        let tree = house(
            "",
            "target.'cfg(unix)'.build-dependencies.other = { package = 'avouch-scan', path = '' }",
        );
        assert_eq!(said(&RULE, &tree).len(), 1);
    }

    #[test]
    fn tests_may_depend_on_a_higher_layer() {
        let tree = house("", "dev-dependencies.avouch-scan.workspace = true");
        assert!(said(&RULE, &tree).is_empty());
    }

    #[test]
    fn a_crate_without_a_layer_and_a_layer_without_a_crate_are_problems() {
        let tree = Tree::default()
            .with("Cargo.toml", "[workspace.metadata.layers]\navouch-model = 0\n")
            .with("crates/avouch-new/Cargo.toml", "package.name = 'avouch-new'");
        assert_eq!(said(&RULE, &tree).len(), 2);
    }

    #[test]
    fn a_root_without_layers_is_a_problem() {
        assert_eq!(said(&RULE, &Tree::default()), ["Cargo.toml: missing"]);
        let tree = Tree::default().with("Cargo.toml", "[workspace]");
        assert_eq!(said(&RULE, &tree).len(), 1);
    }
}
