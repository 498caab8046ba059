//! HTTP/1 framing, byte by byte (RFC 9112), stricter than the RFC asks for.
//!
//! Smuggling works where two parsers disagree about where a message ends. So every head and every
//! chunk is read here first, and whatever could be read in two ways is refused: bare line feeds,
//! folded lines, a length beside a transfer coding, codings other than `chunked`, lists of lengths,
//! spaces before a colon, control bytes. What passes has one reading.

use super::head::POLICY;
use crate::refusal::Refusal;

/// What a message may measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a head, its first line and last empty line included.
    pub head_bytes: usize,
    /// Header lines.
    pub headers: usize,
    /// Bytes of a target.
    pub target_bytes: usize,
}

/// What is known about bytes that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// This many of them may be passed on; none is 0.
    Pass(usize),
    /// Nothing can be said before more arrive.
    More,
    /// The head that begins here is refused; nothing of it may be passed on.
    RefusedHead(Refusal),
    /// The body is not framed as it says; the connection must end.
    RefusedBody(Refusal),
}

/// Where in a connection the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Head,
    /// In a body, this many bytes before its end.
    Body(u64),
    ChunkSize,
    /// In a chunk, this many bytes before its end.
    Chunk(u64),
    ChunkEnd,
    Trailer,
    /// After a head that asks for another protocol; whoever answers says how it goes on.
    Switching,
    /// Bytes of another protocol.
    Other,
}

/// Bytes of a chunk's first line, its extensions included.
const CHUNK_LINE_BYTES_MAX: usize = 256;
/// Bytes of a trailer section.
const TRAILER_BYTES_MAX: usize = 4096;
/// Digits of a `Content-Length`: 10^18 is below 2^63.
const LENGTH_DIGITS_MAX: usize = 18;
/// Hexadecimal digits of a chunk's size.
const CHUNK_DIGITS_MAX: usize = 8;

/// Reads one direction of a connection of HTTP/1.
#[derive(Clone, Debug)]
pub struct Framing {
    at: At,
    limits: Limits,
}

impl Framing {
    /// At the beginning of a connection.
    pub fn new(limits: Limits) -> Self {
        Self { at: At::Head, limits }
    }

    /// Whether the next byte is the first of a head.
    pub fn is_between(&self) -> bool {
        self.at == At::Head
    }

    /// Whether a head asked for another protocol and nobody has said yet how it goes on.
    pub fn is_switching(&self) -> bool {
        self.at == At::Switching
    }

    /// How it goes on after a head that asked for another protocol.
    pub fn switched(&mut self, to_another: bool) {
        if self.at == At::Switching {
            self.at = if to_another { At::Other } else { At::Head };
        }
    }

    /// Looks at the bytes that arrived and were not passed on yet.
    pub fn look(&mut self, bytes: &[u8]) -> Seen {
        if bytes.is_empty() {
            return Seen::More;
        }
        match self.at {
            At::Head => self.head(bytes),
            At::Body(left) => {
                let taken = taken(bytes, left);
                self.at = after(left, taken, At::Head, At::Body);
                Seen::Pass(taken)
            }
            At::ChunkSize => self.chunk_size(bytes),
            At::Chunk(left) => {
                let taken = taken(bytes, left);
                self.at = after(left, taken, At::ChunkEnd, At::Chunk);
                Seen::Pass(taken)
            }
            At::ChunkEnd => match bytes {
                [b'\r', b'\n', ..] => {
                    self.at = At::ChunkSize;
                    Seen::Pass(2)
                }
                [b'\r'] => Seen::More,
                _ => Seen::RefusedBody(bad("chunk", "a chunk does not end where it says")),
            },
            At::Trailer => self.trailer(bytes),
            At::Switching => Seen::More,
            At::Other => Seen::Pass(bytes.len()),
        }
    }

    fn head(&mut self, bytes: &[u8]) -> Seen {
        // What can never become a head is refused before its end arrives.
        if let Err(refusal) = early(bytes) {
            return Seen::RefusedHead(refusal);
        }
        let within = bytes.get(..self.limits.head_bytes).unwrap_or(bytes);
        let Some(end) = end_of_head(within) else {
            if within.len() < bytes.len() || within.len() >= self.limits.head_bytes {
                return Seen::RefusedHead(Refusal::new(
                    POLICY,
                    "head-too-large",
                    431,
                    "The head of the request is larger than this gateway takes.",
                ));
            }
            return Seen::More;
        };
        let head = within.get(..end).unwrap_or_default();
        match read_head(head, &self.limits) {
            Ok(framed) => {
                self.at = match framed {
                    Framed::Length(0) => At::Head,
                    Framed::Length(length) => At::Body(length),
                    Framed::Chunked => At::ChunkSize,
                    Framed::Switching => At::Switching,
                };
                Seen::Pass(end)
            }
            Err(refusal) => Seen::RefusedHead(refusal),
        }
    }

    fn chunk_size(&mut self, bytes: &[u8]) -> Seen {
        let within = bytes.get(..CHUNK_LINE_BYTES_MAX).unwrap_or(bytes);
        let Some(end) = line_end(within) else {
            return if within.len() == CHUNK_LINE_BYTES_MAX || !is_plain(within) {
                Seen::RefusedBody(bad("chunk", "the line of a chunk is not as it must be"))
            } else {
                Seen::More
            };
        };
        let line = within.get(..end).unwrap_or_default();
        match chunk_length(line) {
            Some(length) => {
                self.at = if length == 0 { At::Trailer } else { At::Chunk(length) };
                Seen::Pass(end + 2)
            }
            None => Seen::RefusedBody(bad("chunk", "the size of a chunk is not as it must be")),
        }
    }

    /// Trailer fields are passed over line by line: the last line is empty.
    fn trailer(&mut self, bytes: &[u8]) -> Seen {
        let within = bytes.get(..TRAILER_BYTES_MAX).unwrap_or(bytes);
        match line_end(within) {
            Some(0) => {
                self.at = At::Head;
                Seen::Pass(2)
            }
            Some(end) => {
                let line = within.get(..end).unwrap_or_default();
                match field(line) {
                    Ok((name, _))
                        if !is_framing_name(name) && !line.iter().any(|&byte| is_control(byte)) =>
                    {
                        Seen::Pass(end + 2)
                    }
                    _ => Seen::RefusedBody(bad("trailer", "a trailer is not as it must be")),
                }
            }
            None if within.len() == TRAILER_BYTES_MAX || !is_plain(within) => {
                Seen::RefusedBody(bad("trailer", "a trailer is not as it must be"))
            }
            None => Seen::More,
        }
    }
}

fn taken(bytes: &[u8], left: u64) -> usize {
    usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len())
}

fn after(left: u64, taken: usize, done: At, more: fn(u64) -> At) -> At {
    match left.saturating_sub(taken as u64) {
        0 => done,
        rest => more(rest),
    }
}

/// How a message's body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framed {
    Length(u64),
    Chunked,
    Switching,
}

fn bad(code: &'static str, detail: &'static str) -> Refusal {
    let code = match code {
        "chunk" => "chunk-malformed",
        "trailer" => "trailer-malformed",
        other => other,
    };
    Refusal::new(POLICY, code, 400, detail)
}

/// The length of a head that is whole, its empty line included.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = from + rest.iter().position(|&byte| byte == b'\n')?;
        match bytes.get(at + 1..) {
            Some([b'\r', b'\n', ..]) => return Some(at + 3),
            // A bare line feed may end a head for others: it ends here too, and is then refused.
            Some([b'\n', ..]) => return Some(at + 2),
            _ => from = at + 1,
        }
    }
}

/// The length of a line that is whole, without its end.
fn line_end(bytes: &[u8]) -> Option<usize> {
    let at = bytes.iter().position(|&byte| byte == b'\n')?;
    let before = at.checked_sub(1)?;
    (bytes.get(before) == Some(&b'\r')).then_some(before)
}

/// Whether nothing stands here that no line may hold. A carriage return at the end may still be
/// followed by its line feed.
fn is_plain(bytes: &[u8]) -> bool {
    let body = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    !body.iter().any(|&byte| is_control(byte))
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f
}

/// Refuses at once what is no beginning of a head.
fn early(bytes: &[u8]) -> Result<(), Refusal> {
    match bytes.first() {
        Some(byte) if !is_token(*byte) => Err(first_line()),
        _ => Ok(()),
    }
}

fn first_line() -> Refusal {
    Refusal::new(
        POLICY,
        "request-line-malformed",
        400,
        "The first line of the request is not method, target and version.",
    )
}

fn read_head(head: &[u8], limits: &Limits) -> Result<Framed, Refusal> {
    let mut lines = Lines { rest: head };
    let version = request_line(lines.next_line()?, limits)?;
    let mut fields = Fields::default();
    let mut count = 0;
    loop {
        let line = lines.next_line()?;
        if line.is_empty() {
            break;
        }
        count += 1;
        if count > limits.headers {
            let detail = "The request has more headers than this gateway takes.";
            return Err(Refusal::new(POLICY, "too-many-headers", 431, detail));
        }
        let (name, value) = field(line)?;
        fields.see(name, value)?;
    }
    fields.framed(version)
}

struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    fn next_line(&mut self) -> Result<&'a [u8], Refusal> {
        let end = line_end(self.rest).ok_or_else(|| {
            Refusal::new(POLICY, "line-end-bare", 400, "A line does not end with CR LF.")
        })?;
        let line = self.rest.get(..end).unwrap_or_default();
        self.rest = self.rest.get(end + 2..).unwrap_or_default();
        if line.iter().any(|&byte| is_control(byte)) {
            let detail = "A control byte stands in the head of the request.";
            return Err(Refusal::new(POLICY, "control-byte", 400, detail));
        }
        Ok(line)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Http10,
    Http11,
}

fn request_line(line: &[u8], limits: &Limits) -> Result<Version, Refusal> {
    let mut parts = line.split(|&byte| byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(first_line());
    };
    if method.is_empty() || !method.iter().all(|&byte| is_token(byte)) {
        return Err(first_line());
    }
    if target.len() > limits.target_bytes {
        let detail = "The target of the request is longer than this gateway takes.";
        return Err(Refusal::new(POLICY, "target-too-long", 414, detail));
    }
    let begins = matches!(target.first(), Some(b'/')) || target == b"*" || is_absolute(target);
    if !begins || !target.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'#') {
        return Err(Refusal::new(
            POLICY,
            "target-malformed",
            400,
            "The target of the request is no path that can be read in one way.",
        ));
    }
    match version {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', ..] => Err(Refusal::new(
            POLICY,
            "version-unknown",
            505,
            "This gateway speaks HTTP/1.1 and HTTP/2.",
        )),
        _ => Err(first_line()),
    }
}

fn is_absolute(target: &[u8]) -> bool {
    let begins = |with: &[u8]| {
        target.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with))
    };
    begins(b"http://") || begins(b"https://")
}

/// A header line: its name and its value without the white space around it.
fn field(line: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    let malformed = || {
        Refusal::new(
            POLICY,
            "header-malformed",
            400,
            "A header is not a name, a colon and a value on one line.",
        )
    };
    let colon = line.iter().position(|&byte| byte == b':').ok_or_else(malformed)?;
    let (name, value) = (line.get(..colon).unwrap_or_default(), line.get(colon + 1..));
    // A line that begins with white space is the rest of the line before, for some; a name that ends
    // with it is another name, for some.
    if name.is_empty() || !name.iter().all(|&byte| is_token(byte)) {
        return Err(malformed());
    }
    Ok((name, value.unwrap_or_default().trim_ascii()))
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_framing_name(name: &[u8]) -> bool {
    [&b"content-length"[..], b"transfer-encoding", b"host", b"connection", b"te", b"trailer"]
        .iter()
        .any(|framing| name.eq_ignore_ascii_case(framing))
}

/// What the headers say about the framing.
#[derive(Default)]
struct Fields {
    length: Option<u64>,
    chunked: bool,
    hosts: usize,
    switches: bool,
    names_upgrade: bool,
}

impl Fields {
    fn see(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        // Six names matter; their lengths tell most others apart at once.
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => self.hosts += 1,
            6 if name.eq_ignore_ascii_case(b"expect")
                && !value.eq_ignore_ascii_case(b"100-continue") =>
            {
                let detail = "Nothing but 100-continue may be expected.";
                return Err(Refusal::new(POLICY, "expectation-unknown", 417, detail));
            }
            7 if name.eq_ignore_ascii_case(b"upgrade") => self.names_upgrade = true,
            10 if name.eq_ignore_ascii_case(b"connection") => {
                let mut options = value.split(|&byte| byte == b',');
                self.switches |=
                    options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"upgrade"));
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                if self.length.is_some() {
                    return Err(length_twice());
                }
                self.length = Some(decimal(value).ok_or_else(length_malformed)?);
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Refusal::new(
                        POLICY,
                        "transfer-coding-unknown",
                        501,
                        "The only transfer coding that is taken is chunked, once.",
                    ));
                }
                self.chunked = true;
            }
            _ => (),
        }
        Ok(())
    }

    fn framed(&self, version: Version) -> Result<Framed, Refusal> {
        if self.hosts != 1 {
            let detail = "A request has exactly one Host.";
            return Err(Refusal::new(POLICY, "host-count", 400, detail));
        }
        if self.chunked && (self.length.is_some() || version == Version::Http10) {
            return Err(Refusal::new(
                POLICY,
                "framing-ambiguous",
                400,
                "A transfer coding stands beside a length, or in HTTP/1.0.",
            ));
        }
        if self.switches && self.names_upgrade && !self.chunked && self.length.unwrap_or(0) == 0 {
            return Ok(Framed::Switching);
        }
        Ok(if self.chunked { Framed::Chunked } else { Framed::Length(self.length.unwrap_or(0)) })
    }
}

fn length_twice() -> Refusal {
    Refusal::new(POLICY, "length-twice", 400, "The length of the body is said twice.")
}

fn length_malformed() -> Refusal {
    Refusal::new(POLICY, "length-malformed", 400, "The length of the body is no plain number.")
}

fn decimal(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > LENGTH_DIGITS_MAX {
        return None;
    }
    value.iter().try_fold(0_u64, |sum, byte| {
        byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0'))
    })
}

/// The size in the line of a chunk. Extensions are refused: nobody uses them, and parsers differ.
fn chunk_length(line: &[u8]) -> Option<u64> {
    if line.is_empty() || line.len() > CHUNK_DIGITS_MAX {
        return None;
    }
    line.iter().try_fold(0_u64, |sum, &byte| {
        let digit = char::from(byte).to_digit(16)?;
        Some(sum * 16 + u64::from(digit))
    })
}
