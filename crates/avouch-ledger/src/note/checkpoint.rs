//! What a log says it holds (C2SP `tlog-checkpoint`).

use super::key::is_name;
use crate::merkle::Hash;
use std::fmt;

/// The head of a log: the text of a signed note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// Entries in it.
    pub size: u64,
    /// The root of its tree.
    pub root: Hash,
    /// Whether lines follow that only the log understands. Our own logs write none.
    pub extended: bool,
}

/// Why a text is not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It has not the three lines of a checkpoint.
    #[error("a checkpoint has three lines: the log's name, the size, the root")]
    Lines,
    /// The first line is not the name of a log.
    #[error("the first line is not the name of a log")]
    Origin,
    /// The second line is not a plain number.
    #[error("the second line is not a number of entries")]
    Size,
    /// The third line is not a hash.
    #[error("the third line is not a hash")]
    Root,
}

/// Reads a decimal number without leading zeros.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading = text.len() > 1 && text.starts_with('0');
    if plain && !leading { text.parse().ok() } else { None }
}

impl Checkpoint {
    /// Reads the text of a note.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?;
        let mut lines = lines.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        if !is_name(origin) {
            return Err(CheckpointError::Origin);
        }
        let extended = lines.next().is_some();
        // No extension line may be empty.
        if extended && text.contains("\n\n") {
            return Err(CheckpointError::Lines);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size: decimal(size).ok_or(CheckpointError::Size)?,
            root: Hash::from_base64(root).ok_or(CheckpointError::Root)?,
            extended,
        })
    }
}

impl fmt::Display for Checkpoint {
    /// Writes the text of the note, without extension lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of the specification.
    const TEXT: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_of_the_specification_is_read() {
        let checkpoint = Checkpoint::parse(TEXT).unwrap();
        assert_eq!(checkpoint.size, 20_852_163);
        assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
        assert!(!checkpoint.extended);
        assert_eq!(checkpoint.to_string(), TEXT);
        assert!(Checkpoint::parse(&format!("{TEXT}more\n")).unwrap().extended);
    }

    #[test]
    fn what_is_no_checkpoint_is_refused() {
        for (from, to, why) in [
            ("20852163", "020852163", CheckpointError::Size),
            ("20852163", "+20852163", CheckpointError::Size),
            ("20852163", "", CheckpointError::Size),
            ("20852163", "18446744073709551616", CheckpointError::Size),
            ("2I=", "2I", CheckpointError::Root),
            ("example.com/", "example.com/ ", CheckpointError::Origin),
            ("2I=\n", "2I=", CheckpointError::Lines),
            ("2I=\n", "2I=\n\nmore\n", CheckpointError::Lines),
        ] {
            assert_eq!(Checkpoint::parse(&TEXT.replace(from, to)), Err(why), "{to}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(origin in "[a-z./]{1,30}", size in any::<u64>(), root in any::<[u8; 32]>()) {
            let checkpoint = Checkpoint { origin, size, root: Hash(root), extended: false };
            prop_assert_eq!(Checkpoint::parse(&checkpoint.to_string()), Ok(checkpoint));
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,20}\n\\PC{0,20}\n\\PC{0,50}\n") {
            if let Ok(checkpoint) = Checkpoint::parse(&text) {
                prop_assert!(checkpoint.extended || checkpoint.to_string() == text);
            }
        }
    }
}
