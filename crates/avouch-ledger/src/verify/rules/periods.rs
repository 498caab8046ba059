//! Periods, holds, purges, redactions, and the rounds of the index.

use super::Hole;
use crate::format::control::{Act, Index};
use crate::format::{Day, Policy};
use crate::merkle::Hash;
use crate::verify::code::Code;
use crate::verify::report::Report;
use aws_lc_rs::digest::{Context, SHA256};
use std::collections::{BTreeMap, BTreeSet};

/// LIMIT: periods of one log.
const PERIODS_MAX: u32 = 100_000;

/// LIMIT: holds at once.
const HOLDS_MAX: usize = 1024;

/// LIMIT: redactions of one log.
const REDACTIONS_MAX: usize = 65_536;

/// LIMIT: entries of a round.
const ROUND_ENTRIES_MAX: u64 = 65_536;

/// LIMIT: entries that may lie beyond the last round.
const BEYOND_ENTRIES_MAX: u64 = 131_072;

/// A run of records of one period that no round covers yet.
struct Run {
    first: u64,
    end: u64,
    period: u32,
}

struct Period {
    class: String,
    day: Day,
    commitment: Hash,
    closed_ms: Option<u64>,
    members: Context,
    run: (u64, u64),
    count: u64,
    /// Whether a record of it is there.
    whole: bool,
}

struct Hold {
    class: String,
    from: Day,
    to: Day,
}

/// A purge of which the end is not in the log yet, and whether a checkpoint covers it.
struct Purge {
    covered: bool,
    /// When the last of its periods is old enough, in milliseconds since 1970.
    due_ms: u64,
    /// The periods, and whether any record of them was read.
    periods: Vec<(u32, bool)>,
}

#[derive(Default)]
pub(super) struct Periods {
    ever: u32,
    kept: BTreeMap<u32, Period>,
    purged: BTreeSet<u32>,
    holds: BTreeMap<[u8; 16], Hold>,
    purges: BTreeMap<[u8; 16], Purge>,
    indexed: u64,
    runs: Vec<Run>,
    overdue: bool,
    /// The indices of control entries, ascending.
    pub(super) controls: Vec<u64>,
    /// Periods of which records are gone, each with the first of them.
    holes: BTreeMap<u32, u64>,
    /// Periods whose purge is at its end.
    done: BTreeSet<u32>,
    redacted: BTreeSet<u64>,
    to_redact: BTreeSet<u64>,
}

impl Period {
    fn end_run(context: &mut Context, (first, length): (u64, u64)) {
        if length > 0 {
            context.update(&first.to_be_bytes());
            context.update(&length.to_be_bytes());
        }
    }

    fn push(&mut self, index: u64) {
        self.count += 1;
        let (first, length) = self.run;
        if length > 0 && index == first + length {
            self.run.1 += 1;
        } else {
            Self::end_run(&mut self.members, self.run);
            self.run = (index, 1);
        }
    }

    fn members(&self) -> Hash {
        let mut context = self.members.clone();
        Self::end_run(&mut context, self.run);
        Hash::from_slice(context.finish().as_ref()).unwrap_or_default()
    }
}

impl Periods {
    /// Takes in a record that is there.
    pub(super) fn record(&mut self, report: &mut Report, index: u64, period: u32) {
        self.member(report, index, period, true);
    }

    /// Takes in a record that is gone. Why it is, comes later in the log.
    pub(super) fn hole(&mut self, report: &mut Report, index: u64, hole: Hole) {
        self.member(report, index, hole.period, false);
        if !hole.redacted {
            self.holes.entry(hole.period).or_insert(index);
        } else if self.redacted.len() < REDACTIONS_MAX {
            self.redacted.insert(index);
        } else {
            report.at(Code::LimitExceeded, index, "more redactions than can be checked");
        }
    }

    fn member(&mut self, report: &mut Report, index: u64, period: u32, whole: bool) {
        let open = self.kept.get_mut(&period).filter(|period| period.closed_ms.is_none());
        if let Some(open) = open {
            open.push(index);
            open.whole |= whole;
        } else {
            let message = format!("the record is of period {period}, which is not open");
            report.at(Code::RecordOutsidePeriod, index, message);
        }
        match self.runs.last_mut() {
            Some(run) if run.period == period && run.end == index => run.end += 1,
            _ => self.runs.push(Run { first: index, end: index + 1, period }),
        }
        if index - self.indexed > BEYOND_ENTRIES_MAX && !self.overdue {
            self.overdue = true;
            let message = "more than 131072 entries lie beyond the last round of the index";
            report.at(Code::IndexOverdue, index, message);
        }
        if self.runs.len() as u64 > 2 * BEYOND_ENTRIES_MAX {
            self.runs.clear();
            report.at(Code::LimitExceeded, index, "the rounds of the index cannot be checked");
        }
    }

    pub(super) fn control(
        &mut self,
        report: &mut Report,
        index: u64,
        (time_ms, id): (u64, [u8; 16]),
        act: &Act,
        policy: &Policy,
    ) {
        match act {
            Act::PeriodOpen { period, class, day, commitment } => {
                let sound = *period == self.ever.saturating_add(1)
                    && *period <= PERIODS_MAX
                    && policy.retention_s.contains_key(class)
                    && *day == Day::of_ms(time_ms);
                if !sound {
                    return report.at(Code::PeriodInvalid, index, "the period cannot be opened");
                }
                self.ever = *period;
                let opened = Period {
                    class: class.clone(),
                    day: *day,
                    commitment: *commitment,
                    closed_ms: None,
                    members: Context::new(&SHA256),
                    run: (0, 0),
                    count: 0,
                    whole: false,
                };
                self.kept.insert(*period, opened);
            }
            Act::PeriodClose { period, entries, members } => {
                self.close(report, index, time_ms, (*period, *entries, *members));
            }
            Act::Index(round) => self.round(report, index, round),
            Act::Redact { entry, .. } => {
                let earlier = *entry < index && self.controls.binary_search(entry).is_err();
                if !earlier {
                    report.at(Code::RedactionInvalid, index, "it names no earlier record");
                }
                if self.to_redact.len() < REDACTIONS_MAX {
                    self.to_redact.insert(*entry);
                }
                report.note(format!("entry {index}: the record {entry} is to be taken out"));
            }
            Act::Erase { quarter, .. } => {
                report.note(format!("entry {index}: a subject's key of {quarter} was destroyed"));
            }
            _ => self.retention(report, index, (time_ms, id), act, policy),
        }
    }

    fn close(
        &mut self,
        report: &mut Report,
        index: u64,
        time_ms: u64,
        (number, entries, members): (u32, u64, Hash),
    ) {
        let open = self.kept.get_mut(&number).filter(|period| period.closed_ms.is_none());
        let Some(period) = open else {
            return report.at(Code::PeriodInvalid, index, "the period is not open");
        };
        period.closed_ms = Some(time_ms);
        if entries != period.count || members != period.members() {
            let message = format!(
                "it says {entries} records of period {number}, {} are in the log, or others",
                period.count
            );
            report.at(Code::PeriodMembersMismatch, index, message);
        }
        if self.runs.iter().any(|run| run.period == number && run.end > self.indexed) {
            let message = format!("the index does not cover period {number}, which is closed");
            report.at(Code::IndexGap, index, message);
        }
    }

    fn round(&mut self, report: &mut Report, index: u64, round: &Index) {
        let joins = round.first == self.indexed
            && (round.first..=index).contains(&round.end)
            && round.end - round.first <= ROUND_ENTRIES_MAX;
        if !joins {
            report.at(Code::IndexGap, index, "the round does not join the one before");
        }
        let mut counted: BTreeMap<u32, u64> = BTreeMap::new();
        for run in &self.runs {
            let (first, end) = (run.first.max(round.first), run.end.min(round.end));
            if first < end {
                *counted.entry(run.period).or_default() += end - first;
            }
        }
        let said: BTreeMap<u32, u64> =
            round.parts.iter().map(|part| (part.period, part.records)).collect();
        if said != counted && !self.overdue {
            let message = "the records of the round are not those of the log";
            report.at(Code::IndexCountMismatch, index, message);
        }
        self.indexed = self.indexed.max(round.end.min(index));
        self.runs.retain(|run| run.end > self.indexed);
    }

    fn retention(
        &mut self,
        report: &mut Report,
        index: u64,
        (time_ms, id): (u64, [u8; 16]),
        act: &Act,
        policy: &Policy,
    ) {
        match act {
            Act::Hold { class, from_day, to_day, reason } => {
                if from_day > to_day {
                    report.at(Code::HoldInvalid, index, "the days of the hold are reversed");
                }
                if self.holds.len() >= HOLDS_MAX {
                    report.at(Code::LimitExceeded, index, "more holds than can be checked");
                }
                let hold = Hold { class: class.clone(), from: *from_day, to: *to_day };
                self.holds.insert(id, hold);
                report.note(format!("entry {index}: hold on {class}: {reason}"));
            }
            Act::Release { hold, .. } => {
                let released = self.holds.remove(hold);
                if released.is_none() {
                    report.at(Code::HoldInvalid, index, "there is no such hold to release");
                }
            }
            Act::Purge { periods, .. } => {
                let due_ms = periods.iter().filter_map(|period| self.due_ms(*period, policy)).max();
                let purged = periods.iter().map(|period| {
                    let whole = self.purge(report, index, time_ms, (*period, policy));
                    (*period, whole)
                });
                let periods_read = purged.collect();
                self.purges.insert(
                    id,
                    Purge { covered: false, due_ms: due_ms.unwrap_or(0), periods: periods_read },
                );
                report.note(format!("entry {index}: purge of the periods {periods:?}"));
            }
            Act::Purged { purge, .. } => match self.purges.remove(purge) {
                None => report.at(Code::PurgeInvalid, index, "there was no such purge"),
                Some(Purge { covered, periods, .. }) => {
                    if !covered {
                        let message = "no checkpoint covers the purge before its end";
                        report.at(Code::PurgeUnwitnessed, index, message);
                    }
                    self.purged(report, index, &periods);
                }
            },
            _ => (),
        }
    }

    /// When a closed period may be purged, in milliseconds since 1970.
    fn due_ms(&self, number: u32, policy: &Policy) -> Option<u64> {
        let period = self.kept.get(&number)?;
        let retention_s = policy.retention_s.get(&period.class).copied().unwrap_or(u64::MAX);
        Some(period.closed_ms?.saturating_add(retention_s.saturating_mul(1000)))
    }

    fn purge(
        &mut self,
        report: &mut Report,
        index: u64,
        time_ms: u64,
        (number, policy): (u32, &Policy),
    ) -> bool {
        let closed = self.kept.get(&number).and_then(|p| Some((p, p.closed_ms?)));
        let Some((period, closed_ms)) = closed else {
            let message = format!("period {number} is unknown, open, or purged already");
            report.at(Code::PurgeInvalid, index, message);
            return false;
        };
        if self.due_ms(number, policy).is_some_and(|due_ms| time_ms < due_ms) {
            let message = format!("period {number} had to be kept longer");
            report.at(Code::PurgeBeforeExpiry, index, message);
        }
        let held = |hold: &Hold| {
            // A period covers the days from its opening to its close.
            (hold.class == "*" || hold.class == period.class)
                && hold.from <= Day::of_ms(closed_ms)
                && period.day <= hold.to
        };
        if self.holds.values().any(held) {
            let message = format!("period {number} is under a hold");
            report.at(Code::PurgeUnderHold, index, message);
        }
        self.purged.insert(number);
        self.kept.remove(&number).is_some_and(|period| period.whole)
    }

    /// A purge is at its end: its records must be gone.
    fn purged(&mut self, report: &mut Report, index: u64, periods: &[(u32, bool)]) {
        for (period, whole) in periods {
            self.done.insert(*period);
            if *whole {
                let message = format!("records of period {period} are still there");
                report.at(Code::PurgeUnfinished, index, message);
            }
        }
    }

    /// A checkpoint was published that witnesses vouch for since a time. So a step of the clock
    /// does not shorten what has to be kept.
    pub(super) fn published(&mut self, report: &mut Report, size: u64, witnessed_s: u64) {
        for purge in self.purges.values_mut().filter(|purge| !purge.covered) {
            purge.covered = true;
            if witnessed_s.saturating_add(1).saturating_mul(1000) < purge.due_ms {
                let message = "witnesses saw the purge before the periods were old enough";
                report.at(Code::PurgeBeforeExpiry, size.saturating_sub(1), message);
            }
        }
    }

    pub(super) fn end(&self, report: &mut Report) {
        for (period, index) in self.holes.iter().filter(|(period, _)| !self.done.contains(period)) {
            let message = format!("a record of period {period} is gone, which was not purged");
            report.at(Code::MissingWithoutPurge, *index, message);
        }
        for index in self.redacted.difference(&self.to_redact) {
            let message = "a record is gone, and no redaction names it";
            report.at(Code::MissingWithoutPurge, *index, message);
        }
        if !self.purges.is_empty() {
            report.note("a purge was begun and is not at its end".to_owned());
        }
    }

    /// Whether the purge of a period is at its end.
    pub(super) fn is_purged(&self, period: u32) -> bool {
        self.done.contains(&period)
    }

    pub(super) fn commitment(&self, period: u32) -> Option<Hash> {
        self.kept.get(&period).map(|period| period.commitment)
    }

    pub(super) fn kept(&self) -> impl Iterator<Item = u32> {
        self.kept.keys().copied()
    }
}
