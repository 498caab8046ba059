//! The answer of an exchange: as the policies let it leave, and recorded first.

use crate::body::{AnswerBody, BodyError, End, Here, Limited, here};
use crate::exchange::{Exchange, REQUEST_ID};
use crate::failures::{no_answer, unrecorded};
use crate::problem;
use crate::tunnel::{Tunnel, Wish};
use crate::upstream::{Answered, GiveBack, UpstreamError};
use crate::worker::ms;
use avouch_guard::filter::{self, Filter};
use avouch_guard::{Refusal, guard};
use bytes::Bytes;
use http::header::{CONNECTION, HeaderMap, HeaderValue};
use http::{Method, Response, StatusCode};
use hyper::body::Incoming;
use std::borrow::Cow;
use std::time::Duration;

impl Exchange {
    /// The client and the API speak another protocol from here on; that they do is recorded first.
    pub(crate) async fn switch(
        &mut self,
        wish: Wish,
        answered: Answered,
    ) -> Result<Response<AnswerBody>, Refusal> {
        let Answered { answer, give_back } = answered;
        let granted = wish.granted(answer);
        let (mut head, sides) = granted.ok_or_else(|| no_answer(UpstreamError::Broken))?;
        self.tell_id(head.headers_mut());
        self.story.ended(0, None);
        self.recorded().await?;
        let tunnel = Tunnel::of(self, give_back, &head);
        tokio::task::spawn_local(tunnel.run(sides));
        Ok(head.map(|()| AnswerBody::Whole(None)))
    }

    /// The exchange is recorded and safe, or is refused unless it passes without a record.
    async fn recorded(&mut self) -> Result<(), Refusal> {
        self.is_told = true;
        let passes = self.passes_unrecorded();
        let recorded = self.worker.record(&mut self.story, &self.course, passes);
        recorded.safe().await.map_err(|_| unrecorded())
    }

    /// Says which methods a path has.
    pub(crate) async fn allow(&mut self, allow: &str) -> Response<AnswerBody> {
        self.story.answered(StatusCode::NO_CONTENT.as_u16());
        self.story.ended(0, None);
        let recorded = self.recorded().await;
        self.unread.throw_away().await;
        if let Err(refusal) = recorded {
            return self.problem(&refusal);
        }
        let mut answer = Response::new(AnswerBody::Whole(None));
        self.tell_id(answer.headers_mut());
        self.tell_limit(answer.headers_mut());
        self.tell_end(answer.headers_mut());
        *answer.status_mut() = StatusCode::NO_CONTENT;
        if let Ok(allow) = HeaderValue::from_str(allow) {
            answer.headers_mut().insert(http::header::ALLOW, allow);
        }
        answer
    }

    /// The answer as the policies let it leave.
    pub(crate) async fn filtered(
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
            return self.passing(answered).await;
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
            filter::AnswerBody::Forward => self.passing(answered).await,
            filter::AnswerBody::Refuse(refusal) => Err(refusal),
            filter::AnswerBody::Replace(bytes) => {
                let (parts, _) = answered.answer.into_parts();
                self.whole(parts, Bytes::from_static(bytes)).await
            }
            filter::AnswerBody::Run { rule, bytes_max } => {
                let (parts, body) = answered.answer.into_parts();
                let idle = ms(self.plan.timeouts.answer_idle_ms);
                let bytes = gathered(body, bytes_max, idle).await.map_err(answer_refusal)?;
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
        self.tell_id(&mut parts.headers);
        self.tell_limit(&mut parts.headers);
        self.tell_end(&mut parts.headers);
        self.story.ended(bytes.len() as u64, None);
        self.course.step("filter");
        self.recorded().await?;
        Ok(Response::from_parts(parts, AnswerBody::Whole(Some(bytes))))
    }

    /// An answer that passes through. One that is here whole is recorded first, and leaves in one piece;
    /// of another the end waits for the record.
    async fn passing(&mut self, answered: Answered) -> Result<Response<AnswerBody>, Refusal> {
        let Answered { answer, give_back } = answered;
        let (mut parts, mut body) = answer.into_parts();
        strip_answer(&mut parts.headers);
        self.tell_id(&mut parts.headers);
        self.tell_limit(&mut parts.headers);
        self.tell_end(&mut parts.headers);
        let first = match here(&mut body).await.map_err(answer_refusal)? {
            Here::Part(first) => first,
            Here::Whole(bytes) => {
                give_back.read();
                self.story.ended(bytes.len() as u64, None);
                self.course.step("filter");
                self.recorded().await?;
                let body = AnswerBody::Whole(Some(bytes).filter(|bytes| !bytes.is_empty()));
                return Ok(Response::from_parts(parts, body));
            }
        };
        let idle = ms(self.plan.timeouts.answer_idle_ms);
        let limited = Limited::new(body, u64::MAX, idle, None).after(first);
        let end = self.end(give_back);
        let body = if self.story.is_beside_others() {
            AnswerBody::beside(limited, end, idle)
        } else {
            AnswerBody::passing(limited, end)
        };
        Ok(Response::from_parts(parts, body))
    }

    /// What records an answer that passes when it ends. The head is made: nothing here asks for the
    /// story any more.
    fn end(&mut self, give_back: GiveBack) -> End {
        (self.is_told, self.is_counted) = (true, true);
        let counting = self.counting();
        let passes = self.passes_unrecorded();
        self.course.step("filter");
        let (worker, mut story, mut course) =
            (self.worker.clone(), self.story.taken(), std::mem::take(&mut self.course));
        Box::new(move |bytes: u64, broken: Option<BodyError>| {
            if broken.is_none() {
                give_back.read();
            }
            story.ended(bytes, broken);
            course.step("answer");
            let recorded = worker.record(&mut story, &course, passes);
            Box::pin(async move {
                let safe = recorded.safe().await;
                // Counted also where nobody waits for this any more.
                drop(counting);
                safe
            }) as crate::body::Ending
        })
    }

    /// The answer to a request that is refused, after that was recorded.
    pub(crate) async fn refuse(&mut self, refusal: &Refusal) -> Response<AnswerBody> {
        self.story.refused(refusal);
        self.course.step(refusal.policy);
        // That it cannot be recorded is found out once: another try would be a second record of it.
        let recorded = if self.is_told { Err(refusal.clone()) } else { self.recorded().await };
        self.unread.throw_away().await;
        let Err(unrecorded) = recorded else { return self.problem(refusal) };
        self.story.refused(&unrecorded);
        self.worker.metrics.count(&self.story.counted(&self.course));
        self.problem(&unrecorded)
    }

    fn problem(&self, refusal: &Refusal) -> Response<AnswerBody> {
        let mut answer = problem::answer(refusal, &self.story.id);
        self.tell_id(answer.headers_mut());
        self.tell_limit(answer.headers_mut());
        self.tell_end(answer.headers_mut());
        answer.map(|bytes| AnswerBody::Whole(Some(bytes)))
    }

    /// Says that the connection ends where something of the request is left on it.
    fn tell_end(&self, headers: &mut HeaderMap) {
        let is_the_last = self.connection.watch.ends_at(self.connection.count.get());
        if self.unread.is_left() || is_the_last {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
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

    /// Tells the id under which the exchange is in the ledger.
    pub(crate) fn tell_id(&self, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(&self.story.id) {
            headers.insert(REQUEST_ID, id);
        }
    }
}

/// All of an answer, of at most so many bytes.
async fn gathered(mut body: Incoming, most: u64, idle: Duration) -> Result<Bytes, BodyError> {
    match here(&mut body).await? {
        Here::Whole(bytes) if bytes.len() as u64 > most => Err(BodyError::TooLong),
        Here::Whole(bytes) => Ok(bytes),
        Here::Part(first) => Limited::new(body, most, idle, None).after(first).collect().await,
    }
}

/// What is told about an answer that could not be gathered.
fn answer_refusal(error: BodyError) -> Refusal {
    match error {
        BodyError::TooLong => Filter::body_too_large(),
        BodyError::TooSlow => no_answer(UpstreamError::TooSlow),
        BodyError::Broken | BodyError::Left | BodyError::Unrecorded => {
            no_answer(UpstreamError::Broken)
        }
    }
}

fn strip_answer(headers: &mut HeaderMap) {
    for name in ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"] {
        headers.remove(name);
    }
}
