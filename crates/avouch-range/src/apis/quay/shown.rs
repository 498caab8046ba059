//! What the quay answers.

use super::api::{HOST, Quay};
use super::doors::Peer;
use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<Quay>>;

/// Cleartext is answered by the way to https, unless that is what is wrong.
pub(super) async fn to_https(
    State(quay): Shared,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    if peer.secure || quay.has("cleartext-answered") {
        return next.run(request).await;
    }
    let asked = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let port = asked.and_then(|host| host.rsplit_once(':')).map_or("443", |(_, port)| port);
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let location = format!("https://{HOST}:{port}{path}");
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response()
}

/// What every answer carries.
pub(super) async fn with_headers(State(quay): Shared, request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !quay.has("hsts-missing") {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    answer
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}

pub(super) async fn page() -> Response {
    let policy = [(header::CONTENT_SECURITY_POLICY, "default-src 'none'")];
    (policy, Html("<html><head><title>The quay</title></head><body>Tides and berths</body></html>"))
        .into_response()
}

pub(super) async fn sign_in(State(quay): Shared, Json(body): Json<Value>) -> Response {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    match quay.sessions.sign_in(text("email"), text("password")) {
        Ok(Some(token)) => Json(json!({ "access_token": token })).into_response(),
        Ok(None) => refused(StatusCode::UNAUTHORIZED, "no such account"),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "try again"),
    }
}

/// The same for everybody.
pub(super) async fn tides() -> Response {
    Json(json!([{"high": "04:12", "metres": 3.4}, {"high": "16:40", "metres": 3.1}]))
        .into_response()
}

pub(super) async fn berths(State(quay): Shared, headers: HeaderMap) -> Response {
    match quay.sessions.caller(&headers) {
        Some(account) => {
            let length = account.email.len();
            Json(
                json!([{"berth": format!("B-{length}"), "vessel": format!("Tern {}", length * 7)}]),
            )
            .into_response()
        }
        None => refused(StatusCode::UNAUTHORIZED, "sign in first"),
    }
}

/// Declared for callers with a certificate of the authority's.
pub(super) async fn customs(State(quay): Shared, ConnectInfo(peer): ConnectInfo<Peer>) -> Response {
    if peer.certified || quay.has("client-certificate-unasked") {
        return Json(json!([{"seal": "NO-4471", "goods": "rope", "duty": 1_250}])).into_response();
    }
    refused(StatusCode::FORBIDDEN, "a client certificate is needed")
}

/// The twin: the certificate is asked for.
pub(super) async fn manifests(ConnectInfo(peer): ConnectInfo<Peer>) -> Response {
    if peer.certified {
        return Json(json!([{"manifest": "M-118", "vessel": "Tern 217"}])).into_response();
    }
    refused(StatusCode::FORBIDDEN, "a client certificate is needed")
}

pub(super) async fn nothing() -> Response {
    refused(StatusCode::NOT_FOUND, "there is nothing here")
}

#[cfg(test)]
mod tests {
    use super::super::API;
    use crate::api::Options;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    /// What the port of TLS answers in clear with these switches.
    async fn in_clear(switches: &str) -> String {
        let on = API.switches(switches).unwrap();
        let serving = (API.start)(Options { on, ..Options::default() }).await.unwrap();
        let port = serving.base_url.rsplit(':').next().unwrap().to_owned();
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
        let request =
            format!("GET /api/tides HTTP/1.1\r\nHost: q:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        serving.stop().await;
        answer.replace(&port, "PORT")
    }

    #[tokio::test]
    async fn cleartext_is_sent_to_https_unless_that_is_what_is_wrong() {
        let hardened = in_clear("none").await;
        assert!(hardened.starts_with("HTTP/1.1 308"), "{hardened}");
        assert!(
            hardened.contains("location: https://quay.range.test:PORT/api/tides"),
            "{hardened}"
        );
        let faulty = in_clear("cleartext-answered").await;
        assert!(faulty.starts_with("HTTP/1.1 200") && faulty.contains("04:12"), "{faulty}");
    }
}
