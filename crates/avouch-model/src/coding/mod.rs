//! How facts become bytes, and bytes facts.
//!
//! In scope: the encoding that all kinds share, its limits, and the view as JSON. The kinds
//! themselves are in [`fact`](crate::fact); the page `docs/facts.md` is made from both. Out of scope:
//! sealing and storing, which is the ledger's part.
//!
//! One encoding belongs to one value and one value to one encoding, so that a digest over bytes is a
//! digest over what they say. What a later version adds under a tag of 128 or more is carried along
//! unread; everything else that is not known is refused, because it may change the meaning.

mod define;
mod digest;
mod encode;
mod fact;
mod field;
mod form;
mod json;
mod kind;
mod personal;
mod reader;
mod scalar;
#[cfg(test)]
mod tests;
mod word;

pub(crate) use define::{fact, searched};
pub use digest::Digest;
pub use encode::{EncodeError, Encoded, FACT_BYTES_MAX, Search, TERMS_MAX, Term};
pub use fact::{Example, Fact};
pub use field::Field;
pub use form::{FieldFacts, Form, Times, WordFacts};
pub use json::JsonError;
pub use kind::{Kind, KindError};
pub use personal::{Personal, Quarter};
pub use reader::{DecodeError, Extra, Later, Reader};
pub use scalar::Scalar;
pub use word::Word;
pub(crate) use word::words;
