//! A past that nobody can change unnoticed.
//!
//! In scope: appending entries so that they survive a crash, sealing them, signing what there is,
//! proving that an entry is in it, and telling whether anything was altered, removed, inserted,
//! reordered or cut off. Out of scope: what the entries mean, and the network.
//!
//! The parts, from the bottom up:
//!
//! - [`merkle`] and [`note`]: the mathematics and the texts, after RFC 6962 and C2SP. Pure.
//! - [`mod@format`]: what the bytes mean. Pure.
//! - [`keys`]: how records are sealed, and how they become unreadable.
//! - [`log`]: writing it.
//! - [`view`]: reading it. [`home`]: where its parts lie.
//! - [`search`]: finding entries, with the proof that none was left out.
//! - [`proofs`]: that an entry is in it, in one file.
//! - [`verify`]: judging it, without a private key and without writing.
//! - [`archive`]: its copy elsewhere, and beginning again from that.
//! - [`witness`]: cosigning what only ever grew, for logs of others. [`witnessed`]: how far others
//!   did so for this one.
//! - [`registry`]: what one log tells of others.
//! - [`storage`]: the one door to the disk, to time and to randomness.

pub mod archive;
pub mod format;
pub mod home;
pub mod keys;
pub mod log;
pub mod merkle;
pub mod note;
pub mod proofs;
pub mod registry;
pub mod search;
pub mod storage;
pub mod vault;
pub mod verify;
pub mod view;
pub mod witness;
pub mod witnessed;
