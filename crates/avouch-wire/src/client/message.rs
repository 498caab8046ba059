//! What goes out as the caller meant it, and what is kept as nobody may misuse it.
//!
//! Placeholders become true values here, on the way out, and true values placeholders, on the way
//! in. Nothing else in the client sees both.

use super::Client;
use super::body::{self, Kept};
use super::outgoing::{Outgoing, Protocol, Scheme};
use avouch_model::exchange::{Answer, Failure, Headers, SentRequest, Timing};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use http_body_util::Full;

/// A request ready to be written.
pub(super) struct Ready {
    pub request: Request<Full<Bytes>>,
    pub protocol: Protocol,
}

impl Client {
    /// Decompresses and redacts what was received.
    pub(super) fn redacted(
        &self,
        status: u16,
        headers: Vec<(String, String)>,
        kept: Kept,
        protocol: &str,
        timing: Timing,
    ) -> Result<Answer, Failure> {
        let headers = Headers(headers);
        let coding = headers.first("content-encoding").unwrap_or_default();
        let kept = body::decoded(kept, coding, self.options.limits.body_bytes_max)?;
        let media_type = headers.first("content-type").unwrap_or_default();
        let redactor = &self.options.redactor;
        let body = redactor.body(media_type, &String::from_utf8_lossy(&kept.bytes));
        let redacted =
            |(name, value): &(String, String)| (name.clone(), redactor.header(name, value));
        Ok(Answer {
            status,
            protocol: protocol.to_owned(),
            headers: Headers(headers.0.iter().map(redacted).collect()),
            body,
            body_bytes: kept.bytes.len() as u64,
            truncated: kept.truncated,
            timing,
        })
    }

    /// The headers a request travels with, placeholders still in place.
    pub(super) fn headers(&self, outgoing: &Outgoing) -> Vec<(String, String)> {
        let ours = |name: &str| {
            name.eq_ignore_ascii_case("user-agent") || name.eq_ignore_ascii_case("x-scan-id")
        };
        let mut headers = vec![
            ("user-agent".to_owned(), self.options.user_agent.clone()),
            ("x-scan-id".to_owned(), self.options.scan_id.clone()),
        ];
        for (name, value) in [("accept", "*/*"), ("accept-encoding", "gzip")] {
            if !outgoing.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)) {
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        headers.extend(outgoing.headers.iter().filter(|(name, _)| !ours(name)).cloned());
        headers
    }

    pub(super) fn ready(&self, outgoing: &Outgoing) -> Result<Ready, Failure> {
        let unsendable = |what: &str| Failure::Unsendable(what.to_owned());
        let redactor = &self.options.redactor;
        let names_host = outgoing.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("host"));
        let protocol = match (outgoing.origin.scheme, outgoing.protocol) {
            (Scheme::Http, Protocol::Any) => Protocol::Http1,
            (Scheme::Https, Protocol::Any) if names_host => Protocol::Http1,
            (_, protocol) => protocol,
        };
        // HTTP/1.1 takes path and query from this, HTTP/2 the authority as well.
        let target = redactor.resolve_url(&outgoing.target);
        let target = http::uri::PathAndQuery::try_from(target)
            .map_err(|_| unsendable("the path holds a character that cannot be sent"))?;
        let body = self.true_body(outgoing);
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = http::Method::from_bytes(outgoing.method.as_bytes())
            .map_err(|_| unsendable("the method is not a token"))?;
        *request.uri_mut() = target.into();
        if !names_host {
            let host = HeaderValue::try_from(outgoing.origin.authority())
                .map_err(|_| unsendable("the host cannot be sent"))?;
            request.headers_mut().insert(http::header::HOST, host);
        }
        for (name, value) in self.headers(outgoing) {
            if matches!(name.to_ascii_lowercase().as_str(), "content-length" | "transfer-encoding")
            {
                return Err(unsendable("framing headers are only sent raw"));
            }
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| unsendable("a header's name is not a token"))?;
            let value = HeaderValue::from_bytes(redactor.resolve(&value).as_bytes())
                .map_err(|_| unsendable("a header's value holds a control character"))?;
            request.headers_mut().append(name, value);
        }
        Ok(Ready { request, protocol })
    }

    /// The body with true values, spelled as its media type demands.
    fn true_body(&self, outgoing: &Outgoing) -> Bytes {
        let Some(body) = &outgoing.body else { return Bytes::new() };
        let Ok(text) = str::from_utf8(body) else { return Bytes::from(body.clone()) };
        let media_type = content_type(outgoing).to_ascii_lowercase();
        let redactor = &self.options.redactor;
        let resolved = if media_type.contains("json") {
            redactor.resolve_json(text)
        } else if media_type.starts_with("application/x-www-form-urlencoded") {
            redactor.resolve_url(text)
        } else {
            redactor.resolve(text)
        };
        Bytes::from(resolved)
    }

    /// The request as it may be seen. Redacting what still holds placeholders keeps them, and
    /// hides what the caller put in besides.
    pub(super) fn recorded(&self, outgoing: &Outgoing) -> SentRequest {
        let redactor = &self.options.redactor;
        let headers = self.headers(outgoing).into_iter().map(|(name, value)| {
            let value = redactor.header(&name, &value);
            (name.to_ascii_lowercase(), value)
        });
        let body = outgoing
            .body
            .as_ref()
            .map(|body| redactor.body(content_type(outgoing), &String::from_utf8_lossy(body)));
        SentRequest {
            method: outgoing.method.clone(),
            url: redactor.url(&format!("{}{}", outgoing.origin, outgoing.target)),
            headers: Headers(headers.collect()),
            body,
            who: outgoing.who,
            credential_note: outgoing.credential_note.clone(),
        }
    }
}

fn content_type(outgoing: &Outgoing) -> &str {
    let stated = outgoing.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("content-type"));
    stated.map_or("", |(_, value)| value)
}
