//! Whose an object is: asked of the API itself, before a request about the object goes on.
//!
//! A description says who may call an operation, and never whose the object is. The API knows: its
//! answer about the object names the owner, or its list of one's own objects has it or not. So the API
//! is asked first, as whoever asks, and only what then belongs to them is reached. This is what stands
//! between a forgotten check in the API and every object of every customer (OWASP API1:2023).
//!
//! In scope: which operations are guarded so, what to ask, what an answer means, what is remembered.
//! Out of scope: the asking itself, which the gateway does with the caller's own credential.

mod owners;
mod pointer;
mod starter;
#[cfg(test)]
mod tests;
mod told;

pub use owners::{Look, Owners};
pub use starter::{Guessed, starter_rules};
pub use told::Told;
