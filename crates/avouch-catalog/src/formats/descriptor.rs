//! What is known of a form of description, and which one a document is in.

use super::ALL;
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
    pub(super) version_key: &'static str,
    /// Which of our formats that version is.
    pub(super) version: fn(&str) -> Option<Format>,
    /// Reads a recognised document.
    pub(crate) read: fn(&mut Reader) -> Catalog,
}

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
