//! What is counted of requests where their answers leave: beside what is recorded and not from it, so that
//! the one can be held against the other.

use crate::ids::Ids;
use crate::metrics::Metrics;
use crate::recording::{RecordError, Recorder};
use crate::worker::{Worker, now_ms};
use avouch_model::coding::{Later, Word as _};
use avouch_model::fact::request::Answer;
use avouch_model::fact::tally::{Tally as Fact, TallyEvent};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What was decided about a request, and by which policy and code it got no answer of the API.
pub(crate) type Decided = (Answer, Option<(&'static str, &'static str)>);

/// What one thread counted. Nobody else writes there, so that counting waits for nobody.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    allowed: AtomicU64,
    observed: AtomicU64,
    denied: AtomicU64,
    failed: AtomicU64,
    /// Words of ours, so that there are not many.
    reasons: Mutex<BTreeMap<(&'static str, &'static str, &'static str), u64>>,
}

impl Counts {
    fn count(&self, (answer, reason): Decided) {
        let counter = match answer {
            Answer::Allow => &self.allowed,
            Answer::Observe => &self.observed,
            Answer::Deny => &self.denied,
            Answer::Error => &self.failed,
        };
        counter.fetch_add(1, Ordering::Release);
        if let Some((policy, code)) = reason {
            let mut reasons = self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
            *reasons.entry((answer.word(), policy, code)).or_default() += 1;
        }
    }
}

/// A request that is counted when this is dropped: however it ended, and whether or not it was recorded.
#[derive(Debug)]
pub(crate) struct Counting {
    pub(crate) worker: Rc<Worker>,
    pub(crate) decided: Decided,
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.worker.counts.count(self.decided);
    }
}

/// What a gateway counted since it started.
#[derive(Debug)]
pub(crate) struct Tally {
    run: String,
    threads: Vec<Arc<Counts>>,
    metrics: Arc<Metrics>,
    /// What was recorded of it last.
    told: Mutex<Option<Fact>>,
}

impl Tally {
    /// Begins to count, with an id of 64 random bits and the time.
    pub(crate) fn begin(random: u64, metrics: Arc<Metrics>, recorder: Option<&Recorder>) -> Self {
        let run = Ids::new(random).next(now_ms());
        let tally = Self { run, threads: Vec::new(), metrics, told: Mutex::default() };
        if let Some(recorder) = recorder {
            // Where that fails, it is seen that its requests are counted by nobody.
            let _ = tally.tell(recorder, TallyEvent::Begun);
        }
        tally
    }

    /// Where one more thread counts.
    pub(crate) fn thread(&mut self) -> Arc<Counts> {
        let counts = Arc::<Counts>::default();
        self.threads.push(counts.clone());
        counts
    }

    /// Records what was counted so far. What was counted before is recorded before: whatever stands behind
    /// this in the ledger may be missing in it, and nothing that stands in front of it.
    pub(crate) fn tell(&self, recorder: &Recorder, event: TallyEvent) -> Result<(), RecordError> {
        let fact = self.fact(event);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if event == TallyEvent::Running && told.as_ref().is_some_and(|told| is_same(told, &fact)) {
            return Ok(());
        }
        recorder.record(&fact)?;
        *told = Some(fact);
        Ok(())
    }

    fn fact(&self, event: TallyEvent) -> Fact {
        let sum = |of: fn(&Counts) -> &AtomicU64| -> u64 {
            self.threads.iter().map(|counts| of(counts).load(Ordering::Acquire)).sum()
        };
        let mut reasons = BTreeMap::<_, u64>::new();
        for counts in &self.threads {
            for (reason, count) in
                counts.reasons.lock().unwrap_or_else(PoisonError::into_inner).iter()
            {
                *reasons.entry(*reason).or_default() += count;
            }
        }
        let said =
            |(answer, policy, code): &(&str, &str, &str)| format!("{answer} {policy}: {code}");
        Fact {
            run: self.run.clone(),
            event,
            allowed: sum(|counts| &counts.allowed),
            observed: sum(|counts| &counts.observed),
            denied: sum(|counts| &counts.denied),
            failed: sum(|counts| &counts.failed),
            unrecorded: self.metrics.ledger_failures(),
            reasons: reasons.keys().map(said).collect(),
            counts: reasons.into_values().collect(),
            later: Later::default(),
        }
    }
}

/// Whether nothing was counted between the two.
fn is_same(one: &Fact, other: &Fact) -> bool {
    let counts = |of: &Fact| [of.allowed, of.observed, of.denied, of.failed, of.unrecorded];
    counts(one) == counts(other)
}
