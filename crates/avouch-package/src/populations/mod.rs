//! All that happened of one type in a period, with the proof that none is missing.
//!
//! A population is what the ledger's own index names for the kinds it is made of: the index is
//! committed to in the ledger, so that no second log is needed beside it, and "there were none" is the
//! proof that the index does not name any.

mod definition;
mod row;
mod table;

pub use definition::{Attribute, DEFINITIONS, Definition, Mark, Source, Test};
pub(crate) use row::hash;
pub use row::{Row, RowError};
pub(crate) use table::plain;
pub use table::{head as table_head, line as table_line};
