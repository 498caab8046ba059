//! The folder a scan leaves its traces in: the last report, its recording, what is to be removed.

use crate::recorder::Recorded;
use avouch_model::report::Report;
use avouch_scan::engine::recording::Recording;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The last report.
const REPORT: &str = "last-report.json";
/// The last scan written down.
const RECORDING: &str = "last-recording.json";
/// Which scan of which ledger the last one is.
const RECORDED: &str = "last-recorded.json";
/// What makes this installation's challenges its own.
const KEY: &str = "key";

/// Why the folder could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error("cannot use `{path}`")]
    Unusable { path: PathBuf, source: std::io::Error },
    #[error("`{path}` is not what a scan leaves")]
    Malformed { path: PathBuf, source: serde_json::Error },
}

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct State(PathBuf);

impl State {
    /// Opens the folder, and makes it if it is not there. It is for its owner alone.
    pub(crate) fn open(folder: &Path) -> Result<Self, StateError> {
        let failed = |source| StateError::Unusable { path: folder.to_owned(), source };
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(failed)?;
        Ok(Self(folder.to_owned()))
    }

    /// Its path.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// Keeps a scan as the last one.
    pub(crate) fn keep(
        &self,
        report: &Report,
        recording: Option<&Recording>,
    ) -> Result<(), StateError> {
        self.write(REPORT, report)?;
        match recording {
            Some(recording) => self.write(RECORDING, recording),
            None => Ok(()),
        }
    }

    /// Keeps what ties the last scan to a ledger; `None` when it is in none.
    pub(crate) fn keep_recorded(&self, recorded: Option<&Recorded>) -> Result<(), StateError> {
        if let Some(recorded) = recorded {
            return self.write(RECORDED, recorded);
        }
        let path = self.0.join(RECORDED);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(StateError::Unusable { path, source })
            }
            _ => Ok(()),
        }
    }

    /// What ties the last scan to a ledger.
    pub(crate) fn recorded(&self) -> Result<Recorded, StateError> {
        self.read(RECORDED)
    }

    /// The bytes of the last scan as it was written down.
    pub(crate) fn recording_bytes(&self) -> Result<Vec<u8>, StateError> {
        let path = self.0.join(RECORDING);
        std::fs::read(&path).map_err(|source| StateError::Unusable { path, source })
    }

    /// The last report.
    pub(crate) fn report(&self) -> Result<Report, StateError> {
        self.read(REPORT)
    }

    /// The last scan written down.
    pub(crate) fn recording(&self) -> Result<Recording, StateError> {
        self.read(RECORDING)
    }

    /// Writes beside and renames, so that a crash leaves the old or the new, never half of one.
    fn write(&self, name: &str, value: &impl serde::Serialize) -> Result<(), StateError> {
        let path = self.0.join(name);
        let beside = self.0.join(format!("{name}.new"));
        let failed = |source| StateError::Unusable { path: path.clone(), source };
        let malformed = |source| StateError::Malformed { path: path.clone(), source };
        let file = std::fs::File::create(&beside).map_err(failed)?;
        let mut writer = std::io::BufWriter::new(file);
        serde_json::to_writer(&mut writer, value).map_err(malformed)?;
        writer.flush().map_err(failed)?;
        std::fs::rename(&beside, &path).map_err(failed)
    }

    fn read<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, StateError> {
        let path = self.0.join(name);
        let failed = |source| StateError::Unusable { path: path.clone(), source };
        let mut text = String::new();
        let mut file = std::fs::File::open(&path).map_err(failed)?;
        file.read_to_string(&mut text).map_err(failed)?;
        serde_json::from_str(&text).map_err(|source| StateError::Malformed { path, source })
    }

    /// The line this installation asks the owner of that host to publish before active checks.
    pub(crate) fn challenge(&self, host: &str) -> Result<String, StateError> {
        let path = self.0.join(KEY);
        let failed = |source| StateError::Unusable { path: path.clone(), source };
        let key = match std::fs::read_to_string(&path) {
            Ok(key) => key,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = avouch_scan::nonce::hexadecimal(&random().map_err(failed)?);
                std::fs::write(&path, &key).map_err(failed)?;
                key
            }
            Err(error) => return Err(failed(error)),
        };
        let nonces = avouch_scan::nonce::Nonces::new(seed_of(&key), "challenge");
        Ok(format!("avouch-{}", nonces.hex(host, 32)))
    }
}

fn seed_of(key: &str) -> [u8; 32] {
    let mut seed = [0; 32];
    for (to, from) in seed.iter_mut().zip(key.bytes()) {
        *to = from;
    }
    seed
}

/// 32 bytes of the system's own randomness.
pub(crate) fn random() -> std::io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
