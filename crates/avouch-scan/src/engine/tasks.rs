//! Runs the checks, in chunks that a heartbeat brackets.

use super::cost::{Cost, asked_by};
use super::heartbeat::{Heartbeat, Pulse};
use super::identities::Logins;
use super::progress::{Progress, Watcher};
use super::sender::Sender;
use super::shared::Shared;
use super::world::{Task, World};
use crate::evaluate::next_step;
use crate::step::{Credential, Event, Request, Step};
use crate::tape::Seen;
use avouch_model::identity::Who;
use avouch_model::report::Ending;
use avouch_model::verdict::Verdict;
use avouch_wire::oast::Listener;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Tasks between two heartbeats.
const CHUNK_TASKS: usize = 24;
/// LIMIT: longest pause a check may ask for, in milliseconds.
const PAUSE_MS_MAX: u32 = 10_000;

/// A task and how it ended.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The task.
    pub task: Task,
    /// Which proof of the same: 0 is the first.
    pub round: u8,
    /// Everything asked and answered.
    pub seen: Vec<Seen>,
    /// The verdict.
    pub verdict: Verdict,
}

/// Runs tasks.
#[derive(Clone, Debug)]
pub struct Runner {
    /// The way out.
    pub sender: Arc<Sender>,
    /// What is known.
    pub world: Arc<World>,
    /// Notices dead sessions.
    pub heartbeat: Heartbeat,
    /// Renews them.
    pub logins: Arc<Logins>,
    /// The out-of-band listener.
    pub listener: Option<Arc<Listener>>,
    /// Who watches.
    pub watcher: Watcher,
    /// Answers that several checks may use.
    pub shared: Shared,
}

impl Runner {
    /// Runs all tasks. Results since the last good heartbeat are void when a session turns out dead;
    /// they are run again after a renewal, once, or end as not evaluable.
    pub async fn run(&self, tasks: Vec<Task>, round: u8) -> Vec<Ran> {
        let (mut done, live) = self.without_requests(tasks, round);
        // What measures time or loads the target would be disturbed by company, and disturb it.
        let (alone, together): (Vec<Task>, Vec<Task>) =
            live.into_iter().partition(|task| task.check.runs_alone());
        let chunks =
            together.chunks(CHUNK_TASKS).chain(alone.chunks(CHUNK_TASKS)).map(<[Task]>::to_vec);
        let mut queue: Vec<Vec<Task>> = chunks.collect();
        queue.reverse();
        let mut lost: BTreeSet<Who> = BTreeSet::new();
        while let Some(chunk) = queue.pop() {
            let over = self.sender.ended().is_some();
            let ran = self.run_chunk(chunk, round).await;
            if over {
                // Nothing was sent any more: there is no answer to doubt, and nobody to ask.
                self.accept(ran, &mut done);
                continue;
            }
            let used = ran.iter().flat_map(|ran| speakers(&ran.seen)).collect();
            match self.heartbeat.beat(&self.sender, &used).await {
                Pulse::Alive => self.accept(ran, &mut done),
                Pulse::Lost(ending) => {
                    // Not even the beat came through: nothing since the last one counts.
                    self.sender.end(ending.clone());
                    let because = void_reason(&ending);
                    let ran = ran.into_iter().map(|ran| void(ran, &because)).collect();
                    self.accept(ran, &mut done);
                }
                Pulse::Dead(dead) => {
                    self.shared.forget();
                    let (touched, clean): (Vec<Ran>, Vec<Ran>) =
                        ran.into_iter().partition(|r| !speakers(&r.seen).is_disjoint(&dead));
                    self.accept(clean, &mut done);
                    let renewed = self.renew(&dead, &mut lost).await;
                    if renewed {
                        queue.push(touched.into_iter().map(|ran| ran.task).collect());
                    } else {
                        let because = "the credential stopped working and could not be renewed; \
                                       answers since it last worked do not count";
                        let ran = touched.into_iter().map(|ran| void(ran, because)).collect();
                        self.accept(ran, &mut done);
                    }
                }
            }
        }
        done
    }

    /// Tasks that end without any request, and those that do not.
    fn without_requests(&self, tasks: Vec<Task>, round: u8) -> (Vec<Ran>, Vec<Task>) {
        let mut done = Vec::new();
        let mut live = Vec::new();
        for task in tasks {
            match next_step(task.check, &self.world.context(&task, round), &[]) {
                Step::Done(verdict) => {
                    self.accept(vec![Ran { task, round, seen: Vec::new(), verdict }], &mut done);
                }
                _ => live.push(task),
            }
        }
        (done, live)
    }

    async fn run_chunk(&self, chunk: Vec<Task>, round: u8) -> Vec<Ran> {
        let mut running = JoinSet::new();
        let mut ended = BTreeMap::new();
        for (place, task) in chunk.iter().cloned().enumerate() {
            let alone = task.check.runs_alone();
            let runner = self.clone();
            running.spawn(async move { (place, runner.run_task(task, round).await) });
            if alone && let Some(result) = running.join_next().await {
                ended.extend(result.ok());
            }
        }
        while let Some(result) = running.join_next().await {
            // A check that panics is our bug: its task is then missing here.
            ended.extend(result.ok());
        }
        in_full(chunk, ended, round)
    }

    /// Runs one task to its verdict.
    pub async fn run_task(&self, task: Task, round: u8) -> Ran {
        let mut seen = Vec::new();
        let cost = self.sender.costs().of(task.check.id);
        loop {
            let step = next_step(task.check, &self.world.context(&task, round), &seen);
            let event = match &step {
                Step::Done(verdict) => {
                    let verdict = verdict.clone();
                    return Ran { task, round, seen, verdict };
                }
                step => self.perform_for(&cost, step, round).await,
            };
            seen.push(Seen { step, event });
        }
    }

    /// Does what a check asks for, and counts what it costs.
    async fn perform_for(&self, cost: &Arc<Cost>, step: &Step, round: u8) -> Event {
        let began_us = self.sender.clock().micros();
        let event = asked_by(Arc::clone(cost), self.perform(cost, step, round)).await;
        cost.took(self.sender.clock().micros().saturating_sub(began_us));
        event
    }

    async fn perform(&self, cost: &Arc<Cost>, step: &Step, round: u8) -> Event {
        match step {
            Step::Send(request) => {
                self.publish(request);
                Event::Exchange(Box::new(self.shared.send(&self.sender, request, round).await))
            }
            Step::SendTogether(requests) => Event::Together(self.together(cost, requests).await),
            Step::SendRaw(raw) => Event::Exchange(Box::new(self.sender.send_raw(raw).await)),
            Step::Hello { version, suites } => {
                let address = self.sender.address();
                Event::Hello(self.sender.client().hello(address, *version, suites).await)
            }
            Step::TlsFault(fault) => {
                let address = self.sender.address();
                Event::TlsFault(self.sender.client().tls_fault(address, *fault).await)
            }
            Step::WebSocket(call) => Event::WebSocket(Box::new(self.sender.talk(call).await)),
            Step::Pause { ms } => {
                let ms = (*ms).min(PAUSE_MS_MAX);
                tokio::time::sleep(Duration::from_millis(u64::from(ms))).await;
                Event::Paused
            }
            Step::AwaitHit { token, at_most_ms } => {
                let ms = (*at_most_ms).min(PAUSE_MS_MAX);
                let up_to = Duration::from_millis(u64::from(ms));
                Event::Hits(match &self.listener {
                    Some(listener) => {
                        // Visits are kept for tokens that were announced: a check asks once before
                        // it plants one, and must then see nobody.
                        let _ = listener.url_for(token);
                        listener.wait(token, up_to).await
                    }
                    None => Vec::new(),
                })
            }
            // `run_task` returns before a verdict gets here.
            Step::Done(_) => Event::Paused,
        }
    }

    /// Puts the scan's own key where a forged token says it is, for whoever comes to fetch it.
    fn publish(&self, request: &Request) {
        let Some(listener) = &self.listener else { return };
        let Some((address, page)) = self.sender.vault().published(&request.credential) else {
            return;
        };
        if let Some(token) = address.rsplit('/').next() {
            listener.serve(token, page);
        }
    }

    async fn together(
        &self,
        cost: &Arc<Cost>,
        requests: &[Request],
    ) -> Vec<avouch_model::exchange::Exchange> {
        let mut running = JoinSet::new();
        for (place, request) in requests.iter().cloned().enumerate() {
            let sender = Arc::clone(&self.sender);
            // A task of its own does not know whose question it is.
            let cost = Arc::clone(cost);
            running.spawn(async move { (place, asked_by(cost, sender.send_once(&request)).await) });
        }
        let mut ended: Vec<_> = Vec::new();
        while let Some(result) = running.join_next().await {
            ended.extend(result.ok());
        }
        ended.sort_by_key(|(place, _)| *place);
        ended.into_iter().map(|(_, exchange)| exchange).collect()
    }

    /// Renews dead sessions. An identity that dies again after a renewal stays dead: the checks
    /// themselves may be what ends it.
    async fn renew(&self, dead: &BTreeSet<Who>, lost: &mut BTreeSet<Who>) -> bool {
        let mut all = true;
        for who in dead {
            let renewed = lost.insert(*who) && self.logins.renew(*who, &self.sender).await.is_ok();
            let works = renewed
                && self.heartbeat.beat(&self.sender, &BTreeSet::from([*who])).await == Pulse::Alive;
            if works {
                self.watcher.tell(Progress::Note(format!("{who} had to log in again")));
            } else {
                all = false;
                self.sender.end(Ending::IdentityLost(format!(
                    "{who} was refused where it was accepted before"
                )));
            }
        }
        all
    }

    fn accept(&self, ran: Vec<Ran>, done: &mut Vec<Ran>) {
        for ran in ran {
            self.watcher.tell(Progress::Ended {
                family: ran.task.check.family.name(),
                requests: self.sender.sent(),
            });
            if let Verdict::Fail(proof) = &ran.verdict {
                self.watcher.tell(Progress::Found {
                    severity: proof.severity,
                    check: ran.task.check.id,
                    place: ran.task.subject.to_string(),
                    summary: proof.summary.clone(),
                });
            }
            done.push(ran);
        }
    }
}

/// Every task of the chunk with how it ended, in order. One that broke off is said to be not
/// evaluable: a question that vanishes would look like one that was never asked.
fn in_full(chunk: Vec<Task>, mut ended: BTreeMap<usize, Ran>, round: u8) -> Vec<Ran> {
    let each = chunk.into_iter().enumerate().map(|(place, task)| {
        ended.remove(&place).unwrap_or_else(|| {
            let verdict = Verdict::inconclusive("the check broke off: a bug of Avouch");
            Ran { task, round, seen: Vec::new(), verdict }
        })
    });
    each.collect()
}

fn void_reason(ending: &Ending) -> String {
    match ending {
        Ending::TargetGone(_) => "the target stopped answering while it was asked".to_owned(),
        Ending::Blocked(why) => format!("{why} while it was asked"),
        Ending::Interrupted => "the scan was stopped".to_owned(),
        Ending::BudgetSpent(what) => format!("the budget of {what} was spent"),
        Ending::Complete | Ending::Unreachable(_) | Ending::IdentityLost(_) => {
            "the heartbeat was lost".to_owned()
        }
    }
}

/// Takes a result back, if it rested on any answer.
fn void(mut ran: Ran, because: &str) -> Ran {
    // What was stopped or spent has good answers up to that point: only an unfinished task is void.
    if !ran.seen.is_empty() && !matches!(ran.verdict, Verdict::Inconclusive { .. }) {
        ran.verdict = Verdict::inconclusive(because);
    }
    ran
}

/// Whose credentials a run used, as they are or as a model.
pub fn speakers(seen: &[Seen]) -> BTreeSet<Who> {
    let requests = seen.iter().flat_map(|seen| match &seen.step {
        Step::Send(request) => std::slice::from_ref(request.as_ref()),
        Step::SendTogether(requests) => requests.as_slice(),
        Step::WebSocket(call) => std::slice::from_ref(&call.request),
        _ => &[],
    });
    // What is made from a credential counts too: a target may end a session when it sees its token
    // forged, and refusals after that say nothing.
    requests
        .filter(|request| request.credential != Credential::None)
        .map(|request| request.credential.who())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Tier;
    use crate::checks;
    use crate::context::TargetFacts;
    use avouch_catalog::Catalog;

    fn world() -> World {
        World {
            target: TargetFacts {
                origin: "http://t".into(),
                base_path: String::new(),
                host: "t".into(),
                secure: false,
                loopback: true,
                tls: None,
                not_found: crate::oracle::soft_not_found::Calibration::default(),
                front: None,
                documents: Vec::new(),
                met_paths: Vec::new(),
                graphs: Vec::new(),
            },
            catalog: Arc::new(Catalog::empty()),
            corpus: Arc::default(),
            identities: Vec::new(),
            distinct: false,
            out_of_band: None,
            now: jiff::Timestamp::UNIX_EPOCH,
            seed: [0; 32],
            tier: Tier::Read,
            told: crate::told::Told::default(),
            accounts: crate::known_accounts::Accounts::default(),
        }
    }

    #[test]
    fn a_check_that_breaks_off_is_not_evaluable_and_not_forgotten() {
        let all: Vec<_> = checks::all().collect();
        let chunk: Vec<Task> = world().tasks(&all, |_| false).into_iter().take(2).collect();
        let done =
            Ran { task: chunk[0].clone(), round: 0, seen: Vec::new(), verdict: Verdict::Pass };
        let ran = in_full(chunk.clone(), BTreeMap::from([(0, done)]), 0);
        assert_eq!(ran.len(), 2);
        assert_eq!(ran[0].verdict, Verdict::Pass);
        assert!(matches!(ran[1].verdict, Verdict::Inconclusive { .. }));
        assert_eq!(ran[1].task.check.id, chunk[1].check.id);
    }
}
