//! What can be learnt of a target's TLS.
//!
//! In scope: handshakes that go on with a certificate nobody should trust and say why it is not
//! trusted, facts of connections and certificates, and raw hellos in versions no library offers.
//!
//! Out of scope: judging the facts, which checks do.

mod certificate;
pub(crate) mod fault;
pub(crate) mod hello;
mod trust;

pub use trust::TrustError;
pub(crate) use trust::{Handshake, Trust};
