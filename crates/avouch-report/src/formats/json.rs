//! The report itself, for programs.
//!
//! The form is promised by `schema/avouch-report-1.schema.json`.

use crate::format::{Format, Options, WriteError};
use avouch_model::report::Report;

/// The report itself.
pub const FORMAT: Format = Format {
    name: "json",
    media_type: "application/json",
    extension: "json",
    title: "the whole report for programs, with a published schema",
    page: include_str!("json.md"),
    write,
};

/// The schema every report written here fulfils (JSON Schema, draft 2020-12).
pub const SCHEMA: &str = include_str!("../../schema/avouch-report-1.schema.json");

fn write(report: &Report, _: &Options) -> Result<String, WriteError> {
    let mut text =
        serde_json::to_string_pretty(report).map_err(|source| WriteError::NotJson { source })?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests;
