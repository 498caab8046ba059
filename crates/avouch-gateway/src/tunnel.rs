//! Another protocol on a connection that began with HTTP/1.1 (RFC 9110, section 7.8): WebSocket.

use crate::exchange::{Connection, Exchange};
use crate::upstream::GiveBack;
use crate::worker::{Worker, ms, now_ms};
use avouch_guard::Course;
use avouch_model::coding::Later;
use avouch_model::fact::tunnel::{self, EndedBy};
use http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderValue, TRANSFER_ENCODING, UPGRADE,
};
use http::{Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use std::cell::Cell;
use std::net::IpAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::Instant;

/// What a client asks to switch to.
#[derive(Debug)]
pub(crate) struct Wish {
    protocol: HeaderValue,
    client: OnUpgrade,
}

/// Whether the head asks for another protocol: as the reader of the bytes sees it.
pub(crate) fn is_asked<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    let options = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named = |options: &str| {
        options.split(',').any(|option| option.trim().eq_ignore_ascii_case("upgrade"))
    };
    let bodiless = !headers.contains_key(TRANSFER_ENCODING)
        && headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
    request.version() < Version::HTTP_2
        && headers.contains_key(UPGRADE)
        && options.into_iter().any(named)
        && bodiless
}

/// The wish of a head, when the protocol is one that may pass.
pub(crate) fn wish(request: &mut Request<Incoming>, allowed: &[String]) -> Option<Wish> {
    let mut named = request.headers().get_all(UPGRADE).iter();
    let (protocol, more) = (named.next()?.clone(), named.next());
    let is_allowed = |text: &str| allowed.iter().any(|one| one.eq_ignore_ascii_case(text));
    if more.is_some() || !protocol.to_str().is_ok_and(is_allowed) {
        return None;
    }
    Some(Wish { protocol, client: hyper::upgrade::on(request) })
}

impl Wish {
    /// Asks the API for it.
    pub(crate) fn ask(&self, headers: &mut HeaderMap) {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, self.protocol.clone());
    }

    /// Both sides, when the API switched to what was asked for, and the head of the answer.
    pub(crate) fn granted(self, mut answer: Response<Incoming>) -> Option<(Response<()>, Sides)> {
        let is_same = answer.headers().get(UPGRADE).is_some_and(|protocol| {
            protocol.as_bytes().eq_ignore_ascii_case(self.protocol.as_bytes())
        });
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS || !is_same {
            return None;
        }
        let sides = Sides { client: self.client, api: hyper::upgrade::on(&mut answer) };
        let mut head = answer.map(|_| ());
        head.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
        head.headers_mut().insert(UPGRADE, self.protocol);
        Some((head, sides))
    }
}

/// Who speaks the other protocol, as soon as both connections are free for it.
#[derive(Debug)]
pub(crate) struct Sides {
    client: OnUpgrade,
    api: OnUpgrade,
}

/// A tunnel, from the switch to its end, which is told in the ledger however it comes.
pub(crate) struct Tunnel {
    worker: Rc<Worker>,
    /// Holds the place that the connection takes.
    _connection: Rc<Connection>,
    /// Holds the place that it takes at the API.
    _at_the_api: GiveBack,
    course: Course,
    request: String,
    protocol: String,
    address: IpAddr,
    began: Instant,
    /// When somebody said something last.
    last: Cell<Instant>,
    client_bytes: Cell<u64>,
    api_bytes: Cell<u64>,
    ended_by: EndedBy,
    /// Whose side came to an end first.
    first: Cell<Option<EndedBy>>,
    because: Option<&'static str>,
}

/// Why bytes are carried in one direction no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// Who speaks has nothing more to say.
    Over,
    /// Who speaks is gone.
    Gone,
    /// Who listens is gone.
    Deaf,
    /// Nobody said anything for too long.
    Silence,
}

/// Bytes that are carried at once.
const PIECE_BYTES: usize = 8 * 1024;
/// How often it is seen whether somebody was shut out meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl Tunnel {
    /// A tunnel of an exchange, which is told of already.
    pub(crate) fn of(exchange: &Exchange, at_the_api: GiveBack, head: &Response<()>) -> Self {
        let protocol = head.headers().get(UPGRADE).and_then(|protocol| protocol.to_str().ok());
        let now = Instant::now();
        Self {
            worker: exchange.worker.clone(),
            _connection: exchange.connection.clone(),
            _at_the_api: at_the_api,
            course: exchange.course.clone(),
            request: exchange.story.id.clone(),
            protocol: protocol.unwrap_or_default().to_ascii_lowercase(),
            address: exchange.story.address,
            began: now,
            last: Cell::new(now),
            client_bytes: Cell::new(0),
            api_bytes: Cell::new(0),
            // Unless it comes to another end before.
            ended_by: EndedBy::Gateway,
            first: Cell::new(None),
            because: None,
        }
    }

    /// Carries bytes both ways until its end.
    pub(crate) async fn run(mut self, sides: Sides) {
        let idle = ms(self.worker.plan.load().timeouts.answer_idle_ms);
        let (client, api) = match (sides.client.await, sides.api.await) {
            (Ok(client), Ok(api)) => (client, api),
            (Ok(_), Err(_)) => return self.ended(EndedBy::Api, Some(BROKE_OFF)),
            (Err(_), _) => return self.ended(EndedBy::Client, Some(BROKE_OFF)),
        };
        let end = tokio::select! {
            end = self.joined(client, api, idle) => end,
            () = self.shut_out() => (EndedBy::Containment, Some("somebody was shut out")),
        };
        self.ended(end.0, end.1);
    }

    fn ended(&mut self, by: EndedBy, because: Option<&'static str>) {
        (self.ended_by, self.because) = (by, because);
    }

    async fn joined(
        &self,
        client: Upgraded,
        api: Upgraded,
        idle: Duration,
    ) -> (EndedBy, Option<&'static str>) {
        let (client_in, client_out) = tokio::io::split(TokioIo::new(client));
        let (api_in, api_out) = tokio::io::split(TokioIo::new(api));
        let mut up =
            pin!(self.carry(client_in, api_out, (EndedBy::Client, &self.client_bytes), idle));
        let mut down = pin!(self.carry(api_in, client_out, (EndedBy::Api, &self.api_bytes), idle));
        let (speaker, listener, stop) = tokio::select! {
            stop = &mut up => (EndedBy::Client, EndedBy::Api, stop),
            stop = &mut down => (EndedBy::Api, EndedBy::Client, stop),
        };
        match stop {
            Stop::Over => {
                // The other may still have something to say.
                if speaker == EndedBy::Client {
                    down.await
                } else {
                    up.await
                };
                (self.first.get().unwrap_or(speaker), None)
            }
            Stop::Gone => (speaker, Some(BROKE_OFF)),
            Stop::Deaf => (listener, Some(BROKE_OFF)),
            Stop::Silence => (EndedBy::Silence, None),
        }
    }

    async fn carry(
        &self,
        mut from: ReadHalf<Io>,
        mut to: WriteHalf<Io>,
        (speaker, count): (EndedBy, &Cell<u64>),
        idle: Duration,
    ) -> Stop {
        let mut piece = vec![0; PIECE_BYTES];
        let stop = loop {
            let read = tokio::select! {
                read = from.read(&mut piece) => read,
                () = self.silent(idle) => break Stop::Silence,
            };
            let said = match read {
                Ok(0) => break Stop::Over,
                Ok(said) => said,
                Err(_) => break Stop::Gone,
            };
            self.last.set(Instant::now());
            let bytes = piece.get(..said).unwrap_or_default();
            if !matches!(tokio::time::timeout(idle, to.write_all(bytes)).await, Ok(Ok(()))) {
                break Stop::Deaf;
            }
            count.set(count.get() + bytes.len() as u64);
        };
        // Telling the other side takes a while, in which that may end as well.
        if self.first.get().is_none() {
            self.first.set(Some(speaker));
        }
        let _ = to.shutdown().await;
        stop
    }

    /// Ends when neither side said anything for so long.
    async fn silent(&self, idle: Duration) {
        loop {
            let until = self.last.get() + idle;
            if until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }

    /// Ends when whoever asked for it, or the operation, is shut out.
    async fn shut_out(&self) {
        loop {
            let (plan, now) = (self.worker.plan.load_full(), now_ms());
            let contained = &plan.containment;
            let principal = self.course.principal.as_deref();
            let operation = self.course.operation.as_deref();
            let may_stay = contained.address(self.address, now).is_ok()
                && principal.is_none_or(|principal| contained.principal(principal, now).is_ok())
                && operation.is_none_or(|operation| contained.operation(operation, now).is_ok());
            if !may_stay {
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn fact(&self) -> tunnel::Tunnel {
        let principal = self.course.principal.as_ref().filter(|known| !known.is_anybody());
        let took = Instant::now().duration_since(self.began);
        tunnel::Tunnel {
            request: self.request.clone(),
            protocol: self.protocol.clone(),
            principal: principal.map(|principal| principal.id.as_str().into()),
            address: Some(self.address.to_string().as_str().into()),
            operation: self.course.operation.as_deref().map(str::to_owned),
            client_bytes: self.client_bytes.get(),
            api_bytes: self.api_bytes.get(),
            took_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            ended_by: self.ended_by,
            because: self.because.map(str::to_owned),
            later: Later::default(),
        }
    }
}

const BROKE_OFF: &str = "the connection broke off";

impl Drop for Tunnel {
    /// However it ended, and also when the gateway does.
    fn drop(&mut self) {
        if let Some((recorder, _)) = &self.worker.recording {
            // Nobody waits for an answer any more that could be refused; the ledger's own trouble is told
            // and counted elsewhere.
            let _ = recorder.append(&self.fact()).inspect_err(|_| self.worker.metrics.unrecorded());
        }
    }
}

type Io = TokioIo<Upgraded>;
