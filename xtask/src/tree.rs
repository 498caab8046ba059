//! The files of the repository, as one value that rules can be asked about.
//!
//! In scope: reading every file once. Out of scope: what version control knows; a rule looks at
//! what is there, so it says the same before and after a commit.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing of ours, by name.
const SKIPPED: [&str; 4] = [".git", "target", ".avouch", "node_modules"];

/// Every file by its path from the root, with `/` between names; the text is `None` when it is not
/// UTF-8.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// The tree this program was built from.
    pub(crate) fn of_workspace() -> Result<Self> {
        Self::read(&root())
    }

    /// Reads all files below a folder.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder)
                .with_context(|| format!("cannot list `{}`", folder.display()))?;
            for entry in entries {
                let entry = entry?;
                let kind = entry.file_type()?;
                let path = entry.path();
                if kind.is_dir() && !SKIPPED.iter().any(|name| entry.file_name() == *name) {
                    folders.push(path);
                } else if kind.is_file() && !SKIPPED.iter().any(|name| entry.file_name() == *name) {
                    let bytes = fs::read(&path)
                        .with_context(|| format!("cannot read `{}`", path.display()))?;
                    tree.files.insert(name_below(root, &path), String::from_utf8(bytes).ok());
                }
            }
        }
        Ok(tree)
    }

    /// A tree with one more file, for examples.
    #[cfg(test)]
    pub(crate) fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), Some(text.to_owned()));
        self
    }

    /// The text of a file, when it is there and is text.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// All paths, sorted.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// All text files that end so, with their text.
    pub(crate) fn texts<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.ends_with(ending))
            .filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// Whether there is a file or a folder of that path.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.contains_key(path) || self.has_folder(path)
    }

    /// Whether there is a folder of that path with a file somewhere in it.
    pub(crate) fn has_folder(&self, path: &str) -> bool {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        path.is_empty() || self.files.keys().any(|file| file.starts_with(&prefix))
    }

    /// Names of the files directly in a folder.
    pub(crate) fn files_in<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> {
        self.paths()
            .filter_map(move |path| path.strip_prefix(folder)?.strip_prefix('/'))
            .filter(|rest| !rest.contains('/'))
    }

    /// Names of the folders directly in a folder, each once.
    pub(crate) fn folders_in(&self, folder: &str) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .paths()
            .filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/')?.split_once('/'))
            .map(|(name, _)| name)
            .collect();
        names.dedup();
        names
    }
}

/// The repository's root: the folder above this crate.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where Cargo puts what it builds: not always `target` below the root, the environment or a
/// configuration file can say otherwise.
pub(crate) fn target() -> Result<PathBuf> {
    let asked = crate::processes::command("cargo")
        .args(["metadata", "--no-deps", "--locked", "--format-version", "1"])
        .output()
        .context("`cargo metadata` could not be started")?;
    let said: serde_json::Value =
        serde_json::from_slice(&asked.stdout).context("`cargo metadata` gave no JSON")?;
    let folder = said.get("target_directory").and_then(serde_json::Value::as_str);
    folder.map(PathBuf::from).context("`cargo metadata` does not name the target folder")
}

fn name_below(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let names: Vec<_> = below.iter().map(|name| name.to_string_lossy()).collect();
    names.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_read_without_what_was_built() {
        let tree = Tree::of_workspace().unwrap();
        assert!(tree.text("xtask/src/tree.rs").is_some());
        for skipped in SKIPPED {
            assert!(!tree.has(skipped), "`{skipped}`");
        }
    }

    #[test]
    fn a_folder_is_there_when_a_file_is_in_it() {
        let tree = Tree::default().with("a/b/c.rs", "").with("a/d.rs", "");
        assert!(tree.has("a/b") && tree.has("a/b/") && tree.has("a/d.rs"));
        assert!(!tree.has("a/c.rs") && !tree.has("a/bb"));
        assert_eq!(tree.files_in("a").collect::<Vec<_>>(), ["d.rs"]);
        assert_eq!(tree.folders_in("a"), ["b"]);
    }
}
