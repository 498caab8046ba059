//! Lets a check be written as a straight line and run as steps.
//!
//! The tape holds what has been asked and answered so far. A check runs from its beginning each
//! time: questions already answered return at once, the first new one stops it with `?` and becomes
//! the next [`Step`]. So a check is a pure function of context and tape, its recorded exchanges are
//! its whole state, and running it again over a recording must end in the same verdict.

use crate::oracle::block;
use crate::step::{Event, RawRequest, Request, SocketCall, Step};
use avouch_model::exchange::{Answer, Exchange, Hit, Outcome, SocketTalk};
use avouch_model::tls::{FaultAnswer, HelloAnswer, TlsFault, TlsVersion};
use avouch_model::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// One question and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// What was asked.
    pub step: Step,
    /// What came of it.
    pub event: Event,
}

/// What a check's function returns: a verdict, or by `?` the next step.
pub type Flow = Result<Verdict, Step>;

/// What has been asked and answered so far, read from its beginning.
#[derive(Debug)]
pub struct Tape<'t> {
    seen: &'t [Seen],
    at: usize,
    exchanges: usize,
}

/// An answer on the tape, with its place for [`avouch_model::verdict::Proof::decisive`].
#[derive(Clone, Copy, Debug)]
pub struct Reply<'t> {
    /// Its place among the check's exchanges, from 0.
    pub index: usize,
    /// The whole exchange.
    pub exchange: &'t Exchange,
    answer: &'t Answer,
}

impl<'t> Reply<'t> {
    /// The answer, for as long as the tape lives.
    pub fn answer(&self) -> &'t Answer {
        self.answer
    }
}

impl Deref for Reply<'_> {
    type Target = Answer;
    fn deref(&self) -> &Answer {
        self.answer
    }
}

/// An exchange on the tape that may have failed.
#[derive(Clone, Copy, Debug)]
pub struct Tried<'t> {
    /// Its place among the check's exchanges, from 0.
    pub index: usize,
    /// The whole exchange.
    pub exchange: &'t Exchange,
}

impl<'t> Tried<'t> {
    /// The answer, when the target really gave one: neither a failure nor a throttle or block page.
    pub fn reply(&self) -> Option<Reply<'t>> {
        let answer = self.exchange.answer().filter(|answer| block::blocked(answer).is_none())?;
        Some(Reply { index: self.index, exchange: self.exchange, answer })
    }
}

/// A WebSocket on the tape: a handshake that was answered, and what was heard.
#[derive(Clone, Copy, Debug)]
pub struct Socket<'t> {
    /// Its place among the check's exchanges, from 0.
    pub index: usize,
    /// The answer to the handshake.
    pub answer: &'t Answer,
    /// All of it.
    pub talk: &'t SocketTalk,
}

impl Socket<'_> {
    /// Whether the target agreed to speak.
    pub fn stands(&self) -> bool {
        self.answer.status == 101
    }
}

impl<'t> Tape<'t> {
    /// A tape at its beginning.
    pub fn new(seen: &'t [Seen]) -> Self {
        Self { seen, at: 0, exchanges: 0 }
    }

    /// How many exchanges there are so far: the place of the next one.
    pub fn exchanges(&self) -> usize {
        self.exchanges
    }

    /// Sends a request and expects an answer that the target really gave.
    ///
    /// Without one (no connection, a time-out, a throttle or a block page) the check ends as
    /// inconclusive: what stops a question is never an answer to it.
    pub fn send(&mut self, request: Request) -> Result<Reply<'t>, Step> {
        let tried = self.send_any(request)?;
        match &tried.exchange.outcome {
            Outcome::Failed(failure) => Err(Step::inconclusive(format!("no answer: {failure}"))),
            Outcome::Answered(answer) => match block::blocked(answer) {
                Some(why) => Err(Step::inconclusive(why)),
                None => Ok(Reply { index: tried.index, exchange: tried.exchange, answer }),
            },
        }
    }

    /// Sends a request and takes whatever comes of it, failures and throttles included.
    pub fn send_any(&mut self, request: Request) -> Result<Tried<'t>, Step> {
        self.exchange(Step::Send(Box::new(request)))
    }

    /// Sends a head of our own making and takes whatever comes of it.
    pub fn send_raw(&mut self, text: impl Into<String>) -> Result<Tried<'t>, Step> {
        self.exchange(Step::SendRaw(RawRequest { text: text.into() }))
    }

    /// Sends requests at once and takes whatever comes of them.
    pub fn send_together(&mut self, requests: Vec<Request>) -> Result<Vec<Tried<'t>>, Step> {
        let first = self.exchanges;
        match self.next(Step::SendTogether(requests))? {
            Event::Together(exchanges) => {
                self.exchanges += exchanges.len();
                let tried = |(n, exchange)| Tried { index: first + n, exchange };
                Ok(exchanges.iter().enumerate().map(tried).collect())
            }
            _ => Err(diverged()),
        }
    }

    /// Sends a request once, and never a second time for the sake of a throttle; takes whatever comes
    /// of it.
    pub fn send_once(&mut self, request: Request) -> Result<Tried<'t>, Step> {
        self.send_together(vec![request])?.into_iter().next().ok_or_else(diverged)
    }

    /// Opens a WebSocket and says its texts. No answer to the handshake, a throttle or a block ends
    /// the check as inconclusive.
    pub fn web_socket(&mut self, call: SocketCall) -> Result<Socket<'t>, Step> {
        let Event::WebSocket(talk) = self.next(Step::WebSocket(Box::new(call)))? else {
            return Err(diverged());
        };
        let index = self.exchanges;
        self.exchanges += 1;
        match &talk.exchange.outcome {
            Outcome::Failed(failure) => Err(Step::inconclusive(format!("no answer: {failure}"))),
            Outcome::Answered(answer) => match block::blocked(answer) {
                Some(why) => Err(Step::inconclusive(why)),
                None => Ok(Socket { index, answer, talk }),
            },
        }
    }

    /// Offers one protocol version.
    pub fn hello(&mut self, version: TlsVersion, suites: &[u16]) -> Result<&'t HelloAnswer, Step> {
        match self.next(Step::Hello { version, suites: suites.to_vec() })? {
            Event::Hello(answer) => Ok(answer),
            _ => Err(diverged()),
        }
    }

    /// Probes for a known flaw of the TLS endpoint.
    pub fn tls_fault(&mut self, fault: TlsFault) -> Result<&'t FaultAnswer, Step> {
        match self.next(Step::TlsFault(fault))? {
            Event::TlsFault(answer) => Ok(answer),
            _ => Err(diverged()),
        }
    }

    /// Lets time pass.
    pub fn pause(&mut self, ms: u32) -> Result<(), Step> {
        self.next(Step::Pause { ms }).map(|_| ())
    }

    /// Waits for someone to come to the out-of-band listener with that token.
    pub fn await_hit(&mut self, token: &str, at_most_ms: u32) -> Result<&'t [Hit], Step> {
        match self.next(Step::AwaitHit { token: token.to_owned(), at_most_ms })? {
            Event::Hits(hits) => Ok(hits),
            _ => Err(diverged()),
        }
    }

    fn exchange(&mut self, step: Step) -> Result<Tried<'t>, Step> {
        match self.next(step)? {
            Event::Exchange(exchange) => {
                let index = self.exchanges;
                self.exchanges += 1;
                Ok(Tried { index, exchange })
            }
            _ => Err(diverged()),
        }
    }

    /// The event of this step if it is on the tape, else the step itself as the next one.
    fn next(&mut self, step: Step) -> Result<&'t Event, Step> {
        match self.seen.get(self.at) {
            None => Err(step),
            Some(seen) if seen.step == step => {
                self.at += 1;
                Ok(&seen.event)
            }
            Some(_) => Err(diverged()),
        }
    }
}

/// The check asked something else than what is recorded: its verdict would rest on answers to other
/// questions.
fn diverged() -> Step {
    Step::Done(Verdict::inconclusive(
        "the recording does not fit the check: it asked otherwise then",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::exchange::{Failure, Headers, SentRequest, Timing};
    use avouch_model::identity::Who;

    fn seen(request: Request, outcome: Outcome) -> Seen {
        let sent = SentRequest {
            method: request.method.to_string(),
            url: format!("http://t{}", request.target),
            headers: Headers::default(),
            body: None,
            who: Who::Nobody,
            credential_note: None,
        };
        let exchange = Exchange { request: sent, outcome, sent_at_us: 0 };
        Seen { step: Step::Send(Box::new(request)), event: Event::Exchange(Box::new(exchange)) }
    }

    fn answered(status: u16) -> Outcome {
        Outcome::Answered(Answer {
            status,
            protocol: "HTTP/1.1".into(),
            headers: Headers::default(),
            body: String::new(),
            body_bytes: 0,
            truncated: false,
            timing: Timing::default(),
        })
    }

    fn two_reads(tape: &mut Tape<'_>) -> Flow {
        let first = tape.send(Request::read("/a"))?;
        let second = tape.send(Request::read("/b"))?;
        Ok(if first.status == second.status { Verdict::Pass } else { Verdict::NotApplicable })
    }

    #[test]
    fn a_straight_line_becomes_steps() {
        let a = Request::read("/a");
        let b = Request::read("/b");
        assert_eq!(two_reads(&mut Tape::new(&[])), Err(Step::Send(Box::new(a.clone()))));
        let one = [seen(a.clone(), answered(200))];
        assert_eq!(two_reads(&mut Tape::new(&one)), Err(Step::Send(Box::new(b.clone()))));
        let both = [seen(a, answered(200)), seen(b, answered(200))];
        assert_eq!(two_reads(&mut Tape::new(&both)), Ok(Verdict::Pass));
    }

    #[test]
    fn what_stops_a_question_is_not_an_answer() {
        for outcome in [Outcome::Failed(Failure::Refused), answered(429)] {
            let tape = [seen(Request::read("/a"), outcome)];
            let step = two_reads(&mut Tape::new(&tape)).unwrap_err();
            assert!(matches!(step, Step::Done(Verdict::Inconclusive { .. })), "{step:?}");
        }
    }

    #[test]
    fn a_recording_of_other_questions_gives_no_verdict() {
        let tape = [seen(Request::read("/other"), answered(200))];
        let step = two_reads(&mut Tape::new(&tape)).unwrap_err();
        assert!(matches!(step, Step::Done(Verdict::Inconclusive { .. })), "{step:?}");
    }
}
