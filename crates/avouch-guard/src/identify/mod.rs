//! Says who asks: by a token, an API key or a certificate.
//!
//! In scope: finding the one credential of a request, checking it, remembering what was checked, and
//! saying what must be asked elsewhere. Out of scope: asking (`avouch-gateway`), what a principal may do
//! (authorize), and which operations need none (route).
//!
//! [`Identifier`] is where to begin reading; `keyset` is the machine that decides when keys are fetched.

mod acts;
mod algorithm;
mod answers;
mod apikey;
mod asked;
mod book;
mod bound;
mod cache;
mod claims;
mod credential;
pub(crate) mod faults;
mod identifier;
mod json;
mod jwk;
mod keys;
mod keyset;
mod pepper;
mod proof;
mod shared_keys;
mod text;
mod token;
mod verified;

#[cfg(test)]
mod tests;

pub use acts::{KeyAct, KeyActEvent};
pub use algorithm::Algorithm;
pub use answers::{Answer, INTROSPECTION_BYTES_MAX, Learnt};
pub use apikey::{PREFIX as API_KEY_PREFIX, RANDOM_BYTES as API_KEY_RANDOM_BYTES};
pub use book::{BOOK_BYTES_MAX, BookError, KeyBook, KeyRecord, KeyState, NewKey, Rotation};
pub use credential::CarriedBy;
pub use identifier::{Identified, Identifier, Pending, Question};
pub use jwk::{KEY_SET_BYTES_MAX, UnusableKey};
pub use keys::Keys;
pub use keyset::Ticket;
pub use pepper::{PEPPER_BYTES, Pepper};
pub use shared_keys::KeySetState;
