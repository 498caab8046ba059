//! The one way out: every request of a scan passes here.

use super::cleanup::CleanUp;
use super::cost::{Costs, count_request};
use super::pace::{Pace, Went};
use super::progress::{Progress, Watcher};
use crate::identity::carried::Slots;
use crate::identity::vault::Vault;
use crate::nonce::SEED_BYTES;
use crate::step::{Credential, RawRequest, Request, Route, SocketCall};
use avouch_model::exchange::{
    Answer, Exchange, Failure, Headers, Outcome, SentRequest, SocketTalk,
};
use avouch_model::identity::Who;
use avouch_model::report::Ending;
use avouch_wire::client::{Client, Origin, Outgoing, Protocol, Scheme};
use avouch_wire::clock::Clock;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use url::Url;

/// LIMIT: how often a throttled request is sent again.
const THROTTLED_RETRIES: u32 = 4;
/// LIMIT: milliseconds a WebSocket may stand.
const SOCKET_MS_MAX: u32 = 10_000;
/// Failures in a row after which the target is taken for dead.
const FAILURES_UNTIL_DEAD: usize = 8;
/// Probes named when a target dies.
const LAST_PROBES: usize = 3;

/// Tells a scan to stop: the user's Ctrl-C.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// A stop and the switch that throws it.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (switch, stop) = watch::channel(false);
        (switch, Self(stop))
    }

    fn is_thrown(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is thrown; forever when nobody can throw it any more.
    pub async fn thrown(&mut self) {
        if self.0.wait_for(|thrown| *thrown).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What a sender is made of.
#[derive(Debug)]
pub struct SenderParts {
    /// The sockets.
    pub client: Client,
    /// The credentials.
    pub vault: Arc<Vault>,
    /// When.
    pub pace: Pace,
    /// The target's base address.
    pub address: Url,
    /// Its origin.
    pub origin: Origin,
    /// The scan's clock.
    pub clock: Clock,
    /// The scan's seed.
    pub seed: [u8; SEED_BYTES],
    /// LIMIT: requests.
    pub requests_max: u64,
    /// LIMIT: microseconds since the scan began.
    pub until_us: u64,
    /// The user's stop.
    pub stop: Stop,
    /// Who watches.
    pub watcher: Watcher,
    /// What is to be removed.
    pub cleanup: CleanUp,
}

/// Sends requests within scope, pace and budget.
#[derive(Debug)]
pub struct Sender {
    parts: SenderParts,
    sent: AtomicU64,
    costs: Costs,
    failures_in_a_row: AtomicUsize,
    last: Mutex<VecDeque<String>>,
    ended: Mutex<Option<Ending>>,
}

/// Whether a request may be held back because the scan has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Urgency {
    /// Not sent any more once the scan has ended.
    Usual,
    /// Sent even then: a heartbeat, a removal.
    Vital,
}

impl Sender {
    /// A sender that has sent nothing.
    pub fn new(parts: SenderParts) -> Self {
        Self {
            parts,
            sent: AtomicU64::new(0),
            costs: Costs::default(),
            failures_in_a_row: AtomicUsize::new(0),
            last: Mutex::default(),
            ended: Mutex::default(),
        }
    }

    /// The sockets, for handshakes.
    pub fn client(&self) -> &Client {
        &self.parts.client
    }

    /// The credentials.
    pub fn vault(&self) -> &Arc<Vault> {
        &self.parts.vault
    }

    /// The target.
    pub fn origin(&self) -> &Origin {
        &self.parts.origin
    }

    /// The target's base address.
    pub fn address(&self) -> &Url {
        &self.parts.address
    }

    /// What is to be removed.
    pub fn cleanup(&self) -> &CleanUp {
        &self.parts.cleanup
    }

    /// The scan's clock.
    pub fn clock(&self) -> Clock {
        self.parts.clock
    }

    /// Who watches.
    pub fn watcher(&self) -> &Watcher {
        &self.parts.watcher
    }

    /// The pace.
    pub fn pace(&self) -> &Pace {
        &self.parts.pace
    }

    /// Requests sent so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// What each check has cost so far.
    pub fn costs(&self) -> &Costs {
        &self.costs
    }

    /// Why nothing more is sent; `None` while the scan goes on.
    pub fn ended(&self) -> Option<Ending> {
        if self.parts.stop.is_thrown() {
            return Some(Ending::Interrupted);
        }
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the scan; the first reason stays.
    pub fn end(&self, ending: Ending) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(ending);
    }

    /// Sends a request. A throttled one waits as long as the target asks and goes again.
    pub async fn send(&self, request: &Request) -> Exchange {
        let mut tries = 0;
        loop {
            let exchange = self.send_once(request).await;
            let throttled = exchange.answer().is_some_and(is_throttle);
            if !throttled || tries >= THROTTLED_RETRIES || self.ended().is_some() {
                return exchange;
            }
            tries += 1;
        }
    }

    /// Sends a request, once.
    pub async fn send_once(&self, request: &Request) -> Exchange {
        self.pass(request, Urgency::Usual).await
    }

    /// Sends a request although the scan may have ended: a heartbeat or a removal.
    pub async fn send_vital(&self, request: &Request) -> Exchange {
        self.pass(request, Urgency::Vital).await
    }

    async fn pass(&self, request: &Request, urgency: Urgency) -> Exchange {
        if let Some(failure) = self.refusal(urgency) {
            return failed(request, self.origin(), failure);
        }
        let outgoing = match self.outgoing(request) {
            Ok(outgoing) => outgoing,
            Err(why) => return failed(request, self.origin(), Failure::Unsendable(why)),
        };
        let entry = match &request.creates {
            // Written before the request goes out: a crash must not leave an unknown object.
            Some(creation) => match self.parts.cleanup.plan(creation, request) {
                Ok(entry) => Some(entry),
                Err(why) => return failed(request, self.origin(), Failure::Unsendable(why)),
            },
            None => None,
        };
        let place = self.parts.pace.place().await;
        if let Some(failure) = self.refusal(urgency) {
            return failed(request, self.origin(), failure);
        }
        self.remember(&outgoing);
        self.count();
        let exchange = self.send_out(outgoing).await;
        drop(place);
        self.learn(&exchange);
        if let (Some(entry), Some(answer)) = (entry, exchange.answer()) {
            self.parts.cleanup.created(entry, answer);
        }
        exchange
    }

    /// Sends what is ready to go out, past pace and budget: a login, or what has passed them.
    pub async fn send_out(&self, outgoing: Outgoing) -> Exchange {
        let exchange = self.parts.client.send(outgoing).await;
        self.parts.watcher.see(&exchange);
        exchange
    }

    /// Sends a head of the check's own making, without any credential.
    pub async fn send_raw(&self, raw: &RawRequest) -> Exchange {
        let request = Request::read("/");
        if let Some(failure) = self.refusal(Urgency::Usual) {
            return failed(&request, self.origin(), failure);
        }
        let _place = self.parts.pace.place().await;
        self.count();
        let head = raw.text.clone().into_bytes();
        let exchange = self.parts.client.send_raw(self.address(), head, Who::Nobody).await;
        self.parts.watcher.see(&exchange);
        exchange
    }

    /// Opens a WebSocket and says what is to be said.
    pub async fn talk(&self, call: &SocketCall) -> SocketTalk {
        let unsent = |failure| SocketTalk {
            exchange: failed(&call.request, self.origin(), failure),
            heard: Vec::new(),
            closed: None,
        };
        if let Some(failure) = self.refusal(Urgency::Usual) {
            return unsent(failure);
        }
        let outgoing = match self.outgoing(&call.request) {
            Ok(outgoing) => outgoing,
            Err(why) => return unsent(Failure::Unsendable(why)),
        };
        let _place = self.parts.pace.place().await;
        self.remember(&outgoing);
        self.count();
        let until = Duration::from_millis(u64::from(call.at_most_ms.min(SOCKET_MS_MAX)));
        let messages_max = usize::from(call.messages_max);
        let talk = self.parts.client.talk(outgoing, &call.texts, messages_max, until).await;
        self.parts.watcher.see(&talk.exchange);
        talk
    }

    /// Counts a request that is about to go out.
    fn count(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        count_request();
    }

    /// Why a request is not sent at all.
    fn refusal(&self, urgency: Urgency) -> Option<Failure> {
        if urgency == Urgency::Vital {
            return None;
        }
        if self.sent() >= self.parts.requests_max {
            let spent = format!("{} requests", self.parts.requests_max);
            self.end(Ending::BudgetSpent(spent));
        }
        if self.parts.clock.micros() >= self.parts.until_us {
            let spent = format!("{} seconds", self.parts.until_us / 1_000_000);
            self.end(Ending::BudgetSpent(spent));
        }
        self.ended().is_some().then_some(Failure::Stopped)
    }

    fn outgoing(&self, request: &Request) -> Result<Outgoing, String> {
        let mut origin = self.parts.origin.clone();
        if request.route == Route::Cleartext {
            if !matches!(request.credential, Credential::None | Credential::Garbage { .. }) {
                return Err("a true credential never travels in clear".to_owned());
            }
            origin.scheme = Scheme::Http;
            if origin.port == 443 {
                origin.port = 80;
            }
        }
        let mut target = request.target.clone();
        if let Ok(elsewhere) = Url::parse(&target) {
            if request.credential != Credential::None {
                return Err("a credential never travels to another host".to_owned());
            }
            origin = Origin::of(&elsewhere).ok_or("the address is neither http nor https")?;
            target = target.splitn(4, '/').nth(3).map_or("/".to_owned(), |path| format!("/{path}"));
        }
        let mut headers = request.headers.clone();
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
            headers.push(("accept".to_owned(), "application/json, */*;q=0.5".to_owned()));
        }
        let slots = Slots { target: &mut target, headers: &mut headers };
        self.parts
            .vault
            .apply(&request.credential, &self.parts.seed, slots)
            .map_err(|error| error.to_string())?;
        if let Credential::Signed { rightly } = request.credential {
            let signer = self.parts.vault.signer().ok_or("there is no secret to sign with")?;
            let body = request.body.as_deref().unwrap_or_default();
            headers.extend(signer.headers(body, rightly, self.parts.clock.now().as_second()));
        }
        let mut outgoing = Outgoing::new(request.method.name(), origin, &target);
        outgoing.headers = headers;
        outgoing.body = request.body.clone().map(String::into_bytes);
        outgoing.who = request.credential.who();
        outgoing.credential_note = request.credential.note();
        outgoing.fresh_connection = request.route != Route::Usual;
        if request.route == Route::Http2 {
            outgoing.protocol = Protocol::Http2;
        }
        Ok(outgoing)
    }

    fn remember(&self, outgoing: &Outgoing) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let path = outgoing.target.split('?').next().unwrap_or_default();
        last.push_back(format!("{} {path}", outgoing.method));
        while last.len() > LAST_PROBES {
            last.pop_front();
        }
    }

    /// The last probes, for the report when the target dies of one.
    pub fn last_probes(&self) -> String {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().cloned().collect::<Vec<_>>().join(", ")
    }

    fn learn(&self, exchange: &Exchange) {
        let went = match &exchange.outcome {
            Outcome::Answered(answer) if is_throttle(answer) => {
                Went::Throttled(pause_asked(answer))
            }
            Outcome::Answered(answer) => Went::Well(answer.timing.total_us),
            Outcome::Failed(_) => Went::Badly,
        };
        if let Some(in_flight) = self.parts.pace.learn(went) {
            self.parts.watcher.tell(Progress::Slower(in_flight));
        }
        let Outcome::Failed(
            failure @ (Failure::Refused | Failure::TimedOut(_) | Failure::Broken(_)),
        ) = &exchange.outcome
        else {
            self.failures_in_a_row.store(0, Ordering::Relaxed);
            return;
        };
        let failures = self.failures_in_a_row.fetch_add(1, Ordering::Relaxed) + 1;
        if failures >= FAILURES_UNTIL_DEAD {
            let last = self.last_probes();
            let because = format!(
                "{failures} requests in a row had no answer ({failure}); the last were {last}"
            );
            self.end(Ending::TargetGone(because));
        }
    }
}

/// Whether the answer says "slow down".
fn is_throttle(answer: &Answer) -> bool {
    let retry_after = answer.headers.first("retry-after");
    answer.status == 429 || (answer.status == 503 && retry_after.is_some())
}

/// How long a throttled answer asks to wait, when it says so in seconds (RFC 9110, section 10.2.3).
fn pause_asked(answer: &Answer) -> Option<Duration> {
    let seconds = answer.headers.first("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// An exchange for a request that was not sent.
pub fn failed(request: &Request, origin: &Origin, failure: Failure) -> Exchange {
    let sent = SentRequest {
        method: request.method.to_string(),
        url: if Url::parse(&request.target).is_ok() {
            request.target.clone()
        } else {
            format!("{origin}{}", request.target)
        },
        headers: Headers(request.headers.clone()),
        body: request.body.clone(),
        who: request.credential.who(),
        credential_note: request.credential.note(),
    };
    Exchange { request: sent, outcome: Outcome::Failed(failure), sent_at_us: 0 }
}
