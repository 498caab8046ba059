//! `avouch ledger show`

use super::args::ShowArgs;
use super::{Failed, answer, facts, personal, place, put};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_ledger::format::control::Act;
use avouch_ledger::format::{EntryHeader, RECORD, Record};
use avouch_ledger::keys::{Kek, KeyRing, PeriodKeys, open_record};
use avouch_ledger::merkle::{Hash, leaf_hash};
use avouch_ledger::storage::Disk;
use avouch_ledger::vault::Vault;
use avouch_ledger::view::{Item, View};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Opens records with the keys of their periods, each derived once.
pub(super) struct Opener {
    ring: KeyRing,
    kek: Arc<Kek>,
    origin_hash: Hash,
    known: BTreeMap<u32, Option<PeriodKeys>>,
    vault: Option<Vault>,
}

impl Opener {
    pub(super) fn new(ring: KeyRing, kek: Arc<Kek>) -> Self {
        let origin_hash = ring.origin().hash();
        Self { ring, kek, origin_hash, known: BTreeMap::new(), vault: None }
    }

    /// Shows what is personal too, as far as its subjects are known.
    pub(super) fn revealing(mut self, vault: Vault) -> Self {
        self.vault = Some(vault);
        self
    }

    /// Whether records may hold pseudonyms in place of values.
    pub(super) fn has_subjects(&self) -> bool {
        self.vault.as_ref().is_some_and(|vault| !vault.is_empty())
    }

    pub(super) fn keys(&mut self, period: u32) -> Option<&PeriodKeys> {
        let (ring, kek, origin_hash) = (&self.ring, &self.kek, &self.origin_hash);
        let derive = || {
            let secret = ring.secret(period, kek).ok()?;
            PeriodKeys::new(origin_hash, &secret).ok()
        };
        self.known.entry(period).or_insert_with(derive).as_ref()
    }

    fn open(&mut self, header: &EntryHeader, payload: &[u8]) -> Result<Record, String> {
        let origin_hash = self.origin_hash;
        let keys = self.keys(header.period).ok_or("there is no key for its period")?;
        open_record(keys, &origin_hash, header, payload).map_err(|error| error.to_string())
    }

    /// The record of an entry, with its time; `None` for an entry that is no record.
    pub(super) fn record(&mut self, entry: &[u8]) -> Option<(u64, Result<Record, String>)> {
        let Ok((header, payload)) = EntryHeader::parse(entry) else {
            return Some((0, Err("it is no entry".to_owned())));
        };
        (header.kind == RECORD).then(|| (header.time_ms, self.open(&header, payload)))
    }

    /// An entry as a person or a program can read it.
    pub(super) fn describe(&mut self, index: u64, entry: &[u8]) -> Value {
        let Ok((header, payload)) = EntryHeader::parse(entry) else {
            return json!({ "index": index, "type": "unknown", "bytes": entry.len() });
        };
        let name = if header.kind == RECORD {
            "record"
        } else {
            Act::name_of(header.kind).unwrap_or("unknown")
        };
        let mut value = json!({
            "index": index,
            "time_ms": header.time_ms,
            "type": name,
            "leaf": leaf_hash(entry).to_hex(),
        });
        if header.kind != RECORD {
            put(&mut value, "says", serde_json::from_slice(payload).unwrap_or(Value::Null));
            return value;
        }
        put(&mut value, "period", json!(header.period));
        match self.open(&header, payload) {
            Ok(record) => {
                facts::describe(&record, &mut value);
                if let Some(vault) = &self.vault {
                    personal::reveal(vault, &mut value);
                }
            }
            Err(why) => put(&mut value, "sealed", json!(why)),
        }
        value
    }
}

/// Prints entries.
pub(super) fn run(args: &ShowArgs) -> Result<Exit, Failed> {
    let home = place::existing(&args.place)?;
    let storage = Arc::new(Disk::read_only(home.log()));
    let ring = KeyRing::load(storage.as_ref()).map_err(Failed::usage)?;
    let kek = place::kek(&home, &ring)?;
    let vault = personal::vault(&home, &ring)?;
    let mut opener = Opener::new(ring, kek).revealing(vault);
    let view = View::open(storage).map_err(Failed::usage)?;
    let (mut shown, mut said) = (0, Ok(()));
    let size = view.walk_items(args.from, |index, item| {
        if shown == args.count {
            return ControlFlow::Break(());
        }
        shown += 1;
        let value = match item {
            Item::Entry(entry) => opener.describe(index, entry),
            Item::Hole { period, level, hash, redacted } => {
                gone(index, period, level, &hash, redacted)
            }
        };
        said = answer(&if args.json { format!("{value}\n") } else { person(&value) });
        if said.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    said?;
    let size = size.map_err(Failed::usage)?;
    if shown == 0 && args.count > 0 {
        return Err(Failed::usage(anyhow!("there is no entry {}", args.from))
            .advice(format!("the ledger has {size} entries")));
    }
    Ok(Exit::Clean)
}

/// What is left of records that are gone.
fn gone(index: u64, period: u32, level: u8, hash: &Hash, redacted: bool) -> Value {
    let why = if redacted {
        "redacted".to_owned()
    } else if level == 0 {
        format!("purged with its period {period}")
    } else {
        format!("{} records, purged with their period {period}", 1_u64 << level)
    };
    let leaf = if level == 0 { "leaf" } else { "subtree" };
    json!({ "index": index, "type": "gone", leaf: hash.to_hex(), "period": period, "sealed": why })
}

pub(super) fn person(value: &Value) -> String {
    let text = |name| value.get(name).and_then(Value::as_str);
    let number = |name| value.get(name).and_then(Value::as_u64).unwrap_or_default();
    let at = i64::try_from(number("time_ms")).ok().and_then(time);
    // When a record that is gone was written, nobody knows any more.
    let unknown = || value.get("time_ms").map_or_else(|| "-".to_owned(), Value::to_string);
    let time = at.filter(|_| value.get("time_ms").is_some());
    let time = time.map_or_else(unknown, |time| format!("{time:.3}"));
    let name = match value.get("kind") {
        Some(Value::String(kind)) => kind.clone(),
        Some(kind) => format!("kind {kind}"),
        None => text("type").unwrap_or_default().to_owned(),
    };
    let head = format!("{:>8}  {time}  {name}", number("index"));
    let members = ["says", "body"].iter().find_map(|name| value.get(*name)?.as_object());
    let because = ["sealed", "unread"].iter().find_map(|name| text(name));
    let because = because.map_or_else(String::new, |why| format!("  ({why})"));
    let rest = match (members, value.get("body")) {
        (Some(members), _) => facts::lines(members),
        (None, Some(body)) => format!("          {body}\n"),
        (None, None) => String::new(),
    };
    format!("{head}{because}\n{rest}")
}

fn time(ms: i64) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(ms).ok()
}
