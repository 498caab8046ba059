//! Reads a description and the files it refers to.

use avouch_catalog::{DOCUMENT_BYTES_MAX, Document};
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
}

/// The description and every local file it refers to. Files above the description's own folder are
/// not read: a description may come from somebody else.
pub(crate) fn documents(path: &Path) -> Result<Vec<Document>, DocumentError> {
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
    let allowed = folder
        .canonicalize()
        .map_err(|source| DocumentError::Unreadable { path: path.to_owned(), source })?;
    let mut all = vec![document(path)?];
    let mut refused = BTreeSet::new();
    loop {
        let (main, others) = all.split_first().map_or((None, &[][..]), |(m, o)| (Some(m), o));
        let Some(main) = main else { return Ok(all) };
        let reading = avouch_catalog::read(main, others).map_err(DocumentError::Unusable)?;
        let missing: Vec<String> = reading
            .wanted
            .into_iter()
            .filter(|name| !name.contains("://") && !refused.contains(name))
            .collect();
        if missing.is_empty() || all.len() >= FILES_MAX {
            return Ok(all);
        }
        for name in missing {
            let inside =
                Path::new(&name).canonicalize().is_ok_and(|real| real.starts_with(&allowed));
            match document(Path::new(&name)).ok().filter(|_| inside) {
                Some(found) => all.push(found),
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
        let found = documents(&main).unwrap();
        let names: Vec<&str> = found.iter().map(|d| d.name.as_str()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names[1].ends_with("a.yaml"));
    }
}
