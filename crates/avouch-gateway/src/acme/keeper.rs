//! Keeps the certificates of listeners fresh, on a thread of its own, until the gateway ends.

use super::challenge::Challenges;
use super::issue::{issue, told};
use super::plain::PlainListeners;
use super::schedule::{earliest_ms, pause_ms, renewal_ms};
use super::settings::AcmeSettings;
use super::store::Store;
use crate::server::random;
use crate::shown::{Origin, ShownCertificate, Slot};
use crate::worker::{Plan, now_ms};
use arc_swap::ArcSwap;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How long nothing is looked at, at most: a clock may be set meanwhile.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// When it is looked again while somebody else asks the authority.
const BUSY_MS: u64 = 5_000;

/// LIMIT: the least time from one certificate to the next, whatever an authority gives.
const LEAST_MS: u64 = 10_000;

/// A listener that gets its certificate from an authority.
#[derive(Clone, Debug)]
pub(crate) struct Want {
    /// The place of the listener among all.
    pub(crate) place: usize,
    /// Where the configuration says that it listens.
    pub(crate) address: SocketAddr,
    pub(crate) slot: Arc<Slot>,
    pub(crate) settings: AcmeSettings,
}

/// How it stands with the certificate of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcmeState {
    /// Where the configuration says that it listens.
    pub listener: SocketAddr,
    /// The address of the authority's directory.
    pub directory: String,
    /// The names that are asked for.
    pub names: Vec<String>,
    /// Certificates that were issued since the start.
    pub issued: u64,
    /// Attempts that failed since the start.
    pub failed: u64,
    /// Why the last attempt failed; nothing when it did not.
    pub trouble: Option<String>,
    /// When the authority is asked next, in milliseconds since 1970.
    pub next_ms: u64,
}

/// How it stands with each listener, by its place.
type States = Arc<Mutex<BTreeMap<usize, AcmeState>>>;

/// What the rest of the gateway has of it.
#[derive(Debug)]
pub(crate) struct Keeper {
    wants: watch::Sender<Vec<Want>>,
    states: States,
    pub(crate) challenges: Arc<Challenges>,
}

fn lock(states: &States) -> MutexGuard<'_, BTreeMap<usize, AcmeState>> {
    states.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Keeper {
    pub(crate) fn new(wants: Vec<Want>) -> Self {
        let wants = watch::Sender::new(wants);
        Self { wants, states: Arc::default(), challenges: Arc::default() }
    }

    /// Keeps these from now on. What failed is tried again at once.
    pub(crate) fn want(&self, wants: Vec<Want>) {
        let _ = self.wants.send(wants);
    }

    /// How it stands with each listener that gets its certificate so.
    pub(crate) fn states(&self) -> Vec<AcmeState> {
        lock(&self.states).values().cloned().collect()
    }

    /// What its thread does until the gateway ends.
    pub(crate) fn work(
        &self,
        asked_plainly: PlainListeners,
        plan: Arc<ArcSwap<Plan>>,
        stopping: watch::Receiver<bool>,
    ) -> impl FnOnce() + Send + use<> {
        let work = Work {
            wants: self.wants.subscribe(),
            states: self.states.clone(),
            challenges: self.challenges.clone(),
            plan,
            due: BTreeMap::new(),
        };
        move || work.run(asked_plainly, &stopping)
    }
}

/// When a listener's certificate is to be asked for.
#[derive(Clone, Debug)]
struct Due {
    settings: AcmeSettings,
    at_ms: u64,
    /// Attempts in a row that failed.
    failures: u32,
}

struct Work {
    wants: watch::Receiver<Vec<Want>>,
    states: States,
    challenges: Arc<Challenges>,
    plan: Arc<ArcSwap<Plan>>,
    due: BTreeMap<usize, Due>,
}

/// What came of an attempt.
enum Came {
    /// A certificate that somebody else had issued.
    Taken,
    Issued,
    /// Somebody else asks now.
    Busy,
    Failed {
        why: String,
        is_rate_limited: bool,
    },
}

impl Work {
    fn run(mut self, plain: PlainListeners, stopping: &watch::Receiver<bool>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        // Without a runtime nothing is asked for, and everything else goes on.
        let Ok(runtime) = runtime else { return };
        let mut ending = stopping.clone();
        runtime.block_on(async {
            plain.serve(&self.challenges, stopping);
            tokio::select! {
                () = self.keep() => (),
                _ = ending.wait_for(|stop| *stop) => (),
            }
        });
        // An authority that is silent is not waited for.
        runtime.shutdown_background();
    }

    async fn keep(&mut self) {
        loop {
            let wants = self.wants.borrow_and_update().clone();
            self.plan_for(&wants);
            for want in &wants {
                if self.due.get(&want.place).is_some_and(|due| due.at_ms <= now_ms()) {
                    let came = self.attempt(want).await;
                    self.came(want, came);
                }
            }
            let next = self.due.values().map(|due| due.at_ms).min();
            let wait = next.map_or(LOOK_EVERY, |next| {
                Duration::from_millis(next.saturating_sub(now_ms())).min(LOOK_EVERY)
            });
            tokio::select! {
                () = tokio::time::sleep(wait) => (),
                changed = self.wants.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    // Whoever changes the configuration may have mended what failed.
                    for due in self.due.values_mut().filter(|due| due.failures > 0) {
                        due.at_ms = 0;
                    }
                }
            }
        }
    }

    /// Says when each is due, where that is not known or the settings are others.
    fn plan_for(&mut self, wants: &[Want]) {
        let is_wanted = |place: &usize| wants.iter().any(|want| want.place == *place);
        self.due.retain(|place, _| is_wanted(place));
        lock(&self.states).retain(|place, _| is_wanted(place));
        for want in wants {
            let before = self.due.get_mut(&want.place);
            let is_new = before.is_none();
            if let Some(due) = before.filter(|due| due.settings.is_for_the_same(&want.settings)) {
                due.settings.clone_from(&want.settings);
                self.tell(want, |_| ());
                continue;
            }
            let shown = want.slot.about().filter(|shown| {
                // One that an earlier configuration asked for may be of another authority.
                is_new && shown.origin != Origin::Files && fits(shown, want)
            });
            let at_ms = shown.map_or(0, |shown| renewal(&shown));
            let due = Due { settings: want.settings.clone(), at_ms, failures: 0 };
            self.due.insert(want.place, due);
            self.tell(want, |_| ());
        }
    }

    /// Writes down how it stands.
    fn tell(&self, want: &Want, change: impl FnOnce(&mut AcmeState)) {
        let mut states = lock(&self.states);
        let state = states.entry(want.place).or_insert_with(|| AcmeState {
            listener: want.address,
            directory: String::new(),
            names: Vec::new(),
            issued: 0,
            failed: 0,
            trouble: None,
            next_ms: 0,
        });
        state.directory.clone_from(&want.settings.directory);
        state.names.clone_from(&want.settings.names);
        state.next_ms = self.due.get(&want.place).map_or(0, |due| due.at_ms);
        change(state);
    }

    async fn attempt(&self, want: &Want) -> Came {
        let failed = |why: String| Came::Failed { why, is_rate_limited: false };
        let (store, settings) = (Store::of(&want.settings), &want.settings);
        let locked = match store.lock() {
            Ok(Some(locked)) => locked,
            Ok(None) => return Came::Busy,
            Err(error) => return failed(told(&error)),
        };
        // Another listener or another gateway may have had it issued meanwhile.
        match store.certificate(settings) {
            Ok(Some(kept)) if is_fresh(&kept.about, want) => {
                want.slot.show(kept);
                return Came::Taken;
            }
            Ok(_) => (),
            Err(error) => return failed(told(&error)),
        }
        let plan = self.plan.load_full();
        let external = settings.external_account.as_ref();
        let key = external.and_then(|external| plan.external_account_keys.get(&external.key));
        match issue(settings, &locked, key, &self.challenges, now_ms).await {
            Ok(shown) => {
                want.slot.show(shown);
                Came::Issued
            }
            Err(error) => {
                Came::Failed { why: told(&error), is_rate_limited: error.is_rate_limited() }
            }
        }
    }

    fn came(&mut self, want: &Want, came: Came) {
        let Some(due) = self.due.get_mut(&want.place) else { return };
        match &came {
            Came::Taken | Came::Issued => {
                due.failures = 0;
                due.at_ms = want.slot.about().map_or(0, |shown| after(&shown, now_ms()));
            }
            Came::Busy => due.at_ms = now_ms().saturating_add(BUSY_MS),
            Came::Failed { is_rate_limited, .. } => {
                due.failures = due.failures.saturating_add(1);
                let pause = pause_ms(due.failures, *is_rate_limited, chance());
                due.at_ms = now_ms().saturating_add(pause);
            }
        }
        self.tell(want, |state| match came {
            Came::Taken => state.trouble = None,
            Came::Issued => {
                state.issued += 1;
                state.trouble = None;
            }
            Came::Busy => (),
            Came::Failed { why, .. } => {
                state.failed += 1;
                state.trouble = Some(why);
            }
        });
    }
}

fn fits(shown: &ShownCertificate, want: &Want) -> bool {
    shown.names == want.settings.name_set()
}

/// Whether a certificate that is kept is what is asked for, and nobody would renew it yet.
fn is_fresh(kept: &ShownCertificate, want: &Want) -> bool {
    fits(kept, want) && now_ms() < earliest_ms(kept.not_before_ms, kept.not_after_ms)
}

fn renewal(shown: &ShownCertificate) -> u64 {
    renewal_ms(shown.not_before_ms, shown.not_after_ms, chance())
}

/// When to ask after a certificate was had: in time, and never at once again, whatever is in it.
fn after(shown: &ShownCertificate, now_ms: u64) -> u64 {
    let third = shown.not_after_ms.saturating_sub(now_ms) / 3;
    renewal(shown).max(now_ms.saturating_add(third.max(LEAST_MS)))
}

/// Any number. Where the machine gives none, many ask at the same moment, and nothing else.
fn chance() -> u64 {
    random().unwrap_or(0)
}
