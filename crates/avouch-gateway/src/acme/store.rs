//! What is kept of an authority: the key of the account and the certificates, for their owner alone.
//!
//! `STORAGE/HOST-DIGEST/` belongs to one directory of an authority, so that a certificate of its test
//! server is never taken for one of the real one. In it are `account.json`, and for each certificate
//! `NAME.pem`: the key and then the chain in one file, which is replaced whole, so that they belong
//! together wherever the power goes.

use super::settings::AcmeSettings;
use crate::own_file::{owners_alone, replace};
use crate::shown::{Origin, Shown};
use crate::tls::{TlsError, sha256};
use avouch_ledger::format::canonical::to_hex;
use instant_acme::AccountCredentials;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File, TryLockError};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use url::Url;

/// LIMIT: bytes of a file of the storage.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Why the storage cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk does not do it.
    #[error("cannot use `{path}`")]
    Unusable {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is there is no certificate with its key.
    #[error("`{path}` holds no certificate with its key; move it away to have another one issued")]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: TlsError,
    },
    /// What is there is no account.
    #[error("`{0}` holds no account; bring it back, or move it away to have another one made")]
    Account(PathBuf),
}

/// The file that keeps the certificate of these settings, there or not.
pub fn stored_file(settings: &AcmeSettings) -> PathBuf {
    Store::of(settings).certificate_path(settings)
}

/// An account as it is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredAccount {
    pub(super) contact: Vec<String>,
    /// The id of the account elsewhere that it belongs to.
    pub(super) external_account: Option<String>,
    pub(super) credentials: AccountCredentials,
}

/// The part of the storage that belongs to one directory.
#[derive(Clone, Debug)]
pub(crate) struct Store(PathBuf);

/// The storage while nobody else asks the authority.
#[derive(Debug)]
pub(super) struct Locked<'a> {
    store: &'a Store,
    // The lock ends with it, also when the process is killed.
    _lock: File,
}

impl Store {
    pub(crate) fn of(settings: &AcmeSettings) -> Self {
        let host = Url::parse(&settings.directory).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or_default();
        let fit =
            |one: char| if one.is_ascii_alphanumeric() || ".-".contains(one) { one } else { '_' };
        let host: String = host.chars().map(fit).collect();
        let digest = sha256(settings.directory.as_bytes());
        let digest = to_hex(digest.get(..4).unwrap_or_default());
        Self(settings.storage.join(format!("{host}-{digest}")))
    }

    /// The file of a certificate.
    pub(crate) fn certificate_path(&self, settings: &AcmeSettings) -> PathBuf {
        self.0.join(format!("{}.pem", settings.first_name()))
    }

    /// The certificate that is kept; `None` when there is none. It may be for other names than are
    /// asked for now.
    pub(crate) fn certificate(&self, settings: &AcmeSettings) -> Result<Option<Shown>, StoreError> {
        let path = self.certificate_path(settings);
        let Some(bytes) = bytes(&path)? else { return Ok(None) };
        let shown = parsed(&bytes, Origin::Stored);
        shown.map(Some).map_err(|source| StoreError::Certificate { path, source })
    }

    /// Keeps others from asking the authority at the same time. `None` while another one does.
    pub(super) fn lock(&self) -> Result<Option<Locked<'_>>, StoreError> {
        let mut folders = DirBuilder::new();
        folders.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        folders.create(&self.0).map_err(|source| unusable(&self.0, source))?;
        let path = self.0.join("lock");
        let unusable = |source| unusable(&path, source);
        let lock = owners_alone().create(true).truncate(false).open(&path).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Locked { store: self, _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

impl Locked<'_> {
    fn account_path(&self) -> PathBuf {
        self.store.0.join("account.json")
    }

    /// The account; `None` when there is none.
    pub(super) fn account(&self) -> Result<Option<StoredAccount>, StoreError> {
        let path = self.account_path();
        let Some(bytes) = bytes(&path)? else { return Ok(None) };
        // What the reader says of it may show a piece of the key.
        serde_json::from_slice(&bytes).map(Some).map_err(|_| StoreError::Account(path))
    }

    /// Keeps an account, and waits until that is safe.
    pub(super) fn put_account(&self, account: &StoredAccount) -> Result<(), StoreError> {
        let path = self.account_path();
        let text = serde_json::to_vec(account).map_err(io::Error::from);
        text.and_then(|text| replace(&path, &text)).map_err(|source| unusable(&path, source))
    }

    /// Keeps a certificate with its key, and waits until that is safe.
    pub(super) fn put_certificate(
        &self,
        settings: &AcmeSettings,
        pair: &Pair,
    ) -> Result<(), StoreError> {
        let path = self.store.certificate_path(settings);
        replace(&path, pair.text().as_bytes()).map_err(|source| unusable(&path, source))
    }
}

/// A key and the chain that an authority gave for it, as PEM.
pub(super) struct Pair {
    pub(super) key: String,
    pub(super) chain: String,
}

impl Pair {
    fn text(&self) -> String {
        format!("{}\n{}", self.key.trim_end(), self.chain)
    }

    /// As a listener shows it, if they belong together.
    pub(super) fn shown(&self) -> Result<Shown, TlsError> {
        parsed(self.text().as_bytes(), Origin::Issued)
    }
}

fn parsed(pem: &[u8], origin: Origin) -> Result<Shown, TlsError> {
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| TlsError::Unreadable)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    Shown::new(chain.map_err(|_| TlsError::Unreadable)?, key, origin)
}

fn bytes(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let unusable = |source| unusable(path, source);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(error)),
    };
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(unusable)?;
    Ok(Some(bytes))
}

fn unusable(path: &Path, source: io::Error) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    fn settings(folder: &Path, directory: &str) -> AcmeSettings {
        let text = format!(
            "names = [\"a.example\"]\ndirectory = \"{directory}\"\nstorage = {:?}",
            folder.join("deep/acme")
        );
        toml::from_str(&text).unwrap()
    }

    fn pair() -> Pair {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        Pair { chain: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
    }

    #[test]
    fn a_certificate_is_kept_with_its_key_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), "https://ca.example/dir");
        let store = Store::of(&settings);
        assert!(store.certificate(&settings).unwrap().is_none());
        let pair = pair();
        let locked = store.lock().unwrap().unwrap();
        locked.put_certificate(&settings, &pair).unwrap();
        let shown = store.certificate(&settings).unwrap().unwrap();
        assert_eq!(shown.about.digest, pair.shown().unwrap().about.digest);
        assert_eq!(shown.about.origin, Origin::Stored);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&store.certificate_path(&settings)), 0o600);
            assert_eq!((mode(&store.0), mode(&settings.storage)), (0o700, 0o700));
        }
    }

    #[test]
    fn what_is_no_certificate_is_not_taken_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), "https://ca.example/dir");
        let store = Store::of(&settings);
        let locked = store.lock().unwrap().unwrap();
        let (one, other) = (pair(), pair());
        let mixed = Pair { key: one.key.clone(), chain: other.chain };
        let cut = Pair { key: one.key, chain: one.chain.chars().take(100).collect() };
        for bad in [mixed, cut, Pair { key: String::new(), chain: String::new() }] {
            assert!(bad.shown().is_err());
            locked.put_certificate(&settings, &bad).unwrap();
            let kept = store.certificate(&settings);
            assert!(matches!(kept, Err(StoreError::Certificate { .. })));
        }
        std::fs::write(locked.account_path(), "{\"key_pkcs8\":\"hunter2\"}").unwrap();
        let Err(refused) = locked.account() else { panic!("it was taken for an account") };
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
    }

    #[test]
    fn one_asks_at_a_time_and_each_directory_has_a_place_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let real = Store::of(&settings(folder.path(), "https://ca.example/dir"));
        let test = Store::of(&settings(folder.path(), "https://ca.example/test"));
        let held = real.lock().unwrap().unwrap();
        assert!(real.lock().unwrap().is_none());
        assert!(test.lock().unwrap().is_some());
        drop(held);
        assert!(real.lock().unwrap().is_some());
    }
}
