//! Which configuration was in force when: a fact at the start, and one for each change, taken or refused.

use super::log::{Level, Log};
use avouch_gateway::Gateway;
use avouch_model::coding::{Digest, Later};
use avouch_model::fact::configuration::{Configuration, ConfigurationEvent};
use aws_lc_rs::digest::{Context, SHA256, digest};
use serde_json::json;
use std::path::PathBuf;

/// The files that decisions rest on, as they were read: each with its SHA-256, or nothing where it could
/// not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands) struct Version(Vec<(PathBuf, Option<[u8; 32]>)>);

impl Version {
    /// Of these files, as they are now.
    pub(in crate::commands) fn of(files: impl IntoIterator<Item = PathBuf>) -> Self {
        let hashed = |file: PathBuf| {
            let bytes = std::fs::read(&file).ok();
            let digest = bytes.map(|bytes| digest(&SHA256, &bytes));
            (file, digest.and_then(|digest| digest.as_ref().try_into().ok()))
        };
        Self(files.into_iter().map(hashed).collect())
    }

    /// SHA-256 over names and digests, in the order in which the configuration names the files.
    pub(super) fn digest(&self) -> Digest {
        let mut context = Context::new(&SHA256);
        for (file, digest) in &self.0 {
            let name = file.as_os_str().as_encoded_bytes();
            context.update(&(name.len() as u64).to_le_bytes());
            context.update(name);
            context.update(&[u8::from(digest.is_some())]);
            context.update(&digest.unwrap_or_default());
        }
        Digest(context.finish().as_ref().try_into().unwrap_or_default())
    }

    /// The files that are others than in an earlier version.
    fn changed(&self, before: &Self) -> Vec<String> {
        let here = self.0.iter().filter(|one| !before.0.contains(one));
        let gone = before.0.iter().filter(|(file, _)| !self.0.iter().any(|(now, _)| now == file));
        here.chain(gone).map(|(file, _)| file.display().to_string()).collect()
    }
}

/// The versions of a gateway's configuration, as they follow each other.
#[derive(Debug)]
pub(super) struct Versions<'g> {
    gateway: &'g Gateway,
    log: Log,
    used: Version,
}

impl<'g> Versions<'g> {
    /// Records what is in force since the start.
    pub(super) fn begin(gateway: &'g Gateway, log: Log, used: Version) -> Self {
        let this = Self { gateway, log, used };
        this.record(ConfigurationEvent::Loaded, &this.used, None);
        this
    }

    /// Records that another one took its place. Files that were written again as they were are none.
    pub(super) fn changed(&mut self, now: Version) {
        if now != self.used {
            self.record(ConfigurationEvent::Changed, &now, Some(&self.used));
            self.used = now;
        }
    }

    /// Records that one was not taken.
    pub(super) fn refused(&self, now: &Version) {
        self.record(ConfigurationEvent::Refused, now, Some(&self.used));
    }

    fn record(&self, event: ConfigurationEvent, now: &Version, before: Option<&Version>) {
        let fact = fact(event, now, before);
        if let Err(error) = self.gateway.record(&fact) {
            let sentence = format!("what became of the configuration is not recorded: {error}");
            self.log.say(Level::Warning, "config-not-recorded", &sentence, json!({}));
        }
    }
}

/// What became of a configuration, as a fact.
pub(in crate::commands) fn fact(
    event: ConfigurationEvent,
    now: &Version,
    before: Option<&Version>,
) -> Configuration {
    // The reason is told on standard error: it may show a piece of a file.
    let because = (event == ConfigurationEvent::Refused)
        .then(|| "it cannot be read, or does not hold together".to_owned());
    Configuration {
        component: "gateway".to_owned(),
        event,
        digest: now.digest(),
        before: before.map(Version::digest),
        approved: None,
        actor: None,
        approved_by: Vec::new(),
        places: before.map(|before| now.changed(before)).unwrap_or_default(),
        summary: None,
        ticket: None,
        emergency: None,
        because,
        later: Later::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_another_when_a_file_is_and_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        std::fs::write(&one, "1").unwrap();
        let both = || Version::of([one.clone(), two.clone()]);
        let first = both();
        assert_eq!(first.digest(), both().digest());
        std::fs::write(&two, "").unwrap();
        let second = both();
        // A file without content is not a file that is not there.
        assert_ne!(first.digest(), second.digest());
        assert_eq!(second.changed(&first), [two.display().to_string()]);
        let fewer = Version::of([one.clone()]);
        assert_eq!(fewer.changed(&second), [two.display().to_string()]);
    }
}
