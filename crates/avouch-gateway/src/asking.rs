//! Asks issuers what only they know: their keys, and whether a token is active.
//!
//! Never on the thread that serves, and never ended with the request that made it ask: others wait for
//! the same answer. There is at most one question for a key set and one for a token at a time, which
//! the guard sees to.

use crate::kept_keys::{Kept, Place};
use crate::metrics::Metrics;
use crate::worker::{Plan, now_ms};
use arc_swap::ArcSwap;
use avouch_beyond::http::{Call, Client};
use avouch_guard::identify::{Answer, INTROSPECTION_BYTES_MAX, KEY_SET_BYTES_MAX, Question};
use avouch_model::secret::Secret;
use base64::Engine as _;
use bytes::Bytes;
use http::Method;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use url::Url;

/// How long an issuer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How often it is seen whether a key set is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// LIMIT: questions that are under way at once.
const UNDER_WAY_MAX: usize = 64;

/// Asks, and tells who waits when there is an answer.
#[derive(Debug)]
pub(crate) struct Asker {
    answered: watch::Sender<u64>,
    under_way: Arc<()>,
    metrics: Arc<Metrics>,
}

impl Asker {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { answered: watch::Sender::new(0), under_way: Arc::new(()), metrics }
    }

    /// Tells of answers from now on.
    pub(crate) fn answers(&self) -> watch::Receiver<u64> {
        self.answered.subscribe()
    }

    /// Asks beside everything else.
    pub(crate) fn ask(self: &Arc<Self>, plan: &Arc<Plan>, question: Question) {
        let (asker, plan) = (self.clone(), plan.clone());
        let place = self.under_way.clone();
        if Arc::strong_count(&self.under_way) > UNDER_WAY_MAX + 1 {
            plan.guard.identifier().answer(&question, Answer::Failed, now_ms());
            return;
        }
        let failed = (plan.clone(), question.clone());
        let builder = std::thread::Builder::new().name("asking".to_owned());
        let started = builder.spawn(move || {
            asker.ask_now(&plan, &question);
            drop(place);
        });
        if started.is_err() {
            failed.0.guard.identifier().answer(&failed.1, Answer::Failed, now_ms());
        }
    }

    fn ask_now(&self, plan: &Plan, question: &Question) {
        let bytes = match question {
            Question::KeySet { issuer, .. } => key_set(plan, *issuer),
            Question::Introspect { issuer, token, .. } => introspected(plan, *issuer, token),
        };
        self.count(plan, question, bytes.is_some());
        let answer = match &bytes {
            Some((bytes, max_age_s)) => Answer::Body { bytes, max_age_s: *max_age_s },
            None => Answer::Failed,
        };
        let fetched = fetched(plan, question);
        plan.guard.identifier().answer(question, answer, now_ms());
        if let Question::KeySet { issuer, .. } = question {
            self.keep(plan, *issuer, fetched != self::fetched(plan, question), bytes.as_ref());
        }
        self.answered.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Keeps a key set over a restart, or takes what was kept where the issuer gives none and none is known.
    fn keep(
        &self,
        plan: &Plan,
        issuer: usize,
        is_newer: bool,
        bytes: Option<&(Bytes, Option<u64>)>,
    ) {
        let identifier = plan.guard.identifier();
        let settings = identifier.settings();
        let place = settings.issuer.get(issuer);
        let place = place.and_then(|issuer| Place::of(settings.kept.as_ref(), issuer));
        let (Some(place), Some(state)) = (place, identifier.key_set(issuer)) else { return };
        match (state.fetched_ms, bytes) {
            (Some(fetched_ms), Some((bytes, _))) if is_newer => {
                let kept = place.keep(&Kept { bytes: bytes.to_vec(), fetched_ms });
                let _ = kept.inspect_err(|_| self.metrics.keys_not_kept());
            }
            (None, _) => {
                let kept = place.kept();
                kept.map(|kept| identifier.restore(issuer, &kept.bytes, kept.fetched_ms, now_ms()));
            }
            _ => (),
        }
    }

    fn count(&self, plan: &Plan, question: &Question, answered: bool) {
        let issuers = &plan.guard.identifier().settings().issuer;
        let name = |issuer: usize| issuers.get(issuer).map_or("", |issuer| issuer.name.as_str());
        match question {
            Question::KeySet { issuer, .. } => self.metrics.key_set(name(*issuer), answered),
            Question::Introspect { issuer, .. } => {
                self.metrics.introspected(name(*issuer), answered);
            }
        }
    }

    /// Asks for the key sets that are due now, and waits for the answers.
    pub(crate) fn ask_due(&self, plan: &Plan) {
        for question in plan.guard.identifier().due(now_ms()) {
            self.ask_now(plan, &question);
        }
    }

    /// Keeps key sets fresh until the gateway ends.
    #[expect(clippy::disallowed_methods, reason = "a thread of its own, beside those that serve")]
    pub(crate) fn keep_fresh(&self, plan: &ArcSwap<Plan>, stopping: &watch::Receiver<bool>) {
        while !*stopping.borrow() {
            self.ask_due(&plan.load_full());
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

/// When the key set that is asked for was fetched or confirmed last.
fn fetched(plan: &Plan, question: &Question) -> Option<u64> {
    match question {
        Question::KeySet { issuer, .. } => plan.guard.identifier().key_set(*issuer)?.fetched_ms,
        Question::Introspect { .. } => None,
    }
}

type Fetched = Option<(Bytes, Option<u64>)>;

fn key_set(plan: &Plan, issuer: usize) -> Fetched {
    let settings = plan.guard.identifier().settings().issuer.get(issuer)?;
    if let Some(path) = &settings.jwks_file {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).ok()?;
        file.take(KEY_SET_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).ok()?;
        return Some((bytes.into(), None));
    }
    let url = Url::parse(settings.jwks_url.as_deref()?).ok()?;
    called(&url, Method::GET, Vec::new(), Bytes::new(), KEY_SET_BYTES_MAX)
}

/// RFC 7662, section 2.1; the client is known by RFC 6749, section 2.3.1.
fn introspected(plan: &Plan, issuer: usize, token: &Secret) -> Fetched {
    let settings = plan.guard.identifier().settings().issuer.get(issuer)?;
    let asked = settings.introspection.as_ref()?;
    let secret = plan.introspection_secrets.get(&issuer)?;
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let id: String = encode(&asked.client_id);
    let password: String = encode(secret.danger_reveal());
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{password}"));
    let basic = format!("Basic {pair}");
    let headers = vec![
        ("authorization".to_owned(), basic),
        ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ("accept".to_owned(), "application/json".to_owned()),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("token", token.danger_reveal())
        .append_pair("token_type_hint", "access_token")
        .finish();
    let url = Url::parse(&asked.url).ok()?;
    called(&url, Method::POST, headers, body.into(), INTROSPECTION_BYTES_MAX)
}

/// One exchange without redirects; anything but 200 is no answer.
fn called(
    url: &Url,
    method: Method,
    headers: Vec<(String, String)>,
    body: Bytes,
    bytes_max: usize,
) -> Fetched {
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let mut service = url.clone();
    service.set_query(None);
    service.set_fragment(None);
    let client = Client::new(service.as_str(), ANSWER_WITHIN, bytes_max).ok()?;
    let answer = client.call(Call { method, target, headers, body }).ok()?;
    if answer.status != 200 {
        return None;
    }
    let max_age_s = answer.header("cache-control").and_then(|control| {
        control.split(',').find_map(|one| one.trim().strip_prefix("max-age=")?.parse().ok())
    });
    Some((answer.body, max_age_s))
}
