//! Opens a WebSocket, says something and listens (RFC 6455).
//!
//! In scope: the handshake over a fresh connection, texts, what comes back within limits of number,
//! size and time. Out of scope: extensions, and a conversation that depends on what was heard.

use super::Client;
use super::connect::Opened;
use super::frame::{self, Frame, Kind};
use super::outgoing::Outgoing;
use super::raw::{Reader, timing};
use avouch_model::exchange::{Answer, Exchange, Failure, Outcome, SocketTalk};
use aws_lc_rs::{digest, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout, timeout_at};

/// What a server appends to the key to show that it speaks the protocol (RFC 6455, section 1.3).
const PROTOCOL_ID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// LIMIT: bytes of one message.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// LIMIT: silence after which the next text is sent although nothing was heard.
const SILENCE: Duration = Duration::from_secs(1);
/// LIMIT: frames read, control frames included.
const FRAMES_MAX: usize = 512;

/// What was heard on a socket.
#[derive(Default)]
struct Heard {
    messages: Vec<String>,
    closed: Option<u16>,
}

impl Client {
    /// Asks for a WebSocket on a fresh connection, sends each text (the first at once, each other
    /// after something was heard or after a second), and listens until `messages_max` messages came
    /// or the time is up.
    pub async fn talk(
        &self,
        outgoing: Outgoing,
        texts: &[String],
        messages_max: usize,
        at_most: Duration,
    ) -> SocketTalk {
        let sent_at_us = self.options().clock.micros();
        let limit = self.options().limits.answer() + at_most;
        let mut heard = Heard::default();
        let talking = self.speak(&outgoing, texts, messages_max, at_most, &mut heard);
        let result = timeout(limit, talking).await.unwrap_or_else(|_| {
            Err(Failure::TimedOut(format!("no whole answer within {} ms", limit.as_millis())))
        });
        let redactor = &self.options().redactor;
        let messages: Vec<String> =
            heard.messages.iter().map(|message| redactor.body("", message)).collect();
        let mut recorded = self.recorded(&outgoing);
        let said: Vec<String> = texts.iter().map(|text| redactor.body("", text)).collect();
        recorded.body = (!said.is_empty()).then(|| said.join("\n"));
        let Exchange { request, mut outcome, .. } = self.captured(recorded, result, sent_at_us);
        if let Outcome::Answered(answer) = &mut outcome
            && answer.status == 101
        {
            answer.body = messages.join("\n");
            answer.body_bytes = answer.body.len() as u64;
        }
        let exchange = Exchange { request, outcome, sent_at_us };
        SocketTalk { exchange, heard: messages, closed: heard.closed }
    }

    async fn speak(
        &self,
        outgoing: &Outgoing,
        texts: &[String],
        messages_max: usize,
        at_most: Duration,
        heard: &mut Heard,
    ) -> Result<Answer, Failure> {
        self.in_scope(&outgoing.origin)?;
        let mut key = [0; 16];
        rand::fill(&mut key).map_err(|_| Failure::Unsendable("no random bytes".into()))?;
        let key = STANDARD.encode(key);
        let opening = self.handshake(outgoing, &key)?;
        let clock = self.options().clock;
        let began_us = clock.micros();
        let Opened { stream, .. } = self.connector.open(&outgoing.origin, &[b"http/1.1"]).await?;
        self.count_connection();
        let connect_us = clock.micros().saturating_sub(began_us);
        let marks = Arc::clone(&stream.marks);
        marks.reset();
        let limits = self.options().limits;
        let mut reader = Reader {
            stream,
            buffer: Vec::new(),
            head_bytes_max: limits.header_bytes_max,
            body_bytes_max: limits.body_bytes_max,
            headers_max: limits.headers_max,
        };
        let broken = |e: std::io::Error| Failure::Broken(e.to_string());
        reader.stream.write_all(opening.as_bytes()).await.map_err(broken)?;
        reader.stream.flush().await.map_err(broken)?;
        let (status, headers, kept) = reader.answer(false).await?;
        if status == 101 {
            let named = headers.iter().find(|(name, _)| name == "sec-websocket-accept");
            if named.is_none_or(|(_, value)| value.trim() != expected_accept(&key)) {
                return Err(Failure::Broken("the target switched to something else".into()));
            }
            let resolved: Vec<String> =
                texts.iter().map(|text| self.options().redactor.resolve_json(text)).collect();
            let until = Instant::now() + at_most;
            listen(&mut reader, &resolved, messages_max, until, heard).await;
        }
        let timing = timing(&marks, connect_us, clock.micros().saturating_sub(began_us));
        self.redacted(status, headers, kept, "HTTP/1.1", timing)
    }

    /// The head of the handshake, with true values.
    fn handshake(&self, outgoing: &Outgoing, key: &str) -> Result<String, Failure> {
        let redactor = &self.options().redactor;
        let target = redactor.resolve_url(&outgoing.target);
        let mut head = format!(
            "GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n",
            outgoing.origin.authority()
        );
        let mut lines = vec![target];
        for (name, value) in self.headers(outgoing) {
            let value = redactor.resolve(&value);
            head.extend([name.as_str(), ": ", &value, "\r\n"]);
            lines.extend([name, value]);
        }
        if lines.iter().any(|line| line.contains(['\r', '\n', '\0'])) {
            return Err(Failure::Unsendable("a header holds a control character".into()));
        }
        head.push_str("\r\n");
        Ok(head)
    }
}

/// What a server that speaks the protocol answers to this key (RFC 6455, section 4.2.2).
fn expected_accept(key: &str) -> String {
    let text = format!("{key}{PROTOCOL_ID}");
    STANDARD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()))
}

/// Says the texts and hears messages. Whatever ends it, what was heard so far counts.
async fn listen(
    reader: &mut Reader,
    texts: &[String],
    messages_max: usize,
    until: Instant,
    heard: &mut Heard,
) {
    let mut texts = texts.iter();
    let mut message: Vec<u8> = Vec::new();
    let mut may_speak = true;
    for _ in 0..FRAMES_MAX {
        if may_speak
            && let Some(text) = texts.next()
            && say(reader, Kind::Text, text.as_bytes()).await.is_none()
        {
            return;
        }
        may_speak = false;
        let patience = if texts.len() > 0 { until.min(Instant::now() + SILENCE) } else { until };
        let frame = match timeout_at(patience, next_frame(reader)).await {
            Ok(Some(frame)) => frame,
            Ok(None) => return,
            Err(_) if Instant::now() < until && texts.len() > 0 => {
                may_speak = true;
                continue;
            }
            Err(_) => break,
        };
        match frame.kind {
            Kind::Ping => {
                if say(reader, Kind::Pong, &frame.payload).await.is_none() {
                    return;
                }
            }
            Kind::Pong => (),
            Kind::Close => {
                let code = frame.payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                heard.closed = Some(code.unwrap_or(1005));
                return;
            }
            Kind::Text | Kind::Binary | Kind::Continuation => {
                message.extend(frame.payload);
                if message.len() > MESSAGE_BYTES_MAX {
                    return;
                }
                if frame.is_last {
                    let whole = std::mem::take(&mut message);
                    heard.messages.push(String::from_utf8_lossy(&whole).into_owned());
                    may_speak = true;
                }
            }
        }
        if heard.messages.len() >= messages_max && texts.len() == 0 {
            break;
        }
    }
    // A normal end (RFC 6455, section 7.4.1).
    let _ = say(reader, Kind::Close, &1000_u16.to_be_bytes()).await;
}

/// Sends a frame; `None` when the connection is gone.
async fn say(reader: &mut Reader, kind: Kind, payload: &[u8]) -> Option<()> {
    let mut mask = [0; 4];
    rand::fill(&mut mask).ok()?;
    reader.stream.write_all(&frame::written(kind, payload, mask)).await.ok()?;
    reader.stream.flush().await.ok()
}

/// The next whole frame; `None` when there will be none.
async fn next_frame(reader: &mut Reader) -> Option<Frame> {
    loop {
        if let Some(frame) = frame::read(&reader.buffer, MESSAGE_BYTES_MAX).ok()? {
            reader.buffer.drain(..frame.length);
            return Some(frame);
        }
        if !reader.more().await.ok()? {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{client, head, serve};
    use super::*;
    use tokio::io::AsyncReadExt;

    /// Agrees to the handshake, then sends these bytes at once and reads until the end.
    async fn agrees(bytes: &'static [u8]) -> super::super::Origin {
        serve(move |mut stream| async move {
            let head = head(&mut stream).await;
            let key = head.split("Sec-WebSocket-Key: ").nth(1).and_then(|r| r.lines().next());
            let accept = expected_accept(key.unwrap_or_default());
            let answer = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                 Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.write_all(bytes).await;
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        })
        .await
    }

    async fn talk(origin: &super::super::Origin, texts: &[&str], at_most_ms: u64) -> SocketTalk {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let outgoing = Outgoing::new("GET", origin.clone(), "/live");
        client(origin, |_| ()).talk(outgoing, &texts, 2, Duration::from_millis(at_most_ms)).await
    }

    #[tokio::test]
    async fn messages_are_heard_whole_and_redacted() {
        let bytes = b"\x89\x01p\x01\x03hel\x80\x02lo\x81\x10ann@crates-x.org\x88\x02\x03\xe8";
        let talk = talk(&agrees(bytes).await, &["hi"], 2_000).await;
        assert_eq!(talk.heard[0], "hello");
        assert!(talk.heard[1].starts_with("‹email:"), "{talk:?}");
        let answer = talk.exchange.answer().expect("an answer");
        assert_eq!((answer.status, answer.body.lines().count()), (101, 2));
        assert_eq!(talk.exchange.request.body.as_deref(), Some("hi"));
    }

    #[tokio::test]
    async fn a_close_is_told_from_silence() {
        let closed = talk(&agrees(b"\x88\x02\x11\x31").await, &[], 2_000).await;
        assert_eq!((closed.heard.len(), closed.closed), (0, Some(4401)));
        let silent = talk(&agrees(b"").await, &["a"], 50).await;
        assert_eq!((silent.heard.len(), silent.closed), (0, None));
    }

    #[tokio::test]
    async fn who_does_not_speak_the_protocol_has_not_agreed() {
        let refused = serve(|mut stream| async move {
            head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno").await;
        })
        .await;
        let talk_refused = talk(&refused, &["hi"], 500).await;
        assert_eq!(talk_refused.exchange.answer().map(|a| a.status), Some(401));
        assert!(talk_refused.heard.is_empty());
        let other = serve(|mut stream| async move {
            head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 101 Yes\r\nUpgrade: h2c\r\n\r\n").await;
        })
        .await;
        assert!(talk(&other, &["hi"], 500).await.exchange.answer().is_none());
    }
}
