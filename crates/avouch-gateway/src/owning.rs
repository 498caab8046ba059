//! Asks the API whose an object is, before a request about it goes on.

use crate::body::{Limited, RequestBody};
use crate::exchange::Exchange;
use crate::worker::{ms, now_ms};
use avouch_guard::own::{Look, Told};
use avouch_guard::{Halt, Refusal};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderValue, IF_MATCH,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE, TE, TRAILER,
};
use http::request::Parts;
use http::{HeaderMap, Method};

impl Exchange {
    /// Lets a request go on about what belongs to whoever asks, as far as that is guarded.
    pub(crate) async fn theirs(&mut self, parts: &Parts, host: &str) -> Result<(), Halt> {
        let looks = std::mem::take(&mut self.course.looks);
        if looks.is_empty() {
            return Ok(());
        }
        let mut worst = Told::NotTheirs;
        for look in &looks {
            match self.told(look, parts, host).await? {
                Told::Theirs => return Ok(()),
                Told::Unknown => worst = Told::Unknown,
                Told::NotTheirs => (),
            }
        }
        Ok(self.plan.guard.not_theirs(&mut self.course, worst)?)
    }

    async fn told(&self, look: &Look, parts: &Parts, host: &str) -> Result<Told, Refusal> {
        let mut asking = http::Request::new(()).into_parts().0;
        asking.method = Method::GET;
        asking.headers = questioning(&parts.headers);
        let request = self.forwarded(asking, host, &look.path, RequestBody::empty())?;
        let Ok(answered) = self.worker.pool.clone().send(request).await else {
            return Ok(Told::Unknown);
        };
        let (head, body) = answered.answer.into_parts();
        let times = &self.plan.timeouts;
        let most = self.plan.guard.settings().owning.answer_bytes_max;
        let (idle, whole) = (ms(times.answer_idle_ms), ms(times.answer_ms));
        let Ok(bytes) = Limited::new(body, most, idle, Some(whole)).collect().await else {
            return Ok(Told::Unknown);
        };
        answered.give_back.read();
        Ok(self.plan.guard.told(look, head.status.as_u16(), &bytes, now_ms()))
    }
}

/// The headers of a question: the caller's, but for those about a body or a part of an answer.
fn questioning(headers: &HeaderMap) -> HeaderMap {
    let mut asked = headers.clone();
    for name in [
        ACCEPT_ENCODING,
        CONTENT_LENGTH,
        CONTENT_TYPE,
        EXPECT,
        IF_MATCH,
        IF_MODIFIED_SINCE,
        IF_NONE_MATCH,
        IF_RANGE,
        IF_UNMODIFIED_SINCE,
        RANGE,
        TE,
        TRAILER,
    ] {
        asked.remove(name);
    }
    asked.insert(ACCEPT, HeaderValue::from_static("application/json"));
    asked
}
