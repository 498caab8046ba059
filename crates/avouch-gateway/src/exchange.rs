//! One request from its head to the end of its answer.

use crate::body::{AnswerBody, BodyError, RequestBody};
use crate::facts::Story;
use crate::failures::{UPSTREAM, body_refusal, no_answer, undecided, unrecorded};
use crate::seats::Seat;
use crate::settings::OnFailure;
use crate::strict::Watch;
use crate::tally::Counting;
use crate::tunnel::{self, Wish};
use crate::unread::Unread;
use crate::worker::{Plan, Worker, ms, now_ms};
use avouch_guard::admit::head;
use avouch_guard::request::Handshake;
use avouch_guard::validate::{BodyPlan, Validator};
use avouch_guard::{Course, Halt, Peer, Refusal, Request};
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, TE,
    TRANSFER_ENCODING,
};
use http::request::Parts;
use http::{Response, StatusCode, Uri, Version};
use hyper::body::{Body, Incoming};
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How long a request waits for what its issuer says.
const ISSUER_WITHIN: Duration = Duration::from_millis(500);
/// The id of a request, told to the API and to the client.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The connection a request came on.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) peer: SocketAddr,
    pub(crate) tls: Option<Handshake>,
    pub(crate) watch: Arc<Watch>,
    /// Requests so far.
    pub(crate) count: Cell<u64>,
    /// Its place, held until everything that came on it has ended.
    pub(crate) _seat: Seat,
}

/// Answers a request. It never fails: what goes wrong is an answer.
pub(crate) async fn answer(
    worker: Rc<Worker>,
    connection: Rc<Connection>,
    mut request: http::Request<Incoming>,
) -> Response<AnswerBody> {
    let plan = worker.plan.load_full();
    connection.count.set(connection.count.get() + 1);
    let switches = tunnel::is_asked(&request);
    let wish = switches.then(|| tunnel::wish(&mut request, &plan.upgrades)).flatten();
    let watch = connection.watch.clone();
    let (parts, body) = request.into_parts();
    let unread = Unread::new(&parts, body);
    let mut exchange = Exchange::new(worker, connection, plan, &parts, unread);
    let answer = match exchange.answer(parts, wish).await {
        Ok(answer) => answer,
        Err(Halt::Refused(refusal)) => exchange.refuse(&refusal).await,
        Err(Halt::Allow(allow)) => exchange.allow(&allow).await,
        // Never said after the asking ended; unknown is never good.
        Err(Halt::Ask(_) | Halt::Wait(_)) => exchange.refuse(&undecided()).await,
    };
    if switches {
        watch.switched(answer.status() == StatusCode::SWITCHING_PROTOCOLS);
    }
    answer
}

/// One request on its way.
pub(crate) struct Exchange {
    pub(crate) worker: Rc<Worker>,
    pub(crate) connection: Rc<Connection>,
    pub(crate) plan: Arc<Plan>,
    pub(crate) course: Course,
    pub(crate) story: Story,
    pub(crate) unread: Unread,
    /// Whether it only reads, so that it may pass without a record where the operator says so.
    is_read: bool,
    /// Whether it was recorded, or will be by whatever brings the answer to its end.
    pub(crate) is_told: bool,
    /// Whether whatever brings the answer to its end counts it.
    pub(crate) is_counted: bool,
}

impl Drop for Exchange {
    /// Nobody waits for the answer any more. What was asked may have reached the API, so it is recorded.
    fn drop(&mut self) {
        if !self.is_told {
            self.story.left();
            // Where that fails, the ledger will tell that it missed it.
            let _ = self.worker.record(&mut self.story, &self.course, false);
        }
        if !self.is_counted {
            drop(self.counting());
        }
    }
}

impl Exchange {
    fn new(
        worker: Rc<Worker>,
        connection: Rc<Connection>,
        plan: Arc<Plan>,
        parts: &Parts,
        unread: Unread,
    ) -> Self {
        let id = worker.ids.next(now_ms());
        let mut story = Story::begin(id, parts, &connection, plan.guard.bundle());
        if unread.is_empty() {
            story.sends(Rc::default());
        }
        let mut course = Course::default();
        if let Some(tracer) = &worker.tracer {
            story.trace = tracer.begin(&parts.headers).map(Box::new);
            course.steps = story.trace.as_ref().and_then(|trace| trace.steps());
        }
        let is_read = parts.method.is_safe();
        let (is_told, is_counted) = (false, false);
        Self { worker, connection, plan, course, story, unread, is_read, is_told, is_counted }
    }

    async fn answer(
        &mut self,
        mut parts: Parts,
        wish: Option<Wish>,
    ) -> Result<Response<AnswerBody>, Halt> {
        if let Some(refusal) = self.connection.watch.refused(self.connection.count.get()) {
            self.story.forget_head();
            return Err(refusal.into());
        }
        let admitted = self.plan.guard.admit(&parts)?;
        let (host, path) = (admitted.host.into_owned(), admitted.path.into_owned());
        let query = admitted.query.map(str::to_owned);
        self.story.admitted(&host, &path);
        let peer = self.connection.peer.ip();
        self.story.address = self.plan.guard.client_address(peer, &parts.headers)?;
        let takes_trailers = parts.version == Version::HTTP_2 && parts.headers.contains_key(TE);
        head::strip(&mut parts.headers)?;
        self.course.step("admit");
        self.decided(&parts, &host, &path, query.as_deref()).await?;
        self.recordable()?;
        self.theirs(&parts, &host).await?;
        let body = self.body(&parts).await?;
        self.course.step("body");
        let target = match &query {
            Some(query) => format!("{path}?{query}"),
            None => path,
        };
        let method = parts.method.clone();
        let mut request = self.forwarded(parts, &host, &target, body)?;
        if let Some(wish) = &wish {
            wish.ask(request.headers_mut());
        }
        // The one thing that HTTP/2 lets `TE` say (RFC 9113, section 8.2.2); gRPC asks for it.
        if takes_trailers && self.worker.pool.is_http2() {
            request.headers_mut().insert(TE, HeaderValue::from_static("trailers"));
        }
        self.story.forwarded();
        let progress = request.body().progress();
        let mut answered = self.worker.pool.clone().send(request).await.map_err(|error| {
            let client = progress.and_then(|progress| progress.failed()).map(body_refusal);
            // Whose fault it is: the bytes of the client, its body as a whole, or the API.
            self.connection.watch.body().or(client).unwrap_or_else(|| no_answer(error))
        })?;
        // What the API speaks says nothing about what we do (RFC 9110, section 2.5).
        *answered.answer.version_mut() = Version::HTTP_11;
        self.story.answered(answered.answer.status().as_u16());
        self.course.step("upstream");
        if let Some(trace) = &mut self.story.trace {
            trace.answered_by(answered.give_back.instance());
        }
        match wish {
            Some(wish) if answered.answer.status() == StatusCode::SWITCHING_PROTOCOLS => {
                Ok(self.switch(wish, answered).await?)
            }
            _ => Ok(self.filtered(&method, answered).await?),
        }
    }

    /// What counts it as it is decided now.
    pub(crate) fn counting(&self) -> Counting {
        Counting { worker: self.worker.clone(), decided: self.story.decided(&self.course) }
    }

    /// Whether it passes also where it cannot be recorded.
    pub(crate) fn passes_unrecorded(&self) -> bool {
        self.is_read && self.plan.on_ledger_failure == OnFailure::PassReads
    }

    /// Refuses what cannot be recorded before it reaches the API.
    fn recordable(&self) -> Result<(), Refusal> {
        let is_open = self.worker.recording.as_ref().is_none_or(|(recorder, _)| recorder.is_open());
        if is_open || self.passes_unrecorded() { Ok(()) } else { Err(unrecorded()) }
    }

    /// Decides, and asks issuers on the way where that is needed.
    async fn decided(
        &mut self,
        parts: &Parts,
        host: &str,
        path: &str,
        query: Option<&str>,
    ) -> Result<(), Halt> {
        let deadline = tokio::time::Instant::now() + ISSUER_WITHIN;
        loop {
            // Before the decision, so that no answer is missed between the two.
            let mut answers = self.worker.asker.answers();
            let pending = match self.decide(parts, host, path, query) {
                Err(Halt::Ask(question)) => {
                    let pending = question.pending();
                    self.worker.asker.ask(&self.plan, question);
                    pending
                }
                Err(Halt::Wait(pending)) => pending,
                other => return other,
            };
            if tokio::time::timeout_at(deadline, answers.changed()).await.is_err() {
                return Err(self.plan.guard.identifier().give_up(pending).into());
            }
        }
    }

    fn decide(
        &mut self,
        parts: &Parts,
        host: &str,
        path: &str,
        query: Option<&str>,
    ) -> Result<(), Halt> {
        let peer = Peer { address: self.story.address, tls: self.connection.tls.as_ref() };
        let request = Request {
            method: parts.method.as_str(),
            host,
            path,
            query,
            headers: &parts.headers,
            version: parts.version,
            peer,
        };
        let Plan { guard, containment, .. } = &*self.plan;
        guard.decide(&request, containment, now_ms(), &mut self.course)
    }

    /// The body as it goes on: whole where it is judged, else as it comes.
    async fn body(&mut self, parts: &Parts) -> Result<RequestBody, Refusal> {
        let plan = self.course.body.unwrap_or(BodyPlan::Nothing);
        let most = match plan {
            BodyPlan::Nothing => 0,
            BodyPlan::Forward { bytes_max } | BodyPlan::Judge { bytes_max } => bytes_max,
        };
        let judges = matches!(plan, BodyPlan::Judge { .. });
        if self.unread.is_empty() {
            return if judges {
                self.judged(parts, Bytes::new())
            } else {
                Ok(RequestBody::empty())
            };
        }
        if plan == BodyPlan::Nothing {
            return Err(Validator::no_body());
        }
        let said = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        if said.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > most) {
            return Err(body_refusal(BodyError::TooLong));
        }
        let times = &self.plan.timeouts;
        let read = self.unread.read(most, ms(times.body_idle_ms), ms(times.body_ms));
        let Some(limited) = read else { return Ok(RequestBody::empty()) };
        self.story.sends(limited.progress());
        if !judges {
            return Ok(RequestBody::Passing(Box::new(limited)));
        }
        match limited.collect().await {
            Ok(bytes) => self.judged(parts, bytes),
            Err(error) => Err(self.connection.watch.body().unwrap_or_else(|| body_refusal(error))),
        }
    }

    fn judged(&mut self, parts: &Parts, bytes: Bytes) -> Result<RequestBody, Refusal> {
        let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        self.plan.guard.body(&mut self.course, content_type, &bytes)?;
        Ok(RequestBody::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())))
    }

    /// A request as it goes to the API.
    pub(crate) fn forwarded(
        &self,
        parts: Parts,
        host: &str,
        target: &str,
        body: RequestBody,
    ) -> Result<http::Request<RequestBody>, Refusal> {
        let impossible =
            || Refusal::undecided(UPSTREAM, "not-forwardable", "It cannot be forwarded.");
        let mut headers = parts.headers;
        for withheld in &self.course.withheld {
            headers.remove(withheld);
        }
        headers.remove(CONTENT_LENGTH);
        if self.plan.guard.operations().is_some() {
            // What is compressed cannot be looked at.
            headers.remove(ACCEPT_ENCODING);
        }
        if body.size_hint().exact().is_none() && !self.worker.pool.is_http2() {
            // Without it the library leaves out the body of a `GET`.
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        let asked = self.plan.upstream_host.as_deref().unwrap_or(host);
        headers.insert(HOST, HeaderValue::from_str(asked).map_err(|_| impossible())?);
        self.tell_origin(&mut headers, host);
        let mut request = http::Request::new(body);
        *request.method_mut() = parts.method;
        *request.uri_mut() = target.parse::<Uri>().map_err(|_| impossible())?;
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// Tells the API who asked, by our word and not by the client's.
    fn tell_origin(&self, headers: &mut HeaderMap, host: &str) {
        headers.remove("forwarded");
        for name in ["x-forwarded-prefix", "x-forwarded-port", "x-forwarded-server", "x-real-ip"] {
            headers.remove(name);
        }
        let address = self.story.address.to_string();
        let proto = if self.connection.tls.is_some() { "https" } else { "http" };
        for (name, value) in [
            ("x-forwarded-for", &*address),
            ("x-forwarded-proto", proto),
            ("x-forwarded-host", host),
        ] {
            match HeaderValue::from_str(value) {
                Ok(value) => headers.insert(name, value),
                Err(_) => headers.remove(name),
            };
        }
        if let Some(trace) = &self.story.trace {
            trace.tell(headers);
        }
        self.tell_id(headers);
    }
}
