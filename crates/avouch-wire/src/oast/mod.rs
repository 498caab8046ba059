//! The out-of-band listener: who comes when a target is given an address of ours.
//!
//! A visit with a token that only one probe carried proves that the target went there. In scope:
//! HTTP (with LDAP on the same port) and DNS listeners, bounded, the tokens that are expected, the visits that came.
//!
//! Out of scope: making tokens, waiting policies, telling a link preview from a target.
//!
//! - [`Listener`] is the whole of it, as seen from outside;
//! - `http`, `dns` and `directory` are the ways to come;
//! - `visits` keeps what came.

mod directory;
mod dns;
mod http;
mod listener;
mod visits;

pub use listener::{Listener, OastOptions};
