//! From the configuration and the files it names to what the gateway decides by.

use super::settings;
use crate::blocks::BlockFile;
use crate::commands::Failed;
use crate::config::{CONFIG_FILE, Config, secret};
use crate::documents;
use avouch_catalog::Catalog;
use avouch_gateway::Plan;
use avouch_gateway::key_file::KeyFile;
use avouch_gateway::settings::GatewaySettings;
use avouch_guard::Guard;
use avouch_guard::authorize::Source;
use avouch_guard::contain::{Block, Containment};
use avouch_guard::guard::Ground;
use avouch_guard::identify::{Identifier, Keys, Pepper};
use avouch_guard::settings::identify::KeySettings;
use avouch_model::secret::Secret;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// What the gateway decides by, and the blocks in it. `before` is what it decided by until now.
pub(in crate::commands) fn plan(
    config: &Config,
    ground: &Ground,
    before: Option<&Plan>,
) -> Result<(Plan, Vec<Block>), Failed> {
    let settings = settings(config)?;
    let catalog = config.guard.openapi.as_deref().map(described).transpose()?;
    let sources = sources(config)?;
    let identifier = identifier(config, before)?;
    let guard =
        Guard::new(config.guard.clone(), identifier, catalog.as_ref(), &sources, ground.clone());
    let blocks = blocks(config)?;
    let plan = Plan {
        guard: guard.map_err(Failed::usage)?,
        timeouts: settings.timeouts,
        upstream_host: settings.upstream.host.clone(),
        on_ledger_failure: settings.record.on_failure,
        upgrades: settings.upgrades.clone(),
        introspection_secrets: secrets(config)?,
        traces_authorization: collector(settings)?,
        external_account_keys: external_account_keys(settings)?,
        containment: Arc::new(contained(&blocks)?),
    };
    Ok((plan, blocks))
}

fn identifier(config: &Config, before: Option<&Plan>) -> Result<Identifier, Failed> {
    let settings = config.guard.identify.clone();
    let keys = settings.keys.as_ref().map(keys).transpose()?;
    let mut seed = [0; 8];
    aws_lc_rs::rand::fill(&mut seed)
        .map_err(|_| Failed::broken(anyhow::anyhow!("the machine gives no randomness")))?;
    let made = Identifier::new(settings, keys, u64::from_ne_bytes(seed)).map_err(Failed::usage)?;
    Ok(match before {
        Some(before) => made.taking_over(before.guard.identifier()),
        None => made,
    })
}

/// The API keys of the file that `avouch key` writes.
fn keys(settings: &KeySettings) -> Result<Keys, Failed> {
    let failed = |error: anyhow::Error| {
        Failed::usage(error.context(format!("the API keys in `{}`", settings.file)))
            .advice("issue the first one with `avouch key issue`")
    };
    let file = KeyFile::new(&settings.file);
    let none = || failed(anyhow::anyhow!("the file is not there"));
    let book = file.book().map_err(|error| failed(error.into()))?.ok_or_else(none)?;
    let pepper = match &settings.pepper {
        None => file.pepper().map_err(|error| failed(error.into()))?,
        Some(place) => {
            let text = secret(place).map_err(|error| failed(error.into()))?;
            Pepper::parse(text.danger_reveal())
                .ok_or_else(|| failed(anyhow::anyhow!("`{place}` holds no pepper")))?
        }
    };
    Keys::new(&book, pepper).map_err(|error| failed(error.into()))
}

fn secrets(config: &Config) -> Result<BTreeMap<usize, Secret>, Failed> {
    let issuers = config.guard.identify.issuer.iter().enumerate();
    let asked = issuers.filter_map(|(place, issuer)| Some((place, issuer.introspection.as_ref()?)));
    asked.map(|(place, asked)| Ok((place, secret(&asked.secret).map_err(Failed::usage)?))).collect()
}

/// What the collector of traces is shown.
fn collector(settings: &GatewaySettings) -> Result<Option<Secret>, Failed> {
    let place = settings.traces.as_ref().and_then(|traces| traces.authorization.as_ref());
    place.map(|place| secret(place).map_err(Failed::usage)).transpose()
}

/// Keys of accounts elsewhere, by where they are kept.
fn external_account_keys(settings: &GatewaySettings) -> Result<BTreeMap<String, Secret>, Failed> {
    let tls = settings.listen.iter().filter_map(|listener| listener.tls.as_ref());
    let asked = tls.filter_map(|tls| tls.acme.as_ref()?.external_account.as_ref());
    asked
        .map(|external| {
            let key = secret(&external.key).map_err(Failed::usage)?;
            Ok((external.key.clone(), key))
        })
        .collect()
}

/// The files of policies.
fn sources(config: &Config) -> Result<Vec<Source>, Failed> {
    let read = |name: &String| {
        let text = std::fs::read_to_string(name).map_err(|error| {
            Failed::usage(anyhow::Error::from(error).context(format!("the policies in `{name}`")))
        })?;
        Ok(Source { name: name.clone(), text })
    };
    config.guard.authorize.policies.iter().map(read).collect()
}

pub(in crate::commands) fn described(path: &str) -> Result<Catalog, Failed> {
    let description = documents::description(Path::new(path)).map_err(Failed::usage)?;
    let reading = avouch_catalog::read(&description.main, &description.others);
    Ok(reading.map_err(Failed::usage)?.catalog)
}

/// Who and what is shut out.
fn blocks(config: &Config) -> Result<Vec<Block>, Failed> {
    let Some(path) = &config.guard.contain.file else { return Ok(Vec::new()) };
    let blocks = BlockFile::new(path).read();
    blocks.map_err(|error| Failed::usage(error.context(format!("the blocks in `{path}`"))))
}

fn contained(blocks: &[Block]) -> Result<Containment, Failed> {
    Containment::new(blocks)
        .map_err(|error| Failed::usage(anyhow::Error::from(error).context("the blocks")))
}

/// The files that people write and that decisions rest on, the configuration first.
pub(in crate::commands) fn files(path: Option<&Path>, config: &Config) -> Vec<PathBuf> {
    let guard = &config.guard;
    let key_sets = guard.identify.issuer.iter().filter_map(|issuer| issuer.jwks_file.as_ref());
    let named = guard.openapi.iter().chain(&guard.contain.file).chain(&guard.authorize.policies);
    let named = named.chain(key_sets).map(PathBuf::from);
    let listeners = config.gateway.iter().flat_map(|gateway| &gateway.listen);
    let certificates = listeners.filter_map(|listener| listener.tls.as_ref()).flat_map(|tls| {
        let acme = tls.acme.as_ref().and_then(|acme| acme.authorities.as_ref());
        [tls.certificate.as_ref(), tls.key.as_ref(), tls.client_authorities.as_ref(), acme]
    });
    let named = named.chain(certificates.flatten().cloned());
    std::iter::once(path.unwrap_or(Path::new(CONFIG_FILE)).to_owned()).chain(named).collect()
}

/// When files changed last, and how long they are; nothing of a file that is not there.
pub(super) type Stamps = Vec<Option<(SystemTime, u64)>>;

/// Those of the files that decisions rest on. Another answer means that one of them is another one.
pub(super) fn stamps(path: Option<&Path>, config: &Config) -> Stamps {
    let keys = config.guard.identify.keys.as_ref().map(|keys| PathBuf::from(&keys.file));
    let stamp = |path: PathBuf| {
        let known = std::fs::metadata(path).ok()?;
        Some((known.modified().ok()?, known.len()))
    };
    files(path, config).into_iter().chain(keys).map(stamp).collect()
}
