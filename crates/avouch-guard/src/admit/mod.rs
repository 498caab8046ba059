//! Strictness of our own about what a request may look like at all.
//!
//! No HTTP library refuses by default all that two parsers may read in two ways. So the bytes of
//! HTTP/1 are looked at before a library sees them ([`framing`]), the head after it was read
//! ([`head`]), and the path becomes one canonical text ([`path`]): what was authorized is what is
//! forwarded.

pub mod framing;
pub mod head;
pub mod path;

#[cfg(test)]
mod corpus;
