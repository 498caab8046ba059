//! What a control entry can say.

use crate::format::genesis::{Admin, Policy};
use crate::format::names::Day;
use crate::merkle::Hash;

/// The types of control entries. The numbers are forever.
pub mod kinds {
    /// Entry 0.
    pub const GENESIS: u8 = 0x10;
    /// A start of the writer.
    pub const BOOT: u8 = 0x11;
    /// An orderly end of the writer.
    pub const SHUTDOWN: u8 = 0x12;
    /// A sign of life, with counters.
    pub const HEARTBEAT: u8 = 0x13;
    /// A step of the clock.
    pub const CLOCK: u8 = 0x14;
    /// Records that were lost.
    pub const GAP: u8 = 0x15;
    /// The next signing key.
    pub const EPOCH_ROTATE: u8 = 0x20;
    /// The next signing key, by the identity key.
    pub const EPOCH_RECOVER: u8 = 0x21;
    /// New rules or administrators.
    pub const POLICY: u8 = 0x22;
    /// A period begins.
    pub const PERIOD_OPEN: u8 = 0x30;
    /// A period ends.
    pub const PERIOD_CLOSE: u8 = 0x31;
    /// What the search index holds.
    pub const INDEX: u8 = 0x32;
    /// A pack was archived.
    pub const ARCHIVE: u8 = 0x33;
    /// Periods must be kept.
    pub const HOLD: u8 = 0x40;
    /// A hold ends.
    pub const RELEASE: u8 = 0x41;
    /// Periods are to be destroyed.
    pub const PURGE: u8 = 0x42;
    /// Their keys are destroyed.
    pub const PURGED: u8 = 0x43;
    /// One record is to be taken out.
    pub const REDACT: u8 = 0x44;
    /// A subject's key is destroyed.
    pub const ERASE: u8 = 0x45;
    /// Something outside that vouches for a state.
    pub const ANCHOR: u8 = 0x50;
    /// Somebody used keys.
    pub const KEY_USE: u8 = 0x51;
    /// What a registry knows of another log.
    pub const LOG: u8 = 0x52;
}

/// A version of the key that wraps the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KekVersion {
    /// Which key.
    pub id: String,
    /// Which version of it.
    pub version: u32,
}

/// What one round of the search index holds of one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexPart {
    /// The period.
    pub period: u32,
    /// Records of it in the round.
    pub records: u64,
    /// The root over its terms.
    pub root: Hash,
    /// Different terms.
    pub terms: u64,
}

/// One round of the search index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The first entry it is about.
    pub first: u64,
    /// The first entry it is no longer about.
    pub end: u64,
    /// Each period with records in it, ascending.
    pub parts: Vec<IndexPart>,
}

/// What an anchor vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// `rfc3161`, `log` or `other`.
    pub kind: String,
    /// Entries.
    pub size: u64,
    /// The root.
    pub root: Hash,
    /// The log.
    pub origin: String,
    /// What vouches for it.
    pub token: Vec<u8>,
}

/// What a registry says of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEvent {
    /// It exists, with this identity.
    Birth(String),
    /// It has this many entries and this root.
    Head(u64, Hash),
    /// It ended so, cleanly or not.
    Close(u64, Hash, bool),
}

/// What a control entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the members are explained in docs/ledger-format.md, section 7")]
pub enum Act {
    Genesis { genesis: Hash },
    Boot { boot: [u8; 16], clean: bool, size: u64, last_ms: u64, software: String },
    Shutdown { boot: [u8; 16] },
    Heartbeat { boot: [u8; 16], submitted: u64, recorded: u64, lost: u64, pending: u64 },
    Clock { from_ms: u64, to_ms: u64 },
    Gap { count: u64, from_ms: u64, to_ms: u64, reason: String },
    EpochRotate { epoch: u32, key: [u8; 32], signature: [u8; 64], possession: [u8; 64] },
    EpochRecover { epoch: u32, key: [u8; 32], signature: [u8; 64], possession: [u8; 64] },
    Policy { admins: Vec<Admin>, approvals_needed: u32, policy: Policy },
    PeriodOpen { period: u32, class: String, day: Day, commitment: Hash },
    PeriodClose { period: u32, entries: u64, members: Hash },
    Index(Index),
    Archive { pack: u64, sha256: Hash, locator: String, version: String, retain_until_ms: u64 },
    Hold { class: String, from_day: Day, to_day: Day, reason: String },
    Release { hold: [u8; 16], reason: String },
    Purge { periods: Vec<u32>, reason: String },
    Purged { purge: [u8; 16], kek: KekVersion, destroyed: KekVersion, receipt: String },
    Redact { entry: u64, reason: String },
    Erase { subject: [u8; 16], quarter: String, receipt: String },
    Anchor(Anchored),
    KeyUse { actor: String, periods: Vec<u32>, purpose: String, query: Hash },
    Log { origin: String, event: LogEvent },
}

impl Act {
    /// Its type.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Genesis { .. } => kinds::GENESIS,
            Self::Boot { .. } => kinds::BOOT,
            Self::Shutdown { .. } => kinds::SHUTDOWN,
            Self::Heartbeat { .. } => kinds::HEARTBEAT,
            Self::Clock { .. } => kinds::CLOCK,
            Self::Gap { .. } => kinds::GAP,
            Self::EpochRotate { .. } => kinds::EPOCH_ROTATE,
            Self::EpochRecover { .. } => kinds::EPOCH_RECOVER,
            Self::Policy { .. } => kinds::POLICY,
            Self::PeriodOpen { .. } => kinds::PERIOD_OPEN,
            Self::PeriodClose { .. } => kinds::PERIOD_CLOSE,
            Self::Index(_) => kinds::INDEX,
            Self::Archive { .. } => kinds::ARCHIVE,
            Self::Hold { .. } => kinds::HOLD,
            Self::Release { .. } => kinds::RELEASE,
            Self::Purge { .. } => kinds::PURGE,
            Self::Purged { .. } => kinds::PURGED,
            Self::Redact { .. } => kinds::REDACT,
            Self::Erase { .. } => kinds::ERASE,
            Self::Anchor(_) => kinds::ANCHOR,
            Self::KeyUse { .. } => kinds::KEY_USE,
            Self::Log { .. } => kinds::LOG,
        }
    }

    /// The name of its type.
    pub fn name(&self) -> &'static str {
        Self::name_of(self.kind()).unwrap_or_default()
    }

    /// The name of a type; `None` for what is not a control entry.
    pub fn name_of(kind: u8) -> Option<&'static str> {
        Some(match kind {
            kinds::GENESIS => "genesis",
            kinds::BOOT => "boot",
            kinds::SHUTDOWN => "shutdown",
            kinds::HEARTBEAT => "heartbeat",
            kinds::CLOCK => "clock",
            kinds::GAP => "gap",
            kinds::EPOCH_ROTATE => "epoch-rotate",
            kinds::EPOCH_RECOVER => "epoch-recover",
            kinds::POLICY => "policy",
            kinds::PERIOD_OPEN => "period-open",
            kinds::PERIOD_CLOSE => "period-close",
            kinds::INDEX => "index",
            kinds::ARCHIVE => "archive",
            kinds::HOLD => "hold",
            kinds::RELEASE => "release",
            kinds::PURGE => "purge",
            kinds::PURGED => "purged",
            kinds::REDACT => "redact",
            kinds::ERASE => "erase",
            kinds::ANCHOR => "anchor",
            kinds::KEY_USE => "key-use",
            kinds::LOG => "log",
            _ => return None,
        })
    }

    /// Whether administrators must approve it.
    pub fn needs_approval(kind: u8) -> bool {
        matches!(
            kind,
            kinds::EPOCH_RECOVER
                | kinds::POLICY
                | kinds::HOLD
                | kinds::RELEASE
                | kinds::PURGE
                | kinds::REDACT
                | kinds::ERASE
        )
    }
}
