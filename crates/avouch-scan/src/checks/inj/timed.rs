//! O8 for the checks of this family: whether an answer waits as long as a payload asks.

use super::probe::Probe;
use crate::oracle::timing::{Point, follows};
use crate::step::Step;
use crate::tape::Tape;
use std::fmt::Write;

/// Seconds asked for, in this order: long and short in turn, so that a target that grows slower or
/// stumbles is not taken for one that obeys.
const SECONDS: [u32; 6] = [2, 0, 3, 1, 0, 2];

/// Answers that waited as they were asked to.
#[derive(Debug)]
pub(super) struct Waited {
    /// What was asked for and what was taken, for the record.
    pub(super) times: String,
    /// The exchanges, the one with the longest wait first.
    pub(super) shown_by: Vec<usize>,
}

/// Asks for delays in turn. `None` at the first answer that came too early, which for most inputs is
/// the first one.
pub(super) fn waits(
    probe: &Probe<'_>,
    tape: &mut Tape<'_>,
    text: impl Fn(u32) -> String,
) -> Result<Option<Waited>, Step> {
    let mut points = Vec::new();
    let mut shown_by = Vec::new();
    let mut times = String::new();
    for seconds in SECONDS {
        let said = probe.ask(tape, &text(seconds))?;
        let elapsed_us = said.reply.timing.total_us;
        if elapsed_us < u64::from(seconds) * 1_000_000 {
            return Ok(None);
        }
        let took_ms = u32::try_from(elapsed_us / 1000).unwrap_or(u32::MAX);
        points.push(Point { asked_ms: f64::from(seconds) * 1000.0, took_ms: f64::from(took_ms) });
        shown_by.push(said.reply.index);
        // Writing to a string cannot fail.
        let _ =
            write!(times, "{}{seconds} s: {took_ms} ms", if times.is_empty() { "" } else { ", " });
    }
    Ok(follows(&points).then_some(Waited { times, shown_by }))
}
