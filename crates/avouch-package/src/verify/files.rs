//! The files of a package, and its seal.

use super::report::Report;
use crate::canonical;
use crate::engagement::{Engagement, digest};
use crate::envelope;
use crate::populations::{DEFINITIONS, Definition};
use crate::writing::proven_kinds;
use avouch_ledger::merkle::Hash;
use aws_lc_rs::digest::{Context, SHA256};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

/// LIMIT: bytes of a file that is read whole.
const WHOLE_BYTES_MAX: u64 = 64 << 20;

/// LIMIT: files of a package.
const FILES_MAX: usize = 100_000;

/// LIMIT: folders within each other.
const DEPTH_MAX: usize = 8;

/// Files that nothing lists.
const UNLISTED: [&str; 3] = ["manifest.json", "manifest.dsse.json", "package-key.pem"];

/// A package's folder.
#[derive(Debug)]
pub(crate) struct Files {
    root: PathBuf,
    /// Each file that is there.
    names: BTreeSet<String>,
    /// What the list says of each: bytes and digest.
    listed: BTreeMap<String, (u64, Hash)>,
    manifest: Option<Value>,
}

impl Files {
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        let mut names = BTreeSet::new();
        list(root, "", DEPTH_MAX, &mut names)?;
        let listed = BTreeMap::new();
        Ok(Self { root: root.to_owned(), names, listed, manifest: None })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The names of the files below a folder, without it.
    pub(crate) fn below(&self, folder: &str) -> Vec<String> {
        let names = self.names.iter().filter_map(|name| name.strip_prefix(folder));
        names.map(str::to_owned).collect()
    }

    /// A small file.
    pub(crate) fn whole(&self, name: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = File::open(self.root.join(name)).ok()?;
        file.take(WHOLE_BYTES_MAX + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= WHOLE_BYTES_MAX).then_some(bytes)
    }

    /// A small file of canonical JSON.
    pub(crate) fn json(&self, name: &str) -> Option<Value> {
        canonical::parse(&self.whole(name)?)
    }

    /// A large file.
    pub(crate) fn reader(&self, name: &str) -> Option<BufReader<File>> {
        File::open(self.root.join(name)).ok().map(BufReader::new)
    }

    /// What the list says of the package.
    pub(crate) fn manifest(&self) -> Option<&Value> {
        self.manifest.as_ref()
    }

    /// Compares the files with the list, and the list with its seal.
    pub(crate) fn judge_seal(&mut self, report: &mut Report) {
        let bytes = self.whole("manifest.json").unwrap_or_default();
        let manifest = canonical::parse(&bytes);
        match manifest.as_ref().and_then(listed) {
            Some(listed) => self.listed = listed,
            None => {
                report.add("manifest-malformed", "manifest.json", None, "it is no list of files");
            }
        }
        self.manifest = manifest;
        self.judge_signature(&Hash::of(&bytes), report);
        for (name, (bytes, sha256)) in &self.listed {
            if !self.names.contains(name) {
                report.add("file-missing", name, None, "it is listed and not there");
            } else if self.digest(name).ok() != Some((*bytes, *sha256)) {
                report.add("file-changed", name, None, "it has not the digest that is listed");
            }
        }
        let unlisted =
            |name: &&String| !self.listed.contains_key(*name) && !UNLISTED.contains(&name.as_str());
        for name in self.names.iter().filter(unlisted) {
            report.add("file-unlisted", name, None, "it is there and not listed");
        }
        for name in required(self.names.iter().any(|name| name.starts_with("samples/"))) {
            if !self.names.contains(&name) && !self.listed.contains_key(&name) {
                report.add("file-missing", &name, None, "a package must have it");
            }
        }
    }

    fn judge_signature(&self, manifest: &Hash, report: &mut Report) {
        let key = self.whole("engagement.json").and_then(|bytes| Engagement::parse(&bytes).ok());
        let Some(key) = key.and_then(|engagement| digest(&engagement.package_key)) else { return };
        let seal = self.whole("manifest.dsse.json").unwrap_or_default();
        let opened = envelope::open(&seal, &key);
        if !opened.is_some_and(|statement| envelope::says(&statement, "manifest.json", manifest)) {
            let what = "the key of the engagement did not sign this list of files";
            report.add("seal-invalid", "manifest.dsse.json", None, what);
        }
    }

    /// Whether the tables in the package are those that this program knows.
    pub(crate) fn judge_tables(&self, report: &mut Report) {
        let definitions = serde_json::from_str(DEFINITIONS).map(|value| canonical::encode(&value));
        let tables = [
            ("schemas/populations.json", definitions.unwrap_or_default()),
            ("schemas/facts.json", crate::schema::facts()),
        ];
        for (name, known) in tables {
            if self.whole(name).is_some_and(|bytes| bytes != known.as_bytes()) {
                let what = "it is not the table that this verifier knows: use the verifier of that version";
                report.add("table-unknown", name, None, what);
            }
        }
    }

    pub(crate) fn digest(&self, name: &str) -> io::Result<(u64, Hash)> {
        let mut file = File::open(self.root.join(name))?;
        let mut digest = Context::new(&SHA256);
        let (mut bytes, mut buffer) = (0, vec![0; 1 << 16]);
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            digest.update(buffer.get(..read).unwrap_or_default());
            bytes += read as u64;
        }
        let hash = Hash::from_slice(digest.finish().as_ref());
        Ok((bytes, hash.unwrap_or(Hash([0; 32]))))
    }
}

/// Files that every package has.
fn required(with_samples: bool) -> Vec<String> {
    let mut all: Vec<String> = [
        "engagement.json",
        "redactions.json",
        "ledger/checkpoint",
        "requests/acts.ndjson",
        "requests/proof.ndjson",
        "schemas/facts.json",
        "schemas/populations.json",
    ]
    .map(str::to_owned)
    .to_vec();
    all.extend(proven_kinds().map(|kind| format!("ledger/kinds/{}.ndjson", kind.name)));
    for definition in Definition::all().unwrap_or_default() {
        let name = definition.name;
        all.extend(["ndjson", "csv", "ipe.json"].map(|end| format!("populations/{name}.{end}")));
        if with_samples {
            all.push(format!("samples/{name}.json"));
        }
    }
    all
}

/// What the list says of each file.
fn listed(manifest: &Value) -> Option<BTreeMap<String, (u64, Hash)>> {
    let mut all = BTreeMap::new();
    let mut before: Option<&str> = None;
    for file in manifest.get("files")?.as_array()? {
        let path = file.get("path")?.as_str()?;
        let safe = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if !safe || before.is_some_and(|before| before >= path) || all.len() >= FILES_MAX {
            return None;
        }
        before = Some(path);
        let sha256 = crate::populations::hash(file.get("sha256")?.as_str()?)?;
        all.insert(path.to_owned(), (file.get("bytes")?.as_u64()?, sha256));
    }
    Some(all)
}

fn list(root: &Path, within: &str, depth: usize, names: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in std::fs::read_dir(root.join(within))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if within.is_empty() { name } else { format!("{within}/{name}") };
        if entry.file_type()?.is_dir() && depth > 0 {
            list(root, &path, depth - 1, names)?;
        } else {
            names.insert(path);
        }
        if names.len() > FILES_MAX {
            return Err(io::Error::other("there are too many files"));
        }
    }
    Ok(())
}
