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
    /// Whether a document is in this form.
    pub(super) recognise: fn(&Node) -> Recognised,
    /// Reads a recognised document.
    pub(crate) read: fn(&mut Reader) -> Catalog,
}

/// What a form makes of a document.
#[derive(Debug)]
pub(super) enum Recognised {
    /// It is something else.
    No,
    /// It is in this form.
    As(Format),
    /// It is in this form, in a version nobody here reads.
    Version {
        /// The line that names it, from 1.
        line: u32,
        /// The version, fit to be shown.
        version: String,
    },
}

/// What a document is that names its version under that key.
pub(super) fn by_version(
    root: &Node,
    key: &str,
    version: impl Fn(&str) -> Option<Format>,
) -> Recognised {
    let Some(stated) = root.get(key) else { return Recognised::No };
    let written = stated.written().unwrap_or_default();
    match version(&written) {
        Some(format) => Recognised::As(format),
        None => Recognised::Version { line: stated.line, version: crate::reader::quote(&written) },
    }
}

/// The form of a document and its version.
pub(crate) fn recognise(
    file: &str,
    root: &Node,
) -> Result<(&'static Descriptor, Format), ReadError> {
    for descriptor in ALL {
        match (descriptor.recognise)(root) {
            Recognised::No => (),
            Recognised::As(format) => return Ok((descriptor, format)),
            Recognised::Version { line, version } => {
                return Err(ReadError::UnsupportedVersion { file: file.to_owned(), line, version });
            }
        }
    }
    Err(ReadError::NotADescription { file: file.to_owned() })
}
