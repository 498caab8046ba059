//! `avouch key issue`

use super::args::{IssueArgs, RecordArgs};
use super::list::{described, time};
use super::place::{Act, DAY_MS, Place, key_bytes, now_ms, refused};
use super::{Failed, answer, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_guard::identify::{KeyActEvent, KeyRecord, NewKey};
use avouch_model::secret::Secret;

/// LIMIT: bytes of a name, a scope or a role.
const WORD_BYTES_MAX: usize = 256;

/// Makes a key and prints it.
pub(super) fn run(args: &IssueArgs) -> Result<Exit, Failed> {
    named(&args.owner)?;
    for word in args.scope.iter().chain(&args.role) {
        word_of(word)?;
    }
    let from_ms = args.from.as_deref().map(day).transpose()?;
    let place = Place::of(&args.place, Some(&args.record))?;
    let act = Act {
        event: KeyActEvent::Issued,
        record: &args.record,
        urgent: false,
        request: args.request.as_deref(),
    };
    let random = key_bytes()?;
    let (key, text) = place.change(&act, |book, pepper, now_ms| {
        let not_before_ms = from_ms.unwrap_or(now_ms);
        let new = NewKey {
            owner: args.owner.clone(),
            purpose: args.purpose.clone(),
            scopes: args.scope.clone(),
            roles: args.role.clone(),
            not_before_ms,
            expires_ms: not_before_ms.saturating_add(u64::from(args.days) * DAY_MS),
        };
        book.issue(new, pepper, &random, now_ms).map_err(refused)
    })?;
    show(&key, &text, &args.record)?;
    Ok(Exit::Clean)
}

/// Shows a new key: the text on standard output, alone, so that it can be sent where it belongs.
pub(super) fn show(key: &KeyRecord, text: &Secret, record: &RecordArgs) -> Result<(), Failed> {
    if record.json {
        let mut shown = described(key, None, now_ms());
        if let Some(members) = shown.as_object_mut() {
            members.insert("key".to_owned(), text.danger_reveal().into());
        }
        return answer(&format!("{shown:#}\n"));
    }
    answer(&format!("{}\n", text.danger_reveal()))?;
    tell(&format!(
        "key {} of `{}`, from {} until {}; it is shown this once, because only a digest is kept",
        key.id,
        key.owner,
        time(key.not_before_ms),
        time(key.expires_ms)
    ));
    Ok(())
}

fn named(owner: &str) -> Result<(), Failed> {
    let fine = !owner.trim().is_empty()
        && owner.len() <= WORD_BYTES_MAX
        && !owner.chars().any(char::is_control);
    if fine { Ok(()) } else { Err(Failed::usage(anyhow!("the owner's name is empty or no name"))) }
}

/// A scope as RFC 6749, section 3.3 has them, and a role likewise.
fn word_of(word: &str) -> Result<(), Failed> {
    let fine = !word.is_empty()
        && word.len() <= WORD_BYTES_MAX
        && word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    if fine {
        return Ok(());
    }
    Err(Failed::usage(anyhow!("`{}` is no scope or role", word.escape_default()))
        .advice("they are words without spaces, such as `orders:read`"))
}

/// The beginning of a day, in milliseconds since 1970.
fn day(text: &str) -> Result<u64, Failed> {
    let day = text.parse::<jiff::civil::Date>().ok();
    let begins = day.and_then(|day| {
        let begins: jiff::Timestamp = format!("{day}T00:00:00Z").parse().ok()?;
        u64::try_from(begins.as_millisecond()).ok()
    });
    begins.ok_or_else(|| {
        Failed::usage(anyhow!("`{}` is not a day", text.escape_default()))
            .advice("days are written as `2027-01-31`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert!(named("erp of Bergen").is_ok());
        for bad in ["", "  ", "a\u{1b}b", &"x".repeat(257)] {
            assert!(named(bad).is_err(), "{bad}");
        }
        assert!(word_of("orders:read").is_ok());
        for bad in ["", "a b", "a\"b", "a\\b", "é"] {
            assert!(word_of(bad).is_err(), "{bad}");
        }
        assert_eq!(day("1970-01-02").unwrap(), DAY_MS);
        for bad in ["2027-02-30", "1969-01-01", "tomorrow", ""] {
            assert!(day(bad).is_err(), "{bad}");
        }
    }
}
