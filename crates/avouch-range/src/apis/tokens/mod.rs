//! The tokens: a service that reads meters, and the issuer of its tokens.
//!
//! One issuer signs ES256 and publishes its keys; every part of the service verifies in a way of its
//! own, each with one mistake that verifiers are known for, and a part that does it right beside it.

mod api;
mod foreign;
mod issuer;
mod people;
mod resources;
mod sign_in;
mod verifier;

pub(crate) use api::API;
pub use issuer::{Misfits, misfits};
