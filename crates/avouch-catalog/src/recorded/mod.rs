//! What the readers of recordings share: calls that were made, or saved to be made, into operations.
//!
//! A recording shows examples and promises nothing: ids in paths are generalised, shapes are learnt
//! from the values that were seen, and what was not seen is not forbidden.
//!
//! A recording also holds credentials. None of them leaves this module: a value that is secret by its
//! name or its form becomes no example, and the catalogue only learns how a credential travels.
//!
//! In scope: [`Call`]s into a catalogue. Out of scope: the notations, which are in `formats`.

mod call;
mod gather;
mod places;
pub(crate) mod secrets;
mod shape;
pub(crate) mod strip;
#[cfg(test)]
mod tests;
mod who;

pub(crate) use call::{BODY_BYTES_MAX, Call, FORM, Field, Heard, Payload, Said, payload};
pub(crate) use gather::Gathering;
pub(crate) use shape::UNKNOWN;
pub(crate) use who::called;
