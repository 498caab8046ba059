//! Signed texts after C2SP: `signed-note`, `tlog-checkpoint`, `tlog-cosignature`, `tlog-proof` and
//! what a `tlog-witness` is asked and answers.
//!
//! In scope: reading, writing, signing and checking them, within bounds. Out of scope: where they
//! are kept and how they travel.

mod checkpoint;
mod cosignature;
mod key;
mod proof;
mod signed;
mod witness;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use cosignature::{Cosigner, cosigned_at};
pub use key::{KeyError, Signer, VerifierKey};
pub use proof::{ProofFile, ProofFileError};
pub use signed::{NOTE_BYTES_MAX, Note, NoteError, SIGNATURES_MAX, Signature};
pub use witness::{Refusal, Request, RequestError, Seen, add_checkpoint};
