//! How an authority is spoken to: securely, bounded, without redirects, off the threads that serve.

use avouch_beyond::http::{Answer, Call, Client};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::ClientConfig;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// LIMIT: bytes of an answer.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Speaks to authorities whose own certificates it can verify.
pub(super) struct Https(pub(super) Arc<ClientConfig>);

type Answering = Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>>;

impl HttpClient for Https {
    fn request(&self, request: Request<BodyWrapper<Bytes>>) -> Answering {
        let tls = self.0.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body
                .collect()
                .await
                .map_or_else(|never| match never {}, http_body_util::Collected::to_bytes);
            let asked = tokio::task::spawn_blocking(move || ask(tls, &head, body)).await;
            let answer = asked.map_err(|error| Error::Other(Box::new(error)))?;
            let answer = answer.map_err(|error| Error::Other(Box::new(error)))?;
            let mut response = Response::new(answer.body);
            *response.status_mut() =
                http::StatusCode::from_u16(answer.status).map_err(http::Error::from)?;
            *response.headers_mut() = answer.headers;
            let (parts, body) = response.into_parts();
            Ok(BytesResponse { parts, body: Box::new(body) })
        })
    }
}

fn ask(tls: Arc<ClientConfig>, head: &http::request::Parts, body: Bytes) -> io::Result<Answer> {
    let (scheme, authority) = (head.uri.scheme_str(), head.uri.authority());
    // An authority must not send us elsewhere in clear (RFC 8555, section 6.1).
    let (Some("https"), Some(authority)) = (scheme, authority) else {
        return Err(io::Error::other(format!(
            "the authority names `{}`, which is no address by `https`",
            head.uri
        )));
    };
    let client =
        Client::with_tls(&format!("https://{authority}"), ANSWER_WITHIN, ANSWER_BYTES_MAX, tls)?;
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let text = |value: &http::HeaderValue| value.to_str().map(str::to_owned).ok();
    let headers = head.headers.iter();
    let headers = headers.filter_map(|(name, value)| Some((name.to_string(), text(value)?)));
    let headers = headers.collect();
    client.call(Call { method: head.method.clone(), target, headers, body })
}
