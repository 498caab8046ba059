//! What gateways counted, held against what they recorded.
//!
//! A gateway counts each request where its answer leaves, and writes its counters down: at its start, while
//! it runs, and at its end. Of no decision more may be counted than is recorded before, and at the end just
//! as many.

use crate::commands::Failed;
use crate::commands::ledger::args::PlaceArgs;
use crate::commands::ledger::{Read, Reading};
use avouch_model::coding::{Fact, Word as _};
use avouch_model::fact::request::{Answer, Request, SeenBy};
use avouch_model::fact::tally::{Tally, TallyEvent};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How often each decision was made, and each reason to give no answer of the API was given.
type Counts = BTreeMap<String, u64>;

/// Counted and recorded are not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) run: String,
    /// The decision, such as `allow`, or a reason with it, such as `deny identify: credential-missing`.
    pub(super) of: String,
    pub(super) counted: u64,
    pub(super) recorded: u64,
}

/// A gateway from one start to its end, as far as it is in the ledger.
#[derive(Debug, Default)]
struct Run {
    id: String,
    recorded: Counts,
    counted: u64,
    /// Requests of which the ledger says that it missed them.
    missed: u64,
    /// Records that nobody can read, any of which may be about a request.
    unreadable: u64,
    differences: BTreeMap<String, Difference>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) runs: u64,
    pub(super) requests: u64,
    pub(super) differences: Vec<Difference>,
    /// Requests that gateways answered and the ledger says it missed.
    pub(super) missed: u64,
    /// Runs without an end, with how many requests were recorded after their last count: those are held
    /// against nothing.
    pub(super) without_end: Vec<(String, u64)>,
    /// Runs of which records cannot be read, with how many.
    pub(super) not_compared: Vec<(String, u64)>,
    /// Requests that were recorded while nothing was counted.
    pub(super) outside: u64,
    open: Option<Run>,
}

/// Holds every run of a ledger against what is recorded of it.
pub(super) fn counted(at: &PlaceArgs) -> Result<Counted, Failed> {
    let mut counted = Counted::default();
    Reading::open(at)?.facts(|_, _, read| match read {
        Read::Record(record) if record.kind == Request::NUMBER => {
            counted.read(Request::decode(&record.body).ok(), Counted::request);
        }
        Read::Record(record) if record.kind == Tally::NUMBER => {
            counted.read(Tally::decode(&record.body).ok(), Counted::tally);
        }
        Read::Shown { kind, body } if kind == Request::NAME => {
            counted.read(Request::of_json(body).ok(), Counted::request);
        }
        Read::Shown { kind, body } if kind == Tally::NAME => {
            counted.read(Tally::of_json(body).ok(), Counted::tally);
        }
        Read::Record(_) | Read::Shown { .. } => (),
        Read::Unreadable => counted.unreadable(),
        Read::Gap { count, .. } => counted.gap(count),
    })?;
    counted.leave();
    Ok(counted)
}

impl Counted {
    fn read<F>(&mut self, fact: Option<F>, take: impl FnOnce(&mut Self, F)) {
        match fact {
            Some(fact) => take(self, fact),
            None => self.unreadable(),
        }
    }

    fn request(&mut self, request: Request) {
        if request.seen_by != SeenBy::Gateway {
            return;
        }
        let Some(run) = &mut self.open else {
            self.outside += 1;
            return;
        };
        let answer = request.answer.unwrap_or(Answer::Error);
        *run.recorded.entry(answer.word().to_owned()).or_default() += 1;
        if let Some(reason) = request.because.filter(|because| is_reason(answer, because)) {
            *run.recorded.entry(format!("{} {reason}", answer.word())).or_default() += 1;
        }
    }

    fn tally(&mut self, tally: Tally) {
        if tally.event == TallyEvent::Begun {
            self.leave();
            self.runs += 1;
            self.open = Some(Run { id: tally.run, ..Run::default() });
            return;
        }
        let Some(run) = self.open.as_mut().filter(|run| run.id == tally.run) else {
            // Its beginning is not in the ledger any more, or could not be recorded.
            if !self.not_compared.iter().any(|(known, _)| *known == tally.run) {
                self.not_compared.push((tally.run, 0));
            }
            return;
        };
        run.compare(&tally);
        if tally.event == TallyEvent::Ended {
            self.close();
        }
    }

    fn unreadable(&mut self) {
        if let Some(run) = &mut self.open {
            run.unreadable += 1;
        }
    }

    fn gap(&mut self, count: u64) {
        if let Some(run) = &mut self.open {
            run.missed += count;
        }
    }

    /// A run ends with its last count.
    fn close(&mut self) {
        let Some(run) = self.open.take() else { return };
        self.requests += run.counted;
        self.missed += run.missed;
        if run.unreadable > 0 {
            self.not_compared.push((run.id, run.unreadable));
        } else {
            self.differences.extend(run.differences.into_values());
        }
    }

    /// A run goes on, or was broken off.
    fn leave(&mut self) {
        if let Some(run) = &self.open {
            self.without_end.push((run.id.clone(), run.recorded().saturating_sub(run.counted)));
        }
        self.close();
    }

    pub(super) fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }

    pub(super) fn json(&self) -> Value {
        let differences = self.differences.iter().map(|one| {
            json!({
                "run": one.run, "of": one.of, "counted": one.counted, "recorded": one.recorded,
            })
        });
        let without_end = self
            .without_end
            .iter()
            .map(|(run, beyond)| json!({ "run": run, "recorded_after_its_last_count": beyond }));
        let not_compared: Vec<&str> = self.not_compared.iter().map(|(run, _)| &**run).collect();
        json!({
            "runs": self.runs, "counted": self.requests,
            "differences": differences.collect::<Vec<_>>(), "missed": self.missed,
            "without_end": without_end.collect::<Vec<_>>(), "not_compared": not_compared,
            "not_counted": self.outside,
        })
    }

    /// As lines for a person, what differs first.
    pub(super) fn lines(&self) -> Vec<String> {
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        let mut lines = vec![format!(
            "gateways counted {} request{} in {} run{}{}",
            self.requests,
            plural(self.requests),
            self.runs,
            plural(self.runs),
            if self.is_clean() { ", and as many of each decision are recorded" } else { "" }
        )];
        for Difference { run, of, counted, recorded } in &self.differences {
            lines.push(format!("differs: {of}: {counted} counted, {recorded} recorded, run {run}"));
        }
        if self.missed > 0 {
            lines.push(format!("the ledger says itself that it missed {} of them", self.missed));
        }
        for (run, beyond) in &self.without_end {
            lines.push(format!(
                "no end: run {run} goes on or was broken off: compared up to its last count, and {beyond} request{} recorded after it",
                plural(*beyond)
            ));
        }
        for (run, unreadable) in &self.not_compared {
            lines.push(match unreadable {
                0 => format!("not compared: run {run}, whose beginning is not in the ledger"),
                count => {
                    format!("not compared: run {run}, of which {count} records cannot be read")
                }
            });
        }
        if self.outside > 0 {
            lines.push(format!("not counted: {} requests outside of any run", self.outside));
        }
        lines
    }
}

impl Run {
    /// Requests that are recorded. A reason stands beside its decision.
    fn recorded(&self) -> u64 {
        let decisions = self.recorded.iter().filter(|(of, _)| !of.contains(' '));
        decisions.map(|(_, count)| count).sum()
    }

    /// Each count against what is recorded before it.
    fn compare(&mut self, tally: &Tally) {
        let mut counted = Counts::from([
            (Answer::Allow.word().to_owned(), tally.allowed),
            (Answer::Observe.word().to_owned(), tally.observed),
            (Answer::Deny.word().to_owned(), tally.denied),
            (Answer::Error.word().to_owned(), tally.failed),
        ]);
        self.counted = counted.values().sum();
        counted.extend(tally.reasons.iter().cloned().zip(tally.counts.iter().copied()));
        let is_over = tally.event == TallyEvent::Ended;
        let known = counted.keys().chain(self.recorded.keys()).cloned();
        for of in known.collect::<BTreeSet<_>>() {
            let count = |of_them: &Counts| of_them.get(&of).copied().unwrap_or_default();
            let (counted, recorded) = (count(&counted), count(&self.recorded));
            if counted > recorded || (is_over && counted < recorded) {
                let run = self.id.clone();
                let difference = Difference { run, of: of.clone(), counted, recorded };
                self.differences.insert(of, difference);
            }
        }
    }
}

/// Whether it says by which policy and code there was no answer of the API: `policy: code`. What only
/// watched is written alike, and is no such reason.
fn is_reason(answer: Answer, because: &str) -> bool {
    let is_word = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || b"-0123456789".contains(&byte))
    };
    let is_ours =
        because.split_once(": ").is_some_and(|(policy, code)| is_word(policy) && is_word(code));
    is_ours && (answer != Answer::Observe || because.starts_with("upstream: "))
}
