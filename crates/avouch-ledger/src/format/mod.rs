//! What the bytes of a ledger mean: `docs/ledger-format.md` in code.
//!
//! In scope: reading and writing each structure, strictly and within bounds. Out of scope: files,
//! keys, and whether what is said is true.

mod block;
pub mod canonical;
pub mod control;
mod entry;
mod genesis;
mod names;
mod record;
mod segment;

pub use block::{BLOCK_ALIGN, BODY_BYTES_MAX, BlockError, BlockHeader, ENTRIES_MAX, padded};
pub use entry::{ENTRY_HEADER_BYTES, EntryError, EntryHeader, RECORD};
pub use genesis::{Admin, Genesis, GenesisError, Policy};
pub use names::{Day, Origin, OriginError, is_class};
pub use record::{Record, RecordError, TERMS_MAX, Term, fields};
pub use segment::{SEGMENT_BYTES_MAX, SEGMENT_BYTES_MIN, SegmentError, SegmentHeader};
