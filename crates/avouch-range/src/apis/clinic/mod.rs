//! The clinic: who may read, change and remove what.
//!
//! Things are addressed by numbers, UUIDs, base64, names chosen by their makers, in the path, below a
//! parent and in the query; they are made at their list or beside it, and the answer tells an id, a
//! link or nothing. Each weak collection has a twin that looks alike and asks for the owner.

mod api;
mod collections;
mod description;
mod handlers;
mod state;
mod ways;

pub(crate) use api::API;
