//! What follows from the entries so far, as a value that can be put away and gone on with.

use super::fold::{ClosedPeriod, Counters, Fold, Leftovers, OpenPeriod, OpenPurge};
use super::members::Members;
use crate::format::canonical::{Value, from_hex};
use crate::format::control::Previous;
use crate::format::control::members::Members as Fields;
use crate::format::{Day, Policy};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

fn number(value: impl Into<u64>) -> Value {
    Value::Number(value.into())
}

fn list(values: impl IntoIterator<Item = Value>) -> Value {
    Value::List(values.into_iter().collect())
}

fn optional(value: Option<Value>) -> Value {
    value.unwrap_or(Value::Null)
}

fn range(range: &Range<u64>) -> Value {
    list([number(range.start), number(range.end)])
}

#[expect(clippy::needless_pass_by_value, reason = "lists are read by it")]
fn read_number(value: Value) -> Option<u64> {
    if let Value::Number(number) = value { Some(number) } else { None }
}

fn read_small(value: Value) -> Option<u32> {
    read_number(value)?.try_into().ok()
}

fn read_range(value: Value) -> Option<Range<u64>> {
    let Value::List(values) = value else { return None };
    let [begin, end] = <[Value; 2]>::try_from(values).ok()?;
    Some(read_number(begin)?..read_number(end)?)
}

fn read_hex<const N: usize>(value: Value) -> Option<[u8; N]> {
    if let Value::Text(text) = value { from_hex(&text)?.try_into().ok() } else { None }
}

/// It is neither `null` nor what was expected.
struct Unread;

/// What is not `null`.
fn read_optional<T>(value: Value, read: impl Fn(Value) -> Option<T>) -> Result<Option<T>, Unread> {
    if value == Value::Null { Ok(None) } else { read(value).map(Some).ok_or(Unread) }
}

fn read_list<T>(fields: &mut Fields, name: &str, read: fn(Value) -> Option<T>) -> Option<Vec<T>> {
    fields.list(name, read)
}

/// A day of the fields of something.
fn day(fields: &mut Fields, name: &str) -> Option<Day> {
    Day::parse(&fields.text(name)?)
}

type Hold = ([u8; 16], (String, Day, Day));

fn hold((id, (class, from, to)): (&[u8; 16], &(String, Day, Day))) -> Value {
    Value::object([
        ("class", Value::text(class)),
        ("from", Value::Text(from.to_string())),
        ("id", Value::hex(id)),
        ("to", Value::Text(to.to_string())),
    ])
}

fn read_hold(value: Value) -> Option<Hold> {
    let mut fields = Fields::of(value)?;
    let days = (day(&mut fields, "from")?, day(&mut fields, "to")?);
    let read = (fields.hex("id")?, (fields.text("class")?, days.0, days.1));
    fields.end().map(|()| read)
}

fn open((period, open): (&u32, &OpenPeriod)) -> Value {
    Value::object([
        ("class", Value::text(&open.class)),
        ("commitment", Value::hex(&open.commitment.0)),
        ("day", Value::Text(open.day.to_string())),
        ("members", open.members.value()),
        ("period", number(*period)),
        ("present", Value::Bool(open.present)),
    ])
}

fn read_open(value: Value) -> Option<(u32, OpenPeriod)> {
    let mut fields = Fields::of(value)?;
    let open = OpenPeriod {
        class: fields.text("class")?,
        day: day(&mut fields, "day")?,
        commitment: fields.hash("commitment")?,
        members: Members::read(fields.take("members")?)?,
        present: fields.flag("present")?,
    };
    let read = (fields.small("period")?, open);
    fields.end().map(|()| read)
}

fn closed((period, closed): (&u32, &ClosedPeriod)) -> Value {
    Value::object([
        ("class", Value::text(&closed.class)),
        ("closed_ms", number(closed.closed_ms)),
        ("day", Value::Text(closed.day.to_string())),
        ("entries", number(closed.entries)),
        ("period", number(*period)),
        ("present", optional(closed.present.as_ref().map(range))),
    ])
}

fn read_closed(value: Value) -> Option<(u32, ClosedPeriod)> {
    let mut fields = Fields::of(value)?;
    let closed = ClosedPeriod {
        class: fields.text("class")?,
        day: day(&mut fields, "day")?,
        closed_ms: fields.number("closed_ms")?,
        entries: fields.number("entries")?,
        present: read_optional(fields.take("present")?, read_range).ok()?,
    };
    let read = (fields.small("period")?, closed);
    fields.end().map(|()| read)
}

fn purge((id, purge): (&[u8; 16], &OpenPurge)) -> Value {
    let period = |(period, present): (&u32, &Option<Range<u64>>)| {
        list([number(*period), optional(present.as_ref().map(range))])
    };
    Value::object([
        ("due_ms", number(purge.due_ms)),
        ("id", Value::hex(id)),
        ("index", number(purge.index)),
        ("periods", list(purge.periods.iter().map(period))),
    ])
}

fn read_purge(value: Value) -> Option<([u8; 16], OpenPurge)> {
    let mut fields = Fields::of(value)?;
    let period = |value| {
        let Value::List(values) = value else { return None };
        let [period, present] = <[Value; 2]>::try_from(values).ok()?;
        Some((read_small(period)?, read_optional(present, read_range).ok()?))
    };
    let purge = OpenPurge {
        index: fields.number("index")?,
        due_ms: fields.number("due_ms")?,
        periods: fields.list("periods", period)?.into_iter().collect(),
    };
    let read = (fields.hex("id")?, purge);
    fields.end().map(|()| read)
}

type Erased = ((String, [u8; 16]), u32);

fn erased(((quarter, subject), times): (&(String, [u8; 16]), &u32)) -> Value {
    Value::object([
        ("quarter", Value::text(quarter)),
        ("subject", Value::hex(subject)),
        ("times", number(*times)),
    ])
}

fn read_erased(value: Value) -> Option<Erased> {
    let mut fields = Fields::of(value)?;
    let subject = (fields.text("quarter")?, fields.hex("subject")?);
    let read = (subject, fields.small("times")?);
    fields.end().map(|()| read)
}

impl Fold {
    /// All of it, unless something is unfinished that is better found by reading the entries.
    pub(crate) fn value(&self) -> Option<Value> {
        if self.leftovers != Leftovers::default() || !self.redacted.is_empty() {
            return None;
        }
        let control = self.control.map(|control| {
            Value::object([("index", number(control.index)), ("leaf", Value::hex(&control.leaf.0))])
        });
        Some(Value::object([
            ("admins", list(self.admins.iter().map(|key| Value::hex(key)))),
            ("approvals", number(self.approvals)),
            ("boot", optional(self.boot.map(|boot| Value::hex(&boot)))),
            ("clean", Value::Bool(self.clean)),
            ("closed", list(self.closed.iter().map(closed))),
            ("control", optional(control)),
            ("epoch", number(self.epoch)),
            ("epoch_begun", optional(self.epoch_begun.map(Value::Number))),
            ("epoch_key", Value::hex(&self.epoch_key)),
            ("erased", list(self.erased.iter().map(erased))),
            ("heartbeat_ms", number(self.heartbeat_ms)),
            ("holds", list(self.holds.iter().map(hold))),
            ("indexed", number(self.indexed)),
            ("last_ms", number(self.last_ms)),
            ("latest_ms", number(self.latest_ms)),
            ("lost", number(self.counters.lost)),
            ("open", list(self.open.iter().map(open))),
            ("periods_ever", number(self.periods_ever)),
            ("policy", self.policy.value()),
            ("purged", list(self.purged.iter().map(|period| number(*period)))),
            ("purges", list(self.purges.iter().map(purge))),
            ("recorded", number(self.counters.recorded)),
            ("redactions", number(self.redactions)),
            ("size", number(self.size)),
        ]))
    }

    /// Goes on with what was put away.
    pub(crate) fn read(value: Value) -> Option<Self> {
        let mut fields = Fields::of(value)?;
        let control = |value| {
            let mut fields = Fields::of(value)?;
            let read = Previous { index: fields.number("index")?, leaf: fields.hash("leaf")? };
            fields.end().map(|()| read)
        };
        let fold = Self {
            size: fields.number("size")?,
            control: read_optional(fields.take("control")?, control).ok()?,
            last_ms: fields.number("last_ms")?,
            latest_ms: fields.number("latest_ms")?,
            heartbeat_ms: fields.number("heartbeat_ms")?,
            boot: read_optional(fields.take("boot")?, read_hex).ok()?,
            clean: fields.flag("clean")?,
            counters: Counters {
                recorded: fields.number("recorded")?,
                lost: fields.number("lost")?,
            },
            policy: Policy::read(fields.take("policy")?)?,
            admins: read_list(&mut fields, "admins", read_hex)?,
            approvals: fields.small("approvals")?,
            epoch: fields.small("epoch")?,
            epoch_key: fields.hex("epoch_key")?,
            epoch_begun: read_optional(fields.take("epoch_begun")?, read_number).ok()?,
            periods_ever: fields.small("periods_ever")?,
            open: read_list(&mut fields, "open", read_open)?.into_iter().collect(),
            closed: read_list(&mut fields, "closed", read_closed)?.into_iter().collect(),
            holds: read_list(&mut fields, "holds", read_hold)?.into_iter().collect(),
            purges: read_list(&mut fields, "purges", read_purge)?.into_iter().collect(),
            leftovers: Leftovers::default(),
            purged: read_list(&mut fields, "purged", read_small)?.into_iter().collect(),
            erased: read_list(&mut fields, "erased", read_erased)?
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
            redactions: fields.small("redactions")?,
            redacted: BTreeSet::new(),
            indexed: fields.number("indexed")?,
        };
        fields.end().map(|()| fold)
    }
}
