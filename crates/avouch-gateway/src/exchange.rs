//! One request from its head to the end of its answer.

use crate::body::{AnswerBody, BodyError, Limited, RequestBody};
use crate::facts::Story;
use crate::problem;
use crate::strict::Watch;
use crate::tunnel::{self, Wish};
use crate::upstream::{Answered, UpstreamError};
use crate::worker::{Plan, Worker, ms, now_ms};
use avouch_guard::admit::head;
use avouch_guard::filter::{self, Filter};
use avouch_guard::guard;
use avouch_guard::request::Handshake;
use avouch_guard::validate::{BodyPlan, Validator};
use avouch_guard::{Course, Halt, Peer, Refusal, Request};
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
};
use http::request::Parts;
use http::{Method, Response, StatusCode, Uri};
use hyper::body::{Body, Incoming};
use std::borrow::Cow;
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// The name in refusals that are about the API rather than the request.
const UPSTREAM: &str = "upstream";
/// How long a request waits for what its issuer says.
const ISSUER_WITHIN: Duration = Duration::from_millis(500);
/// The id of a request, told to the API and to the client.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The connection a request came on.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) peer: SocketAddr,
    pub(crate) tls: Option<Handshake>,
    pub(crate) watch: Arc<Watch>,
    /// Requests so far.
    pub(crate) count: Cell<u64>,
}

/// Answers a request. It never fails: what goes wrong is an answer.
pub(crate) async fn answer(
    worker: Rc<Worker>,
    connection: Rc<Connection>,
    mut request: http::Request<Incoming>,
) -> Response<AnswerBody> {
    let plan = worker.plan.clone().load().clone();
    connection.count.set(connection.count.get() + 1);
    let switches = tunnel::is_asked(&request);
    let wish = switches.then(|| tunnel::wish(&mut request, &plan.upgrades)).flatten();
    let watch = connection.watch.clone();
    let (parts, body) = request.into_parts();
    let mut exchange = Exchange::new(worker, connection, plan, &parts);
    let answer = match exchange.answer(parts, body, wish).await {
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

struct Exchange {
    worker: Rc<Worker>,
    connection: Rc<Connection>,
    plan: Arc<Plan>,
    course: Course,
    story: Story,
}

impl Exchange {
    fn new(worker: Rc<Worker>, connection: Rc<Connection>, plan: Arc<Plan>, parts: &Parts) -> Self {
        let id = worker.ids.next(now_ms());
        let story = Story::begin(id, parts, &connection, plan.guard.bundle());
        Self { worker, connection, plan, course: Course::default(), story }
    }

    async fn answer(
        &mut self,
        mut parts: Parts,
        body: Incoming,
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
        head::strip(&mut parts.headers)?;
        self.decided(&parts, &host, &path, query.as_deref()).await?;
        let body = self.body(&parts, body).await?;
        let target = match &query {
            Some(query) => format!("{path}?{query}"),
            None => path,
        };
        let method = parts.method.clone();
        let mut request = self.forwarded(parts, &host, &target, body)?;
        if let Some(wish) = &wish {
            wish.ask(request.headers_mut());
        }
        self.story.forwarded();
        let failure = request.body().failure();
        let answered = self.worker.pool.clone().send(request).await.map_err(|error| {
            let client = failure.and_then(|failure| failure.get()).map(body_refusal);
            // Whose fault it is: the bytes of the client, its body as a whole, or the API.
            self.connection.watch.body().or(client).unwrap_or_else(|| no_answer(error))
        })?;
        self.story.answered(answered.answer.status().as_u16());
        match wish {
            Some(wish) if answered.answer.status() == StatusCode::SWITCHING_PROTOCOLS => {
                Ok(self.switch(wish, answered).await?)
            }
            _ => Ok(self.filtered(&method, answered).await?),
        }
    }

    /// The client and the API speak another protocol from here on; that they do is recorded first.
    async fn switch(
        &mut self,
        wish: Wish,
        answered: Answered,
    ) -> Result<Response<AnswerBody>, Refusal> {
        let idle = ms(self.plan.timeouts.answer_idle_ms);
        let head =
            wish.join(answered.answer, idle).ok_or_else(|| no_answer(UpstreamError::Broken))?;
        self.story.ended(0, None);
        self.recorded().await?;
        Ok(head.map(|()| AnswerBody::Whole(None)))
    }

    /// The exchange is recorded and safe, or is refused.
    async fn recorded(&self) -> Result<(), Refusal> {
        let unrecorded = || {
            let detail = "The request cannot be recorded, so it is not answered.";
            Refusal::undecided("record", "record-failed", detail)
        };
        let appended = self.worker.record(&self.story, &self.course).map_err(|_| unrecorded())?;
        appended.safe().await.map_err(|_| unrecorded())
    }

    /// Says which methods a path has.
    async fn allow(&mut self, allow: &str) -> Response<AnswerBody> {
        self.story.answered(StatusCode::NO_CONTENT.as_u16());
        self.story.ended(0, None);
        if let Err(refusal) = self.recorded().await {
            return self.problem(&refusal);
        }
        let mut answer = Response::new(AnswerBody::Whole(None));
        *answer.status_mut() = StatusCode::NO_CONTENT;
        if let Ok(allow) = HeaderValue::from_str(allow) {
            answer.headers_mut().insert(http::header::ALLOW, allow);
        }
        answer
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
        let peer = Peer { address: self.connection.peer.ip(), tls: self.connection.tls.as_ref() };
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
    async fn body(&mut self, parts: &Parts, body: Incoming) -> Result<RequestBody, Refusal> {
        let plan = self.course.body.unwrap_or(BodyPlan::Nothing);
        let most = match plan {
            BodyPlan::Nothing => 0,
            BodyPlan::Forward { bytes_max } | BodyPlan::Judge { bytes_max } => bytes_max,
        };
        let judges = matches!(plan, BodyPlan::Judge { .. });
        if body.is_end_stream() {
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
        let limited = Limited::new(body, most, ms(times.body_idle_ms), Some(ms(times.body_ms)));
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

    fn forwarded(
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
        let address = self.connection.peer.ip().to_string();
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
        if let Ok(id) = HeaderValue::from_str(&self.story.id) {
            headers.insert(REQUEST_ID, id);
        }
    }

    /// The answer as the policies let it leave.
    async fn filtered(
        &mut self,
        method: &Method,
        mut answered: Answered,
    ) -> Result<Response<AnswerBody>, Refusal> {
        let about = guard::Answered {
            method: method.as_str(),
            tls: self.connection.tls.is_some(),
            status: answered.answer.status().as_u16(),
            headers: answered.answer.headers(),
        };
        let Some(plan) = self.plan.guard.answer(&self.course, &about) else {
            return Ok(self.passing(answered));
        };
        let headers = answered.answer.headers_mut();
        for name in &plan.remove {
            headers.remove(name);
        }
        headers.extend(plan.add);
        for (name, value) in self.plan.guard.announced(&self.course) {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(*name, value);
            }
        }
        match plan.body {
            filter::AnswerBody::Forward => Ok(self.passing(answered)),
            filter::AnswerBody::Refuse(refusal) => Err(refusal),
            filter::AnswerBody::Replace(bytes) => {
                let (parts, _) = answered.answer.into_parts();
                self.whole(parts, Bytes::from_static(bytes)).await
            }
            filter::AnswerBody::Run { rule, bytes_max } => {
                let (parts, body) = answered.answer.into_parts();
                let idle = ms(self.plan.timeouts.answer_idle_ms);
                let gathered = Limited::new(body, bytes_max, idle, None).collect().await;
                let bytes = gathered.map_err(answer_refusal)?;
                answered.give_back.read();
                let filtered = self.plan.guard.filtered(&mut self.course, &rule, &bytes)?;
                self.story.shown(filtered.classes);
                let whole = match filtered.body {
                    Cow::Borrowed(_) => bytes.clone(),
                    Cow::Owned(body) => Bytes::from(body),
                };
                self.whole(parts, whole).await
            }
        }
    }

    /// An answer that is here as a whole: recorded first.
    async fn whole(
        &mut self,
        mut parts: http::response::Parts,
        bytes: Bytes,
    ) -> Result<Response<AnswerBody>, Refusal> {
        strip_answer(&mut parts.headers);
        // They are about the bytes that the API sent, which may be others now.
        for name in
            ["content-length", "etag", "content-md5", "digest", "repr-digest", "content-digest"]
        {
            parts.headers.remove(name);
        }
        if let Ok(id) = HeaderValue::from_str(&self.story.id) {
            parts.headers.insert(REQUEST_ID, id);
        }
        self.tell_limit(&mut parts.headers);
        self.story.ended(bytes.len() as u64, None);
        self.recorded().await?;
        Ok(Response::from_parts(parts, AnswerBody::Whole(Some(bytes))))
    }

    /// An answer that passes through; its end waits for the record.
    fn passing(&mut self, answered: Answered) -> Response<AnswerBody> {
        let Answered { answer, give_back } = answered;
        let (mut parts, body) = answer.into_parts();
        strip_answer(&mut parts.headers);
        if let Ok(id) = HeaderValue::from_str(&self.story.id) {
            parts.headers.insert(REQUEST_ID, id);
        }
        self.tell_limit(&mut parts.headers);
        let idle = ms(self.plan.timeouts.answer_idle_ms);
        let limited = Limited::new(body, u64::MAX, idle, None);
        let (worker, mut story, course) =
            (self.worker.clone(), self.story.clone(), self.course.clone());
        let end = Box::new(move |bytes: u64, broken: Option<BodyError>| {
            if broken.is_none() {
                give_back.read();
            }
            story.ended(bytes, broken);
            let appended = worker.record(&story, &course);
            Box::pin(async move {
                match appended {
                    Ok(recorded) => recorded.safe().await,
                    Err(_) => Err(BodyError::Unrecorded),
                }
            }) as crate::body::Ending
        });
        Response::from_parts(parts, AnswerBody::passing(limited, end))
    }

    /// The answer to a request that is refused, after that was recorded.
    async fn refuse(&mut self, refusal: &Refusal) -> Response<AnswerBody> {
        self.story.refused(refusal);
        match self.recorded().await {
            Ok(()) => self.problem(refusal),
            Err(unrecorded) => self.problem(&unrecorded),
        }
    }

    fn problem(&self, refusal: &Refusal) -> Response<AnswerBody> {
        let mut answer = problem::answer(refusal, &self.story.id);
        if let Ok(id) = HeaderValue::from_str(&self.story.id) {
            answer.headers_mut().insert(REQUEST_ID, id);
        }
        self.tell_limit(answer.headers_mut());
        if self.connection.watch.has_refused() {
            answer
                .headers_mut()
                .insert(http::header::CONNECTION, HeaderValue::from_static("close"));
        }
        answer.map(|bytes| AnswerBody::Whole(Some(bytes)))
    }

    /// How near the client is to a limit.
    fn tell_limit(&self, headers: &mut HeaderMap) {
        let Some(told) = &self.course.told else { return };
        let name: String =
            told.name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let policy = format!("\"{name}\";q={}", told.burst);
        let state = format!("\"{name}\";r={};t={}", told.left, told.wait_s);
        for (header, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(header, value);
            }
        }
    }
}

/// What is told about an answer that could not be gathered.
fn answer_refusal(error: BodyError) -> Refusal {
    match error {
        BodyError::TooLong => Filter::body_too_large(),
        BodyError::TooSlow => no_answer(UpstreamError::TooSlow),
        BodyError::Broken | BodyError::Unrecorded => no_answer(UpstreamError::Broken),
    }
}

fn undecided() -> Refusal {
    Refusal::undecided("identify", "issuer-silent", "It could not be found out who asks.")
}

fn strip_answer(headers: &mut HeaderMap) {
    for name in ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"] {
        headers.remove(name);
    }
}

fn no_answer(error: UpstreamError) -> Refusal {
    match error {
        UpstreamError::Unreachable => {
            Refusal::new(UPSTREAM, "upstream-unreachable", 502, "The API takes no connections.")
        }
        UpstreamError::Broken => {
            Refusal::new(UPSTREAM, "upstream-broken", 502, "The API gave no proper answer.")
        }
        UpstreamError::TooSlow => {
            Refusal::new(UPSTREAM, "upstream-slow", 504, "The API gave no answer in time.")
        }
    }
}

/// What is told about a body that does not go on.
pub(crate) fn body_refusal(error: BodyError) -> Refusal {
    match error {
        BodyError::TooLong => {
            Refusal::new("admit", "body-too-large", 413, "The body is larger than allowed here.")
        }
        BodyError::TooSlow => {
            Refusal::new("admit", "body-too-slow", 408, "The body took too long.")
        }
        BodyError::Broken | BodyError::Unrecorded => {
            Refusal::new("admit", "body-broken", 400, "The body broke off.")
        }
    }
}
