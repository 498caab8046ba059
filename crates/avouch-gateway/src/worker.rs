//! What one thread serves with.

use crate::acme::Challenges;
use crate::asking::Asker;
use crate::ids::Ids;
use crate::metrics::Metrics;
use crate::recording::Recorder;
use crate::settings::{OnFailure, Timeouts};
use crate::tally::Counts;
use crate::traces::Tracer;
use crate::upstream::Pool;
use crate::waiting::Waiting;
use avouch_guard::Guard;
use avouch_guard::contain::Containment;
use avouch_model::secret::Secret;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Everything a request meets, as one configuration says. Shared by all threads.
#[derive(Debug)]
pub struct Plan {
    /// Decides.
    pub guard: Guard,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// The host that the API is asked for, where it is not the client's.
    pub upstream_host: Option<String>,
    /// What becomes of requests that cannot be recorded.
    pub on_ledger_failure: OnFailure,
    /// Protocols that a client may switch to.
    pub upgrades: Vec<String>,
    /// Secrets with which issuers are asked about tokens, by the place of the issuer.
    pub introspection_secrets: BTreeMap<usize, Secret>,
    /// What the collector of traces is shown.
    pub traces_authorization: Option<Secret>,
    /// Keys of accounts elsewhere that accounts with authorities belong to, by where the configuration says
    /// that they are.
    pub external_account_keys: BTreeMap<String, Secret>,
    /// Who and what is shut out.
    pub containment: Arc<Containment>,
}

/// What one thread serves with.
#[derive(Debug)]
pub(crate) struct Worker {
    /// What is decided by now; another one may stand there at the next request.
    pub(crate) plan: Arc<arc_swap::ArcSwap<Plan>>,
    pub(crate) pool: Rc<Pool>,
    pub(crate) ids: Ids,
    /// What records requests, and who of this thread waits for that.
    pub(crate) recording: Option<(Arc<Recorder>, Rc<Waiting>)>,
    pub(crate) asker: Arc<Asker>,
    pub(crate) metrics: Arc<Metrics>,
    /// What this thread counts for the ledger.
    pub(crate) counts: Arc<Counts>,
    /// Nothing where nobody is told of traces.
    pub(crate) tracer: Option<Arc<Tracer>>,
    /// The answers that authorities wait for.
    pub(crate) challenges: Arc<Challenges>,
}

/// Milliseconds as a duration.
pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the data plane is where time comes in")]
pub(crate) fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
