//! The forms of description we read, one file and one page each.
//!
//! In scope: recognising a form and turning it into a catalogue. Each page says what is read and
//! shows it: its samples are run as tests. Out of scope: the notation, references, schemas.

mod descriptor;
mod har;
mod inputs;
mod openapi3;
mod paths;
mod postman;
mod security;
mod swagger2;
#[cfg(test)]
mod tests;

pub use descriptor::Descriptor;
pub(crate) use descriptor::recognise;
pub(crate) use postman::body_filled as postman_body_filled;

/// Every form we read.
pub static ALL: &[&Descriptor] =
    &[&openapi3::OPENAPI3, &swagger2::SWAGGER2, &postman::POSTMAN, &har::HAR];
