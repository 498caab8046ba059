//! The folder of a package that is being written: each file with its digest, as it is written.

use super::BuildError;
use avouch_ledger::merkle::Hash;
use aws_lc_rs::digest::{Context, SHA256};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file of a package.
#[derive(Clone, Debug)]
struct Listed {
    bytes: u64,
    sha256: Hash,
    role: &'static str,
}

/// The folder.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    files: RefCell<BTreeMap<String, Listed>>,
}

impl Folder {
    /// A new one; it must not be there.
    pub(crate) fn create(root: &Path) -> Result<Self, BuildError> {
        std::fs::create_dir_all(root).map_err(|error| BuildError::io(root, error))?;
        Ok(Self { root: root.to_owned(), files: RefCell::default() })
    }

    /// Where a file lies.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Begins a file.
    pub(crate) fn begin(&self, name: &str, role: &'static str) -> Result<Out, BuildError> {
        let path = self.path(name);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let file = made.and_then(|()| File::create_new(&path));
        let file = file.map_err(|error| BuildError::io(&path, error))?;
        let (digest, bytes) = (Context::new(&SHA256), 0);
        Ok(Out { name: name.to_owned(), path, role, to: BufWriter::new(file), digest, bytes })
    }

    /// Ends a file; gives its digest.
    pub(crate) fn end(&self, mut out: Out) -> Result<Hash, BuildError> {
        out.to.flush().map_err(|error| BuildError::io(&out.path, error))?;
        let sha256 = Hash::from_slice(out.digest.finish().as_ref()).unwrap_or(Hash([0; 32]));
        let listed = Listed { bytes: out.bytes, sha256, role: out.role };
        self.files.borrow_mut().insert(out.name, listed);
        Ok(sha256)
    }

    /// Writes a whole file; gives its digest.
    pub(crate) fn write(
        &self,
        name: &str,
        role: &'static str,
        text: &str,
    ) -> Result<Hash, BuildError> {
        let mut out = self.begin(name, role)?;
        out.text(text)?;
        self.end(out)
    }

    /// Writes a file that is not listed: the list itself, and its seal.
    pub(crate) fn write_unlisted(&self, name: &str, text: &str) -> Result<(), BuildError> {
        let path = self.path(name);
        std::fs::write(&path, text).map_err(|error| BuildError::io(&path, error))
    }

    /// The list of all files, in the order of their names.
    pub(crate) fn list(&self) -> Vec<Value> {
        let files = self.files.borrow();
        let one = |(path, listed): (&String, &Listed)| {
            json!({
                "bytes": listed.bytes,
                "media_type": media_type(path),
                "path": path,
                "role": listed.role,
                "sha256": listed.sha256.to_hex(),
            })
        };
        files.iter().map(one).collect()
    }
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("json") => "application/json",
        Some("ndjson") => "application/x-ndjson",
        Some("csv") => "text/csv",
        Some("html") => "text/html",
        Some("py") => "text/x-python",
        Some("pdf") => "application/pdf",
        _ => "text/plain",
    }
}

/// A file that is being written.
pub(crate) struct Out {
    name: String,
    path: PathBuf,
    role: &'static str,
    to: BufWriter<File>,
    digest: Context,
    bytes: u64,
}

impl std::fmt::Debug for Out {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Out({})", self.name)
    }
}

impl Out {
    /// Writes text.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), BuildError> {
        self.write_all(text.as_bytes()).map_err(|error| BuildError::io(&self.path, error))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write_all(bytes)?;
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
