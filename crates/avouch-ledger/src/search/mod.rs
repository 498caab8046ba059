//! Finding entries, with the proof that none was left out.
//!
//! In scope: reading single entries fast, asking the index, proofs from stored hashes. What is
//! derived is compared with what the log committed to, and not used where it differs. Out of scope:
//! what the records mean; judging the log (`verify`).

mod asking;
mod entries;
mod export;
mod nodes;
mod rounds;

pub use asking::{Blinded, Search, Searched};
pub use entries::{Entries, Found};
pub use export::{ExportError, Exported, Exporting, HITS_MAX, Question, Shown};
pub use nodes::StoredTree;
pub use rounds::Round;
