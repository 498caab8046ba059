//! The file of blocks: who and what the gateway shuts out. People write it, `avouch block` does, and the
//! gateway reads it again when it changes.

use avouch_guard::contain::{Block, Target};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// LIMIT: bytes of the file.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The file.
#[derive(Clone, Debug)]
pub(crate) struct BlockFile(PathBuf);

/// What stands in it.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    block: Vec<Block>,
}

impl BlockFile {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The blocks. A file that is not there shuts out nobody.
    pub(crate) fn read(&self) -> anyhow::Result<Vec<Block>> {
        Ok(parsed(&self.text()?)?)
    }

    fn text(&self) -> io::Result<String> {
        match std::fs::metadata(&self.0) {
            Ok(known) if known.len() > FILE_BYTES_MAX => Err(ErrorKind::FileTooLarge.into()),
            Ok(_) => std::fs::read_to_string(&self.0),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(error),
        }
    }

    /// Adds a block. What stands in the file stays as it is, comments too.
    pub(crate) fn add(&self, block: &Block) -> anyhow::Result<()> {
        let _lock = self.lock()?;
        let mut text = self.text()?;
        parsed(&text)?;
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&toml::to_string(&Written { block: vec![block.clone()] })?);
        // A file that says what it should not is not written.
        parsed(&text)?;
        Ok(self.put(&text)?)
    }

    /// Takes out all blocks of one target; gives them. Comments are not kept.
    pub(crate) fn lift(&self, target: Target, value: &str) -> anyhow::Result<Vec<Block>> {
        let _lock = self.lock()?;
        let is_meant = |block: &Block| block.target == target && block.value == value;
        let (lifted, block): (Vec<_>, Vec<_>) = self.read()?.into_iter().partition(is_meant);
        if !lifted.is_empty() {
            self.put(&toml::to_string(&Written { block })?)?;
        }
        Ok(lifted)
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.0.clone().into_os_string();
        name.push(ending);
        name.into()
    }

    /// Two who change it at once wait for each other. The lock ends with the process.
    fn lock(&self) -> io::Result<File> {
        let mut open = OpenOptions::new();
        let lock = open.create(true).truncate(false).write(true).open(self.beside(".lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    /// A reader sees the old file or the new one.
    fn put(&self, text: &str) -> io::Result<()> {
        let pending = self.beside(".tmp");
        let mut file = File::create(&pending)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&pending, &self.0)
    }
}

fn parsed(text: &str) -> Result<Vec<Block>, toml::de::Error> {
    toml::from_str::<Written>(text).map(|written| written.block)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(value: &str) -> Block {
        Block {
            target: Target::Token,
            value: value.to_owned(),
            until_ms: Some(7),
            because: "a \"reason\"\nof two lines".to_owned(),
            by: "anna".to_owned(),
        }
    }

    #[test]
    fn what_is_added_is_read_and_lifted_and_what_people_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = BlockFile::new(folder.path().join("blocks.toml"));
        assert_eq!(file.read().unwrap(), []);
        std::fs::write(file.path(), "# by hand\n[[block]]\ntarget = \"key\"\nvalue = \"k\"")
            .unwrap();
        file.add(&block("one")).unwrap();
        file.add(&block("two")).unwrap();
        assert!(std::fs::read_to_string(file.path()).unwrap().starts_with("# by hand"));
        assert_eq!(file.read().unwrap()[1..], [block("one"), block("two")]);
        assert_eq!(file.lift(Target::Key, "one").unwrap(), []);
        assert_eq!(file.lift(Target::Token, "one").unwrap(), [block("one")]);
        let left = file.read().unwrap();
        assert_eq!((left.len(), &left[1]), (2, &block("two")));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = BlockFile::new(folder.path().join("blocks.toml"));
        for text in ["[[block]]\ntarget = \"nobody\"", "block = 7", "[[blok]]"] {
            std::fs::write(file.path(), text).unwrap();
            file.add(&block("one")).unwrap_err();
            file.lift(Target::Key, "one").unwrap_err();
            assert_eq!(std::fs::read_to_string(file.path()).unwrap(), text);
        }
    }
}
