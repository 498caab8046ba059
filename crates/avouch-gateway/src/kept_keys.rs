//! The keys of issuers on a disk, so that a restart while an issuer is down refuses nobody.
//!
//! A file for each issuer and address, its owner's alone, written beside and renamed. It says whose keys it
//! holds and from where, and has a digest over all of that: what was damaged, or copied to another's
//! place, is not believed. The digest is no signature: whoever can write there is believed, as with the
//! configuration.

use crate::own_file::replace;
use avouch_guard::identify::KEY_SET_BYTES_MAX;
use avouch_guard::settings::identify::{IssuerSettings, KeptSettings};
use avouch_ledger::format::canonical::to_hex;
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// LIMIT: bytes of a file: a key set in base 64, and what stands beside it.
const FILE_BYTES_MAX: usize = KEY_SET_BYTES_MAX * 2;
/// The form of a file.
const VERSION: u32 = 1;

/// A key set as it was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) bytes: Vec<u8>,
    /// When it was fetched or confirmed, in milliseconds since 1970.
    pub(crate) fetched_ms: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    issuer: String,
    url: String,
    fetched_ms: u64,
    /// The answer of the issuer, in base 64.
    keys: String,
    /// SHA-256 over all of the above, in base 64.
    digest: String,
}

/// Where the keys of an issuer are kept.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    issuer: &'a str,
    url: &'a str,
    path: PathBuf,
}

impl<'a> Place<'a> {
    /// The place of an issuer's keys; nothing where they are in a file already, or none are kept.
    pub(crate) fn of(kept: Option<&KeptSettings>, issuer: &'a IssuerSettings) -> Option<Self> {
        let url = issuer.jwks_url.as_deref()?;
        let name = sha256([issuer.issuer.as_bytes(), url.as_bytes()]);
        let name = to_hex(name.get(..16)?);
        let path = Path::new(&kept?.folder).join(format!("{name}.json"));
        Some(Self { issuer: &issuer.issuer, url, path })
    }

    fn digest(&self, fetched_ms: u64, bytes: &[u8]) -> String {
        let parts = [self.issuer.as_bytes(), self.url.as_bytes(), &fetched_ms.to_le_bytes(), bytes];
        STANDARD.encode(sha256(parts))
    }

    /// Keeps a set in the place of the one before.
    pub(crate) fn keep(&self, kept: &Kept) -> io::Result<()> {
        let written = Written {
            version: VERSION,
            issuer: self.issuer.to_owned(),
            url: self.url.to_owned(),
            fetched_ms: kept.fetched_ms,
            keys: STANDARD.encode(&kept.bytes),
            digest: self.digest(kept.fetched_ms, &kept.bytes),
        };
        let text = serde_json::to_vec(&written).map_err(io::Error::from)?;
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        replace(&self.path, &text)
    }

    /// The set that is kept; nothing where there is none, and where it is not what was kept here.
    pub(crate) fn kept(&self) -> Option<Kept> {
        let file = File::open(&self.path).ok()?;
        if !is_the_owners(&file) {
            return None;
        }
        let mut text = Vec::new();
        file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut text).ok()?;
        if text.len() > FILE_BYTES_MAX {
            return None;
        }
        let written: Written = serde_json::from_slice(&text).ok()?;
        let bytes = STANDARD.decode(&written.keys).ok()?;
        let is_whole = written.version == VERSION
            && written.issuer == self.issuer
            && written.url == self.url
            && written.digest == self.digest(written.fetched_ms, &bytes);
        is_whole.then_some(Kept { bytes, fetched_ms: written.fetched_ms })
    }
}

/// Whether nobody but its owner can write to the file.
#[cfg(unix)]
fn is_the_owners(file: &File) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|known| known.permissions().mode() & 0o022 == 0)
}

#[cfg(not(unix))]
fn is_the_owners(_: &File) -> bool {
    true
}

/// Over parts, each with its length, so that none can pass for a piece of another.
fn sha256<const N: usize>(parts: [&[u8]; N]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(named: &str, url: &str) -> IssuerSettings {
        let text = format!("name = 'a'\nissuer = '{named}'\naudience = ['b']\njwks_url = '{url}'");
        toml::from_str(&text).unwrap()
    }

    fn scratch() -> (tempfile::TempDir, KeptSettings) {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("keys").display().to_string();
        (folder, KeptSettings { folder: name, age_s_max: 60 })
    }

    fn some() -> Kept {
        Kept { bytes: b"{\"keys\":[]}".to_vec(), fetched_ms: 17 }
    }

    #[test]
    fn what_was_kept_is_given_back_and_only_its_owner_can_change_it() {
        let (_folder, settings) = scratch();
        let issuer = issuer("https://a", "https://a/jwks");
        let place = Place::of(Some(&settings), &issuer).unwrap();
        assert_eq!(place.kept(), None);
        place.keep(&some()).unwrap();
        assert_eq!(place.kept(), Some(some()));
        let newer = Kept { fetched_ms: 18, ..some() };
        place.keep(&newer).unwrap();
        assert_eq!(place.kept(), Some(newer));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let rights = std::fs::metadata(&place.path).unwrap().permissions();
            assert_eq!(rights.mode() & 0o777, 0o600);
            std::fs::set_permissions(&place.path, PermissionsExt::from_mode(0o620)).unwrap();
            assert_eq!(place.kept(), None, "others could have written it");
        }
    }

    #[test]
    fn keys_of_another_issuer_or_address_are_never_believed() {
        let (_folder, settings) = scratch();
        let ours = issuer("https://a", "https://a/jwks");
        let place = Place::of(Some(&settings), &ours).unwrap();
        place.keep(&some()).unwrap();
        for other in [issuer("https://b", "https://a/jwks"), issuer("https://a", "https://b/jwks")]
        {
            let other = Place::of(Some(&settings), &other).map(|other| {
                assert_eq!(other.kept(), None);
                std::fs::copy(&place.path, &other.path).unwrap();
                other.kept()
            });
            assert_eq!(other, Some(None));
        }
    }

    #[test]
    fn what_was_damaged_anywhere_is_not_believed() {
        let (_folder, settings) = scratch();
        let ours = issuer("https://a", "https://a/jwks");
        let place = Place::of(Some(&settings), &ours).unwrap();
        place.keep(&some()).unwrap();
        let good = std::fs::read(&place.path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&place.path, &bad).unwrap();
            assert_eq!(place.kept(), None, "byte {at}");
            std::fs::write(&place.path, &good[..at]).unwrap();
            assert_eq!(place.kept(), None, "cut at {at}");
        }
        std::fs::write(&place.path, vec![b' '; FILE_BYTES_MAX + 1]).unwrap();
        assert_eq!(place.kept(), None);
    }

    #[test]
    fn nothing_is_kept_of_keys_in_a_file_or_without_a_folder() {
        let (_folder, settings) = scratch();
        let mut one = issuer("https://a", "https://a/jwks");
        assert!(Place::of(None, &one).is_none());
        (one.jwks_url, one.jwks_file) = (None, Some("keys.json".to_owned()));
        assert!(Place::of(Some(&settings), &one).is_none());
    }
}
