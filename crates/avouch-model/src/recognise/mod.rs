//! What a value is, by its form and by the name it stands under.
//!
//! In scope: recognising sensitive values in texts, and what a name promises of its value. Precision
//! counts as much as recall: an id or a checksum that is taken for a card number hides what it is.
//!
//! Out of scope: what becomes of a value that is recognised.
//!
//! - `key` says what a name promises of its value;
//! - `pattern`, `provider` and `number` recognise values by their form;
//! - `classes` says both of one value.

mod classes;
mod key;
mod number;
mod pattern;
mod provider;

pub use classes::{Promise, classes};
pub use key::{is_strong, keep_promise, kept, promise, words};
pub use pattern::{Found, find_all, whole};
