//! Reads reports that earlier scans wrote.

use avouch_model::report::{REPORT_SCHEMA, Report};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes a report may have.
// LIMIT: 512 MiB; one of a thousand operations has about 30.
const REPORT_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Why a report was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportError {
    #[error("cannot read `{path}`")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("`{path}` is no report: `avouch scan` writes one with `--output NAME.json`")]
    Malformed { path: PathBuf, source: serde_json::Error },
    #[error(
        "`{path}` is a report of the form `{schema}`, and this version reads `{REPORT_SCHEMA}`"
    )]
    Version { path: PathBuf, schema: String },
    #[error("`{path}` has more than {REPORT_BYTES_MAX} bytes")]
    TooLarge { path: PathBuf },
}

/// What tells one form from another.
#[derive(serde::Deserialize)]
struct Form {
    schema: String,
}

/// Reads a report in the form `json`.
pub(crate) fn read(path: &Path) -> Result<Report, ReportError> {
    let path = path.to_owned();
    let unreadable = |source| ReportError::Unreadable { path: path.clone(), source };
    let file = std::fs::File::open(&path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(REPORT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > REPORT_BYTES_MAX {
        return Err(ReportError::TooLarge { path });
    }
    let malformed = |source| ReportError::Malformed { path: path.clone(), source };
    let form: Form = serde_json::from_slice(&bytes).map_err(malformed)?;
    if form.schema != REPORT_SCHEMA {
        let schema = form.schema.chars().filter(|c| !c.is_control()).take(60).collect();
        return Err(ReportError::Version { path, schema });
    }
    serde_json::from_slice(&bytes).map_err(malformed)
}
