//! Where the parts of a ledger lie when all of them are on one machine.
//!
//! ```text
//! <home>/log            the log itself: this may be given to an auditor
//! <home>/identity.vkey  the public key of its identity
//! <home>/head           the newest checkpoint once more; better on another disk
//! <home>/witnesses      which witnesses are asked, after C2SP `tlog-policy`
//! <home>/witness        a witness on the same machine, unless another one is used
//! <home>/private        signing keys, and the keys of administrators until they are taken away
//! ```

use crate::format::Origin;
use crate::format::canonical::{from_hex, to_hex};
use crate::keys::{Custody, KekFile, Secret32};
use crate::log::{FileHead, HeadStore, Parts};
use crate::note::{KeyError, VerifierKey};
use crate::storage::{Disk, Storage, SystemClock, SystemRng, read_whole, replace};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file of the public key.
const IDENTITY: &str = "identity.vkey";

/// The file of the policy of witnesses.
const WITNESSES: &str = "witnesses";

/// LIMIT: bytes of that policy.
const POLICY_BYTES_MAX: u64 = 64 * 1024;

/// LIMIT: bytes of a file with a key.
const KEY_BYTES_MAX: u64 = 4096;

/// The first word of a file with a private key.
const SEED: &str = "avouch-key-v1";

/// A folder with all parts of a ledger.
#[derive(Clone, Debug)]
pub struct Home {
    root: PathBuf,
    head: Option<PathBuf>,
}

/// Why a part is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// It cannot be read or written.
    #[error("`{}` cannot be read or written", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not a public key.
    #[error("`{}` is not a public key", path.display())]
    Identity {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// It is not a private key.
    #[error("`{}` is not a private key", .0.display())]
    Seed(PathBuf),
}

impl Home {
    /// A folder, which need not be there yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), head: None }
    }

    /// Keeps the newest checkpoint elsewhere, as it should be.
    pub fn with_head(mut self, head: Option<PathBuf>) -> Self {
        self.head = head;
        self
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The policy of witnesses, if there is one.
    pub fn witnesses(&self) -> Result<Option<String>, HomeError> {
        match read_whole(&Disk::read_only(&self.root), WITNESSES, POLICY_BYTES_MAX) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(HomeError::Io { path: self.root.join(WITNESSES), source }),
        }
    }

    /// Writes the policy of witnesses down.
    pub fn write_witnesses(&self, policy: &str) -> Result<(), HomeError> {
        Self::write(&self.root, WITNESSES, policy)
    }

    /// The folder of the log.
    pub fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// The folder of private keys.
    pub fn private(&self) -> PathBuf {
        self.root.join("private")
    }

    /// Whether there is a ledger.
    pub fn exists(&self) -> bool {
        self.log().join("genesis").exists()
    }

    fn read(folder: &Path, name: &str) -> Result<String, HomeError> {
        let bytes = read_whole(&Disk::read_only(folder), name, KEY_BYTES_MAX)
            .map_err(|source| HomeError::Io { path: folder.join(name), source })?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    fn write(folder: &Path, name: &str, text: &str) -> Result<(), HomeError> {
        let disk = Disk::new(folder);
        disk.create_folder("")
            .and_then(|()| replace(&disk, name, text.as_bytes()))
            .map_err(|source| HomeError::Io { path: folder.join(name), source })
    }

    /// The public key of the log's identity.
    pub fn identity(&self) -> Result<VerifierKey, HomeError> {
        let text = Self::read(&self.root, IDENTITY)?;
        VerifierKey::parse(&text)
            .map_err(|source| HomeError::Identity { path: self.root.join(IDENTITY), source })
    }

    /// Writes the public key of the log's identity down.
    pub fn write_identity(&self, identity: &VerifierKey) -> Result<(), HomeError> {
        Self::write(&self.root, IDENTITY, &format!("{identity}\n"))
    }

    /// The key that wraps the others, in its file.
    pub fn kek_file(&self) -> KekFile {
        KekFile::new(Arc::new(Disk::new(self.private())))
    }

    /// Writes a private key to a file of the private folder.
    pub fn write_seed(&self, name: &str, seed: &Secret32) -> Result<(), HomeError> {
        Self::write_seed_to(&self.private().join(name), seed)
    }

    /// Writes a private key to any file.
    pub fn write_seed_to(path: &Path, seed: &Secret32) -> Result<(), HomeError> {
        let text = zeroize::Zeroizing::new(format!("{SEED} {}\n", to_hex(seed.danger_bytes())));
        Self::write_text_to(path, &text)
    }

    /// Writes a short text to any file.
    pub fn write_text_to(path: &Path, text: &str) -> Result<(), HomeError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self::write(folder_of(path), &name, text)
    }

    /// Reads a private key from any file.
    pub fn read_seed(path: &Path) -> Result<Secret32, HomeError> {
        let folder = folder_of(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = zeroize::Zeroizing::new(Self::read(folder, &name)?);
        let bytes = text.strip_prefix(SEED).and_then(|rest| from_hex(rest.trim()));
        let seed = bytes.and_then(|bytes| bytes.try_into().ok());
        seed.map(Secret32::new).ok_or_else(|| HomeError::Seed(path.to_owned()))
    }

    /// The folder of the newest checkpoint.
    pub fn head_store(&self) -> Arc<dyn HeadStore> {
        let head = self.head.clone().unwrap_or_else(|| self.root.join("head"));
        Arc::new(FileHead::new(Arc::new(Disk::new(head))))
    }

    /// The parts to open it with.
    pub fn parts(&self, custody: Arc<dyn Custody>, identity: VerifierKey) -> Parts {
        Parts {
            log: Arc::new(Disk::new(self.log())),
            private: Arc::new(Disk::new(self.private())),
            head: self.head_store(),
            clock: Arc::new(SystemClock::start()),
            rng: Arc::new(SystemRng),
            custody,
            identity,
            quorum: None,
        }
    }

    /// The name of the log.
    pub fn origin(&self) -> Result<Origin, HomeError> {
        let identity = self.identity()?;
        let path = self.root.join(IDENTITY);
        Origin::parse(identity.name())
            .map_err(|_| HomeError::Identity { path, source: KeyError::Name })
    }
}
/// The folder of a file; a bare name is of the folder that the program runs in.
fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}
