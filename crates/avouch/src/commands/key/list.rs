//! `avouch key list`

// Writing to a string does not fail: the results are left out.
use super::args::ListArgs;
use super::place::{DAY_MS, Place, now_ms};
use super::{Failed, answer};
use crate::exit::Exit;
use avouch_guard::identify::{KeyRecord, KeyState};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Lists keys; those that are over only when asked.
pub(super) fn run(args: &ListArgs) -> Result<Exit, Failed> {
    let place = Place::of(&args.place, None)?;
    let (book, now_ms) = (place.book()?, now_ms());
    let uses = place.file.uses();
    let wanted = |key: &&KeyRecord| {
        let holds = !matches!(key.state(now_ms), KeyState::Revoked | KeyState::Expired);
        let until = args.expiring.map(|days| now_ms.saturating_add(u64::from(days) * DAY_MS));
        args.owner.as_ref().is_none_or(|owner| key.owner == *owner)
            && (holds || args.all && until.is_none())
            && until.is_none_or(|until| key.expires_ms < until)
    };
    let keys: Vec<&KeyRecord> = book.keys().iter().filter(wanted).collect();
    if args.json {
        let keys: Vec<Value> =
            keys.iter().map(|key| described(key, uses.get(&key.id), now_ms)).collect();
        answer(&format!("{:#}\n", json!({ "keys": keys })))?;
    } else {
        answer(&table(&keys, &uses, now_ms))?;
    }
    Ok(Exit::Clean)
}

/// A key as JSON, without the digest: nobody needs it.
pub(super) fn described(key: &KeyRecord, used_ms: Option<&u64>, now_ms: u64) -> Value {
    json!({
        "id": key.id,
        "owner": key.owner,
        "purpose": key.purpose,
        "state": key.state(now_ms).word(),
        "scopes": key.scopes,
        "roles": key.roles,
        "issued": time(key.issued_ms),
        "not_before": time(key.not_before_ms),
        "expires": time(key.expires_ms),
        "replaces": key.replaces,
        "replaced_by": key.replaced_by,
        "revoked": key.revoked_ms.map(time),
        "because": key.because,
        "last_used": used_ms.copied().map(time),
    })
}

fn table(keys: &[&KeyRecord], uses: &BTreeMap<String, u64>, now_ms: u64) -> String {
    if keys.is_empty() {
        return "no keys\n".to_owned();
    }
    let row = |key: &&KeyRecord| {
        let last = uses.get(&key.id).map_or_else(|| "not seen".to_owned(), |at| time(*at));
        let scopes = key.scopes.join(" ");
        let state = key.state(now_ms).word().to_owned();
        [key.id.clone(), key.owner.clone(), state, time(key.expires_ms), last, scopes]
    };
    let head = ["key", "owner", "state", "until", "last used", "scopes"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(keys.iter().map(row)).collect();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..6).map(|column| width(column).unwrap_or_default()).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{:<width$}  ", super::place::plain(cell));
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// A time for a person and for programs.
pub(super) fn time(ms: u64) -> String {
    let at = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.map_or_else(|| "for ever".to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
