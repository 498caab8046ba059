//! `WebSocket`s, as far as the range needs them (RFC 6455): short texts both ways.

use aws_lc_rs::digest;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// LIMIT: bytes of one message, in either direction.
const MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// The last fragment of a text, of a farewell.
const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;

/// A socket that stands.
pub(crate) struct Socket(TokioIo<Upgraded>);

/// Agrees to a socket, in that protocol if one is named, and talks on it.
pub(crate) fn agree<T>(
    mut request: Request,
    protocol: Option<&'static str>,
    talk: impl FnOnce(Socket) -> T + Send + 'static,
) -> Response
where
    T: Future<Output = io::Result<()>> + Send,
{
    let Some(accept) = accept(request.headers()) else {
        return (StatusCode::UPGRADE_REQUIRED, "a websocket is served here").into_response();
    };
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        // A client that leaves, before or meanwhile, is no fault of ours.
        let Ok(upgraded) = upgrade.await else { return };
        let _ = talk(Socket(TokioIo::new(upgraded))).await;
    });
    let answer = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, accept)
        .body(Body::empty());
    let mut answer = answer.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    if let Some(protocol) = protocol {
        let name = HeaderValue::from_static(protocol);
        answer.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, name);
    }
    answer
}

/// What shows the client that the protocol is spoken; `None` when it did not ask for it.
fn accept(headers: &HeaderMap) -> Option<String> {
    let asks = headers.get(header::UPGRADE)?.to_str().ok()?.eq_ignore_ascii_case("websocket");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| asks)?.to_str().ok()?;
    let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    Some(STANDARD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes())))
}

impl Socket {
    /// Says a text.
    pub(crate) async fn say(&mut self, text: &str) -> io::Result<()> {
        self.send(TEXT, text.as_bytes()).await
    }

    /// Says farewell, with a status (section 7.4).
    pub(crate) async fn close(&mut self, status: u16) -> io::Result<()> {
        self.send(CLOSE, &status.to_be_bytes()).await
    }

    async fn send(&mut self, kind: u8, content: &[u8]) -> io::Result<()> {
        let mut frame = vec![kind];
        if let Ok(length @ 0..=125) = u8::try_from(content.len()) {
            frame.push(length);
        } else {
            let length = u16::try_from(content.len()).map_err(io::Error::other)?;
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
        frame.extend(content);
        self.0.write_all(&frame).await?;
        self.0.flush().await
    }

    /// The next text; `None` when the client says farewell. Other messages are passed over.
    ///
    /// Errors: the client is gone, or says more at once than is read.
    pub(crate) async fn hear(&mut self) -> io::Result<Option<String>> {
        loop {
            let mut head = [0; 2];
            self.0.read_exact(&mut head).await?;
            let [kind, length] = head;
            let length = match length & 0x7f {
                126 => usize::from(self.0.read_u16().await?),
                127 => MESSAGE_BYTES_MAX + 1,
                short => usize::from(short),
            };
            // What a client says is masked, always (section 5.1).
            if length > MESSAGE_BYTES_MAX || head[1] & 0x80 == 0 {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut mask = [0; 4];
            self.0.read_exact(&mut mask).await?;
            let mut content = vec![0; length];
            self.0.read_exact(&mut content).await?;
            for (byte, key) in content.iter_mut().zip(mask.iter().cycle()) {
                *byte ^= key;
            }
            match kind {
                TEXT => return Ok(Some(String::from_utf8_lossy(&content).into_owned())),
                CLOSE => return Ok(None),
                _ => (),
            }
        }
    }
}
