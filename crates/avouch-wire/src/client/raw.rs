//! Sends bytes that an HTTP library would refuse, and reads the answer with an own bounded reader.
//!
//! In scope: HTTP/1.1 over a fresh connection, framing by length, by chunks or by the end of the
//! connection (RFC 9112, section 6.3). Out of scope: a second answer on the same connection.

use super::Client;
use super::body::Kept;
use super::connect::{Opened, Stream};
use super::outgoing::Origin;
use super::watched::{Marks, Watched};
use avouch_model::exchange::{Answer, Exchange, Failure, Headers, SentRequest, Timing};
use avouch_model::identity::Who;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use url::Url;

/// Interim answers (1xx) before the final one. // LIMIT: answers
const INTERIM_MAX: usize = 8;
/// Bytes of a chunk's size line. // LIMIT: bytes
const CHUNK_LINE_BYTES_MAX: usize = 1024;

impl Client {
    /// Sends `head` (request line, headers, blank line and perhaps a body) to the target's origin,
    /// byte for byte, over a fresh connection. Placeholders in it become their true values as they
    /// are; `User-Agent` and `X-Scan-Id` are put after the request line unless `X-Scan-Id` is there.
    pub async fn send_raw(&self, target: &Url, head: Vec<u8>, who: Who) -> Exchange {
        let sent_at_us = self.options().clock.micros();
        let head = self.marked(head);
        let recorded = self.recorded_raw(target, &head, who);
        let limit = self.options().limits.answer();
        let result = timeout(limit, self.exchange_raw(target, &head)).await.unwrap_or_else(|_| {
            Err(Failure::TimedOut(format!("no whole answer within {} ms", limit.as_millis())))
        });
        self.captured(recorded, result, sent_at_us)
    }

    /// The head with the scan's marks, so that the defender finds this request too.
    fn marked(&self, head: Vec<u8>) -> Vec<u8> {
        let has_mark = head.to_ascii_lowercase().windows(10).any(|w| w == b"x-scan-id:");
        let line_end = head.windows(2).position(|pair| pair == b"\r\n");
        let Some((line, rest)) =
            line_end.filter(|_| !has_mark).and_then(|end| head.split_at_checked(end + 2))
        else {
            return head;
        };
        let options = self.options();
        let marks =
            format!("User-Agent: {}\r\nX-Scan-Id: {}\r\n", options.user_agent, options.scan_id);
        [line, marks.as_bytes(), rest].concat()
    }

    async fn exchange_raw(&self, target: &Url, head: &[u8]) -> Result<Answer, Failure> {
        let origin = Origin::of(target)
            .ok_or_else(|| Failure::Unsendable("the address is neither http nor https".into()))?;
        self.in_scope(&origin)?;
        let clock = self.options().clock;
        let began_us = clock.micros();
        let Opened { mut stream, .. } = self.connector.open(&origin, &[b"http/1.1"]).await?;
        self.count_connection();
        let connect_us = clock.micros().saturating_sub(began_us);
        let marks = Arc::clone(&stream.marks);
        marks.reset();
        let bytes = match str::from_utf8(head) {
            Ok(text) => self.options().redactor.resolve(text).into_bytes(),
            Err(_) => head.to_vec(),
        };
        // A server may answer and close before it has read everything: its answer counts.
        let written = stream.write_all(&bytes).await;
        let _ = stream.flush().await;
        let limits = self.options().limits;
        let mut reader = Reader {
            stream,
            buffer: Vec::new(),
            head_bytes_max: limits.header_bytes_max,
            body_bytes_max: limits.body_bytes_max,
            headers_max: limits.headers_max,
        };
        let read = reader.answer(head.starts_with(b"HEAD ")).await;
        let (status, headers, kept) = match (read, written) {
            (Ok(answer), _) => answer,
            (Err(_), Err(e)) => return Err(Failure::Broken(e.to_string())),
            (Err(failure), Ok(())) => return Err(failure),
        };
        let timing = timing(&marks, connect_us, clock.micros().saturating_sub(began_us));
        self.redacted(status, headers, kept, "HTTP/1.1", timing)
    }

    /// The request as it may be seen; what cannot be read as a head is shown as its body.
    fn recorded_raw(&self, target: &Url, head: &[u8], who: Who) -> SentRequest {
        let redactor = &self.options().redactor;
        let text = String::from_utf8_lossy(head);
        let (lines, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut lines = lines.split("\r\n");
        let method = lines.next().and_then(|l| l.split(' ').next()).unwrap_or_default().to_owned();
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.to_ascii_lowercase(), redactor.header(name.trim(), value.trim_start()))
        };
        SentRequest {
            method,
            url: redactor.url(target.as_str()),
            headers: Headers(lines.map(header).collect()),
            body: (!body.is_empty()).then(|| redactor.body("", body)),
            who,
            credential_note: Some("sent raw".to_owned()),
        }
    }
}

pub(super) fn timing(marks: &Marks, connect_us: u64, total_us: u64) -> Timing {
    Timing { connect_us, first_byte_us: marks.first_byte_us().unwrap_or_default(), total_us }
}

pub(super) type Parts = (u16, Vec<(String, String)>, Kept);

/// Reads one answer within limits.
pub(super) struct Reader {
    pub(super) stream: Watched<Box<dyn Stream>>,
    pub(super) buffer: Vec<u8>,
    pub(super) head_bytes_max: usize,
    pub(super) body_bytes_max: usize,
    pub(super) headers_max: usize,
}

impl Reader {
    pub(super) async fn answer(&mut self, to_head: bool) -> Result<Parts, Failure> {
        for _ in 0..=INTERIM_MAX {
            let (status, headers) = self.head().await?;
            if (100..200).contains(&status) && status != 101 {
                continue;
            }
            let bodiless = to_head || status == 101 || status == 204 || status == 304;
            let kept = if bodiless {
                Kept { bytes: Vec::new(), truncated: false }
            } else {
                self.body(&headers).await?
            };
            return Ok((status, headers, kept));
        }
        Err(Failure::Broken(format!("more than {INTERIM_MAX} interim answers")))
    }

    /// Reads more; `false` at the end of the connection.
    pub(super) async fn more(&mut self) -> Result<bool, Failure> {
        let read = self.stream.read_buf(&mut self.buffer).await;
        read.map(|count| count > 0).map_err(|e| Failure::Broken(e.to_string()))
    }

    async fn head(&mut self) -> Result<(u16, Vec<(String, String)>), Failure> {
        loop {
            let mut room = vec![httparse::EMPTY_HEADER; self.headers_max];
            let mut parsed = httparse::Response::new(&mut room);
            match httparse::ParserConfig::default()
                .allow_spaces_after_header_name_in_responses(true)
                .allow_obsolete_multiline_headers_in_responses(true)
                .ignore_invalid_headers_in_responses(true)
                .parse_response(&mut parsed, &self.buffer)
            {
                Ok(httparse::Status::Complete(length)) => {
                    let headers = parsed.headers.iter().map(|header| {
                        let value = String::from_utf8_lossy(header.value).into_owned();
                        (header.name.to_ascii_lowercase(), value)
                    });
                    let head = (parsed.code.unwrap_or_default(), headers.collect());
                    self.buffer.drain(..length);
                    return Ok(head);
                }
                Ok(httparse::Status::Partial) => (),
                Err(e) => return Err(Failure::Broken(format!("not HTTP: {e}"))),
            }
            if self.buffer.len() > self.head_bytes_max {
                return Err(Failure::Broken("the answer's head is too long".into()));
            }
            if !self.more().await? {
                return Err(Failure::Broken("the connection ended before an answer".into()));
            }
        }
    }

    async fn body(&mut self, headers: &[(String, String)]) -> Result<Kept, Failure> {
        let header = |wanted: &str| headers.iter().find(|(n, _)| n == wanted).map(|(_, v)| v);
        let chunked = header("transfer-encoding")
            .is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"));
        if chunked {
            return self.chunks().await;
        }
        let length = match header("content-length").map(|v| v.trim().parse::<usize>()) {
            Some(Ok(length)) => Some(length),
            Some(Err(_)) => return Err(Failure::Broken("a content length that is none".into())),
            None => None,
        };
        let wanted = length.unwrap_or(usize::MAX).min(self.body_bytes_max.saturating_add(1));
        let ended = self.fill(wanted).await?;
        if let Some(length) = length.filter(|_| ended)
            && self.buffer.len() < length
        {
            return Err(Failure::Broken("the connection ended within the body".into()));
        }
        let mut bytes = std::mem::take(&mut self.buffer);
        bytes.truncate(wanted.min(self.body_bytes_max));
        Ok(Kept { truncated: wanted > self.body_bytes_max && !ended, bytes })
    }

    /// Reads until so much is there; `true` when the connection ended before that.
    async fn fill(&mut self, wanted: usize) -> Result<bool, Failure> {
        while self.buffer.len() < wanted {
            if !self.more().await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn chunks(&mut self) -> Result<Kept, Failure> {
        let cut = || Failure::Broken("the connection ended within the body".into());
        let mut bytes = Vec::new();
        loop {
            let (line_length, size) = self.chunk_size().await?;
            if size == 0 {
                return Ok(Kept { bytes, truncated: false });
            }
            let room = self.body_bytes_max.saturating_sub(bytes.len());
            let end = line_length.saturating_add(size.min(room));
            if self.fill(end).await? {
                return Err(cut());
            }
            bytes.extend_from_slice(self.buffer.get(line_length..end).unwrap_or_default());
            if size > room {
                return Ok(Kept { bytes, truncated: true });
            }
            if self.fill(end.saturating_add(2)).await? {
                return Err(cut());
            }
            self.buffer.drain(..end.saturating_add(2));
        }
    }

    /// The length of the next chunk's size line and the size it states.
    async fn chunk_size(&mut self) -> Result<(usize, usize), Failure> {
        loop {
            match httparse::parse_chunk_size(&self.buffer) {
                Ok(httparse::Status::Complete((length, size))) => {
                    return Ok((length, usize::try_from(size).unwrap_or(usize::MAX)));
                }
                Ok(httparse::Status::Partial) if self.buffer.len() <= CHUNK_LINE_BYTES_MAX => (),
                _ => return Err(Failure::Broken("a chunk size that is none".into())),
            }
            if !self.more().await? {
                return Err(Failure::Broken("the connection ended within the body".into()));
            }
        }
    }
}
