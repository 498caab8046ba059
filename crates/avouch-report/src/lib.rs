//! What a scan has to say, as bytes.
//!
//! In scope: the formats a [`Report`](avouch_model::report::Report) can be written in, the command
//! that reproduces a request, a check's page on a terminal, and facts of a ledger as events
//! ([`ocsf`]). Each format is one file and one page
//! under `formats/`. A format adds nothing to what the report says and hides nothing of it that a
//! reader would have to know.
//!
//! Out of scope: files, sockets, terminals and time. Everything here is a pure function to text.
//! Whatever came from the target is hostile text: it is escaped for the format it is written in,
//! and characters that act instead of being seen are shown by their number.

pub mod comparison;
pub mod curl;
pub mod explain;
pub mod format;
pub mod formats;
pub mod ocsf;
mod text;
mod wording;

#[cfg(test)]
mod samples;
