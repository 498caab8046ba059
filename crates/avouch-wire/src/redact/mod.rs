//! What is taken out of everything captured, before anyone sees it.
//!
//! Redaction happens once, at capture, so checks, reports and recordings see the same text and a
//! verdict over a recording is the same verdict. In scope: finding sensitive values by their form
//! and by the key they stand under, replacing each by its placeholder, and giving true values back
//! to what is sent. Precision counts as much as recall: an id or a checksum that is replaced hides
//! a finding elsewhere.
//!
//! Out of scope: deciding whether a value should have been there.
//!
//! - [`Redactor`] is the whole of it, as seen from outside;
//! - `json` walks JSON text and keeps every byte it does not replace;
//! - what a value is, by its form and its key, `avouch_model::recognise` says;
//! - `own` finds the scan's own credentials in every usual spelling;
//! - `prose` finds assignments, lines of environment files and elements of XML;
//! - `message` reads headers and addresses;
//! - `serialized` knows objects of a language's own serialization;
//! - `spelling` reads and writes percent-encoding.

mod json;
mod message;
mod own;
mod prose;
mod redactor;
mod serialized;
mod spelling;

#[cfg(test)]
mod tests;

pub use redactor::Redactor;
pub use serialized::form as serialized_form;
