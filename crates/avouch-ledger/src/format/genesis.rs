//! The birth of a log: its administrators, its rules, its first key.

use super::canonical::Value;
use super::control::members::Members;
use super::names::{Origin, is_class};
use crate::merkle::Hash;
use std::collections::BTreeMap;

/// The first line of the text.
const HEADER: &str = "avouch/genesis/v1";

/// LIMIT: administrators of a log.
const ADMINS_MAX: usize = 32;

/// LIMIT: retention classes of a log.
const CLASSES_MAX: usize = 64;

/// One who may approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// The public key.
    pub key: [u8; 32],
    /// Who it is.
    pub name: String,
}

/// The rules of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long records of each class are kept at least, in seconds.
    pub retention_s: BTreeMap<String, u64>,
    /// How far entries may be out of order in time, in milliseconds.
    pub clock_slack_ms: u64,
    /// The longest tail without quorum that is normal, in seconds.
    pub cosign_lag_s: u64,
    /// The longest silence, in seconds.
    pub heartbeat_s: u64,
    /// Entries of a pack.
    pub pack_entries: u64,
}

impl Default for Policy {
    /// One class that is kept for 13 months, so that a year's audit finds all of it.
    fn default() -> Self {
        Self {
            retention_s: BTreeMap::from([("default".to_owned(), 400 * 24 * 60 * 60)]),
            clock_slack_ms: 5000,
            cosign_lag_s: 60,
            heartbeat_s: 60,
            pack_entries: 65_536,
        }
    }
}

impl Policy {
    pub(crate) fn read(value: Value) -> Option<Self> {
        let mut members = Members::of(value)?;
        let Value::Object(classes) = members.take("classes")? else { return None };
        let mut retention_s = BTreeMap::new();
        for (class, value) in classes {
            let mut inner = Members::of(value)?;
            let retention = inner.number("retention_s")?;
            inner.end()?;
            retention_s.insert(is_class(&class).then_some(class)?, retention);
        }
        let policy = Self {
            retention_s,
            clock_slack_ms: members.number("clock_slack_ms")?,
            cosign_lag_s: members.number("cosign_lag_s")?,
            heartbeat_s: members.number("heartbeat_s")?,
            pack_entries: members.number("pack_entries")?,
        };
        members.end()?;
        policy.is_sound().then_some(policy)
    }

    /// Whether the numbers are within the bounds of the format.
    pub fn is_sound(&self) -> bool {
        (1..=CLASSES_MAX).contains(&self.retention_s.len())
            && self.clock_slack_ms <= 600_000
            && (1..=86_400).contains(&self.heartbeat_s)
            && (256..=65_536).contains(&self.pack_entries)
            && self.pack_entries.is_multiple_of(256)
    }

    pub(crate) fn value(&self) -> Value {
        let class = |seconds: &u64| Value::object([("retention_s", Value::Number(*seconds))]);
        let classes = self.retention_s.iter().map(|(name, s)| (name.as_str(), class(s)));
        Value::object([
            ("classes", Value::object(classes)),
            ("clock_slack_ms", Value::Number(self.clock_slack_ms)),
            ("cosign_lag_s", Value::Number(self.cosign_lag_s)),
            ("heartbeat_s", Value::Number(self.heartbeat_s)),
            ("pack_entries", Value::Number(self.pack_entries)),
        ])
    }
}

/// The birth of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The name of the log.
    pub origin: Origin,
    /// Who may approve.
    pub admins: Vec<Admin>,
    /// How many of them must.
    pub approvals: u32,
    /// When, in milliseconds since 1970.
    pub created_ms: u64,
    /// The public key of epoch 0.
    pub epoch_key: [u8; 32],
    /// The first rules.
    pub policy: Policy,
}

/// Why a text is not the birth of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is not the genesis of a log")]
pub struct GenesisError;

pub(crate) fn read_admins(values: Vec<Value>) -> Option<Vec<Admin>> {
    let mut admins: Vec<Admin> = Vec::new();
    for value in values {
        let mut members = Members::of(value)?;
        let admin = Admin { key: members.hex("key")?, name: members.text("name")? };
        members.end()?;
        if admins.iter().any(|other| other.key == admin.key) {
            return None;
        }
        admins.push(admin);
    }
    (1..=ADMINS_MAX).contains(&admins.len()).then_some(admins)
}

pub(crate) fn write_admins(admins: &[Admin]) -> Value {
    let one = |admin: &Admin| {
        Value::object([("key", Value::hex(&admin.key)), ("name", Value::text(&admin.name))])
    };
    Value::List(admins.iter().map(one).collect())
}

impl Genesis {
    /// Reads the text of the note.
    pub fn parse(text: &str) -> Result<Self, GenesisError> {
        Self::read(text).ok_or(GenesisError)
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (header, origin, json) = (lines.next()?, lines.next()?, lines.next()?);
        if header != HEADER || lines.next().is_some() {
            return None;
        }
        let mut members = Members::of(Value::parse(json.as_bytes()).ok()?)?;
        let genesis = Self {
            origin: Origin::parse(origin).ok()?,
            admins: members.list("admins", Some).and_then(read_admins)?,
            approvals: members.small("approvals")?,
            created_ms: members.number("created_ms")?,
            epoch_key: members.hex("epoch_key")?,
            policy: Policy::read(members.take("policy")?)?,
        };
        members.end()?;
        let enough = (1..=genesis.admins.len()).contains(&(genesis.approvals as usize));
        enough.then_some(genesis)
    }

    /// Writes the text of the note.
    pub fn text(&self) -> String {
        let json = Value::object([
            ("admins", write_admins(&self.admins)),
            ("approvals", Value::Number(self.approvals.into())),
            ("created_ms", Value::Number(self.created_ms)),
            ("epoch_key", Value::hex(&self.epoch_key)),
            ("policy", self.policy.value()),
        ]);
        format!("{HEADER}\n{}\n{}\n", self.origin, json.encode())
    }

    /// What entry 0 holds: the hash of the text.
    pub fn hash(&self) -> Hash {
        Hash::of(self.text().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn genesis() -> Genesis {
        Genesis {
            origin: Origin::parse("log.example/a").unwrap(),
            admins: vec![Admin { key: [1; 32], name: "anna".to_owned() }],
            approvals: 1,
            created_ms: 1_795_564_800_000,
            epoch_key: [2; 32],
            policy: Policy::default(),
        }
    }

    #[test]
    fn a_genesis_is_read_as_it_was_written() {
        let text = genesis().text();
        assert_eq!(Genesis::parse(&text), Ok(genesis()));
        assert_eq!(text.lines().count(), 3);
    }

    #[test]
    fn what_is_no_genesis_is_refused() {
        let text = genesis().text();
        for (from, to) in [
            ("genesis/v1", "genesis/v2"),
            ("\"approvals\":1", "\"approvals\":0"),
            ("\"approvals\":1", "\"approvals\":2"),
            ("\"approvals\":1", "\"approvals\":1,\"more\":1"),
            ("\"heartbeat_s\":60", "\"heartbeat_s\":0"),
            ("\"pack_entries\":65536", "\"pack_entries\":257"),
            ("\"default\"", "\"*\""),
            ("log.example/a", "avouch/a"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            assert_eq!(Genesis::parse(&changed), Err(GenesisError), "{to}");
        }
        assert!(Genesis::parse(text.trim_end()).is_err());
        assert!(Genesis::parse(&format!("{text}\n")).is_err());
    }
}
