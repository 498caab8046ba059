//! Writing a package. The same ledger, period and answers of the auditor give the same bytes.

mod canaries;
mod engaged;
mod folder;
mod kinds;
mod lists;
mod order;
mod papers;
mod redactions;
mod requests;
mod samples;
mod seal;

pub use order::{BuildError, Built, Order, VERIFY_PY, build, verify_html};
pub use redactions::{Redaction, commitment};

pub(crate) use engaged::Engaged;
pub(crate) use folder::{Folder, Out};
pub(crate) use kinds::{Pieces, piece, proven_kinds};
pub(crate) use lists::checkpoint;
pub(crate) use requests::Talk;
