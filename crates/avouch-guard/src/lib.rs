//! Decides about requests: may this one pass, as whom, and what of its answer may leave.
//!
//! In scope: the policies of a request's life, in their order: admit, contain, identify, route, limit,
//! authorize, own, validate, filter, record. Everything here is a value or a function of values: no socket,
//! no file, no clock, no randomness. Time is an argument, in milliseconds since 1970; what only the
//! network knows (a key set, whether a token is still active, whose an object is) is asked for as a
//! value ([`identify::Question`], [`own::Look`]) and answered by whoever calls.
//!
//! The rule that stands above the others: **what cannot be decided is refused.** A policy that errs
//! denies with 503 and says which one it was; it never answers 401, which would blame the caller.
//!
//! Out of scope: sockets, TLS, upstreams, the ledger's files (`avouch-gateway`); keeping facts
//! (`avouch-ledger`).

pub mod admit;
pub mod authorize;
pub mod contain;
pub mod course;
pub mod filter;
pub mod guard;
pub mod identify;
pub mod limit;
pub mod network;
pub mod own;
pub mod policies;
pub mod principal;
pub mod refusal;
mod remembered;
pub mod request;
pub mod route;
pub mod settings;
pub mod validate;

pub use course::{Course, Halt, Steps};
pub use guard::Guard;
pub use principal::Principal;
pub use refusal::Refusal;
pub use request::{Peer, Request};
