//! Another protocol on a connection that began with HTTP/1.1 (RFC 9110, section 7.8): WebSocket.

use http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderValue, TRANSFER_ENCODING, UPGRADE,
};
use http::{Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};

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

    /// Joins both sides, when the API switched to what was asked for. Gives the head of the answer.
    pub(crate) fn join(
        self,
        mut answer: Response<Incoming>,
        idle: Duration,
    ) -> Option<Response<()>> {
        let is_same = answer.headers().get(UPGRADE).is_some_and(|protocol| {
            protocol.as_bytes().eq_ignore_ascii_case(self.protocol.as_bytes())
        });
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS || !is_same {
            return None;
        }
        let upstream = hyper::upgrade::on(&mut answer);
        tokio::task::spawn_local(async move {
            if let (Ok(client), Ok(upstream)) = (self.client.await, upstream.await) {
                joined(client, upstream, idle).await;
            }
        });
        let mut head = answer.map(|_| ());
        head.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
        head.headers_mut().insert(UPGRADE, self.protocol);
        Some(head)
    }
}

/// Bytes that are carried at once.
const PIECE_BYTES: usize = 8 * 1024;

async fn joined(client: Upgraded, upstream: Upgraded, idle: Duration) {
    let (client_in, client_out) = tokio::io::split(TokioIo::new(client));
    let (upstream_in, upstream_out) = tokio::io::split(TokioIo::new(upstream));
    // When one direction ends in order, the other may still have something to say.
    tokio::join!(carry(client_in, upstream_out, idle), carry(upstream_in, client_out, idle),);
}

type Io = TokioIo<Upgraded>;

async fn carry(mut from: ReadHalf<Io>, mut to: WriteHalf<Io>, idle: Duration) {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = tokio::time::timeout(idle, from.read(&mut piece)).await;
        let Ok(Ok(count @ 1..)) = read else { break };
        let bytes = piece.get(..count).unwrap_or_default();
        if !matches!(tokio::time::timeout(idle, to.write_all(bytes)).await, Ok(Ok(()))) {
            break;
        }
    }
    let _ = to.shutdown().await;
}
