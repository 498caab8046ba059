//! Time, starts and ends of the writer, silence, counters.

use crate::format::Policy;
use crate::format::control::Act;
use crate::verify::code::Code;
use crate::verify::report::Report;
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Life {
    latest_ms: u64,
    last_ms: u64,
    boot: Option<[u8; 16]>,
    /// Whether the entry before was the genesis, or an orderly end.
    clean: bool,
    recorded: u64,
    lost: u64,
    /// Whether the item before is a hole, whose time nobody knows.
    behind_hole: bool,
    /// Records that waited, by the last heartbeat.
    pending: u64,
    /// Sizes at which a registry says that the log was closed, and whether in good order.
    pub(super) closes: BTreeMap<u64, bool>,
}

impl Life {
    /// Checks a time and takes it in.
    pub(super) fn time(&mut self, report: &mut Report, index: u64, time_ms: u64, policy: &Policy) {
        self.judge(report, index, time_ms, policy);
        if index == 1 {
            report.at(Code::BootFalse, index, "the second entry is not the start of the writer");
        }
        self.latest_ms = self.latest_ms.max(time_ms);
        self.last_ms = time_ms;
        (self.clean, self.behind_hole) = (false, false);
    }

    fn judge(&self, report: &mut Report, index: u64, time_ms: u64, policy: &Policy) {
        if index == 0 {
            return;
        }
        if time_ms < self.latest_ms.saturating_sub(policy.clock_slack_ms) {
            let message =
                format!("it is {} ms earlier than an entry before it", self.latest_ms - time_ms);
            report.at(Code::TimeBackwards, index, message);
        }
        let longest = policy.heartbeat_s * 1000 + policy.clock_slack_ms;
        if !self.behind_hole && time_ms > self.latest_ms.saturating_add(longest) {
            let message = format!("nothing was said for {} ms before it", time_ms - self.latest_ms);
            report.at(Code::Silence, index, message);
        }
    }

    /// Takes in records that are gone.
    pub(super) fn hole(&mut self, count: u64) {
        self.recorded += count;
        (self.behind_hole, self.clean) = (true, false);
    }

    fn set(&mut self, time_ms: u64) {
        (self.latest_ms, self.last_ms) = (time_ms, time_ms);
        (self.clean, self.behind_hole) = (false, false);
    }

    pub(super) fn last_ms(&self) -> u64 {
        self.last_ms
    }

    pub(super) fn record(&mut self) {
        self.recorded += 1;
    }

    pub(super) fn control(
        &mut self,
        report: &mut Report,
        index: u64,
        time_ms: u64,
        act: &Act,
        policy: &Policy,
    ) {
        match act {
            Act::Boot { boot, clean, size, last_ms, .. } => {
                let sound = *clean == self.clean
                    && *size == index
                    && (self.behind_hole || *last_ms == self.last_ms)
                    && self.boot != Some(*boot);
                if !sound {
                    let message = "what the start says of the end before is not true";
                    report.at(Code::BootFalse, index, message);
                }
                if !*clean && self.closes.get(&index) == Some(&true) {
                    let message = "the registry says that the log was closed in good order here";
                    report.at(Code::BootFalse, index, message);
                }
                report.note(format!(
                    "entry {index}: the writer started{}",
                    if *clean { "" } else { ", after an end that was not orderly" }
                ));
                (self.boot, self.recorded, self.lost, self.pending) = (Some(*boot), 0, 0, 0);
                self.set(time_ms);
                return;
            }
            Act::Clock { from_ms, to_ms } => {
                self.judge(report, index, *from_ms, policy);
                if *to_ms != time_ms {
                    report.at(Code::TimeBackwards, index, "the step of the clock is not its own");
                }
                report.note(format!("entry {index}: the clock stepped from {from_ms} to {to_ms}"));
                self.set(time_ms);
                return;
            }
            _ => self.time(report, index, time_ms, policy),
        }
        match act {
            Act::Genesis { .. } => self.clean = true,
            Act::Shutdown { boot } => {
                self.own(report, index, boot);
                self.clean = true;
                if self.pending > 0 {
                    let message = "records waited still when the writer ended";
                    report.at(Code::CounterMismatch, index, message);
                }
            }
            Act::Heartbeat { boot, submitted, recorded, lost, pending } => {
                self.own(report, index, boot);
                self.pending = *pending;
                let counted = (*recorded, *lost) == (self.recorded, self.lost);
                let sum = recorded.checked_add(*lost).and_then(|sum| sum.checked_add(*pending));
                if !counted || sum != Some(*submitted) {
                    let message = format!(
                        "it counts {recorded} records and {lost} lost; {} and {} are in the log",
                        self.recorded, self.lost
                    );
                    report.at(Code::CounterMismatch, index, message);
                }
            }
            Act::Gap { count, reason, .. } => {
                self.lost = self.lost.saturating_add(*count);
                report.note(format!("entry {index}: {count} records were lost: {reason}"));
            }
            _ => (),
        }
    }

    fn own(&self, report: &mut Report, index: u64, boot: &[u8; 16]) {
        if self.boot != Some(*boot) {
            report.at(Code::BootFalse, index, "it is of another start of the writer");
        }
    }

    pub(super) fn end(&self, report: &mut Report, now_ms: Option<u64>, policy: &Policy) {
        let Some(now_ms) = now_ms else { return };
        let longest = (policy.heartbeat_s + policy.cosign_lag_s) * 1000;
        if !self.clean && now_ms > self.last_ms.saturating_add(longest) {
            let message = format!(
                "the last entry is {} s old, and the writer did not end in good order",
                (now_ms - self.last_ms) / 1000
            );
            report.at(Code::Stale, report.size.saturating_sub(1), message);
        }
    }
}
