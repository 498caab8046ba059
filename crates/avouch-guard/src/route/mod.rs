//! Which operation a request is for.
//!
//! In scope: a tree of path segments built once from the description, in which a request finds its
//! operation in about a microsecond however many there are; settings of single operations. The tree
//! answers as [`avouch_catalog::Catalog::find`] does, which is the plain and slow way.
//!
//! Out of scope: the form of the path, which was admitted before and is the one that is forwarded;
//! the query. Fields of a graph are told apart by the body and not by the path: they are not
//! operations here.

mod patterns;
mod router;
mod rules;
#[cfg(test)]
mod tests;
mod tree;

pub use patterns::matching;
pub use router::{Described, Routed, Router};
pub use rules::{Rules, SettingError};
