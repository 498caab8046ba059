//! A proof in one file (C2SP `tlog-proof`): the entry's place, the path, the signed checkpoint.

use super::checkpoint::{Checkpoint, CheckpointError, decimal};
use super::key::VerifierKey;
use super::signed::{NOTE_BYTES_MAX, Note, NoteError};
use crate::merkle::{Hash, PROOF_HASHES_MAX, ProofError, verify_inclusion};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fmt;

/// The first line of the file.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// A proof that an entry is in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    /// What else the file carries. Nothing vouches for it.
    pub extra: Option<Vec<u8>>,
    /// The entry's place in the log; the first is 0.
    pub index: u64,
    /// The hashes from the leaf's sibling up.
    pub path: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: Note,
}

/// Why a file proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofFileError {
    /// The file has not the form of a proof.
    #[error("line {0} is not what a proof has there")]
    Line(usize),
    /// The checkpoint in it is not a signed note, or not signed by whom it should be.
    #[error("the checkpoint is not to be trusted")]
    Note(#[from] NoteError),
    /// The signed text is not a checkpoint.
    #[error("the signed text is not a checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint is of another log.
    #[error("the checkpoint is of the log `{0}`")]
    OtherLog(String),
    /// The path does not lead from the entry to the root.
    #[error("the path does not lead from the entry to the root")]
    Proof(#[from] ProofError),
}

impl ProofFile {
    /// Reads a file.
    pub fn parse(text: &str) -> Result<Self, ProofFileError> {
        if text.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong.into());
        }
        let (head, note) = text.split_once("\n\n").ok_or(ProofFileError::Line(1))?;
        let mut lines = head.split('\n').enumerate().peekable();
        if lines.next().is_none_or(|(_, line)| line != HEADER) {
            return Err(ProofFileError::Line(1));
        }
        let extra = match lines.peek().and_then(|(_, line)| line.strip_prefix("extra ")) {
            None => None,
            Some(text) => {
                lines.next();
                Some(BASE64_STANDARD.decode(text).map_err(|_| ProofFileError::Line(2))?)
            }
        };
        let index = lines
            .next()
            .and_then(|(_, line)| decimal(line.strip_prefix("index ")?))
            .ok_or(ProofFileError::Line(2 + usize::from(extra.is_some())))?;
        let mut path = Vec::new();
        for (number, line) in lines {
            let hash = Hash::from_base64(line).filter(|_| path.len() < PROOF_HASHES_MAX);
            path.push(hash.ok_or(ProofFileError::Line(number + 1))?);
        }
        Ok(Self { extra, index, path, checkpoint: Note::parse(note.as_bytes())? })
    }

    /// Checks that the log of that key holds the leaf. The size comes from the signed checkpoint.
    pub fn verify(&self, leaf: &Hash, log: &VerifierKey) -> Result<Checkpoint, ProofFileError> {
        self.checkpoint.verify(log)?;
        let checkpoint = Checkpoint::parse(&self.checkpoint.text)?;
        if checkpoint.origin != log.name() {
            return Err(ProofFileError::OtherLog(checkpoint.origin));
        }
        verify_inclusion(leaf, self.index, checkpoint.size, &self.path, &checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for ProofFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64_STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Signer;
    use super::*;
    use crate::merkle::{leaf_hash, node_hash};
    use proptest::prelude::*;

    fn proof() -> (ProofFile, Hash, Signer) {
        let signer = Signer::of_note("log.example/a", &[7; 32]).unwrap();
        let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
        let root = node_hash(&left, &right);
        let checkpoint =
            Checkpoint { origin: "log.example/a".to_owned(), size: 2, root, extended: false };
        let checkpoint = Note::sign(checkpoint.to_string(), &signer);
        let proof =
            ProofFile { extra: Some(b"opaque".to_vec()), index: 1, path: vec![left], checkpoint };
        (proof, right, signer)
    }

    #[test]
    fn a_proof_stays_as_it_was_frozen_and_holds() {
        let (proof, leaf, signer) = proof();
        let frozen = include_str!("samples/proof.txt");
        assert_eq!(proof.to_string(), frozen);
        let read = ProofFile::parse(frozen).unwrap();
        assert_eq!(read, proof);
        assert_eq!(read.verify(&leaf, signer.verifier()).unwrap().size, 2);
    }

    #[test]
    fn a_proof_of_something_else_does_not_hold() {
        let (proof, leaf, signer) = proof();
        let key = signer.verifier();
        assert!(proof.verify(&leaf_hash(b"left"), key).is_err());
        assert!(ProofFile { index: 0, ..proof.clone() }.verify(&leaf, key).is_err());
        assert!(ProofFile { path: vec![], ..proof.clone() }.verify(&leaf, key).is_err());
        let other = Signer::of_note("log.example/b", &[7; 32]).unwrap();
        assert!(proof.verify(&leaf, other.verifier()).is_err());
    }

    #[test]
    fn a_checkpoint_of_another_log_does_not_serve() {
        let (mut proof, leaf, signer) = proof();
        let text = proof.checkpoint.text.replace("/a", "/b");
        proof.checkpoint = Note::sign(text, &signer);
        let said = proof.verify(&leaf, signer.verifier());
        assert_eq!(said, Err(ProofFileError::OtherLog("log.example/b".to_owned())));
    }

    #[test]
    fn what_is_no_proof_is_refused_by_its_line() {
        let good = proof().0.to_string();
        for (from, to, line) in [
            ("@v1", "@v2", 1),
            ("extra ", "extra !", 2),
            ("index 1", "index 01", 3),
            ("index 1", "index 1\nAAAA", 4),
        ] {
            let said = ProofFile::parse(&good.replace(from, to));
            assert_eq!(said, Err(ProofFileError::Line(line)), "{to}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "c2sp.org/tlog-proof@v1\n(extra [a-z]{0,8}\n)?(index [0-9]{0,3}\n)?\\PC{0,80}\n\n\\PC{0,80}") {
            let _ = ProofFile::parse(&text);
        }
    }
}
