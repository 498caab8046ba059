//! The requests of the year: each is judged by the guard as the gateway judges it, by the story's clock, and
//! what may pass is asked of the shop that runs.
//!
//! The sockets of the gateway are left out, since they go by the machine's clock. So are limits of time and
//! bodies: all requests read.

use crate::commands::Failed;
use crate::commands::gateway::{Version, configuration, files, plan};
use crate::config::Config;
use anyhow::{Context, anyhow};
use avouch_beyond::http::{Call, Client};
use avouch_gateway::{Plan, record};
use avouch_guard::guard::Ground;
use avouch_guard::limit::Buckets;
use avouch_guard::{Course, Halt, Peer, Refusal, Request as Asked};
use avouch_ledger::format::control::Act;
use avouch_ledger::log::Ledger;
use avouch_ledger::storage::{Clock, SystemClock};
use avouch_model::coding::{Digest, Fact, Later};
use avouch_model::fact::configuration::ConfigurationEvent;
use avouch_model::fact::request::{Answer, ProvenBy, Request, SeenBy};
use http::request::Parts;
use http::{HeaderMap, Method};
use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// LIMIT: bytes of an answer of the shop.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// The shop's own log, which the requests are held against.
pub(super) const SHOP_LOG: &str = "shop-access.log";
/// The retention class.
const CLASS: &str = "default";

/// Somebody asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) at_ms: u64,
    /// The API key, if any.
    pub(super) key: Option<String>,
    pub(super) path: String,
    pub(super) address: [u8; 4],
    /// The trace that it is part of, as `traceparent` names it.
    pub(super) trace: Option<String>,
}

/// Where requests come in.
pub(super) struct Edge {
    ground: Ground,
    plan: Option<(Version, Option<Vec<u8>>, Plan)>,
    shop: Client,
    /// A token of the shop, in which the one who integrates with it asks.
    token: String,
    /// An order that is there.
    order: String,
    count: u64,
    log: String,
    /// When the first request of the log came.
    log_ms: Option<u64>,
}

impl Edge {
    pub(super) fn new(shop: &str, token: String, order: String) -> Result<Self, Failed> {
        let shop =
            Client::new(shop, Duration::from_secs(10), ANSWER_BYTES_MAX).map_err(Failed::broken)?;
        let ground = Ground { buckets: Arc::new(Buckets::new(1_000)), hash: RandomState::new() };
        Ok(Self {
            ground,
            plan: None,
            shop,
            token,
            order,
            count: 0,
            log: String::new(),
            log_ms: None,
        })
    }

    /// The shop was opened again: it has other tokens and orders.
    pub(super) fn knows(&mut self, token: String, order: String) {
        self.token = token;
        self.order = order;
    }

    /// Reads what decisions rest on where it changed, and records that as the gateway does.
    pub(super) fn follow(&mut self, ledger: &Ledger) -> Result<(), Failed> {
        let config = Config::read(None).map_err(Failed::usage)?;
        let version = Version::of(files(None, &config));
        let keys =
            config.guard.identify.keys.as_ref().and_then(|keys| std::fs::read(&keys.file).ok());
        let before = self.plan.as_ref();
        if before.is_some_and(|(known, known_keys, _)| *known == version && *known_keys == keys) {
            return Ok(());
        }
        let (next, _) = plan(&config, &self.ground, before.map(|(.., plan)| plan))?;
        let fact = match before {
            None => Some(configuration(ConfigurationEvent::Loaded, &version, None)),
            Some((known, ..)) if *known != version => {
                Some(configuration(ConfigurationEvent::Changed, &version, Some(known)))
            }
            Some(_) => None,
        };
        if let Some(fact) = fact {
            append(ledger, &fact)?;
        }
        self.plan = Some((version, keys, next));
        Ok(())
    }

    /// Judges a visit, asks the shop if it may pass, and records what came of it. While the ledger's disk
    /// is full, nothing is recorded.
    pub(super) fn visited(&mut self, visit: &Visit, ledger: Option<&Ledger>) -> Result<(), Failed> {
        let path = visit.path.replace("{order}", &self.order);
        let fact = self.judged(&Visit { path, ..visit.clone() }).map_err(Failed::broken)?;
        match ledger {
            Some(ledger) => append(ledger, &fact),
            None => Ok(()),
        }
    }

    fn judged(&mut self, visit: &Visit) -> anyhow::Result<Request> {
        let started = SystemClock::start();
        let mut parts = head(visit)?;
        let (.., plan) = self.plan.as_ref().context("nothing is configured")?;
        let mut course = Course::default();
        let decided = decide(plan, &mut parts, visit, &mut course);
        let bundle = plan.guard.bundle().map(Digest);
        self.count += 1;
        let id = id(visit.at_ms, self.count);
        let (answer, status, because, upstream_us, bytes) = match decided {
            Ok(path) => {
                let asked = SystemClock::start();
                let (status, bytes) = self.forward(&id, &path)?;
                self.log_ms = self.log_ms.or(Some(visit.at_ms));
                (Answer::Allow, Some(u64::from(status)), None, Some(micros(asked)), Some(bytes))
            }
            Err(refusal) => {
                let answer = if refusal.status == 503 { Answer::Error } else { Answer::Deny };
                let because = format!("{}: {}", refusal.policy, refusal.code);
                (answer, Some(u64::from(refusal.status)), Some(because), None, None)
            }
        };
        let principal = course.principal.as_ref();
        Ok(Request {
            id,
            seen_by: SeenBy::Gateway,
            within: visit.trace.clone(),
            session: None,
            principal: principal.filter(|who| !who.is_anybody()).map(|who| who.id.as_str().into()),
            proven_by: principal.map(|who| who.proven_by).or(Some(ProvenBy::Nothing)),
            address: Some(IpAddr::from(visit.address).to_string().as_str().into()),
            method: parts.method.to_string(),
            host: HOST.to_owned(),
            operation: course.operation.as_deref().map(str::to_owned),
            objects: course.objects.iter().map(|object| object.as_str().into()).collect(),
            answer: Some(answer),
            policies: course.policies.iter().map(ToString::to_string).collect(),
            bundle,
            because,
            status,
            protocol: Some("HTTP/1.1".to_owned()),
            request_bytes: Some(0),
            answer_bytes: bytes,
            took_us: Some(micros(started)),
            upstream_us,
            classes: Vec::new(),
            tls: None,
            cipher: None,
            client_print: None,
            digest: None,
            path: Some(visit.path.as_str().into()),
            later: Later::default(),
        })
    }

    /// Asks the shop, which writes the request into its log.
    fn forward(&mut self, id: &str, path: &str) -> anyhow::Result<(u16, u64)> {
        let answer = self.shop.call(Call {
            method: Method::GET,
            target: path.to_owned(),
            headers: vec![("authorization".to_owned(), format!("Bearer {}", self.token))],
            body: bytes::Bytes::new(),
        })?;
        // Writing to a text does not fail.
        let _ = writeln!(self.log, "{id} GET {path} {}", answer.status);
        Ok((answer.status, answer.body.len() as u64))
    }

    /// Gives the shop's log since the last time, as a file, and when its first request came.
    pub(super) fn write_log(&mut self) -> std::io::Result<Option<u64>> {
        std::fs::write(SHOP_LOG, std::mem::take(&mut self.log))?;
        Ok(self.log_ms.take())
    }
}

const HOST: &str = "shop.example";

fn head(visit: &Visit) -> anyhow::Result<Parts> {
    let mut request = http::Request::builder().method(Method::GET).uri(&visit.path);
    request = request.header("host", HOST);
    if let Some(key) = &visit.key {
        request = request.header("x-api-key", key);
    }
    Ok(request.body(()).map_err(|error| anyhow!(error))?.into_parts().0)
}

/// The path that may be asked for, or why it may not.
fn decide(
    plan: &Plan,
    parts: &mut Parts,
    visit: &Visit,
    course: &mut Course,
) -> Result<String, Refusal> {
    let admitted = plan.guard.admit(parts)?;
    let (host, path) = (admitted.host.into_owned(), admitted.path.into_owned());
    let mut headers: HeaderMap = parts.headers.clone();
    avouch_guard::admit::head::strip(&mut headers)?;
    let asked = Asked {
        method: parts.method.as_str(),
        host: &host,
        path: &path,
        query: None,
        headers: &headers,
        version: parts.version,
        peer: Peer { address: IpAddr::from(visit.address), tls: None },
    };
    match plan.guard.decide(&asked, &plan.containment, visit.at_ms, course) {
        Ok(()) => Ok(path),
        Err(Halt::Refused(refusal)) => Err(refusal),
        // Neither tokens nor questions of browsers come here.
        Err(_) => Err(Refusal::undecided("identify", "unknown", "It is not known who asks.")),
    }
}

/// The ledger could be written again, and is told how much it missed, as the gateway tells it.
pub(super) fn tell_gap(
    ledger: &Ledger,
    (count, from_ms, to_ms): (u64, u64, u64),
) -> Result<(), Failed> {
    let reason = "the disk of the ledger was full, and reads went on".to_owned();
    let told = ledger.administer(Act::Gap { count, from_ms, to_ms, reason }, &[]);
    told.map(|_| ()).map_err(Failed::broken)
}

fn append(ledger: &Ledger, fact: &impl Fact) -> Result<(), Failed> {
    let encoded = fact.encode().map_err(Failed::broken)?;
    ledger.append(CLASS, &record(encoded)).map(|_| ()).map_err(Failed::broken)
}

/// What has passed by the machine since a clock was started.
fn micros(since: SystemClock) -> u64 {
    u64::try_from(since.steady().as_micros()).unwrap_or(u64::MAX)
}

/// An id as the gateway gives one (a ULID): 48 bits of time, then a number.
fn id(at_ms: u64, count: u64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let number = (u128::from(at_ms) << 80) | u128::from(count);
    let digit = |at: u32| {
        let index = usize::try_from((number >> (5 * at)) & 31).unwrap_or(0);
        DIGITS.get(index).map_or('0', |&digit| char::from(digit))
    };
    (0..26).rev().map(digit).collect()
}
