//! Files that a team keeps and imports: read whole, bounded, with errors that name the line.

use crate::commands::Failed;
use anyhow::{Context, anyhow};
use avouch_model::coding::Digest;
use std::io::Read;
use std::path::Path;

/// LIMIT: bytes of a register or a list.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// LIMIT: bytes of a document whose digest is recorded.
const DOCUMENT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// A text file.
pub(super) fn text(path: &Path) -> Result<String, Failed> {
    let read = || -> anyhow::Result<String> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(anyhow!("it has more than {FILE_BYTES_MAX} bytes"));
        }
        let text = String::from_utf8(bytes).context("it is not UTF-8")?;
        Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
    };
    read().with_context(|| format!("`{}`", path.display())).map_err(Failed::usage)
}

/// The digest of a document, and how long it is.
pub(in crate::commands) fn document(path: &Path) -> Result<(Digest, u64), Failed> {
    let read = || -> anyhow::Result<(Digest, u64)> {
        let mut file = std::fs::File::open(path)?.take(DOCUMENT_BYTES_MAX + 1);
        let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        let mut buffer = vec![0; 64 * 1024];
        let mut bytes = 0_u64;
        loop {
            let count = file.read(&mut buffer)?;
            let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
            context.update(read);
            bytes += read.len() as u64;
        }
        if bytes > DOCUMENT_BYTES_MAX {
            return Err(anyhow!("it has more than {DOCUMENT_BYTES_MAX} bytes"));
        }
        let digest = context.finish().as_ref().try_into().context("no SHA-256")?;
        Ok((Digest(digest), bytes))
    };
    read().with_context(|| format!("the document `{}`", path.display())).map_err(Failed::usage)
}

/// The digest of a text.
pub(super) fn digest(text: &str) -> Digest {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    Digest(digest.as_ref().try_into().unwrap_or_default())
}

/// Rows of a file with comma-separated values (RFC 4180), each with the number of its line. The first
/// row names the columns.
#[derive(Debug)]
pub(super) struct Rows {
    head: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: usize,
    cells: Vec<String>,
}

impl Rows {
    /// Reads a file that has to have some columns, and may have others of those that are known.
    pub(super) fn read(path: &Path, needed: &[&str], known: &[&str]) -> Result<Self, Failed> {
        let text = text(path)?;
        Self::parse(&text, needed, known).map_err(|error| {
            Failed::usage(error.context(format!("`{}`", path.display()))).advice(format!(
                "the first line names the columns: {}",
                needed.iter().chain(known).copied().collect::<Vec<_>>().join(",")
            ))
        })
    }

    fn parse(text: &str, needed: &[&str], known: &[&str]) -> anyhow::Result<Self> {
        let mut rows = split(text)?.into_iter();
        let head = rows.next().ok_or_else(|| anyhow!("it is empty"))?;
        let head: Vec<String> = head.cells.iter().map(|cell| cell.trim().to_lowercase()).collect();
        if let Some(column) = needed.iter().find(|column| !head.iter().any(|cell| cell == *column))
        {
            return Err(anyhow!("the column `{column}` is missing"));
        }
        let all = || needed.iter().chain(known);
        if let Some(cell) = head.iter().find(|cell| !all().any(|column| column == cell)) {
            return Err(anyhow!("the column `{cell}` is not known"));
        }
        let rows: Vec<Row> =
            rows.filter(|row| row.cells.iter().any(|cell| !cell.trim().is_empty())).collect();
        if let Some(row) = rows.iter().find(|row| row.cells.len() != head.len()) {
            return Err(anyhow!(
                "line {}: {} values for {} columns",
                row.line,
                row.cells.len(),
                head.len()
            ));
        }
        Ok(Self { head, rows })
    }

    /// The value of a column, when it is not empty.
    pub(super) fn cell<'a>(&self, row: &'a Row, column: &str) -> Option<&'a str> {
        let at = self.head.iter().position(|cell| cell == column)?;
        row.cells.get(at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

    /// The value of a column that must not be empty.
    pub(super) fn must<'a>(&self, row: &'a Row, column: &str) -> Result<&'a str, Failed> {
        self.cell(row, column)
            .ok_or_else(|| Failed::usage(anyhow!("line {}: `{column}` is empty", row.line)))
    }

    /// A day in a column.
    pub(super) fn day(&self, row: &Row, column: &str) -> Result<Option<u64>, Failed> {
        let day = |text| {
            avouch_prove::period::day_begin_ms(text).map_err(|error| {
                let error =
                    anyhow::Error::from(error).context(format!("line {}: `{column}`", row.line));
                Failed::usage(error).advice("days are written as `2026-12-31`")
            })
        };
        self.cell(row, column).map(day).transpose()
    }
}

fn split(text: &str) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let (mut line, mut begun) = (1, 1);
    let (mut cells, mut cell) = (Vec::new(), String::new());
    let (mut quoted, mut was_quoted) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() && !was_quoted => (quoted, was_quoted) = (true, true),
            '"' => return Err(anyhow!("line {line}: a quote within a value")),
            '\n' if quoted => {
                line += 1;
                cell.push(c);
            }
            _ if quoted => cell.push(c),
            ',' => {
                cells.push(std::mem::take(&mut cell));
                was_quoted = false;
            }
            '\r' if chars.peek() == Some(&'\n') => (),
            '\n' => {
                cells.push(std::mem::take(&mut cell));
                rows.push(Row { line: begun, cells: std::mem::take(&mut cells) });
                (line, was_quoted) = (line + 1, false);
                begun = line;
            }
            _ => cell.push(c),
        }
    }
    if quoted {
        return Err(anyhow!("line {begun}: a quote is not closed"));
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        rows.push(Row { line: begun, cells });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_be_quoted_and_hold_what_separates() {
        let rows = Rows::parse(
            "Person,name\r\nanna,\"Anna, \"\"A\"\"\n2\"\n\nemma,Emma\n",
            &["person"],
            &["name"],
        )
        .unwrap();
        let shown: Vec<_> = rows
            .rows
            .iter()
            .map(|row| (row.line, rows.cell(row, "person"), rows.cell(row, "name")))
            .collect();
        assert_eq!(
            shown,
            [(2, Some("anna"), Some("Anna, \"A\"\n2")), (5, Some("emma"), Some("Emma"))]
        );
    }

    #[test]
    fn what_is_not_a_list_is_refused_with_its_line() {
        let error = |text: &str| Rows::parse(text, &["person"], &["name"]).unwrap_err().to_string();
        assert_eq!(error(""), "it is empty");
        assert_eq!(error("name\n"), "the column `person` is missing");
        assert_eq!(error("person,shoe\n"), "the column `shoe` is not known");
        assert_eq!(error("person,name\nanna\n"), "line 2: 1 values for 2 columns");
        assert_eq!(error("person\n\"anna\n"), "line 2: a quote is not closed");
        assert_eq!(error("person\nan\"na\n"), "line 2: a quote within a value");
    }
}
