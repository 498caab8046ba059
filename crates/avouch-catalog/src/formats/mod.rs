//! The forms of description we read, one file and one page each.
//!
//! In scope: recognising a form and turning it into a catalogue. Each page says what is read and
//! shows it: its samples are run as tests. Out of scope: the notation, references, schemas.

mod inputs;
mod openapi3;
mod paths;
mod security;
mod swagger2;
#[cfg(test)]
mod tests;

use crate::catalog::{Catalog, Format};
use crate::node::Node;
use crate::reader::Reader;
use crate::reading::ReadError;

/// A form of description.
#[derive(Debug)]
pub struct Descriptor {
    /// Short name, such as `openapi3`.
    pub id: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Its page: what is read, with samples that a test runs.
    pub page: &'static str,
    /// The name whose value is the version of the format.
    version_key: &'static str,
    /// Which of our formats that version is.
    version: fn(&str) -> Option<Format>,
    /// Reads a recognised document.
    pub(crate) read: fn(&mut Reader) -> Catalog,
}

/// Every form we read.
pub static ALL: &[&Descriptor] = &[&openapi3::OPENAPI3, &swagger2::SWAGGER2];

/// The form of a document and its version.
pub(crate) fn recognise(
    file: &str,
    root: &Node,
) -> Result<(&'static Descriptor, Format), ReadError> {
    for descriptor in ALL {
        let Some(stated) = root.get(descriptor.version_key) else { continue };
        let version = stated.written().unwrap_or_default();
        return match (descriptor.version)(&version) {
            Some(format) => Ok((descriptor, format)),
            None => Err(ReadError::UnsupportedVersion {
                file: file.to_owned(),
                line: stated.line,
                version: crate::reader::quote(&version),
            }),
        };
    }
    Err(ReadError::NotADescription { file: file.to_owned() })
}
