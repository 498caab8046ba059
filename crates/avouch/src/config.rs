//! `avouch.toml`: what a person writes once instead of typing it each time.

use crate::copying::{CopyArgs, LockMode, Safety};
use crate::gate::Threshold;
use crate::suppress::{self, Suppress, SuppressConfig};
use avouch_gateway::settings::GatewaySettings;
use avouch_guard::settings::GuardSettings;
use avouch_model::identity::Carrier;
use avouch_model::secret::Secret;
use avouch_scan::told::Told;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file that is read when none is named.
pub(crate) const CONFIG_FILE: &str = "avouch.toml";

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) scan: ScanConfig,
    pub(crate) identity: BTreeMap<String, IdentityConfig>,
    pub(crate) told: Told,
    pub(crate) gate: GateConfig,
    pub(crate) ledger: LedgerConfig,
    pub(crate) gateway: Option<GatewaySettings>,
    pub(crate) guard: GuardSettings,
    pub(crate) prove: avouch_prove::settings::Settings,
    suppress: Vec<toml::Spanned<SuppressConfig>>,
    /// The entries of `suppress`, read and checked.
    #[serde(skip)]
    pub(crate) suppressions: Vec<Suppress>,
}

/// What must hold for the exit code 0. Means what the options of the same names mean.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GateConfig {
    pub(crate) fail_on: Option<Threshold>,
    pub(crate) min_score: Option<u8>,
    pub(crate) min_coverage: Option<u8>,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) new_only: bool,
}

/// Where scans are recorded.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LedgerConfig {
    /// The ledger's folder; `None` records nothing.
    pub(crate) folder: Option<PathBuf>,
    /// The folder of its newest checkpoint.
    pub(crate) head: Option<PathBuf>,
    /// The retention class of what is recorded.
    pub(crate) class: Option<String>,
    /// A folder that has all entries within a second or two.
    pub(crate) replica: Option<String>,
    /// An archive that has all entries within a second or two.
    pub(crate) archive: Option<String>,
    /// Whether nobody may remove packs from the archive before their retention is over.
    pub(crate) lock: Option<LockMode>,
    /// How safe a request is recorded before its answer is whole.
    pub(crate) acknowledge: Option<Safety>,
}

impl LedgerConfig {
    /// The copies that follow it.
    pub(crate) fn copies(&self) -> CopyArgs {
        CopyArgs {
            replica: self.replica.clone(),
            archive: self.archive.clone(),
            lock: self.lock,
            acknowledge: self.acknowledge,
        }
    }
}

/// What to scan.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ScanConfig {
    pub(crate) target: Option<String>,
    pub(crate) openapi: Paths,
    pub(crate) postman: Paths,
    pub(crate) har: Paths,
    pub(crate) graphql: Option<PathBuf>,
    pub(crate) auth_file: Option<PathBuf>,
    pub(crate) active: bool,
    pub(crate) register: Option<bool>,
    pub(crate) disruptive: Vec<String>,
    pub(crate) only: Vec<String>,
    pub(crate) skip: Vec<String>,
}

/// One path, or a list of them.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "toml::Value")]
pub(crate) struct Paths(pub(crate) Vec<PathBuf>);

impl TryFrom<toml::Value> for Paths {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        let path = |value: toml::Value| match value {
            toml::Value::String(path) => Ok(PathBuf::from(path)),
            _ => Err("a path in quotes is needed here, or a list of them".to_owned()),
        };
        match value {
            toml::Value::Array(paths) => {
                Ok(Self(paths.into_iter().map(path).collect::<Result<_, _>>()?))
            }
            one => Ok(Self(vec![path(one)?])),
        }
    }
}

/// An identity: exactly one of `token`, `user` with `password`, `login`, `oauth2`, `command`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IdentityConfig {
    pub(crate) label: Option<String>,
    pub(crate) send: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) login: Option<LoginConfig>,
    pub(crate) oauth2: Option<OAuth2Config>,
    pub(crate) command: Option<String>,
    pub(crate) expired: Option<String>,
    pub(crate) other_audience: Option<String>,
}

/// A login request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginConfig {
    pub(crate) path: String,
    #[serde(default = "post")]
    pub(crate) method: String,
    #[serde(default = "json")]
    pub(crate) content_type: String,
    pub(crate) body: String,
    #[serde(default)]
    pub(crate) take: Option<String>,
}

fn post() -> String {
    "POST".to_owned()
}

fn json() -> String {
    "application/json".to_owned()
}

/// A token endpoint (RFC 6749).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OAuth2Config {
    pub(crate) token_url: String,
    pub(crate) grant: String,
    pub(crate) client_id: String,
    #[serde(default)]
    pub(crate) client_secret: Option<String>,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, String>,
}

/// Why a configuration was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read `{path}`")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("`{path}` is not as it must be\n{source}")]
    Malformed { path: PathBuf, source: Box<toml::de::Error> },
    #[error("`{path}`, line {line}: {why}")]
    Suppression { path: PathBuf, line: usize, why: String },
    #[error("`{0}` stands for a secret in clear: write `env:NAME` or `file:PATH` instead")]
    InClear(String),
    #[error("the environment variable `{0}` is not set")]
    NotSet(String),
    #[error("`{0}` is empty, and an empty secret is none")]
    Empty(String),
    #[error("`{0}` says no place: write `Header-Name: {{}}`, `query:NAME` or `cookie:NAME`")]
    Place(String),
}

impl Config {
    /// Reads the named file, or the usual one if it is there.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, ConfigError> {
        let named = path.unwrap_or(Path::new(CONFIG_FILE));
        let text = match std::fs::read_to_string(named) {
            Ok(text) => text,
            Err(error) if path.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(source) => return Err(ConfigError::Unreadable { path: named.to_owned(), source }),
        };
        let path = || named.to_owned();
        let malformed = |source| ConfigError::Malformed { path: path(), source: Box::new(source) };
        let mut config: Self = toml::from_str(&text).map_err(malformed)?;
        config.suppressions = suppress::read(&config.suppress, &text).map_err(|fault| {
            ConfigError::Suppression { path: path(), line: fault.line, why: fault.why }
        })?;
        Ok(config)
    }
}

/// Reads a secret from where it is kept.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads secrets from the environment"
)]
pub(crate) fn secret(place: &str) -> Result<Secret, ConfigError> {
    let text = if let Some(name) = place.strip_prefix("env:") {
        std::env::var(name).map_err(|_| ConfigError::NotSet(name.to_owned()))?
    } else if let Some(path) = place.strip_prefix("file:") {
        std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?
    } else {
        // Not repeated in full: it may well be the secret itself.
        return Err(ConfigError::InClear(place.chars().take(3).chain(['…']).collect()));
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        // The place only, which names no secret.
        return Err(ConfigError::Empty(place.to_owned()));
    }
    Ok(Secret::new(text))
}

/// Reads how a credential is sent.
pub(crate) fn carrier(text: &str) -> Result<Carrier, ConfigError> {
    if let Some(name) = text.strip_prefix("query:") {
        return Ok(Carrier::Query(name.to_owned()));
    }
    if let Some(name) = text.strip_prefix("cookie:") {
        return Ok(Carrier::Cookie(name.to_owned()));
    }
    let parsed = text.split_once(':').and_then(|(name, value)| {
        let prefix = value.trim_start().strip_suffix("{}")?;
        let is_name = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        is_name.then(|| Carrier::Header { name: name.to_owned(), prefix: prefix.to_owned() })
    });
    parsed.ok_or_else(|| ConfigError::Place(text.to_owned()))
}

/// The value of an environment variable that is listed in the help.
#[expect(clippy::disallowed_methods, reason = "configuration is read here")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_credentials_are_read() {
        let header =
            |name: &str, prefix: &str| Carrier::Header { name: name.into(), prefix: prefix.into() };
        assert_eq!(carrier("Authorization: Token {}").unwrap(), header("Authorization", "Token "));
        assert_eq!(carrier("X-Api-Key: {}").unwrap(), header("X-Api-Key", ""));
        assert_eq!(carrier("query:key").unwrap(), Carrier::Query("key".into()));
        assert_eq!(carrier("cookie:sid").unwrap(), Carrier::Cookie("sid".into()));
        assert!(carrier("Authorization").is_err());
    }

    #[test]
    fn a_secret_in_clear_is_refused_and_not_repeated() {
        let message = secret("hunter2-hunter2").unwrap_err().to_string();
        assert!(message.contains("env:NAME") && !message.contains("hunter2"), "{message}");
    }

    #[test]
    fn a_mistake_names_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("avouch.toml");
        std::fs::write(&path, "[scan]\ntarget = \"http://x\"\nactiv = true\n").unwrap();
        let message = Config::read(Some(&path)).unwrap_err().to_string();
        assert!(message.contains("line 3") && message.contains("activ"), "{message}");
    }
}
