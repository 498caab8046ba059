//! An API that remembers what reached it, and a client that sends bytes.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What no answer may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// An API.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

/// What an API answers: from the text of a request to bytes.
pub(crate) type Says = fn(&str) -> Vec<u8>;

/// An answer with a body of JSON.
pub(crate) fn json(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

impl Upstream {
    /// One that answers so.
    pub(crate) fn saying(says: Says) -> Self {
        Self::started(says, None)
    }

    /// One that speaks TLS.
    pub(crate) fn secure(says: Says, tls: Arc<rustls::ServerConfig>) -> Self {
        Self::started(says, Some(tls))
    }

    fn started(says: Says, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let seeing = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, seen, tls) = (stream.unwrap(), seeing.clone(), tls.clone());
                std::thread::spawn(move || match tls {
                    None => serve(stream, says, &seen),
                    Some(tls) => {
                        let connection = rustls::ServerConnection::new(tls).unwrap();
                        serve(rustls::StreamOwned::new(connection, stream), says, &seen);
                    }
                });
            }
        });
        Self { address, seen }
    }

    /// The requests that reached it, head and body.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// The last of them.
    pub(crate) fn last(&self) -> String {
        self.seen().last().cloned().unwrap_or_default()
    }
}

fn serve(mut stream: impl Read + Write, says: Says, seen: &Mutex<Vec<String>>) {
    let mut held = Vec::new();
    while let Some(request) = message(&mut stream, &mut held) {
        let answer = says(&request);
        seen.lock().unwrap().push(request);
        if stream.write_all(&answer).and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

fn message(stream: &mut impl Read, held: &mut Vec<u8>) -> Option<String> {
    loop {
        let end = held.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        if let Some(end) = end {
            let first = String::from_utf8_lossy(&held[..end]).to_ascii_lowercase();
            let length = first.split("content-length: ").nth(1).and_then(|rest| {
                rest.split("\r\n").next().and_then(|digits| digits.parse::<usize>().ok())
            });
            let chunked = first.contains("transfer-encoding: chunked");
            let whole = if chunked {
                held[end..].windows(5).position(|five| five == b"0\r\n\r\n").map(|at| end + at + 5)
            } else {
                Some(end + length.unwrap_or(0)).filter(|whole| held.len() >= *whole)
            };
            if let Some(whole) = whole {
                let bytes: Vec<u8> = held.drain(..whole).collect();
                return Some(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        let mut piece = [0; 16 * 1024];
        let count = stream.read(&mut piece).unwrap_or(0);
        held.extend_from_slice(&piece[..count]);
        if count == 0 {
            return None;
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// 0 where nothing came.
    pub(crate) status: u16,
    /// Head and body as they came, the head in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    fn read(mut stream: impl Read) -> Self {
        let mut bytes = Vec::new();
        let mut piece = [0; 16 * 1024];
        // However the connection ends, what came before counts.
        while let Ok(count @ 1..) = stream.read(&mut piece) {
            bytes.extend_from_slice(&piece[..count]);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    /// The code of a refusal.
    pub(crate) fn code(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A request of HTTP/1.1 after which the connection ends.
pub(crate) fn request(method: &str, target: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|header| header.to_ascii_lowercase().starts_with("host:")) {
        text.push_str("Host: api.example\r\n");
    }
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    if !body.is_empty() {
        let length = format!("Content-Length: {}\r\n", body.len());
        text.push_str(&length);
    }
    format!("{text}\r\n{body}").into_bytes()
}

/// A connection to there.
pub(crate) fn connected(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends bytes, and gives what comes back until the connection ends.
pub(crate) fn exchange(address: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = connected(address);
    // A gateway may well close before everything was sent.
    let _ = stream.write_all(bytes);
    Answer::read(stream)
}

/// The same by TLS; nothing comes where no handshake comes about.
pub(crate) fn secure_exchange(
    address: SocketAddr,
    tls: Arc<rustls::ClientConfig>,
    bytes: &[u8],
) -> Answer {
    let name = "localhost".try_into().unwrap();
    let connection = rustls::ClientConnection::new(tls, name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, connected(address));
    let _ = stream.write_all(bytes);
    Answer::read(stream)
}

/// Whether the other side closes a connection within a time; what it says meanwhile is read.
pub(crate) fn closes_within(stream: &mut TcpStream, time: Duration) -> bool {
    let until = Instant::now() + time;
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let mut piece = [0; 16 * 1024];
    while Instant::now() < until {
        match stream.read(&mut piece) {
            Ok(0) => return true,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return true,
            _ => (),
        }
    }
    false
}
