//! What a witness is asked and what it answers (C2SP `tlog-witness`), without the network.

use super::checkpoint::{Checkpoint, CheckpointError, decimal};
use super::cosignature::Cosigner;
use super::key::VerifierKey;
use super::signed::{NOTE_BYTES_MAX, Note, NoteError, Signature};
use crate::merkle::{EMPTY_ROOT, Hash, verify_consistency};
use std::fmt;

/// LIMIT: the most lines of a consistency proof, by the specification.
const PROOF_LINES_MAX: usize = 63;

/// A request to cosign a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The size of the checkpoint that the witness cosigned last.
    pub old: u64,
    /// The proof that the log only grew since.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: Note,
}

/// Why bytes are not a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A line is not what a request has there.
    #[error("line {0} is not what a request has there")]
    Line(usize),
    /// The checkpoint in it is not a signed note.
    #[error("the checkpoint is not a signed note")]
    Note(#[from] NoteError),
    /// The signed text is not a checkpoint.
    #[error("the signed text is not a checkpoint")]
    Checkpoint(#[from] CheckpointError),
}

impl Request {
    /// Reads the body of a request.
    pub fn parse(body: &[u8]) -> Result<Self, RequestError> {
        if body.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong.into());
        }
        let text = std::str::from_utf8(body).map_err(|_| NoteError::NotText)?;
        let (head, note) = text.split_once("\n\n").ok_or(RequestError::Line(1))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| decimal(line.strip_prefix("old ")?));
        let old = old.ok_or(RequestError::Line(1))?;
        let mut proof = Vec::new();
        for (number, line) in lines.enumerate() {
            let hash = Hash::from_base64(line).filter(|_| number < PROOF_LINES_MAX);
            proof.push(hash.ok_or(RequestError::Line(number + 2))?);
        }
        Ok(Self { old, proof, checkpoint: Note::parse(note.as_bytes())? })
    }

    /// The log of which the request says to be.
    pub fn origin(&self) -> &str {
        self.checkpoint.text.split('\n').next().unwrap_or_default()
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// What a witness knows of a log: the last that it cosigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Entries.
    pub size: u64,
    /// The root.
    pub root: Hash,
}

impl Default for Seen {
    /// A log that was never seen.
    fn default() -> Self {
        Self { size: 0, root: EMPTY_ROOT }
    }
}

/// Why a witness does not cosign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request has not the form of one, or its sizes contradict each other.
    #[error("the request is not one")]
    BadRequest,
    /// No signature is of the log's key.
    #[error("the checkpoint is not signed by the log")]
    NotSigned,
    /// The witness cosigned another size last, or the same size with another root.
    #[error("the last that was cosigned has {0} entries")]
    Conflict(u64),
    /// The proof does not show that the log only grew.
    #[error("the log is not a continuation of what was cosigned")]
    NotConsistent,
}

impl Refusal {
    /// The status that the specification gives to it.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::NotSigned => 403,
            Self::Conflict(_) => 409,
            Self::NotConsistent => 422,
        }
    }
}

/// Decides about a request for a log whose key is known: the cosignature and what is to be
/// remembered **before** it is given away, or why not.
pub fn add_checkpoint(
    request: &Request,
    log: &VerifierKey,
    seen: Seen,
    witness: &Cosigner,
    time_s: u64,
) -> Result<(Signature, Seen), Refusal> {
    let note = &request.checkpoint;
    let checkpoint = Checkpoint::parse(&note.text).map_err(|_| Refusal::BadRequest)?;
    note.verify(log).map_err(|_| Refusal::NotSigned)?;
    if checkpoint.origin != log.name() {
        return Err(Refusal::NotSigned);
    }
    if request.old > checkpoint.size {
        return Err(Refusal::BadRequest);
    }
    if request.old != seen.size {
        return Err(Refusal::Conflict(seen.size));
    }
    if checkpoint.size == seen.size && checkpoint.root != seen.root {
        return Err(Refusal::Conflict(seen.size));
    }
    verify_consistency(seen.size, &seen.root, checkpoint.size, &checkpoint.root, &request.proof)
        .map_err(|_| Refusal::NotConsistent)?;
    let now = Seen { size: checkpoint.size, root: checkpoint.root };
    Ok((witness.cosign(&note.text, time_s), now))
}

#[cfg(test)]
mod tests {
    use super::super::cosignature::cosigned_at;
    use super::super::key::Signer;
    use super::*;
    use crate::merkle::{leaf_hash, node_hash};
    use proptest::prelude::*;

    fn log() -> Signer {
        Signer::of_note("log.example/a", &[7; 32]).unwrap()
    }

    fn witness() -> Cosigner {
        Cosigner::new("witness.example/w", &[8; 32]).unwrap()
    }

    fn request(old: u64, proof: Vec<Hash>, size: u64, root: Hash) -> Request {
        let checkpoint =
            Checkpoint { origin: "log.example/a".to_owned(), size, root, extended: false };
        Request { old, proof, checkpoint: Note::sign(checkpoint.to_string(), &log()) }
    }

    fn ask(request: &Request, seen: Seen) -> Result<(Signature, Seen), Refusal> {
        add_checkpoint(request, log().verifier(), seen, &witness(), 1000)
    }

    #[test]
    fn a_log_that_grows_is_cosigned() {
        let (one, two) = (leaf_hash(b"1"), leaf_hash(b"2"));
        let first = request(0, vec![], 1, one);
        let (signature, seen) = ask(&first, Seen::default()).unwrap();
        let mut note = first.checkpoint.clone();
        note.signatures.push(signature);
        assert_eq!(cosigned_at(&note, witness().verifier()), Ok(1000));
        let second = request(1, vec![two], 2, node_hash(&one, &two));
        assert_eq!(ask(&second, seen).unwrap().1.size, 2);
    }

    #[test]
    fn what_is_not_a_continuation_is_refused_with_the_status_of_the_specification() {
        let (one, two) = (leaf_hash(b"1"), leaf_hash(b"2"));
        let seen = Seen { size: 1, root: one };
        let root = node_hash(&one, &two);
        let status = |request: &Request| ask(request, seen).unwrap_err().status();
        assert_eq!(status(&request(0, vec![], 2, root)), 409);
        assert_eq!(status(&request(1, vec![], 1, two)), 409);
        assert_eq!(status(&request(2, vec![], 1, one)), 400);
        assert_eq!(status(&request(1, vec![one], 2, root)), 422);
        let mut stranger = request(1, vec![two], 2, root);
        stranger.checkpoint = Note::sign(
            stranger.checkpoint.text,
            &Signer::of_note("log.example/a", &[9; 32]).unwrap(),
        );
        assert_eq!(status(&stranger), 403);
        assert_eq!(ask(&request(0, vec![], 2, root), seen), Err(Refusal::Conflict(1)));
    }

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let request = request(1, vec![leaf_hash(b"2"); 63], 2, EMPTY_ROOT);
        assert_eq!(Request::parse(request.to_string().as_bytes()), Ok(request.clone()));
        let long = Request { proof: vec![EMPTY_ROOT; 64], ..request };
        assert_eq!(Request::parse(long.to_string().as_bytes()), Err(RequestError::Line(65)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(text in "old [0-9]{0,3}\n\\PC{0,60}\n\n\\PC{0,60}") {
            let _ = Request::parse(text.as_bytes());
        }
    }
}
