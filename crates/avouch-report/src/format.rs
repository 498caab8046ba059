//! What a format is.

use avouch_model::report::Report;

/// One way to write a report.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// What the user asks for it by, such as `sarif`.
    pub name: &'static str,
    /// Its media type (RFC 6838).
    pub media_type: &'static str,
    /// What a file of it ends in, without the dot.
    pub extension: &'static str,
    /// A person's line.
    pub title: &'static str,
    /// Its page, in Markdown.
    pub page: &'static str,
    /// Writes the report.
    pub write: fn(&Report, &Options) -> Result<String, WriteError>,
}

/// What the reader wishes to see. Formats for machines look at none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Every finding whole, and every subject that could not be evaluated.
    pub verbose: bool,
    /// Colour by ANSI escape sequences.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { verbose: false, colour: false, width: 80 }
    }
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A value has no form in JSON.
    #[error("the report has no form in JSON")]
    NotJson {
        /// What JSON has no form for.
        source: serde_json::Error,
    },
}
