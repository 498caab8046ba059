//! What the gateway tells on standard error while it runs: sentences, or objects of JSON.
//!
//! Nothing of a request is in it, and no secret: what became of requests is in the ledger and in the
//! metrics.

use crate::commands::key::now_ms;
use crate::commands::tell;
use crate::config::ConfigError;
use avouch_gateway::settings::{GatewaySettings, LogFormat};
use avouch_gateway::{Gateway, Trouble, Troubles};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Info,
    Warning,
}

/// Tells what happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Log {
    format: LogFormat,
}

impl Log {
    pub(super) fn of(settings: &GatewaySettings) -> Self {
        Self { format: settings.log.format }
    }

    /// Tells of an event: a word for programs, a sentence for people, and what else is known.
    pub(super) fn say(self, level: Level, event: &str, sentence: &str, more: Value) {
        match self.format {
            LogFormat::Text => tell(sentence),
            LogFormat::Json => tell(&line(now_ms(), level, event, sentence, more)),
        }
    }
}

fn line(now_ms: u64, level: Level, event: &str, sentence: &str, more: Value) -> String {
    let at = i64::try_from(now_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let level = match level {
        Level::Info => "info",
        Level::Warning => "warning",
    };
    let mut members = Map::new();
    members.insert("time".to_owned(), json!(at.map(|at| at.to_string())));
    members.insert("level".to_owned(), json!(level));
    members.insert("event".to_owned(), json!(event));
    members.insert("message".to_owned(), json!(sentence));
    if let Value::Object(more) = more {
        members.extend(more);
    }
    Value::Object(members).to_string()
}

/// Why a configuration is not used, as a log may hold it: of text that is not as it must be only where,
/// since a line of it, and what a reader says of a value, may be a secret that somebody wrote there.
pub(super) fn why(error: &anyhow::Error) -> String {
    let mut said = Vec::new();
    for cause in error.chain() {
        if let Some(ConfigError::Malformed { path, source }) = cause.downcast_ref() {
            said.push(format!("`{}`: {}", path.display(), place(source)));
            break;
        }
        if let Some(malformed) = cause.downcast_ref::<toml::de::Error>() {
            said.push(place(malformed));
            break;
        }
        said.push(cause.to_string());
    }
    said.join(": ")
}

fn place(malformed: &toml::de::Error) -> String {
    let text = malformed.to_string();
    let first = text.lines().next().unwrap_or_default();
    let place = first.strip_prefix("TOML parse error at ").unwrap_or("a place that is not known");
    format!("not as it must be at {place}; `avouch gateway check` says why")
}

/// How many looks lie between two tellings of trouble.
const LOOKS_BETWEEN: u32 = 40;

/// Tells of trouble when it begins, and at most every ten seconds while it lasts: a dead API must not
/// fill a disk.
#[derive(Debug, Default)]
pub(super) struct Watched {
    told: Troubles,
    quiet_for: u32,
    /// Whether the ledger took no records.
    is_down: bool,
    /// Instances of the API that are not well.
    unwell: BTreeSet<String>,
}

impl Watched {
    pub(super) fn look(&mut self, gateway: &Gateway, log: Log) {
        self.look_at_the_ledger(gateway, log);
        self.look_at_instances(gateway, log);
        self.quiet_for = self.quiet_for.saturating_sub(1);
        if self.quiet_for > 0 {
            return;
        }
        let now = gateway.troubles();
        let more = now.since(&self.told);
        if more.is_empty() {
            return;
        }
        for (trouble, count) in more {
            let (event, sentence, more) = said(&trouble, count);
            log.say(Level::Warning, event, &sentence, more);
        }
        self.told = now;
        self.quiet_for = LOOKS_BETWEEN;
    }
}

impl Watched {
    fn look_at_instances(&mut self, gateway: &Gateway, log: Log) {
        for (address, is_well) in gateway.instances() {
            let (event, level, sentence) = match (is_well, self.unwell.contains(address)) {
                (true, true) => ("upstream-well", Level::Info, "is well again"),
                (false, false) => (
                    "upstream-unwell",
                    Level::Warning,
                    "is not well: it gets no requests while another one is",
                ),
                _ => continue,
            };
            if is_well {
                self.unwell.remove(address);
            } else {
                self.unwell.insert(address.to_owned());
            }
            let more = json!({ "instance": address });
            log.say(level, event, &format!("the API at {address} {sentence}"), more);
        }
    }

    fn look_at_the_ledger(&mut self, gateway: &Gateway, log: Log) {
        let trouble = gateway.ledger_trouble();
        if trouble.is_some() == self.is_down {
            return;
        }
        self.is_down = trouble.is_some();
        let (event, sentence) = match trouble {
            Some(why) => (
                "ledger-down",
                format!("the ledger takes no records ({why}); it is opened again when that works"),
            ),
            None => (
                "ledger-up",
                "the ledger takes records again, and tells how many requests it missed".to_owned(),
            ),
        };
        log.say(Level::Warning, event, &sentence, json!({}));
    }
}

fn said(trouble: &Trouble, count: u64) -> (&'static str, String, Value) {
    let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
    match trouble {
        Trouble::Upstream(code) => (
            "upstream-trouble",
            format!("the API gave no answer, {times}: {code}"),
            json!({ "code": code, "count": count }),
        ),
        Trouble::KeySet(issuer) => (
            "key-set-trouble",
            format!("the issuer `{issuer}` did not give its keys, {times}"),
            json!({ "issuer": issuer, "count": count }),
        ),
        Trouble::Introspection(issuer) => (
            "introspection-trouble",
            format!("the issuer `{issuer}` did not say whether a token is active, {times}"),
            json!({ "issuer": issuer, "count": count }),
        ),
        Trouble::KeptKeys => (
            "key-set-not-kept",
            format!("keys of an issuer could not be kept over a restart, {times}"),
            json!({ "count": count }),
        ),
        Trouble::Traces => (
            "traces-trouble",
            format!("traces did not reach the collector: {count} spans"),
            json!({ "count": count }),
        ),
        Trouble::NoCertificate(listener) => (
            "certificate-missing",
            format!(
                "the listener at {listener} has no certificate yet, and turned clients away, {times}"
            ),
            json!({ "listener": listener, "count": count }),
        ),
        Trouble::Ledger => (
            "ledger-trouble",
            format!("the ledger took no record, {times}"),
            json!({ "count": count }),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn no_value_of_a_configuration_is_told() {
        type Of = BTreeMap<String, u64>;
        for text in ["count = \"hunter2\"", "count = 1\nhunter2", "\n count = hunter2 hunter2"] {
            let source: toml::de::Error = toml::from_str::<Of>(text).unwrap_err();
            assert!(source.to_string().contains("hunter2"));
            let named =
                ConfigError::Malformed { path: "a.toml".into(), source: source.clone().into() };
            for (error, place) in [
                (anyhow::Error::from(named), "`a.toml`: not as it must be at line "),
                (
                    anyhow::Error::from(source).context("the blocks"),
                    "the blocks: not as it must be at line ",
                ),
            ] {
                let said = why(&error);
                assert!(said.starts_with(place) && !said.contains("hunter2"), "{said}");
            }
        }
    }

    #[test]
    fn a_line_is_one_object_whatever_is_said() {
        let line = line(0, Level::Warning, "some-event", "two\nlines", json!({ "count": 2 }));
        assert_eq!(
            line,
            r#"{"time":"1970-01-01T00:00:00Z","level":"warning","event":"some-event","message":"two\nlines","count":2}"#
        );
    }
}
