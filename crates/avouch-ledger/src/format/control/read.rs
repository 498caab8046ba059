//! Reading what a control entry says.

use super::acts::{Act, Anchored, Index, IndexPart, KekVersion, LogEvent, kinds};
use super::members::Members;
use crate::format::canonical::{Value, from_hex};
use crate::format::genesis::{Policy, read_admins};
use crate::format::names::{Day, is_class};

/// LIMIT: hexadecimal digits of what an anchor holds.
const TOKEN_DIGITS_MAX: usize = 48 * 1024;

pub(super) fn act(kind: u8, members: &mut Members) -> Option<Act> {
    match kind {
        kinds::GENESIS..=kinds::GAP => life(kind, members),
        kinds::EPOCH_ROTATE..=kinds::POLICY => rules(kind, members),
        kinds::PERIOD_OPEN..=kinds::ARCHIVE => periods(kind, members),
        kinds::HOLD..=kinds::ERASE => retention(kind, members),
        _ => beyond(kind, members),
    }
}

fn life(kind: u8, m: &mut Members) -> Option<Act> {
    Some(match kind {
        kinds::GENESIS => Act::Genesis { genesis: m.hash("genesis")? },
        kinds::BOOT => Act::Boot {
            boot: m.hex("boot")?,
            clean: m.flag("clean")?,
            size: m.number("size")?,
            last_ms: m.number("last_ms")?,
            software: m.text("software")?,
        },
        kinds::SHUTDOWN => Act::Shutdown { boot: m.hex("boot")? },
        kinds::HEARTBEAT => Act::Heartbeat {
            boot: m.hex("boot")?,
            submitted: m.number("submitted")?,
            recorded: m.number("recorded")?,
            lost: m.number("lost")?,
            pending: m.number("pending")?,
        },
        kinds::CLOCK => Act::Clock { from_ms: m.number("from_ms")?, to_ms: m.number("to_ms")? },
        kinds::GAP => Act::Gap {
            count: m.number("count").filter(|count| *count > 0)?,
            from_ms: m.number("from_ms")?,
            to_ms: m.number("to_ms")?,
            reason: m.text("reason")?,
        },
        _ => return None,
    })
}

fn rules(kind: u8, m: &mut Members) -> Option<Act> {
    if kind == kinds::POLICY {
        let admins = m.list("admins", Some).and_then(read_admins)?;
        let approvals_needed = m.small("approvals_needed")?;
        let enough = (1..=admins.len()).contains(&(approvals_needed as usize));
        let policy = Policy::read(m.take("policy")?)?;
        return enough.then_some(Act::Policy { admins, approvals_needed, policy });
    }
    let (epoch, key) = (m.small("epoch")?, m.hex("key")?);
    let (signature, possession) = (m.hex("signature")?, m.hex("possession")?);
    match kind {
        kinds::EPOCH_ROTATE => Some(Act::EpochRotate { epoch, key, signature, possession }),
        kinds::EPOCH_RECOVER => Some(Act::EpochRecover { epoch, key, signature, possession }),
        _ => None,
    }
}

fn day(m: &mut Members, name: &str) -> Option<Day> {
    Day::parse(&m.text(name)?)
}

fn class(m: &mut Members) -> Option<String> {
    m.text("class").filter(|class| is_class(class))
}

fn periods(kind: u8, m: &mut Members) -> Option<Act> {
    Some(match kind {
        kinds::PERIOD_OPEN => Act::PeriodOpen {
            period: m.small("period")?,
            class: class(m)?,
            day: day(m, "day")?,
            commitment: m.hash("commitment")?,
        },
        kinds::PERIOD_CLOSE => Act::PeriodClose {
            period: m.small("period")?,
            entries: m.number("entries")?,
            members: m.hash("members")?,
        },
        kinds::INDEX => {
            let parts = m.list("parts", index_part)?;
            let ascending = parts.is_sorted_by(|a: &IndexPart, b| a.period < b.period);
            let index = Index { first: m.number("first")?, end: m.number("end")?, parts };
            return ascending.then_some(Act::Index(index));
        }
        kinds::ARCHIVE => Act::Archive {
            pack: m.number("pack")?,
            sha256: m.hash("sha256")?,
            locator: m.text("locator")?,
            version: m.text("version")?,
            retain_until_ms: m.number("retain_until_ms")?,
        },
        _ => return None,
    })
}

fn index_part(value: Value) -> Option<IndexPart> {
    let mut m = Members::of(value)?;
    let part = IndexPart {
        period: m.small("period")?,
        records: m.number("records")?,
        root: m.hash("root")?,
        terms: m.number("terms")?,
    };
    m.end()?;
    Some(part)
}

fn period_list(m: &mut Members) -> Option<Vec<u32>> {
    let number = |value| match value {
        Value::Number(number) => number.try_into().ok(),
        _ => None,
    };
    let periods: Vec<u32> = m.list("periods", number)?;
    periods.is_sorted_by(|a, b| a < b).then_some(periods)
}

fn kek(value: Value) -> Option<KekVersion> {
    let mut m = Members::of(value)?;
    let kek = KekVersion { id: m.text("id")?, version: m.small("version")? };
    m.end()?;
    Some(kek)
}

fn retention(kind: u8, m: &mut Members) -> Option<Act> {
    Some(match kind {
        kinds::HOLD => {
            let class = m.text("class").filter(|class| class == "*" || is_class(class))?;
            let (from_day, to_day) = (day(m, "from_day")?, day(m, "to_day")?);
            Act::Hold { class, from_day, to_day, reason: m.text("reason")? }
        }
        kinds::RELEASE => Act::Release { hold: m.hex("hold")?, reason: m.text("reason")? },
        kinds::PURGE => Act::Purge { periods: period_list(m)?, reason: m.text("reason")? },
        kinds::PURGED => Act::Purged {
            purge: m.hex("purge")?,
            kek: kek(m.take("kek")?)?,
            destroyed: kek(m.take("destroyed")?)?,
            receipt: m.text("receipt")?,
        },
        kinds::REDACT => Act::Redact { entry: m.number("entry")?, reason: m.text("reason")? },
        kinds::ERASE => Act::Erase {
            subject: m.hex("subject")?,
            quarter: m.text("quarter")?,
            receipt: m.text("receipt")?,
        },
        _ => return None,
    })
}

fn beyond(kind: u8, m: &mut Members) -> Option<Act> {
    Some(match kind {
        kinds::ANCHOR => {
            let known = |kind: &String| ["rfc3161", "log", "other"].contains(&kind.as_str());
            Act::Anchor(Anchored {
                kind: m.text("kind").filter(known)?,
                size: m.number("size")?,
                root: m.hash("root")?,
                origin: m.text("origin")?,
                token: from_hex(&m.text_up_to("token", TOKEN_DIGITS_MAX)?)?,
            })
        }
        kinds::KEY_USE => Act::KeyUse {
            actor: m.text("actor")?,
            periods: period_list(m)?,
            purpose: m.text("purpose")?,
            query: m.hash("query")?,
        },
        kinds::LOG => {
            let event = match m.text("event")?.as_str() {
                "birth" => LogEvent::Birth(m.text("identity")?),
                "head" => LogEvent::Head(m.number("size")?, m.hash("root")?),
                "close" => LogEvent::Close(m.number("size")?, m.hash("root")?, m.flag("clean")?),
                _ => return None,
            };
            Act::Log { origin: m.text("origin")?, event }
        }
        _ => return None,
    })
}
