//! What of `avouch.toml` is about keys. The rest of the file is other commands' matter: a mistake in it
//! must not keep anybody from revoking a key.

use crate::config::{CONFIG_FILE, ConfigError, LedgerConfig};
use avouch_guard::settings::identify::KeySettings;
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::Path;

/// The part of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Config {
    pub(super) ledger: LedgerConfig,
    pub(super) guard: Guard,
}

/// `[guard]`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Guard {
    pub(super) identify: Identify,
}

/// `[guard.identify]`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Identify {
    pub(super) keys: Option<KeySettings>,
}

impl Config {
    /// Reads the named file, or the usual one if it is there.
    pub(super) fn read(path: Option<&Path>) -> Result<Self, ConfigError> {
        let named = path.unwrap_or(Path::new(CONFIG_FILE));
        match std::fs::read_to_string(named) {
            Ok(text) => toml::from_str(&text).map_err(|source| ConfigError::Malformed {
                path: named.to_owned(),
                source: Box::new(source),
            }),
            Err(error) if path.is_none() && error.kind() == ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(source) => Err(ConfigError::Unreadable { path: named.to_owned(), source }),
        }
    }
}
