//! The data plane.

pub mod key_file;
