//! The formats, one file and one page each.
//!
//! To add one: its file, its page, its line here.

pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
pub mod terminal;

use crate::format::Format;

/// Every format, the one for people first.
pub static ALL: &[Format] =
    &[terminal::FORMAT, html::FORMAT, markdown::FORMAT, json::FORMAT, sarif::FORMAT, junit::FORMAT];

/// The format of that name.
pub fn named(name: &str) -> Option<&'static Format> {
    ALL.iter().find(|format| format.name == name)
}

#[cfg(test)]
mod tests;
