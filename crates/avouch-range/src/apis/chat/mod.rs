//! The chat: an assistant with tools, and the notes and orders it looks up.
//!
//! The model is scripted: it reads what it is told by a few patterns, computes, and follows
//! instructions only as far as a switch lets it. So the same words always bring the same answer. Each
//! mistake is one that assistants of every make have; `/careful/…` makes none.

mod api;
mod model;
mod records;

pub(crate) use api::API;
