//! Plays the target to a check.

use super::parse::{Conversation, Reply, Turn};
use super::pattern::{Captures, fill, matches};
use super::world::{World, world};
use crate::check::{Check, Tier};
use crate::context::Context;
use crate::evaluate;
use crate::nonce::Nonces;
use crate::step::{Event, Request, SocketCall, Step};
use crate::tape::Seen;
use avouch_model::exchange::{
    Answer, Exchange, Headers, Hit, Outcome, SentRequest, SocketTalk, Timing,
};
use avouch_model::operation::Method;
use avouch_model::tls::{FaultAnswer, HelloAnswer, TlsVersion};
use avouch_model::verdict::Verdict;
use std::collections::VecDeque;

/// Plays the conversation and returns the check's verdict.
pub(super) fn drive(check: &Check, conversation: &Conversation) -> Result<Verdict, String> {
    let world = world(conversation)?;
    let ctx = context(check, conversation, &world);
    let mut turns: VecDeque<&Turn> = conversation.asks.iter().collect();
    let mut captures = Captures::new();
    let mut seen = Vec::new();
    loop {
        let step = evaluate::next_step(check, &ctx, &seen);
        let event = match &step {
            Step::Done(verdict) => {
                let left: Vec<&str> = turns
                    .iter()
                    .map(|turn| turn.question.as_str())
                    .filter(|question| !question.starts_with(AGAIN))
                    .collect();
                return if left.is_empty() {
                    Ok(verdict.clone())
                } else {
                    Err(format!("ended in {verdict:?} without asking {left:?}"))
                };
            }
            Step::Pause { .. } => Event::Paused,
            Step::SendTogether(requests) => {
                let mut exchanges = Vec::new();
                for request in requests {
                    let turn = next_turn(&mut turns, request, &captures)
                        .ok_or_else(|| unexpected(&step))?;
                    exchanges.push(exchange(&world, request, turn, &mut captures)?);
                }
                Event::Together(exchanges)
            }
            Step::Send(request) if world.is_aside(request, turns.front().copied(), &captures) => {
                let reply = world.otherwise.clone().unwrap_or_default();
                Event::Exchange(Box::new(answered(&world, request, &reply, &captures)))
            }
            Step::Send(request) => {
                let turn =
                    next_turn(&mut turns, request, &captures).ok_or_else(|| unexpected(&step))?;
                Event::Exchange(Box::new(exchange(&world, request, turn, &mut captures)?))
            }
            other => special(
                &world,
                other,
                turns.pop_front().ok_or_else(|| unexpected(&step))?,
                &mut captures,
            )?,
        };
        seen.push(Seen { step, event });
    }
}

/// What the check may know.
pub(super) fn context<'w>(
    check: &Check,
    conversation: &Conversation,
    world: &'w World,
) -> Context<'w> {
    let operation = match &world.subject {
        Some(id) => world.catalog.operations.iter().find(|operation| operation.id == *id),
        None => None,
    };
    Context {
        target: &world.target,
        catalog: &world.catalog,
        operation,
        input: world.input.as_ref(),
        identities: &world.identities,
        distinct: world.distinct,
        corpus: &world.corpus,
        nonces: Nonces::new([42; 32], format!("{} {}", check.id, conversation.title)),
        now: world.now,
        out_of_band: world.out_of_band.as_ref(),
        tier: Tier::Disruptive,
        told: &world.told,
        found: world.found.as_ref(),
        accounts: &world.accounts,
    }
}

/// Opens a turn that answers any number of requests until the turn after it fits: `> ... A GET *`.
const AGAIN: &str = "... ";

/// The turn that answers this request.
fn next_turn<'c>(
    turns: &mut VecDeque<&'c Turn>,
    request: &Request,
    captures: &Captures,
) -> Option<&'c Turn> {
    let first = *turns.front()?;
    if first.question.starts_with(AGAIN) {
        let after = turns.get(1);
        if !after.is_some_and(|t| matches(&t.question, &asked(request), &mut captures.clone())) {
            return Some(first);
        }
        turns.pop_front();
    }
    turns.pop_front()
}

impl World {
    /// Whether a request is not the next turn's and the page says what others are answered.
    fn is_aside(&self, request: &Request, next: Option<&Turn>, captures: &Captures) -> bool {
        let asked = asked(request);
        self.otherwise.is_some()
            && !next.is_some_and(|turn| matches(&turn.question, &asked, &mut captures.clone()))
    }
}

/// A request as pages write it.
fn asked(request: &Request) -> String {
    let who = match request.credential.note() {
        Some(note) => format!("{}~{note}", request.credential.who()),
        None => request.credential.who().to_string(),
    };
    format!("{who} {} {}", request.method, request.target)
}

fn unexpected(step: &Step) -> String {
    format!("asked more than the page says: {step:#?}")
}

/// Steps that are not plain requests.
fn special(
    world: &World,
    step: &Step,
    turn: &Turn,
    captures: &mut Captures,
) -> Result<Event, String> {
    let question = match step {
        Step::WebSocket(call) => return socket(world, call, turn, captures),
        Step::Hello { version, .. } => format!("hello {version:?}"),
        Step::TlsFault(fault) => format!("fault {fault:?}"),
        Step::AwaitHit { token, .. } => format!("await {token}"),
        Step::SendRaw(raw) => format!("raw {}", raw.text.lines().next().unwrap_or_default()),
        other => return Err(format!("cannot play {other:?}")),
    };
    if !matches(&turn.question, &question, captures) {
        return Err(format!("expected `{}`, asked `{question}`", turn.question));
    }
    let line = turn.reply.line.as_str();
    Ok(match step {
        Step::TlsFault(_) => {
            let (kind, how) = line.split_once(' ').unwrap_or((line, ""));
            let how = how.to_owned();
            Event::TlsFault(match kind {
                "shown" => FaultAnswer::Shown { how },
                "absent" => FaultAnswer::Absent { how },
                _ => FaultAnswer::Unclear { because: how },
            })
        }
        Step::Hello { version, .. } => Event::Hello(match line {
            "accepted" => HelloAnswer::Accepted { version: *version, cipher_suite: 0x002f },
            "downgraded" => {
                HelloAnswer::Accepted { version: TlsVersion::Tls12, cipher_suite: 0xc02f }
            }
            "refused" => HelloAnswer::Refused { alert: Some(70) },
            other => match other.strip_prefix("accepted ").map(|n| u16::from_str_radix(n, 16)) {
                Some(Ok(cipher_suite)) => HelloAnswer::Accepted { version: *version, cipher_suite },
                _ => HelloAnswer::Unclear { because: other.to_owned() },
            },
        }),
        Step::AwaitHit { token, .. } => Event::Hits(match line.strip_prefix("hit ") {
            Some(protocol) => vec![Hit {
                token: token.clone(),
                protocol: protocol.to_owned(),
                from: "192.0.2.7:4431".into(),
                request: turn.reply.body.clone(),
                at_us: 1,
            }],
            None => Vec::new(),
        }),
        Step::SendRaw(raw) => {
            let request =
                Request::new(Method::parse(question.split(' ').nth(1).unwrap_or_default()), "/");
            let mut exchange = answered(world, &request, &turn.reply, captures);
            exchange.request.body = Some(raw.text.clone());
            if let Outcome::Answered(answer) = &mut exchange.outcome {
                answer.body = answer.body.replace("{request}", &raw.text);
            }
            Event::Exchange(Box::new(exchange))
        }
        _ => return Err("not played".into()),
    })
}

/// A socket as pages write it: `> socket A GET /live`, the texts as its body, `< 101` and the
/// messages, one a line; `< 101 closed:4401` when the target closes.
fn socket(
    world: &World,
    call: &SocketCall,
    turn: &Turn,
    captures: &mut Captures,
) -> Result<Event, String> {
    let question = turn.question.strip_prefix("socket ").unwrap_or("a socket is asked for");
    let turn = Turn { question: question.to_owned(), ..turn.clone() };
    let mut request = call.request.clone();
    request.body = Some(call.texts.join("\n"));
    let exchange = exchange(world, &request, &turn, captures)?;
    let stands = exchange.answer().is_some_and(|answer| answer.status == 101);
    let body = exchange.answer().map(|answer| answer.body.as_str()).unwrap_or_default();
    let heard = if stands { body.lines().map(str::to_owned).collect() } else { Vec::new() };
    let mut words = turn.reply.line.split_whitespace();
    let closed = words.find_map(|word| word.strip_prefix("closed:")?.parse().ok());
    Ok(Event::WebSocket(Box::new(SocketTalk { exchange, heard, closed })))
}

/// Holds a request against the next turn and answers it.
fn exchange(
    world: &World,
    request: &Request,
    turn: &Turn,
    captures: &mut Captures,
) -> Result<Exchange, String> {
    let asked = asked(request);
    let question = turn.question.strip_prefix(AGAIN).unwrap_or(&turn.question);
    if !matches(question, &asked, captures) {
        return Err(format!(
            "expected `{}`, asked `{asked}`\nbody: {:?}",
            turn.question, request.body
        ));
    }
    for (name, pattern) in &turn.headers {
        let values: Vec<&str> = request
            .headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        if !values.iter().any(|value| matches(pattern, value, captures)) {
            return Err(format!("`{asked}`: header `{name}: {pattern}` expected, sent {values:?}"));
        }
    }
    if let Some(pattern) = &turn.body {
        let body = request.body.as_deref().unwrap_or_default();
        if !matches(pattern, body, captures) {
            return Err(format!("`{asked}`: body `{pattern}` expected, sent `{body}`"));
        }
    }
    Ok(answered(world, request, &turn.reply, captures))
}

pub(super) fn answered(
    world: &World,
    request: &Request,
    reply: &Reply,
    captures: &Captures,
) -> Exchange {
    let outcome = match reply.failure() {
        Some(failure) => Outcome::Failed(failure),
        None => Outcome::Answered(answer(reply, captures)),
    };
    let sent = SentRequest {
        method: request.method.to_string(),
        url: format!("{}{}", world.target.origin, request.target),
        headers: Headers(request.headers.clone()),
        body: request.body.clone(),
        who: request.credential.who(),
        credential_note: request.credential.note(),
    };
    Exchange { request: sent, outcome, sent_at_us: 0 }
}

pub(super) fn answer(reply: &Reply, captures: &Captures) -> Answer {
    let body = fill(&reply.body, captures);
    let mut headers: Vec<(String, String)> = reply
        .headers
        .iter()
        .map(|(name, value)| (fill(&name.to_ascii_lowercase(), captures), fill(value, captures)))
        .collect();
    if !headers.iter().any(|(name, _)| name == "content-type") && !body.is_empty() {
        let kind = match body.trim_start().chars().next() {
            Some('{' | '[') => "application/json",
            Some('<') => "text/html",
            _ => "text/plain",
        };
        headers.push(("content-type".into(), kind.into()));
    }
    let mut words = reply.line.split_whitespace();
    let status = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let took_ms: u64 = words.next().and_then(|w| w.strip_suffix("ms")?.parse().ok()).unwrap_or(1);
    Answer {
        status,
        protocol: "HTTP/1.1".into(),
        headers: Headers(headers),
        body_bytes: body.len() as u64,
        body,
        truncated: false,
        timing: Timing { connect_us: 0, first_byte_us: took_ms * 1000, total_us: took_ms * 1000 },
    }
}
