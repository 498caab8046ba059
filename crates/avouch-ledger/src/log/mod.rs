//! Writing a ledger: opening it, appending, signing what is there.
//!
//! In scope: everything that changes the folder of a ledger, and reading its segments. Out of scope:
//! judging it (`verify`).

mod administer;
mod anew;
mod appending;
mod assembly;
mod birth;
mod consult;
mod core;
mod cosigning;
mod erase;
mod fold;
mod fold_value;
mod gap;
mod harden;
mod hashes;
mod head;
#[cfg(test)]
mod histories;
mod index;
mod kept;
mod ledger;
mod level;
mod members;
mod open;
mod packs;
mod postings;
mod private;
mod publish;
mod purge;
#[cfg(test)]
mod purge_tests;
mod read;
mod rebuild;
mod recover;
mod redact;
mod remove;
mod retention;
mod rewrap;
mod rotate;
mod state;
mod stored;
#[cfg(test)]
pub(crate) mod tests;
mod upkeep;
mod writer;

#[cfg(test)]
pub(crate) use self::core::Core;
pub use self::core::{Durable, Stop};
pub use administer::AdministerError;
pub use appending::AppendError;
pub use birth::{BirthError, NewLedger, birth};
pub use consult::{Ask, Seat};
pub use cosigning::{Standing, WITNESSES_MAX};
pub use erase::{EraseError, Erased};
pub use fold::FoldError;
pub(crate) use hashes::{
    HashFile, PACK_ENTRIES, PACK_LEVEL, ROW_HASHES, ROW_LEVEL, encode_hashes, hashes_path, root_of,
    row_roots,
};
pub use head::{FileHead, HeadStore};
pub use kept::Item;
pub(crate) use kept::{KEPT, KeptReader, kept_path};
pub use ledger::{CloseError, Ledger, Summary};
pub use level::{Level, WaitError};
pub(crate) use open::GENESIS;
pub use open::{OpenError, Parts, read_genesis};
pub(crate) use packs::{PACKS, pack_path};
pub(crate) use postings::{
    Answer, CONTROL, INDEX, Postings, PostingsFile, ProvenLeaf, control_term, parse_postings_name,
    postings_path,
};
pub use private::PrivateError;
pub use publish::PublishError;
pub(crate) use publish::{CHECKPOINT, CHECKPOINTS, SEPARATOR};
pub use purge::{PurgeError, Purged};
pub use read::{Block, ReadError, SegmentReader};
pub(crate) use read::{SEGMENTS, firsts, segment_path};
pub(crate) use rebuild::Rebuild;
pub use redact::RedactError;
pub use remove::RemoveError;
pub use retention::{ApprovalId, Expiring, RetentionError, SurveyError, moment, survey};
pub use rewrap::RewrapError;
pub use rotate::RotateError;
pub(crate) use rotate::statement as rotation_statement;
pub(crate) use stored::{Stored, each_item, stored};
pub use writer::WriteError;
