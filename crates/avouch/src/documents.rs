//! Reads descriptions and the files they refer to.

use avouch_catalog::{DOCUMENT_BYTES_MAX, Description, Document, Format};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// LIMIT: files a description may be spread over.
const FILES_MAX: usize = 200;

/// Why a description was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentError {
    #[error("cannot read `{path}`")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the description cannot be used")]
    Unusable(#[source] avouch_catalog::ReadError),
    #[error("`{path}` is not a {wanted}: it is {found}")]
    Other { path: PathBuf, wanted: &'static str, found: &'static str },
}

/// Reads a description that is said to be in that form.
pub(crate) fn in_form(path: &Path, wanted: Format) -> Result<Description, DocumentError> {
    let description = description(path)?;
    let found = avouch_catalog::format_of(&description.main);
    if found != wanted {
        let (wanted, found) = (wanted.title(), found.title());
        return Err(DocumentError::Other { path: path.to_owned(), wanted, found });
    }
    Ok(description)
}

/// The description and every local file it refers to. Files above the description's own folder are
/// not read: a description may come from somebody else.
pub(crate) fn description(path: &Path) -> Result<Description, DocumentError> {
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
    let allowed = folder
        .canonicalize()
        .map_err(|source| DocumentError::Unreadable { path: path.to_owned(), source })?;
    let main = document(path)?;
    let mut others = Vec::new();
    let mut refused = BTreeSet::new();
    loop {
        let reading = avouch_catalog::read(&main, &others).map_err(DocumentError::Unusable)?;
        let missing: Vec<String> = reading
            .wanted
            .into_iter()
            .filter(|name| !name.contains("://") && !refused.contains(name))
            .collect();
        if missing.is_empty() || others.len() >= FILES_MAX {
            return Ok(Description { main, others });
        }
        for name in missing {
            let inside =
                Path::new(&name).canonicalize().is_ok_and(|real| real.starts_with(&allowed));
            match document(Path::new(&name)).ok().filter(|_| inside) {
                Some(found) => others.push(found),
                None => {
                    // The reader warns of what it misses, with file and line.
                    refused.insert(name);
                }
            }
        }
    }
}

fn document(path: &Path) -> Result<Document, DocumentError> {
    let failed = |source| DocumentError::Unreadable { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    // One byte more than is allowed, so that the reader can say that it is too large.
    file.take(DOCUMENT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Document { name: path.display().to_string(), bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_beside_are_read_and_files_above_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("api");
        std::fs::create_dir(&inner).unwrap();
        let main = inner.join("openapi.yaml");
        let text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    $ref: 'a.yaml'\n  /b:\n    $ref: '../b.yaml'\n";
        std::fs::write(&main, text).unwrap();
        std::fs::write(inner.join("a.yaml"), "get: {responses: {'200': {description: ok}}}\n")
            .unwrap();
        std::fs::write(folder.path().join("b.yaml"), "get: {}\n").unwrap();
        let found = description(&main).unwrap();
        let names: Vec<&str> = found.others.iter().map(|d| d.name.as_str()).collect();
        assert!(names.len() == 1 && names[0].ends_with("a.yaml"), "{names:?}");
    }
}
